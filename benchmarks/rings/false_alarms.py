"""How often a victim of an attack looks like a follower of its attackers: false alarms of the e-value of following."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from graph.tape.engine import tape_engine
from graph.tape.tape import Tape
from graph.vocabulary import columns
from models.conduct.detect import DEFAULTS
from models.conduct.find import LIMITS
from models.conduct.placements import placements
from models.conduct.reading import show_tape
from models.conduct.typologies import relation_sql
from models.coordination.following import bets, e_values
from models.legs import LEAST_LINK_DAYS
from models.parameters import Parameters

ALPHAS = (0.05, 0.01, 0.001)
BATCH = 100
"""Victims that are looked at together."""
_WATCHED = columns(account_id=pl.String)


def placements_of(tape: Tape, accounts: pl.Series) -> pl.DataFrame:
    """`tables.PLACEMENTS` of any accounts, whatever they did."""
    with tempfile.TemporaryDirectory() as folder, tape_engine(LIMITS) as engine:
        listed = Path(folder) / "watched.parquet"
        accounts.unique().sort().to_frame("account_id").write_parquet(listed)
        show_tape(engine, tape, None)
        engine.show("fills", relation_sql("fills", DEFAULTS))
        engine.load("watched", [listed], _WATCHED)
        return placements(engine, DEFAULTS.placements)


def followings(tape: Tape, framing: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """`framing` (`truth_framing`) with `bets`, `hit_days` and the `e_value` of each victim, as if it were in one ring
    with all members of the ring that attacks it (`members`: `truth_members`); 0 bets and an e-value of 1 without any.
    """
    ringed = members.filter(pl.col("ring").is_not_null()).select("account_id", "ring")
    placed = placements_of(tape, pl.concat([framing["victim_account_id"], ringed["account_id"]]))
    # a ring's members are one leader that follows nobody: what its victims may follow is the same
    led = placed.join(ringed, on="account_id").unique(["ring", "symbol", "ts"])
    led = led.with_columns(account_id=pl.format("of {}", "ring"), alone=pl.lit(value=False)).select(placed.columns)
    numbered = framing.with_row_index("group").with_columns(pl.col("group").cast(pl.Int64))
    parts = [_bets_of(placed, led, batch) for batch in numbered.iter_slices(BATCH)]
    made = pl.concat(parts)
    days = made.filter("hit").group_by("group").agg(hit_days=pl.col("ts").dt.date().n_unique().cast(pl.Int64))
    won = e_values(made).select("group", "bets", "e_value").join(days, on="group", how="left")
    told = numbered.join(won, on="group", how="left").sort("group").drop("group")
    return told.with_columns(pl.col("bets", "hit_days").fill_null(0), pl.col("e_value").fill_null(1.0))


def _bets_of(placed: pl.DataFrame, led: pl.DataFrame, framing: pl.DataFrame) -> pl.DataFrame:
    """`BETS` of some victims; `framing` with a number as `group`."""
    victims = framing.select("group", account_id="victim_account_id")
    groups = pl.concat([victims, framing.select("group", account_id=pl.format("of {}", "ring"))])
    near = pl.concat([placed.join(victims, on="account_id", how="semi"), led])
    nobody = pl.DataFrame(schema={"account_id": pl.String, "leader": pl.String})
    return bets(near, groups, nobody, Parameters().coordination, DEFAULTS.placements)


def alarms(victims: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Per attack, and over `all`: victims, how many of them placed orders within reach of their attackers, the mean
    e-value, how many reach one over each of `ALPHAS`, and how many would have the leg."""
    leg = (pl.col("e_value") >= Parameters().coordination.leg_e_value) & (pl.col("hit_days") >= LEAST_LINK_DAYS)
    figures = [
        pl.len().alias("victims"),
        (pl.col("bets") > 0).sum().alias("within_reach"),
        pl.col("e_value").mean().round(4).alias("mean_e_value"),
        pl.col("e_value").max().round(1).alias("largest"),
        *[(pl.col("e_value") >= 1 / alpha).sum().alias(f"at_{alpha}") for alpha in ALPHAS],
        leg.sum().alias("legs"),
    ]
    parts = victims.group_by("attack").agg(figures).sort("attack")
    whole = victims.select(pl.lit("all").alias("attack"), *figures)
    return {row.pop("attack"): row for row in pl.concat([parts, whole], how="vertical_relaxed").to_dicts()}
