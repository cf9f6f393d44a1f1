"""Ring identity through time: a ring keeps its id for as long as it keeps its people.

Every new group takes the id of the previous ring with which it shares most (Jaccard >= `IDENTITY_OVERLAP`), each old id
once, largest overlap first. The idea of tracking communities by greatest overlap: Greene, Doyle & Cunningham, "Tracking
the evolution of communities in dynamic social networks", ASONAM 2010.
"""

from __future__ import annotations

import hashlib

import polars as pl

from models import tables

IDENTITY_OVERLAP = 0.3
"""Least Jaccard overlap of two member sets for the newer to go on under the older's id."""
MATERIAL_SHARE = 0.5
"""Share of an old (new) ring's members found in a new (old) one from which the two are related at all."""


def name_rings(groups: pl.DataFrame, previous: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every group an id and say where it comes from.

    `groups`: `group` (any integer), `account_id`; `previous`: `ring_id`, `account_id` of the last run, or None.
    Answers `group`, `ring_id` (one row per group) and the `tables.LINEAGE` rows.
    """
    fresh = _ids_from_members(groups, set() if previous is None else set(previous["ring_id"]))
    if previous is None or previous.is_empty() or groups.is_empty():
        return fresh, _newcomers(fresh)
    shared = _overlaps(groups, previous)
    kept = _one_to_one(shared.filter(pl.col("jaccard") >= IDENTITY_OVERLAP))
    named = fresh.join(kept.select("group", "previous_ring_id"), on="group", how="left").select(
        "group", pl.coalesce("previous_ring_id", "ring_id").alias("ring_id")
    )
    return named, _lineage(named, shared, kept)


def _ids_from_members(groups: pl.DataFrame, taken: set[str]) -> pl.DataFrame:
    """An id made of the members themselves, so that the same ring found twice has the same name. An id in `taken`
    belongs to a ring that once had these members and may have others now, so it is never given anew."""
    # account ids may hold any character, so each is written with its length before it
    part = pl.col("account_id").str.len_bytes().cast(pl.String) + ":" + pl.col("account_id")
    joined = groups.sort("group", "account_id").group_by("group", maintain_order=True).agg(part.str.join(""))
    ids = [_free_id(text, taken) for text in joined["account_id"]]
    return joined.select("group").with_columns(pl.Series("ring_id", ids, dtype=pl.String))


def _free_id(text: str, taken: set[str]) -> str:
    while (name := f"ring_{hashlib.sha256(text.encode()).hexdigest()[:16]}") in taken:
        text += "'"
    return name


def _newcomers(named: pl.DataFrame) -> pl.DataFrame:
    rows = named.select(
        "ring_id",
        pl.lit(None, dtype=pl.String).alias("previous_ring_id"),
        pl.lit("new").alias("relation"),
        pl.lit(0.0).alias("overlap"),
    )
    return rows.cast(dict(tables.LINEAGE)).sort("ring_id")  # type: ignore[arg-type]


def _overlaps(groups: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    old = previous.select(pl.col("ring_id").alias("previous_ring_id"), "account_id")
    new_sizes = groups.group_by("group").agg(pl.len().alias("size"))
    old_sizes = old.group_by("previous_ring_id").agg(pl.len().alias("old_size"))
    both = groups.join(old, on="account_id").group_by("group", "previous_ring_id").agg(pl.len().alias("both"))
    return (
        both.join(new_sizes, on="group")
        .join(old_sizes, on="previous_ring_id")
        .with_columns(
            jaccard=pl.col("both") / (pl.col("size") + pl.col("old_size") - pl.col("both")),
            share=pl.max_horizontal(pl.col("both") / pl.col("size"), pl.col("both") / pl.col("old_size")),
        )
    )


def _one_to_one(candidates: pl.DataFrame) -> pl.DataFrame:
    """Greedy by overlap; ties by old id, then group. Overlaps >= 0.3 leave each ring at most three candidates, so the
    rounds (each settles every pair that is the best of both its ends) are few."""
    order = ["jaccard", "previous_ring_id", "group"]
    left = candidates.sort(order, descending=[True, False, False]).with_row_index("rank")
    settled = []
    while left.height:
        best = left.filter(
            (pl.col("rank") == pl.col("rank").min().over("group"))
            & (pl.col("rank") == pl.col("rank").min().over("previous_ring_id"))
        )
        settled.append(best)
        left = left.join(best, on="group", how="anti").join(best, on="previous_ring_id", how="anti")
    return pl.concat([candidates.clear().with_row_index("rank"), *settled])


def _lineage(named: pl.DataFrame, shared: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """One row per related pair: `continue` the id's giver; `split` where most of the new ring comes out of a larger old
    one; `merge` where an old ring went into a larger new one; `new` for rings related to nothing."""
    continued = kept.select("group", "previous_ring_id", continues=pl.lit(value=True))
    related = shared.join(continued, on=["group", "previous_ring_id"], how="left").filter(
        (pl.col("share") >= MATERIAL_SHARE) | pl.col("continues").fill_null(value=False)
    )
    rows = related.join(named, on="group").select(
        "ring_id",
        "previous_ring_id",
        pl.when(pl.col("continues"))
        .then(pl.lit("continue"))
        .when(pl.col("old_size") > pl.col("size"))
        .then(pl.lit("split"))
        .otherwise(pl.lit("merge"))
        .alias("relation"),
        pl.col("jaccard").round_sig_figs(9).alias("overlap"),
    )
    unrelated = named.join(rows, on="ring_id", how="anti")
    return pl.concat([rows, _newcomers(unrelated)]).sort("ring_id", "previous_ring_id", nulls_last=True)
