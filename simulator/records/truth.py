"""What is true by construction: who is in which ring, what was planted, and what could be seen of it."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.vocabulary import INSTANT
from simulator.market.symbols import Market
from simulator.parameters import DAY, FIRST_INSTANT
from simulator.people.population import Population
from simulator.people.strata import STRATA
from simulator.rings.draw import ROLES, TYPOLOGIES, Rings
from simulator.rings.planned import Episodes

DETECTABLE_DAYS = 3
"""Distinct days with planted acts from which on a member counts as detectable."""
DETECTABLE_EPISODES = {
    "wash_trading": 8,
    "self_trading": 8,
    "spoofing": 5,
    "layering": 5,
    "quote_stuffing": 3,
    "front_running": 5,
    "pump_and_dump": 3,
}
"""Planted acts of one account and typology from which on it counts as detectable."""
DETECTABLE_INTENSITY = 0.2
"""Planted acts per day of the ring's life from which on a member counts as detectable."""


def members_table(population: Population, rings: Rings, strata: np.ndarray, episodes: Episodes) -> pl.DataFrame:
    """`truth_members`: one row an account, in the order of public ids.

    `strata`: (n,) positions in `STRATA`, with those of attacked and taken-over accounts set.
    """
    n = len(population)
    ring, role = np.full(n, -1), np.full(n, -1)
    ring[rings.account], role[rings.account] = rings.ring, rings.role
    entity = population.entity.copy()
    controlled = rings.one_owner[rings.ring]
    organiser = rings.account[np.searchsorted(rings.ring, rings.ring)]
    entity[rings.account[controlled]] = organiser[controlled]
    names = [f"ring-{number:04d}" for number in range(len(rings))]
    table = pl.DataFrame(
        {
            "account": np.arange(n, dtype=np.int32),
            "account_id": population.ids,
            "ring": _named(names, ring),
            "role": _named(list(ROLES), role),
            "stratum": _named(list(STRATA), strata),
            "entity": population.ids.gather(entity),
            "known": np.ones(n, bool),
        }
    )
    return (
        table.join(_seen(rings, episodes), on="account", how="left")
        .with_columns(
            pl.col("detectable").fill_null(value=False),
            pl.col("true_episodes", "true_days").fill_null(0),
            typology=pl.coalesce(
                "typology",
                _named(list(TYPOLOGIES), np.where(ring >= 0, rings.typology[ring] if len(rings) else -1, -1)),
            ),
        )
        .sort("account_id")
        .select(
            "account_id",
            "ring",
            "role",
            "typology",
            "stratum",
            "entity",
            "known",
            "detectable",
            "true_episodes",
            "true_days",
        )
    )


def _seen(rings: Rings, episodes: Episodes) -> pl.DataFrame:
    """Per acting account: its main typology, planted episodes and days, and whether anybody could see it."""
    life = pl.DataFrame({"ring": np.arange(len(rings), dtype=np.int32), "life": rings.end - rings.start})
    rows = pl.DataFrame({name: episodes[name] for name in ("account", "ring", "typology", "begin")}).with_columns(
        day=(pl.col("begin") - FIRST_INSTANT) // DAY,
        typology=_named(list(TYPOLOGIES), episodes["typology"].astype(np.int64)),
    )
    wanted = pl.DataFrame({"typology": list(DETECTABLE_EPISODES), "wanted": list(DETECTABLE_EPISODES.values())})
    kinds = (
        rows.group_by("account", "ring", "typology")
        .agg(acts=pl.len(), days=pl.col("day").n_unique())
        .join(wanted, on="typology")
        .join(life, on="ring")
        .with_columns(
            visible=(pl.col("acts") >= pl.col("wanted"))
            & (pl.col("days") >= DETECTABLE_DAYS)
            & (pl.col("acts") / pl.col("life") >= DETECTABLE_INTENSITY)
        )
        .sort("account", "visible", "acts", "typology", descending=[False, True, True, False])
    )
    days = rows.group_by("account").agg(true_days=pl.col("day").n_unique())
    return (
        kinds.group_by("account", maintain_order=True)
        .agg(
            pl.first("typology"),
            detectable=pl.any("visible"),
            true_episodes=pl.sum("acts").cast(pl.Int64),
        )
        .join(days, on="account")
        .with_columns(pl.col("true_days").cast(pl.Int64), pl.col("account").cast(pl.Int32))
    )


def episodes_table(population: Population, market: Market, episodes: Episodes) -> pl.DataFrame:
    """`truth_episodes`: one row per planted act and account that took part, by time."""
    ids, other = population.ids, episodes["other"].astype(np.int64)
    return pl.DataFrame(
        {
            "episode_id": pl.Series(episodes["act"]).cast(pl.String),
            "ring": _named(
                [f"ring-{n:04d}" for n in range(int(episodes["ring"].max(initial=-1)) + 1)], episodes["ring"]
            ),
            "account_id": ids.gather(episodes["account"]),
            "other_account_id": _named(ids.to_list(), other),
            "typology": _named(list(TYPOLOGIES), episodes["typology"].astype(np.int64)),
            "symbol": _named(list(market.names), episodes["symbol"].astype(np.int64)),
            "from_ts": pl.Series(episodes["begin"]).cast(INSTANT),
            "to_ts": pl.Series(episodes["end"]).cast(INSTANT),
        }
    ).sort("from_ts", "episode_id", "account_id")


def _named(names: list[str], code: np.ndarray) -> pl.Series:
    """Names by position; null for -1."""
    known = pl.Series(names, dtype=pl.String)
    return known.gather(pl.Series(code).cast(pl.Int64).replace(-1, None))
