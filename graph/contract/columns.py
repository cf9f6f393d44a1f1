"""The parts a table definition is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import polars as pl

from graph.vocabulary import INSTANT

WHOLE_DIGITS = 20
FRACTION_DIGITS = 18
TEXT_BYTES = 1024
"""Longest text, in UTF-8 bytes: a longer id cannot be indexed by every graph store."""

EARLIEST_YEAR = 2000
LATEST_YEAR = 2099


class Kind(StrEnum):
    TEXT = "text"
    INSTANT = "instant"
    DECIMAL = "decimal"
    INTEGER = "integer"

    @property
    def polars_type(self) -> pl.DataType:
        return POLARS_TYPES[self]


POLARS_TYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.INSTANT: INSTANT,
    Kind.DECIMAL: pl.Decimal(WHOLE_DIGITS + FRACTION_DIGITS, FRACTION_DIGITS),
    Kind.INTEGER: pl.Int64(),
}


class Holds(StrEnum):
    """What a text column identifies. Devices, IPs and addresses pass through the keying step."""

    ACCOUNT = "account"
    DEVICE = "device"
    IP = "ip"
    ADDRESS = "address"
    SYMBOL = "symbol"


@dataclass(frozen=True)
class Column:
    """One column. Numbers satisfy `at_least` <= x, `above` < x and x < `below` where these are given."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    default: str | int | None = None
    holds: Holds | None = None
    at_least: int | None = None
    above: int | None = None
    below: int | None = None


@dataclass(frozen=True)
class Table:
    """One input table. `key`: its natural key. `by_day`: whether the tape keeps it by UTC day of `ts`."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    by_day: bool = False
    required: bool = False

    @cached_property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.kind.polars_type for column in self.columns})

    @cached_property
    def required_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def holding(self, what: Holds) -> tuple[str, ...]:
        """Names of the columns that identify `what`."""
        return tuple(column.name for column in self.columns if column.holds is what)
