"""What is told to have drifted: known answers, and what must raise no alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from models.learning.features import NAMES
from models.learning.labels import JUDGEMENTS
from models.learning.relations import ACCOUNT, KINDS, RELATIONS, OwnActs, Relation
from models.learning.sight import Sight
from models.retraining.drift import (
    ALARM,
    DRIFT,
    GROWTH,
    LEAST_SHARE,
    SCORE,
    Reference,
    drift,
    graph_statistics,
    reference_of,
    review_precision,
)
from models.scorecard.rates import Rate
from tests.models.learning.exchanges import exchange

ACCOUNTS = 400
Values = npt.NDArray[np.float64]


def acts(pairs: int, accounts: int = ACCOUNTS) -> OwnActs:
    """So many pairs in every relation, of as many accounts."""
    ends = np.arange(pairs, dtype=np.int64)
    sizes = {kind: accounts if kind == ACCOUNT else max(pairs, 1) for kind in KINDS}
    return OwnActs(sizes, tuple(Relation(name, kind, ends % accounts, ends) for name, kind in RELATIONS))


def sight(values: Values | None = None, pairs: int = 100) -> Sight:
    """Every feature drawn alike, the first as given."""
    features = np.random.default_rng(0).gamma(2.0, size=(ACCOUNTS, len(NAMES)))
    if values is not None:
        features[:, 0] = values
    ids = pl.Series("account_id", [f"a{number:03d}" for number in range(ACCOUNTS)])
    return Sight(ids, features.astype(np.float32), acts(pairs))


def scores(seed: int = 0) -> Values:
    return np.random.default_rng(seed).random(ACCOUNTS)


def value(found: pl.DataFrame, what: str) -> float:
    return float(found.filter(what=what)["value"].item())


def alarms(found: pl.DataFrame) -> list[str]:
    return found.filter("alarm")["what"].to_list()


@cache
def real() -> Sight:
    return exchange(1).sight


def test_the_same_population_has_not_drifted() -> None:
    for seen in (sight(), real()):
        told = np.linspace(0, 1, len(seen.account_ids))
        found = drift(reference_of(seen, told), seen, told)
        assert found.schema == DRIFT
        assert alarms(found) == []
        assert found.filter(kind="stability index")["value"].abs().max() == 0
        assert set(found.filter(kind="ratio")["value"]) == {1.0}
        assert found["what"].to_list() == sorted([*NAMES, SCORE, *graph_statistics(seen.acts)])


def test_another_sample_of_the_same_population_raises_no_alarm() -> None:
    other = replace(sight(), features=sight().features[np.random.default_rng(3).integers(0, ACCOUNTS, ACCOUNTS)])
    found = drift(reference_of(sight(), scores()), other, scores(1))
    assert alarms(found) == []
    assert 0 < found.filter(kind="stability index")["value"].max() < ALARM


def test_a_feature_that_shifted_is_told_first() -> None:
    moved = sight()
    moved.features[:, 7] += 2
    found = drift(reference_of(sight(), scores()), moved, scores())
    assert alarms(found) == [NAMES[7]]
    assert found["what"][0] == NAMES[7]
    assert found["what"][1:].is_sorted()
    assert value(found, NAMES[7]) > ALARM


def test_a_score_that_shifted_is_an_alarm() -> None:
    found = drift(reference_of(sight(), scores()), sight(), scores() ** 3)
    assert alarms(found) == [SCORE]


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_the_index_of_two_bins_is_known_by_hand(share: float) -> None:
    """Of a yes or no that half of the accounts said before, and `share` of them now."""
    place = np.arange(ACCOUNTS)
    before, now = (place < ACCOUNTS / 2).astype(float), (place < ACCOUNTS * share).astype(float)
    found = drift(reference_of(sight(before), scores()), sight(now), scores())
    expected = (share - 0.5) * np.log(share / 0.5) + (0.5 - share) * np.log((1 - share) / 0.5)
    assert value(found, NAMES[0]) == pytest.approx(expected, abs=1e-12)
    assert (NAMES[0] in alarms(found)) == (expected > ALARM)


def test_a_bin_that_emptied_counts_as_almost_nothing() -> None:
    before = (np.arange(ACCOUNTS) < ACCOUNTS / 2).astype(float)
    found = drift(reference_of(sight(before), scores()), sight(np.ones(ACCOUNTS)), scores())
    expected = 0.5 * np.log(2) + (LEAST_SHARE - 0.5) * np.log(LEAST_SHARE / 0.5)
    assert value(found, NAMES[0]) == pytest.approx(expected, abs=1e-12)


def test_bins_are_tenths_of_the_reference() -> None:
    reference = reference_of(sight(), scores())
    assert len(reference.edges[SCORE]) == 9
    np.testing.assert_allclose(reference.shares[SCORE], 0.1)
    assert sum(reference.shares[NAMES[0]]) == pytest.approx(1)
    for name, edges in reference.edges.items():
        assert edges == sorted(set(edges)), name


def test_a_feature_without_a_value_but_one_has_not_drifted_until_it_has_another() -> None:
    flat = sight(np.zeros(ACCOUNTS))
    assert value(drift(reference_of(flat, scores()), flat, scores()), NAMES[0]) == 0
    assert NAMES[0] in alarms(drift(reference_of(flat, scores()), sight(-np.ones(ACCOUNTS)), scores()))


@pytest.mark.parametrize(("pairs", "alarm"), [(100, False), (140, False), (200, True), (60, True), (70, False)])
def test_links_that_doubled_or_went_are_an_alarm(pairs: int, alarm: bool) -> None:
    found = drift(reference_of(sight(), scores()), sight(pairs=pairs), scores())
    names = sorted(graph_statistics(acts(1)))
    assert alarms(found) == (names if alarm else [])
    for name in names:
        assert value(found, name) == pytest.approx(pairs / 100)
    assert (not 1 / GROWTH <= pairs / 100 <= GROWTH) == alarm


def test_statistics_are_of_pairs_and_of_who_has_any() -> None:
    told = graph_statistics(acts(3 * ACCOUNTS))
    assert {name for name, many in told.items() if many == 3} == {f"{name} per account" for name, _ in RELATIONS}
    assert {name for name, many in told.items() if many == 1} == {f"{name} reach" for name, _ in RELATIONS}
    assert not any(graph_statistics(acts(0, 0)).values())


def test_a_relation_that_was_not_there_before_is_an_alarm_only_when_it_is_now() -> None:
    reference = reference_of(sight(pairs=0), scores())
    assert alarms(drift(reference, sight(pairs=0), scores())) == []
    found = drift(reference, sight(pairs=1), scores())
    assert len(alarms(found)) == 2 * len(RELATIONS)
    assert value(found, "sent_to reach") == np.inf


def test_a_reference_survives_being_written() -> None:
    reference = reference_of(sight(), scores())
    again = Reference(**json.loads(json.dumps(reference.as_dict())))
    assert again == reference
    moved = replace(sight(), features=sight().features * 2)
    assert drift(again, moved, scores(2)).equals(drift(reference, moved, scores(2)))


def test_precision_of_reviews_is_of_who_was_told_and_decided_on() -> None:
    rows = [("a", True), ("b", False), ("c", True), ("d", True)]
    judged = pl.DataFrame([{"account_id": who, "positive": positive} for who, positive in rows], schema=JUDGEMENTS)
    assert review_precision(judged, pl.Series(["a", "b", "c", "nobody decided"])) == Rate(2, 3)
    assert review_precision(judged, pl.Series([], dtype=pl.String)) == Rate(0, 0)
    assert review_precision(pl.DataFrame(schema=JUDGEMENTS), pl.Series(["a"])).value is None
