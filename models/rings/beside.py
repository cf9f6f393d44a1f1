"""What members that are in a ring by their manipulative acts share with the others beside: shown, and of no weight."""

from __future__ import annotations

import polars as pl


def members_beside(scored: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
    """`entity`, `group` of those of `alike` that are not in their group by `scored`, sorted."""
    both = ["entity", "group"]
    return alike.select(both).join(scored.select(both), on=both, how="anti").sort("group", "entity")


def no_shares(acts: pl.DataFrame) -> pl.DataFrame:
    """`group`, `entity`, `resource_kind`, `resource`, `share` (0) and `decisive` (false) of `ACTS` that decide
    nothing."""
    there = acts.select("group", "entity", "resource_kind", "resource").unique(maintain_order=True)
    return there.with_columns(share=pl.lit(0.0), decisive=pl.lit(value=False))
