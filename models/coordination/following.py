"""Who acts right after the others of its group: manipulative acts of one kind in one market, within seconds, oftener
than chance.

Directed: what counts is when the follower placed its own orders, and it is evidence about the follower alone. Nobody
can be made to follow by those who act after it. The null: given who acted in which market and week, which is what made
the group, and where both acted within a quarter of an hour, the instant of the follower's act does not depend on the
others'. Per act a bet is placed against it whose mean is then at most 1, so the product is an e-value (Vovk and Wang,
E-values: calibration, combination and applications, Annals of Statistics, 2021). All followers are judged together by
e-BH (Wang and Ramdas, False discovery rate control with e-values, JRSS-B, 2022), which holds under any dependence.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.vocabulary import INSTANT, columns
from models.exact import exact_sum
from models.links.entities import Entities
from models.parameters import CoordinationParameters

PUBLIC_TRIGGERS = ("front_running", "pump_and_dump")
"""Typologies whose acts are set off by what everybody sees: acting after somebody else says nothing."""
HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_HABIT_SHARE = 10 / 60
"""Share of an entity's acts at one minute of the hour, from which on it is a habit: ten times chance."""
_STAKES = (0.1, 0.5)
"""Shares of what may be lost; the mean of two e-values is one too, and fits frequent and rare following."""
_MOST_LOG_E = 50.0
_SCATTER = 1_103_515_245
BETS = columns(
    entity=pl.Int64,
    account_id=pl.String,
    group=pl.Int64,
    typology=pl.String,
    symbol=pl.String,
    ts=INSTANT,
    event_ids=pl.List(pl.String),
    hit=pl.Boolean,
    leaders=pl.List(pl.Int64),
    chance=pl.Float64,
)
"""One act of a follower with acts of others of its group around it: whether one of these came right before (`hit`) and
of whom (`leaders`), and the `chance` of that."""
E_VALUES = columns(entity=pl.Int64, acts=pl.Int64, hits=pl.Int64, e_value=pl.Float64, coordinated=pl.Boolean)
_PLACE = ("group", "typology", "symbol")


def bets(
    acts: pl.DataFrame, groups: pl.DataFrame, entities: Entities, parameters: CoordinationParameters
) -> pl.DataFrame:
    """`BETS`, sorted: one row for each act that is looked at and around which, in its typology and market and within
    `around_seconds`, entities of other households of its group acted.

    `acts`: `account_id`, `entity`, `other` (the entity that the act is with, or null), `typology`, `symbol`, `ts`,
    `event_ids`; `groups`: `entity`, `group`. One act of an hour is looked at, by lot, for bursts are no independent
    chances; those whose surroundings overlap are left out. Acts of the entity that the act is with say nothing, for an
    answer comes after its first order by definition; nor do acts at a minute of the hour at which the follower acts on
    `habit_days` days and far oftener than at others. If the follower's instant is locally uniform, the chance is
    `follow_seconds` per act of others by twice `around_seconds`; it is taken `caution` times as high, for activity has
    peaks.
    """
    follow_us, around_us = (round(n * 1_000_000) for n in (parameters.follow_seconds, parameters.around_seconds))
    timed = acts.filter(~pl.col("typology").is_in(PUBLIC_TRIGGERS)).join(groups, on="entity")
    timed = timed.with_columns(us=pl.col("ts").dt.epoch("us")).with_columns(bin=pl.col("us") // around_us)
    drawn = _drawn(_without_habits(timed, parameters), 2 * around_us)
    there = timed.select(*_PLACE, "bin", leader="entity", then="us").unique()
    beside = pl.concat(there.with_columns(pl.col("bin") + step) for step in (-1, 0, 1))
    both = drawn.join(beside, on=[*_PLACE, "bin"]).filter(
        pl.col("other").ne_missing(pl.col("leader")), (pl.col("us") - pl.col("then")).abs() <= around_us
    )
    home = entities.household
    apart = pl.Series(home[both["entity"].to_numpy()] != home[both["leader"].to_numpy()], dtype=pl.Boolean)
    gap = pl.col("us") - pl.col("then")
    right_before = (gap > 0) & (gap <= follow_us)
    told = both.filter(apart).group_by("entity", "account_id", *_PLACE, "ts", "event_ids").agg(
        hit=right_before.any(),
        leaders=pl.col("leader").filter(right_before).unique().sort(),
        chance=(parameters.caution * pl.len() * follow_us / (2 * around_us)).clip(upper_bound=1.0),
    )  # fmt: skip
    return told.select(BETS.names()).sort("entity", *_PLACE, "ts", "account_id", "event_ids")


def followers(placed: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    """`E_VALUES` of every entity in `placed` (`BETS`), sorted: its acts looked at and hits, its e-value (at most e^50),
    and whether it is among those of whom at most a share `false_discoveries` are there by chance."""
    hit = pl.col("hit")
    gains = {
        f"log_{n}": exact_sum((1 + stake * (hit.cast(pl.Float64) / pl.col("chance") - 1)).log())
        for n, stake in enumerate(_STAKES)
    }
    won = placed.group_by("entity").agg(acts=pl.len().cast(pl.Int64), hits=hit.sum().cast(pl.Int64), **gains)
    best = pl.max_horizontal(*gains)
    mean = best + (pl.sum_horizontal((pl.col(name) - best).exp() for name in gains) / len(_STAKES)).log()
    told = won.with_columns(e_value=mean.clip(upper_bound=_MOST_LOG_E).exp().round_sig_figs(9))
    told = told.sort("e_value", "entity", descending=[True, False])
    rank = np.arange(1, told.height + 1)
    passes = np.flatnonzero(told["e_value"].to_numpy() * rank * parameters.false_discoveries >= told.height)
    kept = int(passes[-1]) + 1 if len(passes) else 0
    chosen = told.with_columns(coordinated=pl.Series(rank <= kept, dtype=pl.Boolean))
    return chosen.select(E_VALUES.names()).sort("entity")


def _drawn(timed: pl.DataFrame, least_gap_us: int) -> pl.DataFrame:
    """One act of each entity, typology, market and hour, without those that follow the one before too soon."""
    lot = timed.with_columns(hour=pl.col("us") // HOUR_US, lot=pl.col("us") % 2**31 * _SCATTER % 2**31)
    ordered = lot.sort("lot", "us", "entity", *_PLACE, "account_id", "event_ids")
    drawn = ordered.unique(["entity", *_PLACE, "hour"], keep="first", maintain_order=True).sort(
        "us", maintain_order=True
    )
    gap = pl.col("us").diff().over("entity", *_PLACE)
    return drawn.filter(gap.is_null() | (gap >= least_gap_us)).drop("hour", "lot")


def _without_habits(timed: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    minute = pl.col("us") // _MINUTE_US % 60
    days = (pl.col("us") // (24 * HOUR_US)).n_unique().over("entity", minute)
    share = pl.len().over("entity", minute) / pl.len().over("entity")
    return timed.filter((days < parameters.habit_days) | (share < _HABIT_SHARE))
