"""The scorecard of a candidate: what it calls worse, what it refuses, and that it cannot be mended by hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from graph.errors import ModelError
from models.learning.figures import Scores
from models.retraining.comparing import (
    LEAST_OTHERS,
    LEAST_POSITIVES,
    LEAST_STRATUM,
    Compared,
    ComparedScorecard,
    scorecard,
    worst_stratum,
)
from models.scorecard.rates import Rate

MEMBERS, OTHERS = 20, 3_000
MAKERS = slice(MEMBERS, MEMBERS + LEAST_STRATUM)
"""The first innocents; everybody else is of the crowd."""


def good() -> Scores:
    """Members above all others."""
    scores = np.random.default_rng(0).random(MEMBERS + OTHERS) / 2
    scores[:MEMBERS] += 0.5
    return scores


def compared(candidate: Scores, incumbent: Scores, members: int = MEMBERS) -> Compared:
    count = len(candidate)
    positive = np.arange(count) < members
    group = pl.Series([f"ring {n // 5}" if n < members else f"a{n}" for n in range(count)])
    stratum = np.full(count, "crowd", dtype=object)
    stratum[members : members + LEAST_STRATUM] = "market makers"
    return Compared(positive, group, pl.Series(stratum.tolist()), candidate, incumbent)


def card(candidate: Scores, incumbent: Scores) -> ComparedScorecard:
    return scorecard("v2", "v1", ["w1", "w2"], compared(candidate, incumbent), Rate(9, 10))


@cache
def of_equal() -> ComparedScorecard:
    return card(good(), good())


def test_equal_scores_are_no_worse() -> None:
    told = of_equal()
    assert told.worse == ()
    assert told.figures["lift"]["auprc"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert told.figures["candidate"] == told.figures["incumbent"]
    assert (told.version, told.incumbent, told.worlds) == ("v2", "v1", ("w1", "w2"))


def test_each_figure_that_is_worse_is_named() -> None:
    blind = np.random.default_rng(1).random(MEMBERS + OTHERS)
    told = card(blind, good())
    assert [sentence.split(":")[0] for sentence in told.worse] == [
        "area under precision and recall",
        "recall at a false-positive rate of 0.001",
        "recall at a false-positive rate of 0.0001",
    ]
    assert told.worse[1].endswith(" against 1.0")
    assert card(good(), blind).worse == (), "the better one is worse in nothing"


def test_what_is_worse_in_one_figure_alone_names_it_alone() -> None:
    """Two innocents above five members: three of 3,000 may be, at a rate of 1e-3, and none at 1e-4."""
    scores = good()
    scores[:5], scores[-2:] = 2, 3
    before = good()
    before[:5], before[-4:-2] = 3, 2
    before[5:MEMBERS], scores[5:MEMBERS] = 1.5, 2.5
    told = card(scores, before)
    assert any("0.0001" in sentence for sentence in told.worse)
    assert not any("of 0.001:" in sentence for sentence in told.worse)


def above(who: slice, count: int) -> Scores:
    """As `good`, with so many of these innocents above everybody."""
    scores = good()
    scores[who.start : who.start + count] += 5
    return scores


CROWD = slice(MAKERS.stop, MEMBERS + OTHERS)


def test_innocents_of_one_kind_above_the_bar_are_worse() -> None:
    told = card(above(MAKERS, 3), above(CROWD, 3))
    assert told.worse == ("innocents of one kind above the bar (market makers): 0.0300, allowed 0.0100",)
    assert card(above(CROWD, 3), above(MAKERS, 3)).worse == ()


def test_a_handful_of_a_kind_is_what_the_bar_lets_through() -> None:
    """One maker of a hundred is one percent: allowed, though the incumbent had none there."""
    scores = above(CROWD, 2)
    scores[MAKERS.start] += 5
    told = card(scores, above(CROWD, 3))
    assert told.figures["worst_stratum"]["candidate"] == {"stratum": "market makers", "above": 1, "of": 100}
    assert told.worse == ()


def test_no_worse_than_the_incumbent_is_allowed() -> None:
    assert card(above(MAKERS, 3), above(MAKERS, 3)).worse == ()


def test_the_worst_stratum_is_the_one_with_the_largest_share() -> None:
    scores = above(MAKERS, 1)
    scores[CROWD.start : CROWD.start + 2] += 5
    whole = compared(scores, good())
    assert worst_stratum(whole, scores) == {"stratum": "market makers", "above": 1, "of": LEAST_STRATUM}
    assert worst_stratum(whole, good() * 0) == {"stratum": "crowd", "above": 0, "of": OTHERS - LEAST_STRATUM}
    few = replace(whole, stratum=whole.stratum.set(pl.Series(np.arange(MEMBERS + OTHERS) == MAKERS.stop - 1), "crowd"))
    assert worst_stratum(few, scores)["stratum"] == "crowd", "a kind of 99 is too few to tell"


def test_members_are_of_no_stratum_of_innocents() -> None:
    """However high they score, and whatever they are called."""
    whole = compared(good(), good())
    named = whole.stratum.set(pl.Series(whole.positive), "market makers")
    assert worst_stratum(replace(whole, stratum=named), good())["of"] in {LEAST_STRATUM, OTHERS - LEAST_STRATUM}


@pytest.mark.parametrize(("members", "others"), [(LEAST_POSITIVES - 1, OTHERS), (MEMBERS, LEAST_OTHERS - 1)])
def test_worlds_that_are_too_small_to_tell_are_refused(members: int, others: int) -> None:
    scores = np.linspace(1, 0, members + others)
    with pytest.raises(ModelError) as caught:
        scorecard("v2", "v1", ["w"], compared(scores, scores, members), Rate(0, 0))
    assert str(caught.value) == (
        f"{members} members among {others} others are too few to compare by; "
        "give worlds with at least 10 members and 1000 others"
    )


def test_the_smallest_worlds_that_do_are_taken() -> None:
    scores = np.linspace(1, 0, LEAST_POSITIVES + LEAST_OTHERS)
    assert scorecard("v2", "rules", [], compared(scores, scores, LEAST_POSITIVES), Rate(0, 0)).worse == ()


def test_a_scorecard_survives_being_written() -> None:
    again = ComparedScorecard.of_document(of_equal().document())
    assert again == of_equal()
    assert again.digest == of_equal().digest
    assert again.document() == of_equal().document()


def changed(value: Any) -> Iterator[Any]:
    """The same document with one leaf changed, for every leaf."""
    if isinstance(value, dict):
        for key in value:
            for other in changed(value[key]):
                yield {**value, key: other}
    elif isinstance(value, list) and value:
        for place, each in enumerate(value):
            for other in changed(each):
                yield [*value[:place], other, *value[place + 1 :]]
    elif isinstance(value, list):
        yield ["more"]
    else:
        yield value + 1 if isinstance(value, int | float) else f"{value}x"


def test_the_digest_changes_with_every_figure_and_word() -> None:
    fields = json.loads(of_equal().document())
    digests = [of_equal().digest]
    for other in changed(copy.deepcopy(fields)):
        told = {**other, "worlds": tuple(other["worlds"]), "worse": tuple(other["worse"])}
        digests.append(ComparedScorecard(**told).digest)
    assert len(digests) > 30
    assert len(set(digests)) == len(digests)


def written(**change: object) -> bytes:
    fields = json.loads(of_equal().document()) | change
    return json.dumps(fields, indent=1, sort_keys=True).encode()


def test_the_bytes_are_those_of_sorted_json() -> None:
    assert written() == of_equal().document()


def refused(document: bytes) -> bool:
    with pytest.raises(ModelError, match="this is no scorecard") as caught:
        ComparedScorecard.of_document(document)
    return "\n" not in str(caught.value) and caught.value.do == "run `ringleader compare` again"


@pytest.mark.parametrize("document", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b"null", b"3", b'"text"'])
def test_what_is_no_scorecard_is_refused(document: bytes) -> None:
    assert refused(document)


@pytest.mark.parametrize(
    "change", [{"worse": None}, {"worlds": 3}, {"worse": {}}, {"worse": "worse"}, {"worlds": "w"}, {"more": 1}]
)
def test_what_scorecards_never_say_is_refused(change: dict[str, object]) -> None:
    assert refused(written(**change))


def test_a_scorecard_laid_out_by_somebody_else_is_refused() -> None:
    """What is proof of a promotion is what was written, byte for byte."""
    assert refused(of_equal().document() + b"\n")
    assert refused(json.dumps(json.loads(of_equal().document())).encode())


def test_few_confirmed_of_many_told_is_an_alarm_and_few_decided_are_none() -> None:
    for reviewed, alarm in ((Rate(10, 40), True), (Rate(38, 40), False), (Rate(1, 2), False), (Rate(0, 0), False)):
        told = scorecard("v2", "rules", ["w"], compared(good(), good()), reviewed)
        assert told.figures["review_precision"]["alarm"] is alarm, reviewed
