"""What a model is trained on and what it is judged by: never the same ring, and never the later before the earlier.

By time where decisions have dates: features as of the cut and what was decided until then teach; features as of the end
and what was decided after an embargo judge. The embargo is for cases that were open on the day of the cut: they are of
neither part. By exchange where there are several; by ring where there is one without dates, which is the weakest split
and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from graph.errors import InputError
from models.learning.examples import Examples, examples_of
from models.learning.figures import Marks
from models.learning.sight import Sight

EARLY_SHARE = 0.7
"""Of dated positives, those decided by the cut."""
VALIDATION_SHARE = 0.3
LEAST_POSITIVES = 10
"""In either part, the fewest that a model is trained on."""


@dataclass(frozen=True)
class Split:
    """`how`: one sentence for the model card."""

    training: tuple[Examples, ...]
    validation: tuple[Examples, ...]
    how: str

    def __post_init__(self) -> None:
        for name, part in (("training", self.training), ("validation", self.validation)):
            positives = sum(int(each.positive.sum()) for each in part)
            if positives < LEAST_POSITIVES:
                raise InputError(
                    f"{positives} decided members are left for {name}, {LEAST_POSITIVES} are the fewest",
                    where=self.how,
                    do="give more labels (outcome confirmed or self_reported), or several exchanges",
                )


def cut_day(judgements: pl.DataFrame) -> date | None:
    """The UTC day by which `EARLY_SHARE` of the dated positives were decided; None where fewer than half are dated."""
    positive = judgements.filter("positive")
    dated = positive["decided_at"].drop_nulls().sort()
    if dated.is_empty() or len(dated) * 2 < positive.height:
        return None
    day = dated[int(EARLY_SHARE * (len(dated) - 1))]
    return day.date() if day is not None else None


def split_by_time(early: Sight, late: Sight, judgements: pl.DataFrame, cut: date, embargo_days: int) -> Split:
    """`early`: as of `cut`; `late`: as of the end. What was decided by the cut teaches, what was decided after the
    embargo judges, but for accounts and rings of the training part; a share of the accounts that nobody decided on
    judges with it, the others teach. No account is asked in both parts, and who was decided on without a date or in the
    embargo in neither."""
    day = pl.col("decided_at").dt.date()
    taught = judgements.filter(day <= cut)
    after = judgements.filter(day > cut + timedelta(days=embargo_days))
    after = after.join(taught, on="account_id", how="anti")
    after = after.filter(pl.col("ring").is_null() | ~pl.col("ring").is_in(taught["ring"].drop_nulls().implode()))
    how = f"by time: decided by {cut} against decided later than {embargo_days} days after it"
    teaches = _asked(early, judgements, taught, held=False)
    judges = _asked(late, judgements, after, held=True)
    return Split((examples_of(early, taught).only(teaches),), (examples_of(late, after).only(judges),), how)


def _asked(sight: Sight, judgements: pl.DataFrame, decided: pl.DataFrame, *, held: bool) -> Marks:
    """Accounts of one part: those of `decided`, and of those that nobody decided on the part's own share."""
    ids = sight.account_ids
    of_part = ids.is_in(decided["account_id"].implode()).to_numpy()
    undecided = ~ids.is_in(judgements["account_id"].implode()).to_numpy()
    return np.asarray(of_part | (undecided & (_held(ids, seed=0) == held)))


def split_exchanges(exchanges: Sequence[Examples]) -> Split:
    """The last third, at least one, judges."""
    held = max(1, round(len(exchanges) * VALIDATION_SHARE))
    how = f"by exchange: {len(exchanges) - held} teach, {held} judge"
    return Split(tuple(exchanges[:-held]), tuple(exchanges[-held:]), how)


def split_by_ring(examples: Examples, seed: int) -> Split:
    """Rings, and accounts without one, by a hash of their name and the seed."""
    held = _held(examples.group, seed)
    how = "by ring, for the decisions have no dates: what changes with time is not tested"
    return Split((examples.only(~held),), (examples.only(held),), how)


def _held(names: pl.Series, seed: int) -> Marks:
    """Which names are of the judging part: `VALIDATION_SHARE` of them, by a hash that is the same everywhere."""
    marks = [hashlib.sha256(f"{seed}:{name}".encode()).digest()[0] for name in names.to_list()]
    return np.array(marks, dtype=np.int64) < 256 * VALIDATION_SHARE
