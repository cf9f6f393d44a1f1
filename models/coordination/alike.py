"""Accounts that manipulate alike: the same typology in the same markets in the same weeks.

A nomination, not proof of an agreement: two strangers may spoof one popular market in one week, so no row made of it is
a leg. Only accounts with repeated acts of their own are looked at, and only their own acts: nobody else can bring an
account in. Rarity-weighted keys after Salton and Buckley, Term-weighting approaches in automatic text retrieval (1988);
an inverted index over keys in place of all pairs, as in SynchroTrap (Cao, Yang, Yu and Palow, CCS 2014).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from graph.vocabulary import columns
from models.communities.leiden import communities
from models.exact import exact_sum
from models.links.entities import Entities
from models.links.similarity import Behaviour
from models.parameters import CoordinationParameters, Parameters

WEEK_DAYS = 7
GROUPS = columns(entity=pl.Int64, group=pl.Int64, affinity=pl.Float64, others=pl.Int64)
_KEY = ("typology", "symbol", "phase", "week")


def alike_pairs(days: pl.DataFrame, entities: Entities, parameters: CoordinationParameters) -> pl.DataFrame:
    """`x`, `y` (entities, x < y, of different households), `weight`: cosine similarity of their rarity-weighted keys,
    0..1, at least `least_affinity`; sorted.

    `days`: `entity`, `typology`, `symbol`, `day` of own acts. A key is a typology, market and week, in two phases half
    a week apart, so that no border of weeks parts what belongs together. A key with more entities than `most_users`
    makes nobody alike.
    """
    keys = _keyed(days).select("entity", *_KEY).unique()
    users = keys.group_by(_KEY).agg(users=pl.len())
    rarity = ((keys["entity"].n_unique() + 1) / pl.col("users")).log()
    weighed = keys.join(users, on=_KEY).with_columns(rarity=rarity)
    norm = weighed.group_by("entity").agg(norm=exact_sum(pl.col("rarity") ** 2).sqrt())
    told = weighed.filter(pl.col("users") <= parameters.most_users).drop("users")
    both = told.join(told.drop("rarity"), on=_KEY, suffix="_other").filter(pl.col("entity") < pl.col("entity_other"))
    pairs = both.group_by(x="entity", y="entity_other").agg(shared=exact_sum(pl.col("rarity") ** 2))
    scaled = pairs.join(norm.rename({"entity": "x", "norm": "norm_x"}), on="x").join(
        norm.rename({"entity": "y", "norm": "norm_y"}), on="y"
    )
    home = entities.household
    apart = pl.Series(home[scaled["x"].to_numpy()] != home[scaled["y"].to_numpy()], dtype=pl.Boolean)
    return (
        scaled.with_columns(weight=pl.col("shared") / (pl.col("norm_x") * pl.col("norm_y")))
        .filter(apart, pl.col("weight") >= parameters.least_affinity)
        .select("x", "y", "weight")
        .sort("x", "y")
    )


def alike_groups(days: pl.DataFrame, entities: Entities, known: Behaviour, parameters: Parameters) -> pl.DataFrame:
    """`entity`, `group`, `affinity`, `others`: groups of at least two entities, each one's mean affinity to the others
    of its group, and with how many of them it is a pair; sorted by entity. `days` as for `alike_pairs`; `known`: of all
    entities."""
    own = parameters.coordination
    pairs = alike_pairs(days, entities, own)
    if pairs.is_empty():
        return pl.DataFrame(schema=GROUPS)
    found = communities(pairs, known, replace(parameters.rings, density=own.density), parameters.seed)
    inner = pairs.join(found.rename({"entity": "x"}), on="x").join(
        found.rename({"entity": "y", "group": "other"}), on="y"
    )
    inner = inner.filter(pl.col("group") == pl.col("other"))
    ends = pl.concat([inner.select(pl.col(end).alias("entity"), "group", "weight") for end in ("x", "y")])
    sizes = found.group_by("group").agg(size=pl.len())
    return (
        ends.group_by("entity", "group")
        .agg(sum=exact_sum(pl.col("weight")), others=pl.len().cast(pl.Int64))
        .join(sizes, on="group")
        .select("entity", "group", affinity=pl.col("sum") / (pl.col("size") - 1), others="others")
        .sort("entity")
    )


def shared_days(days: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The rows of `days` in a typology, market and week in which another entity of the same group acted too, with that
    `group`. `groups`: `entity`, `group`."""
    keyed = _keyed(days).join(groups.select("entity", "group"), on="entity")
    both = keyed.group_by("group", *_KEY).agg(entities=pl.col("entity").n_unique()).filter(pl.col("entities") > 1)
    return keyed.join(both, on=["group", *_KEY], how="semi").drop("phase", "week").unique()


def _keyed(days: pl.DataFrame) -> pl.DataFrame:
    """Each row twice, with `phase` and `week`."""
    number = pl.col("day").cast(pl.Int32)
    return pl.concat(
        days.with_columns(phase=pl.lit(phase), week=(number + phase * (WEEK_DAYS // 2)) // WEEK_DAYS)
        for phase in range(2)
    )
