"""A labelled exchange without orders, drawn at random: rings that rules tell, rings too small for them, and a crowd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from tests.api import exchange

LARGE, SMALL, OTHERS, DAYS = 4, 8, 1_030, 24
"""Rings of twelve, which share enough to be told, and of four, which do not."""
FIRST_DAY = datetime(2024, 5, 1, tzinfo=UTC)
RINGS = {
    f"ring {number}": [f"r{number:02d}-{member:02d}" for member in range(12 if number < LARGE else 4)]
    for number in range(LARGE + SMALL)
}
MEMBERS = list(chain.from_iterable(RINGS.values()))
CROWD = [f"user-{number:04d}" for number in range(OTHERS)]
CLEARED = CROWD[:120]


def tables(seed: int, habit: str = "devices") -> exchange.Tables:
    """`habit`: what members do oftener than others, use many `devices` or pay out to many `addresses`."""
    random = np.random.default_rng(seed)
    names = [*MEMBERS, *CROWD]
    opened = [FIRST_DAY - timedelta(days=30, minutes=int(each)) for each in random.integers(0, 500_000, len(names))]
    return {
        "accounts": pl.DataFrame({"account_id": names, "opened_at": opened, "segment": ["retail"] * len(names)}),
        "sessions": _sessions(random, habit),
        "transfers": _transfers(random, habit),
        "labels": labels(),
    }


def labels() -> pl.DataFrame:
    """Every member confirmed, some of the crowd cleared; nobody decided on the others."""
    return pl.DataFrame(
        {
            "account_id": [*MEMBERS, *CLEARED],
            "outcome": ["confirmed"] * len(MEMBERS) + ["cleared"] * len(CLEARED),
            "ring_label": [ring for ring, members in RINGS.items() for _ in members] + [None] * len(CLEARED),
        }
    )


def dated(table: pl.DataFrame) -> pl.DataFrame:
    """The same decisions, a ring at a time, the cleared spread over the same days."""
    days = pl.coalesce(pl.col("ring_label").rank("dense"), pl.col("account_id").rank("dense") % len(RINGS))
    return table.with_columns(decided_at=pl.lit(FIRST_DAY) + pl.duration(days=DAYS // 2 + days.cast(pl.Int64)))


def write(folder: Path, seed: int, habit: str = "devices", **changed: pl.DataFrame) -> Path:
    """Accounts and rings of each seed have names of their own: the same ones would be the same accounts."""
    made = {**tables(seed, habit), **changed}
    return exchange.write(folder, {name: named(table, seed) for name, table in made.items()})


def named(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """With the names of a seed's accounts and rings."""
    names = [each for each in table.columns if each.endswith("account_id") or each == "ring_label"]
    return table.with_columns(pl.format("{}{}", pl.lit(f"{seed}-"), pl.col(name)).alias(name) for name in names)


def _moment(random: np.random.Generator, day: int) -> datetime:
    return FIRST_DAY + timedelta(days=int(day), minutes=int(random.integers(1_440)))


def _sessions(random: np.random.Generator, habit: str) -> pl.DataFrame:
    """A phone of one's own, for some a family's tablet; members pass three machines around, or meet once."""
    rows: list[tuple[str, datetime, str, str]] = []
    for ring, members in RINGS.items():
        for number, account in enumerate(members):
            for day in range(0, DAYS, 3 if habit == "devices" else DAYS):
                machine = f"machine {ring} {(number + day // 3) % 3}"
                rows.append((account, _moment(random, day), machine, f"10.1.{ring.split()[1]}.1"))
    for number, account in enumerate([*MEMBERS, *CROWD]):
        network = f"10.9.{number % 250}.{number % 7}"
        rows += [(account, _moment(random, day), f"phone {number}", network) for day in range(number % 6, DAYS, 6)]
        if number % 4 == 0:
            rows.append((account, _moment(random, number % DAYS), f"tablet {number // 8}", f"10.8.0.{number // 8}"))
    return pl.DataFrame(rows, schema=["account_id", "ts", "device_id", "ip"], orient="row")


def _transfers(random: np.random.Generator, habit: str) -> pl.DataFrame:
    """Out to an address of one's own, for some to a shop; members also to three of their ring, or to one."""
    rows: list[tuple[str, str, str, str, datetime]] = []

    def add(account: str, address: str, day: int) -> None:
        rows.append((f"t{len(rows)}", account, "withdrawal", address, _moment(random, day)))

    for ring, members in RINGS.items():
        for account in members:
            for day in range(1, DAYS, 3 if habit == "addresses" else DAYS):
                add(account, f"sweep {ring} {day % 9 // 3}", day)
    for number, account in enumerate([*MEMBERS, *CROWD]):
        add(account, f"own {account}", number % DAYS)
        if number % 3 == 0:
            add(account, f"shop {number % 40}", (number * 7) % DAYS)
    return pl.DataFrame(rows, schema=["transfer_id", "account_id", "direction", "address", "ts"], orient="row")
