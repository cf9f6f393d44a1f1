"""The scorecard on answers known by hand."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from models import tables
from models.scorecard import score_run
from models.scorecard.matching import match_rings, pair_agreement
from models.scorecard.rates import Rate, recall_at_false_positive_rate
from models.scorecard.truth import TRUTH, truth_of_labels, truth_of_world

RINGS = {"ring": pl.String, "account_id": pl.String}


def rings(**members: str) -> pl.DataFrame:
    return pl.DataFrame([(n, a) for n, group in members.items() for a in group], schema=RINGS, orient="row")


def run(**scores: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    members = pl.DataFrame(
        [{"ring_id": "r", "account_id": a, "score": s, "tier": "watch"} for a, s in scores.items()],
        schema=tables.MEMBERS,
    )
    evidence = pl.DataFrame([{"ring_id": "r", "account_id": a} for a in scores], schema=tables.EVIDENCE)
    return members, evidence


def truth(**verdicts: tuple[str, str | None, str]) -> pl.DataFrame:
    rows = [(a, verdict, ring, group, verdict == "positive") for a, (verdict, ring, group) in verdicts.items()]
    return pl.DataFrame(rows, schema=TRUTH, orient="row")


def test_precision_recall_and_what_is_left_out() -> None:
    members, evidence = run(a=0.9, b=0.8, c=0.7, unknown=0.9, kept=0.6)
    known = truth(
        a=("positive", "x", "report"), b=("positive", "y", "component"), c=("negative", None, "eligible"),
        kept=("cleared", None, "cleared"), d=("positive", "x", "report"),
    )  # fmt: skip
    card = score_run(members, evidence, known, pl.Series(["a", "b"]))
    assert (card.flagged, card.flagged_unknown) == (5, 1)
    assert card.precision == Rate(2, 4)
    assert card.precision_without["component"] == Rate(1, 3)
    report = next(g for g in card.groups if g.group == "report")
    assert report.recall == Rate(1, 2)
    assert report.recall_with_evidence == Rate(1, 1)
    assert report.recall_at_precision == 0.5
    assert card.cleared_flagged == Rate(1, 1)
    assert card.members_without_evidence == 0
    assert list(card.false_positives) == ["cleared", "eligible"]


@pytest.mark.parametrize(("most", "hits"), [(0.0, 1), (0.25, 1), (0.5, 2), (0.75, 3), (1.0, 3)])
def test_recall_at_a_false_positive_rate_is_over_who_can_be_seen(most: float, hits: int) -> None:
    """Innocents at 0.8, 0.8, 0.4 and 0; two of them at one score are let through together or not at all."""
    rows = [("negative", 0.8, False), ("negative", 0.8, False), ("cleared", 0.4, False), ("negative", 0.0, False),
            ("positive", 0.9, True), ("positive", 0.5, True), ("positive", 0.1, True), ("positive", 0.0, True),
            ("positive", 0.9, False)]  # fmt: skip
    scored = pl.DataFrame(rows, schema=["verdict", "score", "detectable"], orient="row")
    assert recall_at_false_positive_rate(scored, most) == Rate(hits, 4)


def test_who_acts_alone_is_flagged_and_in_no_ring() -> None:
    members, evidence = run(a=0.9)
    alone = pl.DataFrame(
        [{"account_id": "b", "score": 0.6}, {"account_id": "a", "score": 0.5}], schema=tables.INDIVIDUALS
    )
    known = truth(a=("positive", "x", "g"), b=("positive", "x", "g"), c=("negative", None, "h"))
    card = score_run(members, evidence, known, None, alone)
    assert (card.flagged, card.recall, card.pair_recall) == (2, Rate(2, 2), 0.0)


def test_a_member_without_evidence_is_counted() -> None:
    members, evidence = run(a=0.9)
    assert score_run(members, evidence.clear(), truth(a=("positive", "x", "g"))).members_without_evidence == 1


def test_rings_match_one_to_one() -> None:
    found, true = rings(p="abcd", q="efgh", r="wxyz"), rings(s="abce", t="efgh")
    match = match_rings(found, true, 0.5)
    assert (match.matched, match.found, match.true) == (2, 3, 2)
    assert match_rings(found, true, 0.8).matched == 1
    assert match_rings(found.clear(), true, 0.5).as_dict()["f1"] == 0.0


@given(
    found=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    true=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
@settings(max_examples=50, deadline=None)
def test_pair_agreement_equals_counting_pairs(found: list[int], true: list[int]) -> None:
    accounts = [f"a{i}" for i in range(12)]
    a = pl.DataFrame({"ring": [str(r) for r in found], "account_id": accounts})
    b = pl.DataFrame({"ring": [str(r) for r in true], "account_id": accounts})
    in_found = {p for p in combinations(range(12), 2) if found[p[0]] == found[p[1]]}
    in_true = {p for p in combinations(range(12), 2) if true[p[0]] == true[p[1]]}
    both = len(in_found & in_true)
    precision, recall = pair_agreement(a, b)
    assert precision == pytest.approx(both / len(in_found) if in_found else 0)
    assert recall == pytest.approx(both / len(in_true) if in_true else 0)


@given(hits=st.integers(0, 40), more=st.integers(0, 60))
@settings(max_examples=50, deadline=None)
def test_the_interval_holds_its_confidence(hits: int, more: int) -> None:
    rate = Rate(hits, hits + more)
    if not rate.of:
        assert rate.value is None
        return
    low, high = rate.interval
    assert low <= hits / rate.of <= high
    if hits:
        assert binom.sf(hits - 1, rate.of, low) == pytest.approx(0.025, abs=1e-3)
    if more:
        assert binom.cdf(hits, rate.of, high) == pytest.approx(0.025, abs=1e-3)


def test_the_latest_decision_counts_and_no_row_is_no_negative() -> None:
    labels = pl.DataFrame(
        {
            "account_id": ["a", "a", "b", "c"],
            "outcome": ["confirmed", "overturned", "not_flagged", "self_reported"],
            "ring_label": ["r", "r", None, "s"],
            "kind": ["k", "k", "e", None],
            "typology": [None, None, None, "wash_trading"],
            "decided_at": [1, 2, None, 3],
        }
    ).with_columns(pl.lit(None, pl.String).alias("source"), pl.col("decided_at").cast(pl.Datetime("us", "UTC")))
    known = {row[0]: row[1:4] for row in truth_of_labels(labels).rows()}
    assert known == {
        "a": ("cleared", "r", "k"),
        "b": ("negative", None, "e"),
        "c": ("positive", "s", "wash_trading"),
    }


def test_a_worlds_truth_leaves_out_what_is_not_known() -> None:
    members = pl.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "ring": ["r", None, "r"],
            "stratum": ["ring", "family", "ring"],
            "known": [True, True, False],
            "detectable": [False, None, True],
        }
    )
    assert truth_of_world(members).rows() == [
        ("a", "positive", "r", "ring", False),
        ("b", "negative", None, "family", False),
    ]


def test_who_has_two_legs_is_counted_and_who_is_merely_linked_is_not() -> None:
    members, evidence = run(a=0.9, b=0.8, c=0.7, d=0.6)
    legs = [["conduct", "coordination"], ["conduct", "control"], ["conduct"], ["control", "conduct"]]
    members = members.with_columns(
        legs=pl.Series(legs), role=pl.Series(["participant", "linked", "participant", "participant"])
    )
    known = truth(
        a=("positive", "x", "g"), b=("positive", "x", "g"), c=("positive", "x", "g"), d=("negative", None, "h")
    )
    card = score_run(members, evidence, known).as_dict()["two_legs"]
    assert (card["detectable"]["hits"], card["detectable"]["of"]) == (1, 3)
    assert (card["innocent"]["hits"], card["innocent"]["of"]) == (1, 1)
