"""Precision and recall with intervals, by typology, stratum, habit of the ring and role in a wash."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from benchmarks.conduct.judging import Judged
from models.conduct.typologies import TYPOLOGIES
from models.scorecard.rates import Rate
from simulator.people.strata import HARD_NEGATIVES

RESAMPLES = 2_000
HARDEST = ("market_maker", "order_splitter", "copy_follower", "pump_victim")
"""The hard negatives that requirements name."""
STRATA = (*(kind.stratum for kind in HARD_NEGATIVES), "copy_leader", "taken_over")
INTENSITY = (5.0, 8.0, 12.0, 20.0, 30.0)
"""Planted acts of a member over its ring's life, as drawn: lower ends of bins."""
JITTER = (0.0, 1.0, 10.0, 60.0, 600.0)
"""Seconds between steps of an act: lower ends of bins."""
DELAYED_SECONDS = 60.0
WASH_FORMS = ("two parties", "cycle", "hub", "through a market maker")
SPLIT_FORMS = ("alone", "alone", "split", "split")

Figure = dict[str, Any]


def figure(hits: pl.Series, cluster: pl.Series) -> Figure:
    """A share with its Clopper-Pearson interval, and that of resampled clusters (Field and Welsh 2007) beside it.

    One cluster tells nothing about others: its interval is null.
    """
    rate = Rate(int(hits.sum()), len(hits))
    clusters = cluster.n_unique()
    low, high = _resampled(hits, cluster) if clusters > 1 else (None, None)
    return {**rate.as_dict(), "clusters": clusters, "clustered_low": low, "clustered_high": high}


def _resampled(hits: pl.Series, cluster: pl.Series) -> tuple[float, float]:
    random = np.random.default_rng(0)
    of = cluster.rank("dense").to_numpy().astype(np.int64) - 1
    total, size = np.bincount(of, hits.cast(pl.Float64).to_numpy()), np.bincount(of)
    drawn = random.integers(0, len(size), (RESAMPLES, len(size)))
    low, high = np.quantile(total[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.025, 0.975])
    return round(float(low), 6), round(float(high), 6)


def of_ring() -> pl.Expr:
    """Whose acts hang together: a ring's; outside rings an account's own."""
    return pl.coalesce("ring", "account_id")


def _share(frame: pl.DataFrame, column: str) -> Figure:
    return figure(frame[column], frame.select(of_ring().alias("cluster"))["cluster"])


def quality(worlds: Judged) -> dict[str, Figure]:
    """Precision over all that was found, recall over what was detectable."""
    accused, visible = worlds.accounts.filter("accused"), worlds.accounts.filter("detectable")
    return {
        "episode_precision": _share(worlds.episodes, "right"),
        "episode_recall": _share(worlds.planted.filter("detectable"), "found"),
        "account_precision": _share(accused, "committed"),
        "account_recall": _share(visible, "accused"),
    }


def among(worlds: Judged, *, typology: str | None = None, strata: tuple[str, ...] | None = None) -> Judged:
    """The part that concerns one typology, or accounts of some strata."""
    kind = pl.lit(value=True) if typology is None else pl.col("typology") == typology
    place = pl.lit(value=True) if strata is None else pl.col("stratum").is_in(strata)
    return Judged(
        worlds.planted.filter(kind, place),
        worlds.episodes.filter(kind, place),
        worlds.accounts.filter(kind, place),
        worlds.people.filter(place),
    )


def by_typology(worlds: Judged) -> dict[str, Any]:
    """Everything about each of the seven."""
    made = {}
    for typology in TYPOLOGIES:
        part = among(worlds, typology=typology)
        made[typology] = {
            "overall": quality(part),
            "hard_negatives": quality(among(part, strata=HARDEST)),
            "all_hard_negatives": quality(among(part, strata=STRATA)),
            "strata": {stratum: accused_innocents(among(part, strata=(stratum,))) for stratum in STRATA},
            "accusations": accusations(part),
            "episodes_right_if_a_day_later": round(float(part.episodes["moved"].mean() or 0), 4),  # type: ignore[arg-type]
            "by_intensity": curve(part, "intensity", INTENSITY),
            "by_jitter": curve(part, "jitter_seconds", JITTER),
        }
    return made


def accused_innocents(part: Judged) -> dict[str, Any]:
    """Of a stratum's accounts outside rings how many were accused, and how many of its accused committed it."""
    accused = part.accounts.filter("accused")
    innocents = int(part.people["ring"].is_null().sum())
    return {
        "accused_innocents": Rate(int(accused["ring"].is_null().sum()), innocents).as_dict(),
        "precision": Rate(int(accused["committed"].sum()), accused.height).as_dict(),
        "recall": Rate(
            part.accounts.filter("detectable", "accused").height, int(part.accounts["detectable"].sum())
        ).as_dict(),
    }


def accusations(part: Judged) -> dict[str, Any]:
    """Who was accused rightly; wrong episodes by whose they are, and wrongly accused accounts by class."""
    guilty = part.accounts.filter("committed")["account_id"]
    whose = (
        pl.when(pl.col("account_id").is_in(guilty.implode()))
        .then(pl.lit("of accounts that did it at another time"))
        .when(pl.col("ring").is_not_null())
        .then(pl.lit("of members of rings that do something else"))
        .otherwise(pl.lit("of innocents"))
    )
    accounts = part.accounts.filter("accused", ~pl.col("committed"))
    kind = pl.when(pl.col("ring").is_not_null()).then(pl.lit("member of another ring")).otherwise("stratum")
    right = part.accounts.filter("accused", "committed")
    return {
        "accused_detectable": int(right["detectable"].sum()),
        "accused_undetectable": int((~right["detectable"]).sum()),
        "wrong_episodes": _counts(part.episodes.filter(~pl.col("right")).select(whose.alias("kind"))["kind"]),
        "wrong_accounts": _counts(accounts.select(kind.alias("kind"))["kind"]),
    }


def _counts(kinds: pl.Series) -> dict[str, int]:
    counted = kinds.alias("kind").value_counts().sort("count", "kind", descending=[True, False])
    return dict(counted.iter_rows())


def curve(part: Judged, habit: str, ends: tuple[float, ...]) -> list[dict[str, Any]]:
    """Recall by a habit of the ring, over detectable accounts and over all that committed it at all."""
    planted = part.planted.with_columns(intensity=pl.col("acts_per_member_day") * pl.col("days"))
    made = []
    for low, high in zip(ends, (*ends[1:], float("inf")), strict=True):
        there = planted.filter(pl.col(habit) >= low, pl.col(habit) < high)
        made.append({"from": low, "to": None if high == float("inf") else high, **recalls(there, part.accounts)})
    return made


def recalls(planted: pl.DataFrame, accounts: pl.DataFrame) -> dict[str, Any]:
    """Of some planted acts and their accounts: `episodes` and `accounts` where detectable, `all_accounts` else."""
    of = accounts.join(planted.select("account_id").unique(), on="account_id", how="semi")
    return {
        "episodes": _share(planted.filter("detectable"), "found"),
        "accounts": _share(of.filter("detectable"), "accused"),
        "all_accounts": _share(of.filter("committed"), "accused"),
    }


def forms(worlds: Judged) -> dict[str, Any]:
    """Recall by the form of the ring's act, for typologies that have any."""
    made: dict[str, Any] = {}
    for typology, names in (("wash_trading", WASH_FORMS), ("spoofing", SPLIT_FORMS), ("layering", SPLIT_FORMS)):
        part = among(worlds, typology=typology)
        named = part.planted.with_columns(
            name=pl.col("form").cast(pl.Int64).replace_strict(dict(enumerate(names)), return_dtype=pl.String)
        )
        made[typology] = {
            name: recalls(named.filter(pl.col("name") == name), part.accounts) for name in dict.fromkeys(names)
        }
    return made


def wash_roles(worlds: Judged) -> dict[str, Any]:
    """Wash trading by who comes first (`place`: the maker's order is first), by accounts that keep to one role or take
    both, and by delay. Rows without a place (no order at that instant) are left out."""
    part = among(worlds, typology="wash_trading")
    planted = part.planted.filter(pl.col("place").is_not_null()).with_columns(
        role=pl.when(pl.col("place").n_unique().over("account_id") > 1)
        .then(pl.lit("both roles"))
        .otherwise(pl.format("always {}", "place")),
        delay=pl.when(pl.col("jitter_seconds") >= DELAYED_SECONDS).then(pl.lit("minutes")).otherwise(pl.lit("seconds")),
    )
    return {
        "role": _by(planted, part.accounts, ["role"]),
        "delay": _by(planted, part.accounts, ["delay"]),
        "role and delay": _by(planted, part.accounts, ["role", "delay"]),
        "place": _by(planted, None, ["place"]),
        "place, role and delay": _by(planted, None, ["place", "role", "delay"]),
    }


def _by(planted: pl.DataFrame, accounts: pl.DataFrame | None, columns: list[str]) -> dict[str, Any]:
    """Without `accounts` of episodes alone: an account has acts of both places."""
    groups = {", ".join(map(str, key)): rows for key, rows in planted.partition_by(columns, as_dict=True).items()}
    return {
        name: {"episodes": _share(rows.filter("detectable"), "found")} if accounts is None else recalls(rows, accounts)
        for name, rows in sorted(groups.items())
    }
