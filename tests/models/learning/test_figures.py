"""Figures of scores against scikit-learn and plain loops, and their intervals."""

from __future__ import annotations

import json
import math
from dataclasses import astuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from models.learning.figures import RATES, Figures, Marks, Scores, average_precision, bar_at, figures, lift


def drawn(seed: int, count: int = 300, levels: int = 12) -> tuple[Marks, Scores]:
    """Scores that tell something, many of them equal."""
    random = np.random.default_rng(seed)
    positive = random.random(count) < 0.15
    return positive, np.round((random.random(count) + 0.6 * positive) * levels) / levels


def alone(count: int) -> pl.Series:
    return pl.Series("group", [f"a{number:05d}" for number in range(count)])


def in_rings(positive: Marks, size: int = 5) -> pl.Series:
    """Positives in rings of so many, everybody else alone."""
    place = np.cumsum(positive)
    names = [
        f"ring {at // size}" if is_one else f"a{n}" for n, (is_one, at) in enumerate(zip(positive, place, strict=True))
    ]
    return pl.Series("group", names)


@pytest.mark.parametrize("levels", [1, 4, 12, 10**9])
@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn(seed: int, levels: int) -> None:
    positive, scores = drawn(seed, levels=levels)
    assert average_precision(positive, scores) == pytest.approx(average_precision_score(positive, scores), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_an_account_of_weight_two_counts_as_two(seed: int) -> None:
    positive, scores = drawn(seed)
    weight = np.random.default_rng(seed).integers(0, 4, len(scores))
    repeated = average_precision(np.repeat(positive, weight), np.repeat(scores, weight))
    assert average_precision(positive, scores, weight.astype(float)) == pytest.approx(repeated, abs=1e-12)
    told = average_precision_score(positive, scores, sample_weight=weight)
    assert repeated == pytest.approx(told, abs=1e-12)


def test_average_precision_of_nothing_is_zero() -> None:
    nobody = np.zeros(0, dtype=bool)
    assert average_precision(nobody, nobody.astype(float)) == 0
    assert average_precision(np.zeros(5, dtype=bool), np.arange(5.0)) == 0


def test_average_precision_is_known_by_hand() -> None:
    positive = np.array([True, False, True, False])
    assert average_precision(positive, np.array([4.0, 3.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(positive, np.ones(4)) == pytest.approx(0.5), "equal scores in no order at all"


@settings(max_examples=150, deadline=None)
@given(others=st.lists(st.integers(0, 9), max_size=80), rate=st.floats(1e-4, 0.99))
def test_no_larger_share_than_the_rate_is_above_the_bar(others: list[int], rate: float) -> None:
    scores = np.array(others, dtype=float)
    bar = bar_at(scores, rate)
    if len(others) * rate < 1:
        assert math.isinf(bar)
        return
    assert (scores > bar).sum() <= rate * len(others)
    assert (scores >= bar).sum() > int(rate * len(others)), "a lower bar would let through too many"


def test_bars_known_by_hand() -> None:
    others = np.random.default_rng(0).permutation(2_000).astype(float)
    assert bar_at(others, 1e-3) == 1997, "two of two thousand are above"
    assert bar_at(others[:1_000], 1e-3) < math.inf
    assert bar_at(others[:999], 1e-3) == math.inf
    assert bar_at(np.zeros(0), 0.5) == math.inf


def naive_recall(positive: Marks, scores: Scores, rate: float) -> float:
    """Of positives, those that fewer innocents are level with or above than may be told."""
    others = sorted(scores[~positive], reverse=True)
    above = [score for score in scores[positive] if sum(other >= score for other in others) <= int(rate * len(others))]
    return len(above) / int(positive.sum())


@pytest.mark.parametrize("levels", [200, 10**9])
@pytest.mark.parametrize("seed", range(2))
def test_recalls_are_what_plain_loops_count(seed: int, levels: int) -> None:
    positive, scores = drawn(seed, 3_000, levels)
    found = figures(positive, scores, alone(len(scores)))
    assert (found.positives, found.others) == (int(positive.sum()), int((~positive).sum()))
    assert found.area.value == round(average_precision_score(positive, scores), 4)
    assert {rate: interval.value for rate, interval in found.recall.items()} == {
        rate: round(naive_recall(positive, scores, rate), 4) for rate in RATES
    }
    assert found.recall[1e-4].value <= found.recall[1e-3].value


@pytest.mark.parametrize("seed", range(3))
def test_intervals_hold_the_value_and_are_in_order(seed: int) -> None:
    positive, scores = drawn(seed, levels=10**9)
    found = figures(positive, scores, in_rings(positive))
    for interval in (found.area, *found.recall.values()):
        assert interval.low <= interval.value <= interval.high
    assert found.area.low < found.area.high


def test_members_of_one_ring_are_redrawn_together() -> None:
    """Half of the rings are found whole and half not at all: as rings they say less than as accounts."""
    positive = np.arange(400) < 40
    scores = np.where(positive & (np.arange(400) % 20 < 10), 2.0, np.arange(400) / 400)
    width = {}
    for name, group in (("rings", in_rings(positive, 10)), ("accounts", alone(400))):
        recall = figures(positive, scores, group).recall[1e-3]
        assert recall.value == 0.5
        width[name] = recall.high - recall.low
    assert width["rings"] > 2 * width["accounts"]


def test_a_perfect_score_is_one_without_doubt() -> None:
    positive = np.arange(300) < 20
    found = figures(positive, positive.astype(float), in_rings(positive))
    assert [astuple(each) for each in (found.area, *found.recall.values())] == [(1.0, 1.0, 1.0)] * 3


def test_the_lift_of_a_score_over_itself_is_nothing() -> None:
    positive, scores = drawn(0)
    found = lift(positive, scores, scores, in_rings(positive))
    assert [astuple(each) for each in (found.area, *found.recall.values())] == [(0.0, 0.0, 0.0)] * 3


def test_a_lift_is_the_difference_of_figures_and_changes_sign_with_them() -> None:
    positive, scores = drawn(1)
    before, group = drawn(2)[1], in_rings(positive)
    gained, lost = lift(positive, scores, before, group), lift(positive, before, scores, group)
    apart = figures(positive, scores, group).area.value - figures(positive, before, group).area.value
    assert gained.area.value == pytest.approx(apart, abs=1e-4)
    assert gained.area.low > 0, "these scores do tell more"
    assert astuple(lost.area) == pytest.approx((-gained.area.value, -gained.area.high, -gained.area.low), abs=1e-4)


def test_equal_seeds_redraw_alike_and_other_seeds_do_not() -> None:
    positive, scores = drawn(3, levels=10**9)
    group = in_rings(positive)
    assert figures(positive, scores, group) == figures(positive, scores, group)
    assert figures(positive, scores, group).area != figures(positive, scores, group, seed=1).area


def test_neither_the_scale_of_scores_nor_the_names_of_groups_matter_to_the_value() -> None:
    positive, scores = drawn(4)
    first = figures(positive, scores, alone(len(scores)))
    other = figures(positive, 7 * scores - 3, pl.Series([f"other {n}" for n in range(len(scores))]))
    assert (first.area.value, first.recall[1e-3].value) == (other.area.value, other.recall[1e-3].value)


def test_figures_are_written_by_rate() -> None:
    positive, scores = drawn(5)
    found: Figures = figures(positive, scores, alone(len(scores)))
    told = json.loads(json.dumps(found.as_dict()))
    assert set(told) == {"positives", "others", "auprc", "recall_at_fpr"}
    assert set(told["recall_at_fpr"]) == {"0.001", "0.0001"}
    assert told["auprc"] == {"value": found.area.value, "low": found.area.low, "high": found.area.high}
