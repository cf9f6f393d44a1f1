"""Who acts right after whom: manipulative acts of one kind in one market, within seconds, oftener than chance.

Directed: what counts is when the follower placed its own orders, and it is evidence about the follower alone. Nobody
can be made to follow by those who act after it. The null: where both acted within a quarter of an hour, the instant of
the follower's act does not depend on the other's. Per act a bet is placed against it whose mean is then at most 1, so
the product is an e-value (Vovk and Wang, E-values: calibration, combination and applications, Annals of Statistics,
2021); e-values are averaged over all whom one met, and judged together by e-BH (Wang and Ramdas, False discovery rate
control with e-values, JRSS-B, 2022), which holds under any dependence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.vocabulary import columns
from models.exact import exact_sum
from models.links.entities import Entities
from models.parameters import CoordinationParameters

PUBLIC_TRIGGERS = ("front_running", "pump_and_dump")
"""Typologies whose acts are set off by what everybody sees: acting after somebody else says nothing."""
HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_HABIT_SHARE = 10 / 60
"""Share of an account's acts at one minute of the hour, from which on it is a habit: ten times chance."""
_BETS = (0.1, 0.5)
"""Stakes as shares of what may be lost; their mean is an e-value too, and fits frequent and rare following."""
_MOST_LOG_E = 50.0
_SCATTER = 1_103_515_245


@dataclass(frozen=True)
class Following:
    """`placed`: of `bets`; `ties`: of `tied`; `told`: `E_VALUES`."""

    placed: pl.DataFrame
    ties: pl.DataFrame
    told: pl.DataFrame


FOLLOWED = columns(follower=pl.Int64, leader=pl.Int64, acts=pl.Int64, hits=pl.Int64, days=pl.Int64, log_e=pl.Float64)
E_VALUES = columns(entity=pl.Int64, e_value=pl.Float64, coordinated=pl.Boolean)
_PLACE = ("typology", "symbol")


def following(acts: pl.DataFrame, entities: Entities, parameters: CoordinationParameters) -> Following:
    """All of it. `acts` as for `bets`."""
    placed = bets(acts, entities, parameters)
    pairs = followed(placed)
    return Following(placed, tied(pairs, parameters), coordinated(pairs, parameters))


def bets(acts: pl.DataFrame, entities: Entities, parameters: CoordinationParameters) -> pl.DataFrame:
    """One row for each of the follower's acts that are looked at and each leader of another household who acted in that
    typology and market within `around_seconds` of it: `follower`, `leader`, `account_id`, `typology`, `symbol`, `ts`
    and `event_ids` of the follower's act, `hit` (the leader acted at most `follow_seconds` before), `chance` of that.

    `acts`: `account_id`, `entity`, `other` (the entity that the act is with, or null), `typology`, `symbol`, `ts`,
    `event_ids`. One act of an hour is looked at, by lot, for bursts are no independent chances; those whose
    surroundings overlap are left out, and so are acts with the leader itself, which come after its orders by
    definition, and acts at a minute of the hour at which the follower acts on `habit_days` days and far oftener than at
    others. If the follower's instant is locally uniform the chance is `follow_seconds` per act of the leader by twice
    `around_seconds`; it is taken `caution` times as high, for activity has peaks.
    """
    timed = acts.filter(~pl.col("typology").is_in(PUBLIC_TRIGGERS)).with_columns(us=pl.col("ts").dt.epoch("us"))
    follow_us, around_us = (round(n * 1_000_000) for n in (parameters.follow_seconds, parameters.around_seconds))
    drawn = _drawn(_without_habits(timed, parameters), 2 * around_us).with_columns(bin=pl.col("us") // around_us)
    there = timed.select(*_PLACE, leader="entity", then="us", bin=pl.col("us") // around_us).unique()
    beside = pl.concat(there.with_columns(pl.col("bin") + step) for step in (-1, 0, 1))
    both = drawn.join(beside, on=[*_PLACE, "bin"]).filter(
        pl.col("other").ne_missing(pl.col("leader")), (pl.col("us") - pl.col("then")).abs() <= around_us
    )
    home = entities.household
    apart = home[both["entity"].to_numpy()] != home[both["leader"].to_numpy()]
    gap = pl.col("us") - pl.col("then")
    key = ("entity", "leader", "account_id", *_PLACE, "ts", "event_ids")
    told = (
        both.filter(pl.Series(apart, dtype=pl.Boolean))
        .group_by(*key)
        .agg(hit=((gap > 0) & (gap <= follow_us)).any(), times=pl.len())
    )
    chance = (parameters.caution * pl.col("times") * follow_us / (2 * around_us)).clip(upper_bound=1.0)
    return (
        told.with_columns(chance=chance)
        .drop("times")
        .rename({"entity": "follower"})
        .sort("follower", "leader", *_PLACE, "ts", "event_ids")
    )


def followed(placed: pl.DataFrame) -> pl.DataFrame:
    """`FOLLOWED`, sorted: for each pair of `bets` the acts looked at, the hits and on how many UTC days these fell, and
    the logarithm of the e-value, at most 50."""
    hit = pl.col("hit")
    gains = {
        f"log_{n}": exact_sum((1 + bet * (hit.cast(pl.Float64) / pl.col("chance") - 1)).log())
        for n, bet in enumerate(_BETS)
    }
    pairs = placed.group_by("follower", "leader").agg(
        acts=pl.len().cast(pl.Int64),
        hits=hit.sum().cast(pl.Int64),
        days=pl.col("ts").dt.date().filter(hit).n_unique().cast(pl.Int64),
        **gains,
    )
    best = pl.max_horizontal(*gains)
    mean = best + (pl.sum_horizontal((pl.col(name) - best).exp() for name in gains) / len(_BETS)).log()
    told = pairs.with_columns(log_e=mean.clip(upper_bound=_MOST_LOG_E).round(9))
    return told.select(FOLLOWED.names()).sort("follower", "leader")


def tied(pairs: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    """`follower`, `leader` of those of `FOLLOWED` with enough hits on enough days."""
    enough = (pl.col("hits") >= parameters.least_hits) & (pl.col("days") >= parameters.least_hit_days)
    return pairs.filter(enough).select("follower", "leader")


def coordinated(pairs: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    """`E_VALUES` of every follower in `pairs` (`FOLLOWED`), sorted: the mean e-value over all whom it met, and whether
    it is among those of whom at most a share `false_discoveries` are there by chance.

    Who met whom is said by the quarter of an hour around their acts, and the null is about instants within these.
    """
    e_value = pl.col("log_e").exp().sort().mean().round_sig_figs(9)
    told = pairs.group_by(entity="follower").agg(e_value=e_value).sort("e_value", "entity", descending=[True, False])
    rank = np.arange(1, told.height + 1)
    passes = np.flatnonzero(told["e_value"].to_numpy() * rank * parameters.false_discoveries >= told.height)
    kept = int(passes[-1]) + 1 if len(passes) else 0
    return told.select("entity", "e_value", coordinated=pl.Series(rank <= kept, dtype=pl.Boolean)).sort("entity")


def _drawn(timed: pl.DataFrame, least_gap_us: int) -> pl.DataFrame:
    """One act of each entity, typology, market and hour, without those that follow the one before too soon."""
    lot = timed.with_columns(hour=pl.col("us") // HOUR_US, lot=pl.col("us") % 2**31 * _SCATTER % 2**31)
    ordered = lot.sort("lot", "us", "entity", *_PLACE, "account_id", "event_ids")
    drawn = ordered.unique(["entity", *_PLACE, "hour"], keep="first", maintain_order=True).sort("us")
    gap = pl.col("us").diff().over("entity", *_PLACE)
    return drawn.filter(gap.is_null() | (gap >= least_gap_us)).drop("hour", "lot")


def _without_habits(timed: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    minute = pl.col("us") // _MINUTE_US % 60
    days = (pl.col("us") // (24 * HOUR_US)).n_unique().over("entity", minute)
    share = pl.len().over("entity", minute) / pl.len().over("entity")
    return timed.filter((days < parameters.habit_days) | (share < _HABIT_SHARE))
