"""Which rings act in time together beyond chance, with a bound on the share of them that do not."""

from __future__ import annotations

import polars as pl

FALSE_SHARE = 0.05


def validated_groups(values: pl.DataFrame) -> pl.DataFrame:
    """`group`, `e_value`, `validated`, sorted. `values`: `models.coordination.following.E_VALUES`.

    A group's e-value is the mean of its members', which is one however they depend on each other. Of the validated at
    most `FALSE_SHARE` are expected to act independently (e-BH: Wang and Ramdas, False discovery rate control with
    e-values, JRSS B, 2022), whatever the dependence. Others' e-values move this bar, so no tier rests on it.
    """
    groups = values.group_by("group").agg(pl.col("e_value").sort().mean().round_sig_figs(9))
    ranked = groups.sort("e_value", "group", descending=[True, False]).with_row_index("rank", offset=1)
    passes = pl.col("e_value") >= pl.len() / (FALSE_SHARE * pl.col("rank"))
    last = pl.col("rank").filter(passes).max().fill_null(0)
    return ranked.select("group", "e_value", validated=pl.col("rank") <= last).sort("group")
