"""All that a learned score may rest on: the graph and the conduct as of one day, and nothing that is a label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from graph.errors import DetectionError
from graph.snapshot import EPOCH, Snapshot
from models.conduct.find import Conduct


@dataclass(frozen=True)
class Known:
    """A snapshot and the conduct up to the same day. Raises DetectionError when the conduct goes on after it."""

    snapshot: Snapshot
    conduct: Conduct

    def __post_init__(self) -> None:
        last = self.conduct.days["day"].max()
        as_of = self.snapshot.as_of
        if as_of is not None and isinstance(last, date) and last > as_of:
            raise DetectionError(
                f"the conduct goes on to {last}, the snapshot ends on {as_of}", do="read both as of the same day"
            )

    @property
    def accounts(self) -> pl.Series:
        """Ids of all accounts, in the order of every array made of them."""
        return self.snapshot.accounts["id"]

    @property
    def last_day(self) -> date:
        """The day of the snapshot; of one without, the last day on which anything dated happened."""
        if self.snapshot.as_of is not None:
            return self.snapshot.as_of
        days = [frame["dates"].list.max().max() for frame in self.snapshot.links.values()]
        dated = [int(day) for day in days if isinstance(day, int)]
        acted = self.conduct.days["day"].max()
        if isinstance(acted, date):
            dated.append((acted - EPOCH).days)
        return EPOCH + timedelta(days=max(dated, default=0))
