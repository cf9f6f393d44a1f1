"""How busy a market must be, or how much moved, for an account to begin: what everybody sees may be what it answers."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.conduct.parameters import Placements
from models.conduct.placements import STEP_SECONDS
from models.coordination.hazard import beyond_chance

KINDS = ("crowd", "move")
_HOUR_STEPS = 3_600 // STEP_SECONDS
_DEVIATIONS = 2.0
"""Few: to take an answer for following is worse than the other way round."""


def levels(begun: pl.DataFrame, usual: pl.DataFrame, spacing: Placements) -> pl.DataFrame:
    """`account_id`, `crowd`, `move`: the least of each from which on the account's beginnings come beyond chance, null
    where there is none. `begun`: `tables.PLACEMENTS` that are alone, made with `spacing`; `usual`: `tables.USUAL`.

    Given that it begins, chance would have it begin at any half minute of the hour before alike; a stretch with a jump
    of the price is a move for as long as it is looked back. The account itself and one that it may follow are no crowd.
    One beginning more than chance allows is asked for, since what is judged is among them.
    """
    lasts = spacing.lookback_seconds // STEP_SECONDS + 2
    crowd = begun.select("account_id", value=pl.col("crowd") - 2)
    crowded = _least(crowd, usual.filter(pl.col("kind") == "crowd"), 1)
    moved = _least(begun.select("account_id", value="move"), usual.filter(pl.col("kind") == "jump"), lasts)
    known = begun.select("account_id").unique().sort("account_id")
    for kind, found in zip(KINDS, (crowded, moved), strict=True):
        known = known.join(found.rename({"least": kind}), on="account_id", how="left", maintain_order="left")
    return known


def _least(own: pl.DataFrame, usual: pl.DataFrame, lasts: int) -> pl.DataFrame:
    """`account_id`, `least`: the smallest value that `own` (`account_id`, `value`) reaches beyond chance, which by
    `usual` gives it `lasts` half minutes a time."""
    number = own.group_by("account_id", "value").agg(number=pl.len().cast(pl.Int64))
    there = usual.select("account_id", "value", "steps")
    both = number.join(there, on=["account_id", "value"], how="full", coalesce=True).fill_null(0)
    tails = both.filter(pl.col("value") > 0).sort("account_id", "value", descending=[False, True])
    tails = tails.with_columns(pl.col("number", "steps").cum_sum().over("account_id"))
    expected = tails["steps"].to_numpy() * lasts / _HOUR_STEPS
    beyond = tails.filter(pl.Series(tails["number"].to_numpy() >= beyond_chance(expected, _DEVIATIONS) + 1))
    return beyond.group_by("account_id").agg(least=pl.col("value").min())


def answered(rows: pl.DataFrame, least: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Of `rows` (`account_id`, `crowd`, `move`): whether the market was that busy or moved, beside one who opened a
    window; in the order of `rows`."""
    told = rows.select("account_id", pl.col("crowd") - 1, "move").join(
        least.rename({kind: f"least_{kind}" for kind in KINDS}), on="account_id", how="left", maintain_order="left"
    )  # fmt: skip
    enough = [(pl.col(kind) >= pl.col(f"least_{kind}")).fill_null(value=False) for kind in KINDS]
    return told.select(pl.any_horizontal(enough)).to_series().to_numpy()
