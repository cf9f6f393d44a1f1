"""Sums that do not depend on the order, the number of threads or the partition of what is added."""

from __future__ import annotations

import polars as pl

UNIT = 2.0**-36
"""Weights are added as whole multiples of this (about 1.5e-11); sums up to 1.3e8 fit."""


def exact_sum(values: pl.Expr) -> pl.Expr:
    """Sum of weights, each rounded to `UNIT`: integer addition is associative, floating point is not."""
    return (values / UNIT).round(0).cast(pl.Int64).sum().cast(pl.Float64) * UNIT
