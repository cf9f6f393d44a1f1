"""The three legs that a sanction stands on, and the rule that nobody is above `watch` without two of them."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from graph.errors import DetectionError

LEAST_CONDUCT_DAYS = 3
"""Distinct UTC days of own manipulative acts, the fewest that are a leg. A promise, hence no parameter."""
LEAST_LINK_DAYS = 3
"""Distinct dated days on which an account itself uses what belongs to another, the fewest that are a leg. A promise."""


class Leg(StrEnum):
    """A row of evidence counts for one leg or for none, and only if the account itself is its author."""

    CONTROL = "control"
    COORDINATION = "coordination"
    CONDUCT = "conduct"


def legs_of(evidence: pl.DataFrame) -> pl.DataFrame:
    """`ring_id`, `account_id`, `legs`: distinct and sorted, for each account with evidence."""
    return evidence.group_by("ring_id", "account_id").agg(pl.col("leg").drop_nulls().unique().sort().alias("legs"))


def two_legs(legs: str = "legs") -> pl.Expr:
    """Whether a member (`role`, and the list of its legs in column `legs`) has conduct and another leg: what a tier
    above `watch` needs, beside a certificate."""
    conduct = pl.col(legs).list.contains(Leg.CONDUCT.value).fill_null(value=False)
    return conduct & (pl.col(legs).list.len() >= 2) & pl.col("role").ne_missing("linked")


def check_legs(members: pl.DataFrame, individuals: pl.DataFrame, evidence: pl.DataFrame) -> None:
    """Raise DetectionError where a tier above `watch` stands on too little.

    A member there needs conduct and another leg in rows of its own authorship, and is never `linked`; somebody alone
    needs conduct, and is at most at `review`. A row has one leg, so no row counts twice; and it counts only if it lasts
    as long as `LEAST_CONDUCT_DAYS` days must.
    """
    lasts = pl.col("last_ts").dt.date() - pl.col("first_ts").dt.date() >= pl.duration(days=LEAST_CONDUCT_DAYS - 1)
    own = evidence.filter(pl.col("author_account_id") == pl.col("account_id"), lasts)
    shown = legs_of(own).rename({"legs": "legs_shown"})
    above = pl.col("tier") != "watch"
    told = members.join(shown, on=["ring_id", "account_id"], how="left")
    _refuse(
        told.filter(above, ~two_legs("legs_shown")),
        "members are above watch without conduct and another leg of their own",
    )
    alone = shown.filter(pl.col("ring_id").is_null()).drop("ring_id")
    told = individuals.join(alone, on="account_id", how="left")
    conduct = pl.col("legs_shown").list.contains(Leg.CONDUCT.value).fill_null(value=False)
    enough = conduct & (pl.col("tier") != "freeze")
    _refuse(told.filter(above, ~enough), "accounts that act alone are above what their own conduct allows")


def _refuse(rows: pl.DataFrame, why: str) -> None:
    if rows.height:
        first = rows.select("account_id", "tier").row(0, named=True)
        raise DetectionError(f"{rows.height} {why}", where=f"{first['account_id']} at {first['tier']}")
