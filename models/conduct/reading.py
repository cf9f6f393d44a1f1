"""The relations that definitions of conduct read, out of a tape."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from graph.tape import Tape, valid_trades
from graph.tape.engine import TapeEngine
from graph.tape.tape import SCHEMAS
from graph.vocabulary import columns
from models.conduct.parameters import ConductParameters
from models.conduct.typologies import TYPOLOGIES, own_parameters, source

_READ = ("orders", "trades", "accounts", "liquidations")
ACTIVE = columns(day=pl.Date, accounts=pl.Int64)
_ACTIVE = columns(day_us=pl.Int64, accounts=pl.Int64)
_EXTENT = columns(orders=pl.Int64, trades=pl.Int64, days=pl.Int64, trades_of_orders=pl.Int64)


def show_tape(engine: TapeEngine, tape: Tape, as_of: date | None) -> None:
    """Show `orders`, `trades` (busted and corrected ones applied), `liquidations` and `owners`, instants in
    microseconds since 1970, up to the end of the UTC day `as_of`."""
    for table in _READ:
        engine.load(f"tape_{table}", tape.paths(table), SCHEMAS[table])
    engine.show("held_trades", valid_trades("tape_trades"))
    for relation in ("orders", "trades", "liquidations", "owners"):
        engine.show(relation, source(f"tape/{relation}.sql").replace("$before_us", _end_of(as_of)))


def shortcomings(engine: TapeEngine, parameters: ConductParameters) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What this tape does not allow (switched off, abstained), one sentence each, after `show_tape`."""
    seen = engine.rows(source("tape/extent.sql"), _EXTENT).row(0, named=True)
    if not seen["orders"] and not seen["trades"]:
        return ("no orders and no trades: manipulative conduct cannot be seen",), ()
    off = []
    if not seen["orders"]:
        off.append("no order events: manipulative conduct cannot be seen, for it is judged by an account's own orders")
    elif not seen["trades"]:
        off.append("no trades: of manipulative conduct only self-trading, wash trading and quote stuffing can be seen")
    elif not seen["trades_of_orders"]:
        off.append("no trade names its orders: spoofing, layering, front running and pumps cannot be seen")
    few = [
        f"{typology} needs {least} days with orders and abstains: the tape has {seen['days']}"
        for typology in TYPOLOGIES
        if seen["days"] < (least := own_parameters(typology, parameters)["least_days"])
    ]
    return tuple(off), tuple(few)


def active_accounts(engine: TapeEngine) -> pl.DataFrame:
    """`ACTIVE`: how many accounts sent orders on each UTC day that has any, by day, after `show_tape`."""
    found = engine.rows(source("tape/active.sql"), _ACTIVE)
    return found.select(pl.from_epoch("day_us", "us").dt.date().alias("day"), "accounts").sort("day")


def _end_of(as_of: date | None) -> str:
    if as_of is None:
        return str(2**62)
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    return str(int(end.timestamp()) * 1_000_000)
