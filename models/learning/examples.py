"""One exchange as of one day, ready to learn from: features and relations on one side, targets on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from models.learning.sight import Sight


@dataclass(frozen=True)
class Examples:
    """`positive`: decided on as a member. `strength`: of the decision, 0 where there is none. `group`: ring, or the
    account itself: what must not be torn apart. `asked`: whether the account teaches or judges at all. All of shape
    (accounts,), in the order of `sight.account_ids`."""

    sight: Sight
    positive: npt.NDArray[np.bool_]
    strength: npt.NDArray[np.float64]
    group: pl.Series
    asked: npt.NDArray[np.bool_]

    @property
    def undecided(self) -> npt.NDArray[np.bool_]:
        """Accounts that nobody decided on."""
        return np.asarray(self.asked & (self.strength == 0))

    def only(self, kept: npt.NDArray[np.bool_]) -> Examples:
        """The same exchange, of whose accounts those in `kept` alone are asked; the others are still company."""
        asked = self.asked & kept
        return replace(self, positive=self.positive & asked, strength=np.where(asked, self.strength, 0.0), asked=asked)


def examples_of(sight: Sight, judgements: pl.DataFrame) -> Examples:
    """`judgements`: `labels.JUDGEMENTS`; those on accounts that the sight does not know are left out."""
    table = sight.account_ids.to_frame("account_id").join(
        judgements, on="account_id", how="left", maintain_order="left"
    )
    return Examples(
        sight,
        table["positive"].fill_null(value=False).to_numpy(),
        table["strength"].fill_null(0.0).to_numpy(),
        table.select(pl.coalesce("ring", "account_id"))["ring"],
        np.ones(table.height, dtype=np.bool_),
    )
