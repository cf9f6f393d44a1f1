"""Splits: what teaches never judges, nothing later teaches, and what is too little is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from models.learning.examples import Examples, examples_of
from models.learning.features import NAMES
from models.learning.labels import JUDGEMENTS
from models.learning.relations import ACCOUNT, KINDS, OwnActs
from models.learning.sight import Sight
from models.retraining.splitting import LEAST_POSITIVES, Split, cut_day, split_by_ring, split_by_time, split_exchanges

FIRST = date(2026, 1, 5)
CUT, EMBARGO = FIRST + timedelta(20), 7
Told = tuple[bool, str | None, int | None]
"""Whether a member, of which ring, decided on which day from `FIRST`."""


def day(number: int) -> date:
    return FIRST + timedelta(number)


def sight(names: list[str]) -> Sight:
    acts = OwnActs({kind: len(names) * (kind == ACCOUNT) for kind in KINDS}, ())
    return Sight(pl.Series("account_id", names), np.zeros((len(names), len(NAMES)), np.float32), acts)


def judgements(told: dict[str, Told], at: time = time(12)) -> pl.DataFrame:
    rows = [
        {
            "account_id": name, "positive": positive, "strength": 0.9, "ring": ring,
            "decided_at": None if number is None else datetime.combine(day(number), at, UTC),
        }
        for name, (positive, ring, number) in told.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=JUDGEMENTS)


def enough() -> dict[str, Told]:
    """As many members without a ring, early and late, as either part needs."""
    early = {f"early{number:02d}": (True, None, 0) for number in range(LEAST_POSITIVES)}
    return early | {f"late{number:02d}": (True, None, 60) for number in range(LEAST_POSITIVES)}


def by_time(told: dict[str, Told], more: tuple[str, ...] = (), at: time = time(12), embargo: int = EMBARGO) -> Split:
    """Every second account that was decided on after the cut was opened after it, too."""
    names = sorted([*told, *more])
    young = {name for name in names[::2] if name in told and (told[name][2] or 0) > 20}
    early = [name for name in names if name not in young]
    return split_by_time(sight(early), sight(names), judgements(told, at), CUT, embargo)


def decided(examples: Examples) -> dict[str, bool]:
    ids = examples.sight.account_ids.to_list()
    return {ids[row]: bool(examples.positive[row]) for row in np.flatnonzero(examples.strength > 0)}


def asked(examples: Examples) -> set[str]:
    return set(examples.sight.account_ids.filter(pl.Series(examples.asked)))


def rings(told: dict[str, Told], names: dict[str, bool]) -> set[str]:
    return {ring for name in names if (ring := told[name][1])}


drawn = st.lists(
    st.tuples(st.booleans(), st.none() | st.sampled_from("RSTUVW"), st.none() | st.integers(0, 60)), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(rows=drawn, embargo=st.integers(0, 20))
def test_of_a_split_by_time_each_part_has_what_plain_loops_give_it(rows: list[Told], embargo: int) -> None:
    told = enough() | {f"x{number:02d}": row for number, row in enumerate(rows)}
    split = by_time(told, ("nobody1", "nobody2"), embargo=embargo)
    taught, judged = decided(split.training[0]), decided(split.validation[0])
    assert taught == {name: row[0] for name, row in told.items() if row[2] is not None and day(row[2]) <= CUT}
    known = {row[1] for name, row in told.items() if name in taught and row[1]}
    late = CUT + timedelta(embargo)
    assert judged == {
        name: row[0] for name, row in told.items() if row[2] is not None and day(row[2]) > late and row[1] not in known
    }
    assert not set(taught) & set(judged)
    assert not rings(told, taught) & rings(told, judged)
    unreviewed = {"nobody1", "nobody2"}
    parts = [asked(part[0]) for part in (split.training, split.validation)]
    assert not parts[0] & parts[1]
    assert parts[0] - unreviewed == set(taught)
    assert parts[1] - unreviewed == set(judged)
    assert parts[0] & unreviewed | parts[1] & unreviewed == unreviewed


@pytest.mark.parametrize(
    ("number", "at", "part"),
    [
        (20, time(23, 59, 59), "taught"),
        (21, time(0), "neither"),
        (27, time(23, 59, 59), "neither"),
        (28, time(0), "judged"),
        (None, time(0), "neither"),
    ],
)
def test_the_embargo_begins_after_the_cut_and_ends_with_its_last_day(number: int | None, at: time, part: str) -> None:
    split = by_time(enough() | {"x": (True, None, number)}, at=at)
    assert ("x" in decided(split.training[0])) == (part == "taught")
    assert ("x" in decided(split.validation[0])) == (part == "judged")
    assert ("x" in asked(split.validation[0])) == (part == "judged")


def test_late_members_of_a_ring_that_was_known_early_do_not_judge() -> None:
    told = enough() | {"x": (True, "R", 3), "y": (True, "R", 50), "z": (True, "S", 50), "c": (False, "R", 50)}
    split = by_time(told)
    assert "x" in decided(split.training[0])
    assert {"y", "z", "c"} & asked(split.validation[0]) == {"z"}


def test_who_comes_after_the_cut_teaches_nothing() -> None:
    told = enough() | {"x": (True, None, 0)}
    names = sorted(told)
    split = split_by_time(sight(names), sight([*names, "young"]), judgements(told), CUT, EMBARGO)
    assert "young" not in asked(split.training[0])
    assert "young" in asked(split.validation[0])
    assert split.how == "by time: decided by 2026-01-25 against decided later than 7 days after it"


def test_the_cut_is_where_seven_tenths_of_the_dated_members_are_decided() -> None:
    told: dict[str, Told] = {f"m{number}": (True, None, number) for number in range(11)}
    assert cut_day(judgements(told)) == day(7)
    innocents: dict[str, Told] = {f"c{number}": (False, None, 50) for number in range(40)}
    assert cut_day(judgements(told | innocents)) == day(7), "innocents do not move it"
    shuffled = judgements(told).sample(fraction=1, shuffle=True, seed=1)
    assert cut_day(shuffled) == day(7)
    assert cut_day(judgements(told, time(23, 59))) == day(7), "a day of UTC"


def test_fewer_dated_members_than_half_give_no_cut() -> None:
    undated: dict[str, Told] = {f"u{number}": (True, None, None) for number in range(4)}
    dated: dict[str, Told] = {f"d{number}": (True, None, number) for number in range(4)}
    innocents: dict[str, Told] = {f"c{number}": (False, None, number) for number in range(9)}
    assert cut_day(judgements(undated | dated)) is not None, "half is enough"
    assert cut_day(judgements(undated | dated | {"one more": (True, None, None)})) is None
    assert cut_day(judgements(undated | innocents)) is None
    assert cut_day(judgements({})) is None


def members(count: int, size: int = 4, alone: int = 100) -> Examples:
    """So many rings, and accounts that were cleared."""
    told: dict[str, Told] = {
        f"r{n // size:02d}-{n % size}": (True, f"r{n // size:02d}", None) for n in range(count * size)
    }
    told |= {f"c{number:03d}": (False, None, None) for number in range(alone)}
    return examples_of(sight([*sorted(told), "nobody"]), judgements(told))


@pytest.mark.parametrize("seed", range(4))
def test_of_a_split_by_ring_no_ring_is_in_both_parts_and_nobody_is_lost(seed: int) -> None:
    whole = members(40)
    split = split_by_ring(whole, seed)
    (training,), (validation,) = split.training, split.validation
    assert np.array_equal(training.asked, ~validation.asked)
    assert not set(whole.group.filter(pl.Series(training.asked))) & set(whole.group.filter(pl.Series(validation.asked)))
    assert decided(training) | decided(validation) == decided(whole)
    assert training.sight is validation.sight is whole.sight
    assert 0.1 < validation.asked.mean() < 0.5
    assert split.how.startswith("by ring, for the decisions have no dates")


def test_a_split_by_ring_hangs_on_no_order_and_on_the_seed() -> None:
    whole = members(40)
    names = whole.sight.account_ids
    mixed = names.sample(fraction=1, shuffle=True, seed=2)
    told = {name: (True, name[:3], None) if name.startswith("r") else (False, None, None) for name in names[:-1]}
    other = examples_of(sight(mixed.to_list()), judgements(told))
    parts = [asked(split_by_ring(each, 0).validation[0]) for each in (whole, other)]
    assert parts[0] == parts[1]
    assert asked(split_by_ring(whole, 1).validation[0]) != parts[0]


@pytest.mark.parametrize(("count", "held"), [(2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (10, 3)])
def test_exchanges_are_kept_whole_and_the_last_ones_judge(count: int, held: int) -> None:
    exchanges = [members(LEAST_POSITIVES, 1, number) for number in range(count)]
    split = split_exchanges(exchanges)
    assert len(split.validation) == held
    assert all(kept is given for kept, given in zip((*split.training, *split.validation), exchanges, strict=True))
    assert split.how == f"by exchange: {count - held} teach, {held} judge"


def test_exchanges_share_the_fewest_members_among_them() -> None:
    split = split_exchanges([members(6, 1), members(4, 1), members(LEAST_POSITIVES, 1)])
    assert [len(part) for part in (split.training, split.validation)] == [2, 1]


def refused(split: object, *arguments: object) -> str:
    """The one line."""
    assert callable(split)
    with pytest.raises(InputError) as caught:
        split(*arguments)
    assert "\n" not in str(caught.value)
    assert caught.value.do.startswith("give more labels")
    return str(caught.value)


def test_too_few_members_in_either_part_are_refused() -> None:
    few, many = members(LEAST_POSITIVES - 1, 1), members(LEAST_POSITIVES, 1)
    assert refused(split_exchanges, [few, many]).startswith(
        "9 decided members are left for training, 10 are the fewest (by exchange: 1 teach, 1 judge); give more labels"
    )
    assert "9 decided members are left for validation" in refused(split_exchanges, [many, few])
    assert "0 decided members are left for training" in refused(split_exchanges, [many])
    assert "by ring" in refused(split_by_ring, members(2), 0)
    told = enough()
    told.pop("late03")
    assert "9 decided members are left for validation" in refused(by_time, told)


def test_members_of_one_early_ring_leave_nobody_to_judge_by() -> None:
    told: dict[str, Told] = {
        f"m{number:02d}": (True, "R", 5 * (number % 2) + 40 * (number % 2)) for number in range(40)
    }
    assert "0 decided members are left for validation" in refused(by_time, told)
