"""A small exchange on which two accounts spoof one market in concert, as contract tables, and the whole way through
ingest and detection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from graph.ingest.records import ingest_records
from graph.load import snapshot_of
from graph.tape import Tape
from models.conduct.find import find_conduct
from models.detect import detect
from models.detection import Detection
from tests.models.conduct.hand_made import DAY, MONDAY, SECOND, at
from tests.models.conduct.hand_made import Tape as Written
from tests.models.conduct.known_acts import SPOOF, Form

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = tuple(range(12))
MARKET = "BTC-USD"
Session = tuple[str, str, float]
"""Account, device, day."""
Transfer = tuple[str, str, str, float]
"""Account, direction, the other end (an address, or an account for an internal one), day."""


@dataclass(frozen=True)
class Records:
    """What happened, beside the crowd."""

    orders: tuple[pl.DataFrame, ...] = ()
    trades: tuple[pl.DataFrame, ...] = ()
    sessions: tuple[Session, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    referrers: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: Records) -> Records:
        return Records(
            self.orders + other.orders, self.trades + other.trades, self.sessions + other.sessions,
            self.transfers + other.transfers, self.referrers | other.referrers,
        )  # fmt: skip


def irregular(day: int) -> int:
    """Microseconds after ten o'clock at which a day's act comes: at no hour, minute or phase twice."""
    return (day * 9_973_777_777) % (9 * 3600 * SECOND)


def acting(name: str, days: Sequence[int] = DAYS, after: float = 0, form: Form = SPOOF, **change: object) -> Records:
    """The acts of a form by `name`, each `after` seconds after the instant of its day; `change` as in `Form.tape`."""
    orders, trades, _ = form.tape(tuple(days), **change).frames()
    moved = [_renamed(frame, name, after) for frame in (orders, trades)]
    return Records((moved[0],), (moved[1],))


def _renamed(frame: pl.DataFrame, name: str, after: float) -> pl.DataFrame:
    day = (pl.col("us") - MONDAY) // DAY
    shift = (day * 9_973_777_777) % (9 * 3600 * SECOND) + round(after * SECOND)
    accounts = [n for n in frame.columns if n.endswith("account_id")]
    ids = [n for n in frame.columns if n.endswith("order_id") or n == "trade_id"]
    mine = [
        pl.when(pl.col(n) == "ann").then(pl.lit(name)).otherwise(pl.format("{}-{}", pl.lit(name), n)).alias(n)
        for n in accounts
    ]
    return frame.with_columns(
        *mine, *[pl.format("{}-{}", pl.lit(name), n).alias(n) for n in ids], us=pl.col("us") + shift
    )


def genuine(*names: str, seed: int = 0) -> Records:
    """Single orders far from the market, at random instants of every day."""
    random, tape = np.random.default_rng(seed), Written()
    for name in names:
        for day in DAYS:
            for _ in range(4):
                tape.order(
                    name, at(day, float(random.uniform(0, 24))), "buy", 1, round(float(random.uniform(40, 60)), 2)
                )
    orders, trades, _ = tape.frames()
    return Records((orders,), (trades,))


def crowd(seed: int = 1) -> Records:
    """Fifty accounts that order now and then all day, and trade at prices that are never quite the same."""
    random, tape = np.random.default_rng(seed), Written()
    number = 20_000
    us = MONDAY + random.integers(0, len(DAYS) * DAY, number)
    price = random.integers(2_000, 3_000, number)
    tape.resting(np.char.add("c", random.integers(0, 50, number).astype(str)), us, price, np.full(number, "sell"))
    for price in (99, 100, 101):
        at = MONDAY + random.integers(0, len(DAYS) * DAY, number // 5)
        side = np.where(random.random(len(at)) < 0.5, "buy", "sell")
        tape.takes(np.char.add("t", random.integers(0, 50, len(at)).astype(str)), at, side, size=0.37, price=price)
    orders, trades, _ = tape.frames()
    return Records((orders,), (trades,))


CROWD = crowd()
SHARED = Records(
    sessions=(
        *[("ann", "phone", day) for day in (-9, -8, -7, 2, 4, 6)],
        *[("bob", "phone", day) for day in (1, 3, 5, 7)],
        *[(f"c{n}", f"own{n}", -5) for n in range(50)],
    )
)
"""Ann's phone, that bob uses after her on three days."""
PAIR = acting("ann") + acting("bob", after=9) + genuine("ann", "bob")
RING = CROWD + SHARED + PAIR


def found_in(records: Records, folder: Path) -> Detection:
    """Ingest and the whole of detection."""
    source, tape = folder / "source", Tape(folder / "tape")
    source.mkdir(parents=True)
    for name, rows in tables(records).items():
        rows.write_parquet(source / f"{name}.parquet")
    assert not sum(each.quarantined for each in ingest_records(source, tape).tables.values())
    return detect(snapshot_of(tape), conduct=find_conduct(tape))


def tables(records: Records) -> dict[str, pl.DataFrame]:
    """Contract tables by name."""
    ts = pl.from_epoch("us", "us").dt.replace_time_zone("UTC").alias("ts")
    orders, trades = (pl.concat(frames).with_columns(ts).drop("us") for frames in (records.orders, records.trades))
    day = [FIRST_DAY + timedelta(days=s[-1]) for s in (*records.sessions, *records.transfers)]
    sessions = pl.DataFrame(
        [(who, device, when) for (who, device, _), when in zip(records.sessions, day, strict=False)],
        schema={"account_id": pl.String, "device_id": pl.String, "ts": pl.Datetime("us", "UTC")}, orient="row",
    )  # fmt: skip
    transfers = pl.DataFrame(
        [_transfer(n, each) for n, each in enumerate(records.transfers)],
        schema={"transfer_id": pl.String, "account_id": pl.String, "direction": pl.String, "address": pl.String,
                "counterparty_account_id": pl.String, "ts": pl.Datetime("us", "UTC")}, orient="row",
    )  # fmt: skip
    people = [orders["account_id"], trades["maker_account_id"], trades["taker_account_id"], sessions["account_id"],
              transfers["account_id"], transfers["counterparty_account_id"],
              pl.Series(list(records.referrers), dtype=pl.String)]  # fmt: skip
    names = pl.concat([each.rename("account_id") for each in people]).drop_nulls().unique().sort()
    accounts = names.to_frame().with_columns(
        opened_at=pl.lit(FIRST_DAY - timedelta(days=6)),
        referrer_account_id=pl.col("account_id").replace_strict(
            records.referrers, default=None, return_dtype=pl.String
        ),
    )
    return {"accounts": accounts, "orders": orders, "trades": trades, "sessions": sessions, "transfers": transfers}


def _transfer(number: int, each: Transfer) -> tuple[object, ...]:
    who, direction, other, day = each
    inside = direction == "internal"
    return (
        f"t{number}",
        who,
        direction,
        None if inside else other,
        other if inside else None,
        FIRST_DAY + timedelta(days=day),
    )


@dataclass(frozen=True)
class Standing:
    """What is said of one account: its provisional tiers, legs and largest score; all empty or 0 if nothing is."""

    tiers: tuple[str, ...]
    legs: tuple[str, ...]
    score: float

    @property
    def above_watch(self) -> bool:
        return bool(set(self.tiers) - {"watch"})


def standing(found: Detection, account: str) -> Standing:
    told = pl.concat([found.members, found.individuals], how="diagonal").filter(account_id=account)
    tiers = found.provisional.filter(account_id=account)["tier"].sort()
    legs = told["legs"].explode().drop_nulls().unique().sort()
    return Standing(tuple(tiers), tuple(legs), float(told["score"].max() or 0.0))  # type: ignore[arg-type]
