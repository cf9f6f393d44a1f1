"""What is true by construction: who is in which ring, what was planted, and what could be seen of it."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.adversaries.framing import ATTACKS, attack_plan
from simulator.exchange import Cast
from simulator.market.symbols import Market
from simulator.parameters import DAY, FIRST_INSTANT
from simulator.people.population import Population
from simulator.people.strata import STRATA, stratum_code
from simulator.records.costs import Costs, per_plan
from simulator.rings.draw import ROLES, TYPOLOGIES, Habit, Rings
from simulator.rings.planned import Episodes

DETECTABLE_DAYS = 3
"""Distinct days with planted acts from which on a member counts as detectable."""
DETECTABLE_EPISODES = {
    "wash_trading": 6,
    "self_trading": 6,
    "spoofing": 5,
    "layering": 5,
    "quote_stuffing": 3,
    "front_running": 5,
    "pump_and_dump": 3,
}
"""Planted acts of one account and typology from which on it counts as detectable."""
DETECTABLE_INTENSITY = 0.1
"""Planted acts per day of the ring's life from which on a member counts as detectable."""


def members_table(cast: Cast, episodes: Episodes) -> pl.DataFrame:
    """`truth_members`: one row an account, in the order of public ids."""
    population, rings = cast.population, cast.rings
    n, strata = len(population), natural_strata(cast)
    strata[cast.framing.victim] = stratum_code("framed")
    ring, role = np.full(n, -1), np.full(n, -1)
    ring[rings.account], role[rings.account] = rings.ring, rings.role
    controlled = rings.one_owner[rings.ring]
    organiser = rings.organisers()[rings.ring] if len(rings) else rings.account
    owner = np.arange(n)
    owner[population.entity[rings.account[controlled]]] = population.entity[organiser[controlled]]
    entity = owner[population.entity]
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
                _named(list(TYPOLOGIES), _main_typology(rings, ring)),
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


def natural_strata(cast: Cast) -> NDArray[np.uint8]:
    """The stratum of each account in the world without attacks."""
    strata = cast.population.stratum.copy()
    strata[cast.takeovers.account] = stratum_code("taken_over")
    return strata


def _main_typology(rings: Rings, ring: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first typology of each account's ring; -1 outside rings."""
    known = np.append(rings.typology.astype(np.int64), -1)
    return known[ring]


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


def rings_table(rings: Rings, episodes: Episodes, costs: Costs) -> pl.DataFrame:
    """`truth_rings`: the habits of each ring, and what its acts cost it in fees."""
    acts = _once_per_act(episodes)
    cost = per_plan(costs, 0, int(acts["act"].max(initial=-1)) + 1)[acts["act"]]
    return pl.DataFrame(
        {
            "ring": [f"ring-{number:04d}" for number in range(len(rings))],
            "typology": _named(list(TYPOLOGIES), rings.typology.astype(np.int64)),
            "second_typology": _named(list(TYPOLOGIES), np.where(rings.habit > 0, rings.second.astype(np.int64), -1)),
            "habit": _named([habit.name.lower() for habit in Habit], rings.habit.astype(np.int64)),
            "form": rings.form,
            "size": np.bincount(rings.ring, minlength=len(rings)),
            "first_day": rings.start,
            "days": rings.end - rings.start,
            "acts_per_member_day": rings.acts,
            "jitter_seconds": rings.jitter,
            "camouflage": rings.camouflage,
            "hygiene": rings.hygiene,
            "one_owner": rings.one_owner,
            "acts": np.bincount(acts["ring"], minlength=len(rings)),
            "fees_usd": np.round(np.bincount(acts["ring"], cost, minlength=len(rings)), 2),
        }
    )


def framing_table(cast: Cast, costs: Costs) -> pl.DataFrame:
    """`truth_framing`: who attacks whom how, what it costs the attacker in fees and dust (log-ins and codes are free),
    and the stratum that the victim has without attacks. Attacks that were never carried out are left out."""
    population, framing = cast.population, cast.framing
    first, count = int(attack_plan(np.zeros(1, np.int64))[0]), int(framing.number.max(initial=-1)) + 1
    return pl.DataFrame(
        {
            "attack": _named(list(ATTACKS), framing.attack),
            "victim_account_id": population.ids.gather(framing.victim),
            "attacker_account_id": population.ids.gather(framing.attacker),
            "ring": _named([f"ring-{n:04d}" for n in range(int(framing.ring.max(initial=-1)) + 1)], framing.ring),
            "cost_usd": per_plan(costs, first, count)[framing.number],
            "natural_stratum": _named(list(STRATA), natural_strata(cast)[framing.victim].astype(np.int64)),
        }
    )


def _once_per_act(episodes: Episodes) -> Episodes:
    return episodes[np.unique(episodes["act"], return_index=True)[1]]


def _named(names: list[str], code: np.ndarray) -> pl.Series:
    """Names by position; null for -1."""
    known = pl.Series(names, dtype=pl.String)
    return known.gather(pl.Series(code).cast(pl.Int64).replace(-1, None))
