"""Who acted for an account: where that is disputed, its acts are no leg until somebody has looked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import polars as pl

from graph.tape import Tape
from graph.tape.engine import TapeEngine
from graph.tape.tape import SCHEMAS
from graph.vocabulary import columns
from models.conduct.typologies import source

DISPUTED = columns(account_id=pl.String, since_us=pl.Int64, until_us=pl.Int64)
_DAY_US = 86_400_000_000
_FOREVER = 2**62


def disputed(engine: TapeEngine, tape: Tape, as_of: date | None) -> pl.DataFrame:
    """`DISPUTED`, sorted: spans in which somebody else may have acted for an account, in microseconds since 1970, as
    far as is known at the end of the UTC day `as_of`."""
    before = _FOREVER if as_of is None else int(datetime.combine(as_of, time(), UTC).timestamp()) * 1_000_000 + _DAY_US
    engine.load("tape_sessions", tape.paths("sessions"), SCHEMAS["sessions"])
    found = engine.rows(source("authorship/disputed.sql").replace("$before_us", str(before)), DISPUTED)
    return found.sort("account_id", "since_us")


def disputed_days(days: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """`account_id`, `typology`, `disputed_days`: on how many of the UTC days of `days` (`tables.CONDUCT_DAYS`) it is
    disputed who acted, `spans` being `DISPUTED`; a day counts whole."""
    began = pl.col("day").cast(pl.Datetime("us")).dt.epoch("us")
    inside = (began + _DAY_US > pl.col("since_us")) & (began < pl.col("until_us"))
    within = days.join(spans, on="account_id").filter(inside)
    return within.group_by("account_id", "typology").agg(disputed_days=pl.col("day").n_unique().cast(pl.Int64))
