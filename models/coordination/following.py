"""Who acts right after the others of its group: manipulative acts of one kind in one market, within seconds.

A nomination, and no leg. Directed: what counts is when the follower placed its own orders, and those who act after it
never make it follow. The null: given who acted in which market and week, which is what made the group, and where both
acted within a quarter of an hour, the follower's instant is locally uniform whatever the others do. Per act a bet is
placed against it whose mean is then at most 1, so the product is an e-value (Vovk and Wang, E-values: calibration,
combination and applications, Annals of Statistics, 2021). It holds only as far as nobody else decides which of the
follower's acts exist; others' fills do (decision 23), which is why it is no leg.
"""

from __future__ import annotations

import polars as pl

from graph.vocabulary import INSTANT, columns
from models.exact import exact_sum
from models.links.entities import Entities
from models.parameters import CoordinationParameters

PUBLIC_TRIGGERS = ("front_running", "pump_and_dump")
"""Typologies whose acts are set off by what everybody sees: acting after somebody else says nothing."""
_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_HABIT_SHARES = {60: 10 / 60, 30: 0.5, 20: 0.5, 15: 0.5, 10: 0.5, 5: 0.6}
"""Minutes of a period, and the share of an entity's acts at one minute of it from which on that is a habit."""
_STAKES = (0.1, 0.5)
"""Shares of what may be lost; the mean of two e-values is one too, and fits frequent and rare following."""
_MOST_LOG_E = 50.0
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
E_VALUES = columns(entity=pl.Int64, acts=pl.Int64, hits=pl.Int64, e_value=pl.Float64)
_PLACE = ("group", "typology", "symbol")


def bets(
    acts: pl.DataFrame, groups: pl.DataFrame, entities: Entities, parameters: CoordinationParameters
) -> pl.DataFrame:
    """`BETS`, sorted: one row for each act that is looked at and around which, in its typology and market and within
    `around_seconds`, entities of other households of its group acted.

    `acts`: `account_id`, `entity`, `other` (the entity that the act is with, or null), `typology`, `symbol`, `ts`,
    `event_ids`; `groups`: `entity`, `group`. Of a burst the first act is looked at, wherever it is, so that
    surroundings never overlap. Acts of the entity that the act is with say nothing, for an answer comes after its first
    order by definition; nor do acts at a minute of the hour, or of a shorter period, at which the follower acts on
    `habit_days` days and far oftener than at others. If the follower's instant is locally uniform, the chance is
    `follow_seconds` per act of others by twice `around_seconds`; it is taken `caution` times as high, for activity has
    peaks.
    """
    follow_us, around_us = (round(n * 1_000_000) for n in (parameters.follow_seconds, parameters.around_seconds))
    timed = acts.filter(~pl.col("typology").is_in(PUBLIC_TRIGGERS)).join(groups, on="entity")
    timed = timed.with_columns(us=pl.col("ts").dt.epoch("us")).with_columns(bin=pl.col("us") // around_us)
    first = _first_ones(_without_habits(timed, parameters), 2 * around_us)
    there = timed.select(*_PLACE, "bin", leader="entity", then="us").unique()
    beside = pl.concat(there.with_columns(pl.col("bin") + step) for step in (-1, 0, 1))
    both = first.join(beside, on=[*_PLACE, "bin"]).filter(
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


def followers(placed: pl.DataFrame) -> pl.DataFrame:
    """`E_VALUES` of every entity in `placed` (`BETS`), sorted: its acts looked at, its hits, and its e-value, at most
    e^50."""
    hit = pl.col("hit")
    gains = {
        f"log_{n}": exact_sum((1 + stake * (hit.cast(pl.Float64) / pl.col("chance") - 1)).log())
        for n, stake in enumerate(_STAKES)
    }
    won = placed.group_by("entity").agg(acts=pl.len().cast(pl.Int64), hits=hit.sum().cast(pl.Int64), **gains)
    best = pl.max_horizontal(*gains)
    mean = best + (pl.sum_horizontal((pl.col(name) - best).exp() for name in gains) / len(_STAKES)).log()
    told = won.with_columns(e_value=mean.clip(upper_bound=_MOST_LOG_E).exp().round_sig_figs(9))
    return told.select(E_VALUES.names()).sort("entity")


def _first_ones(timed: pl.DataFrame, least_gap_us: int) -> pl.DataFrame:
    """The acts of each entity, whatever the market, before which it did not act for so long: one chance each."""
    ordered = timed.sort("us", "entity", *_PLACE, "account_id", "event_ids", "other")
    gap = pl.col("us").diff().over("entity")
    return ordered.filter(gap.is_null() | (gap >= least_gap_us))


def _without_habits(timed: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    habit = pl.lit(value=False)
    for period, share in _HABIT_SHARES.items():
        minute = pl.col("us") // _MINUTE_US % period
        days = (pl.col("us") // _DAY_US).n_unique().over("entity", minute)
        often = pl.len().over("entity", minute) >= share * pl.len().over("entity")
        habit |= often & (days >= parameters.habit_days)
    return timed.filter(~habit)
