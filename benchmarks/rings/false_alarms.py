"""How often a victim of an attack looks like a follower of its attackers: false alarms of the e-value of following."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from graph.tape.engine import tape_engine
from graph.tape.tape import Tape
from graph.vocabulary import columns
from models.conduct.authorship import DISPUTED
from models.conduct.detect import DEFAULTS
from models.conduct.find import LIMITS
from models.conduct.placements import placements
from models.conduct.reading import show_tape
from models.conduct.typologies import relation_sql
from models.coordination.following import Placed, e_values, following
from models.legs import LEAST_LINK_DAYS
from models.parameters import Parameters

ALPHAS = (0.05, 0.01, 0.001)
_WATCHED = columns(account_id=pl.String)


def placed_by(tape: Tape, accounts: pl.Series) -> Placed:
    """When any accounts placed orders, whatever they did otherwise; nothing that is declared excuses anybody."""
    with tempfile.TemporaryDirectory() as folder, tape_engine(LIMITS) as engine:
        listed = Path(folder) / "watched.parquet"
        accounts.unique().sort().to_frame("account_id").write_parquet(listed)
        show_tape(engine, tape, None)
        engine.show("fills", relation_sql("fills", DEFAULTS))
        engine.load("watched", [listed], _WATCHED)
        placed, usual = placements(engine, DEFAULTS.placements)
    nobody = pl.DataFrame(schema={"account_id": pl.String, "leader": pl.String})
    return Placed(placed, usual, nobody, pl.DataFrame(schema=DISPUTED), DEFAULTS.placements)


def followings(tape: Tape, framing: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """`framing` (`truth_framing`) with `windows`, `hit_days` and the `e_value` of each victim, as if it were in one
    ring with all members of the ring that attacks it (`members`: `truth_members`); 0 windows and an e-value of 1 of
    victims that are not judged.
    """
    ringed = members.filter(pl.col("ring").is_not_null()).select("account_id", "ring")
    known = placed_by(tape, pl.concat([framing["victim_account_id"], ringed["account_id"]]))
    # a ring's members are one leader that follows nobody: what its victims may follow is the same
    led = known.placements.join(ringed, on="account_id").unique(["ring", "symbol", "ts"])
    led = led.with_columns(account_id=pl.format("of {}", "ring"), alone=pl.lit(value=False))
    both = pl.concat([known.placements, led.select(known.placements.columns)])
    numbered = framing.with_row_index("group").with_columns(pl.col("group").cast(pl.Int64))
    victims = numbered.select("group", account_id="victim_account_id")
    leaders = numbered.select("group", account_id=pl.format("of {}", "ring"))
    parameters = Parameters().coordination
    seen = following(replace(known, placements=both), pl.concat([victims, leaders]), parameters)
    hits = seen.hits.group_by("group").agg(hit_days=pl.col("ts").dt.date().n_unique().cast(pl.Int64))
    won = e_values(seen.days, parameters).select("group", "windows", "e_value").join(hits, on="group", how="left")
    told = numbered.join(won, on="group", how="left").sort("group").drop("group")
    return told.with_columns(pl.col("windows", "hit_days").fill_null(0), pl.col("e_value").fill_null(1.0))


def alarms(victims: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Per attack, and over `all`: victims, how many of them are judged, the mean e-value, how many reach one over each
    of `ALPHAS`, and how many would have the leg."""
    leg = (pl.col("e_value") >= Parameters().coordination.leg_e_value) & (pl.col("hit_days") >= LEAST_LINK_DAYS)
    figures = [
        pl.len().alias("victims"),
        (pl.col("windows") > 0).sum().alias("judged"),
        pl.col("e_value").mean().round(4).alias("mean_e_value"),
        pl.col("e_value").max().round(1).alias("largest"),
        *[(pl.col("e_value") >= 1 / alpha).sum().alias(f"at_{alpha}") for alpha in ALPHAS],
        leg.sum().alias("legs"),
    ]
    parts = victims.group_by("attack").agg(figures).sort("attack")
    whole = victims.select(pl.lit("all").alias("attack"), *figures)
    return {row.pop("attack"): row for row in pl.concat([parts, whole], how="vertical_relaxed").to_dicts()}
