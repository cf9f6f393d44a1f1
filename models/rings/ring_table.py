"""The ring and member tables of a run."""

from __future__ import annotations

import polars as pl

from models import tables
from models.legs import LEAST_CONDUCT_DAYS, legs_of
from models.rings.acting import ALIKE_KIND
from models.rings.conduct_rows import CONDUCT_KINDS
from models.rings.evidence import SIGNIFICANT_DIGITS

_COUNTED = (("device", "device", "devices"), ("ip", "IP address", "IP addresses"), ("address", "address", "addresses"))


def member_table(people: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """`tables.MEMBERS`. `people`: `ring_id`, `account_id`, `role`, `score`, `days_active` per account with evidence. No
    certificate exists, so every tier is `watch`."""
    rows = people.join(legs_of(evidence), on=["ring_id", "account_id"]).with_columns(
        score=pl.col("score").round_sig_figs(SIGNIFICANT_DIGITS), tier=pl.lit("watch")
    )
    return rows.select(tables.MEMBERS.names()).cast(dict(tables.MEMBERS)).sort("ring_id", "account_id")  # type: ignore[arg-type]


def ring_table(members: pl.DataFrame, evidence: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """`tables.RINGS`. `scored`: `ring_id`, `ring_score`, and whether it is `validated` that it acts in time together
    (`models.coordination.significance`; null: nobody was judged)."""
    sizes = members.group_by("ring_id").agg(pl.len().cast(pl.Int64).alias("size"))
    seen = evidence.group_by("ring_id").agg(
        pl.col("first_ts").min().alias("first_seen"),
        pl.col("last_ts").max().alias("last_seen"),
        *[
            pl.col("resource_id").filter(pl.col("resource_kind") == kind).n_unique().alias(kind)
            for kind, _, _ in _COUNTED
        ],
        pl.col("resource_id").filter(pl.col("kind").str.ends_with("shared_account")).n_unique().alias("hub"),
        (pl.col("kind") == "sent_to_member").sum().alias("transfers"),
        (pl.col("kind") == ALIKE_KIND).sum().alias("alike"),
    )
    rows = (
        sizes.join(seen, on="ring_id").join(scored, on="ring_id").join(_typologies(evidence), on="ring_id", how="left")
    )
    rows = rows.with_columns(
        score=pl.col("ring_score").round_sig_figs(SIGNIFICANT_DIGITS),
        tier=pl.lit("watch"),
        typologies=pl.col("typologies").fill_null([]),
        certificate_id=pl.lit(None, pl.String),
        certificate_kind=pl.lit("none"),
        summary=_summary(),
    )
    return rows.select(tables.RINGS.names()).cast(dict(tables.RINGS)).sort("ring_id")  # type: ignore[arg-type]


def _typologies(evidence: pl.DataFrame) -> pl.DataFrame:
    """`ring_id`, `typologies`: what at least two of its members did themselves."""
    done = evidence.filter(pl.col("kind").is_in(CONDUCT_KINDS)).group_by("ring_id", "kind").agg(
        accounts=pl.col("account_id").n_unique()
    )  # fmt: skip
    return done.filter(pl.col("accounts") >= 2).group_by("ring_id").agg(pl.col("kind").sort().alias("typologies"))


def individual_table(alone: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """`tables.INDIVIDUALS` of accounts with conduct that are in no ring. `alone`: `account_id`, `days_active`: the most
    days of any one typology. `score` = 1 - 2^(-days / `LEAST_CONDUCT_DAYS`), so 0.5 for the least that is told."""
    own = legs_of(evidence).filter(pl.col("ring_id").is_null()).drop("ring_id")
    rows = alone.join(own, on="account_id").with_columns(
        role=pl.lit("participant"),
        tier=pl.lit("watch"),
        score=(1 - 0.5 ** (pl.col("days_active") / LEAST_CONDUCT_DAYS)).round_sig_figs(SIGNIFICANT_DIGITS),
    )
    return rows.select(tables.INDIVIDUALS.names()).cast(dict(tables.INDIVIDUALS)).sort("account_id")  # type: ignore[arg-type]


def _summary() -> pl.Expr:
    """One sentence that names only what the ring has."""
    parts = [
        *[_part(kind, f"share {{}} {one}", f"share {{}} {many}") for kind, one, many in _COUNTED],
        _part("hub", "deal with {} common counterparty account", "deal with {} common counterparty accounts"),
        _part("transfers", "made {} transfer among themselves", "made {} transfers among themselves"),
        _part("alike", *["include {} that manipulated the same markets in the same weeks"] * 2),
        pl.when("validated").then(pl.lit("begin to order after one another beyond chance")),
    ]
    return pl.format("{} accounts: they {}.", "size", pl.concat_str(parts, separator=", ", ignore_nulls=True))


def _part(column: str, one: str, many: str) -> pl.Expr:
    count = pl.col(column)
    text = pl.when(count == 1).then(pl.format(one, count)).otherwise(pl.format(many, count))
    return pl.when(count > 0).then(text)
