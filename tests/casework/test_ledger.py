from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from casework.ledger import Ledger, PublishedRun
from graph.errors import StoreError
from graph.vocabulary import RunId
from models.detection import Detection
from tests.casework.runs import ACCOUNTS, detections, empty_detection, frame, small_detection

RUN = RunId("run-1")
MANIFEST = {"run_id": "run-1", "detector_fingerprint": "d1", "certificate": {"id": None, "kind": "none"}, "x": [1.5]}


def assert_same(published: PublishedRun, detection: Detection) -> None:
    for name, table in detection.tables():
        assert_frame_equal(table, getattr(published.detection, name), check_exact=True)
    assert published.detection.linked.equals(detection.linked)
    assert published.detection.switched_off == detection.switched_off
    assert published.detection.abstained == detection.abstained


def test_a_run_comes_back_as_it_was_published(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    ledger.publish(RUN, MANIFEST, small_detection(), [*ACCOUNTS, "alice"])
    published = ledger.load(RUN)
    assert_same(published, small_detection())
    assert published.manifest == MANIFEST
    assert published.accounts.to_list() == sorted(ACCOUNTS, key=str.encode)
    summary = published.summary
    assert (summary.run_id, summary.sequence, summary.detector) == (RUN, 1, "d1")
    assert (summary.rings, summary.members, summary.accounts) == (2, 5, len(ACCOUNTS))
    assert (summary.certificate_id, summary.certificate_kind) == (None, "none")
    assert before <= summary.published_at <= before + timedelta(minutes=1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detection=detections())
def test_any_content_survives(ledger: Ledger, detection: Detection) -> None:
    run = RunId(f"run\x00{len(ledger.runs())}\n\x1a")
    ledger.publish(run, {}, detection, pl.Series("id", [], dtype=pl.String))
    assert ledger.latest() == run
    assert_same(ledger.load(run), detection)


def test_zero_has_no_sign_and_the_smallest_float_survives(ledger: Ledger) -> None:
    ledger.publish(RUN, {}, small_detection(), ACCOUNTS)
    detection = ledger.load(RUN).detection
    assert str(detection.episodes["gain"][0]) == "0.0"
    assert detection.evidence["weight"].to_list()[:2] == [1 / 3, 5e-324]


def test_the_same_run_again_changes_nothing(ledger: Ledger) -> None:
    ledger.publish(RUN, MANIFEST, small_detection(), ACCOUNTS)
    first = ledger.load(RUN)
    ledger.publish(RUN, {**MANIFEST, "stages": {"detect": 9.0}}, small_detection(), pl.Series(ACCOUNTS[::-1]))
    assert ledger.load(RUN).summary == first.summary
    assert ledger.load(RUN).manifest == MANIFEST
    assert len(ledger.runs()) == 1


@pytest.mark.parametrize("change", ["score", "accounts", "abstained", "linked"])
def test_the_same_run_with_other_content_is_refused(ledger: Ledger, change: str) -> None:
    ledger.publish(RUN, MANIFEST, small_detection(), ACCOUNTS)
    detection, accounts = small_detection(), list(ACCOUNTS)
    if change == "score":
        detection = small_detection(score=0.7500000000000001)
    elif change == "accounts":
        accounts.append("frank")
    else:
        empty = () if change == "abstained" else pl.Series("account_id", [], dtype=pl.String)
        detection = dataclasses.replace(detection, **{change: empty})
    expected = "rings, members" if change == "score" else change
    with pytest.raises(StoreError, match=f"run run-1 is already published with other {expected} "):
        ledger.publish(RUN, MANIFEST, detection, accounts)
    assert_same(ledger.load(RUN), small_detection())


def test_the_pointer_follows_what_was_published_last(ledger: Ledger) -> None:
    assert ledger.latest() is None
    for name in ("b", "a", "c"):
        ledger.publish(RunId(name), {}, empty_detection(), [])
    ledger.publish(RunId("a"), {}, empty_detection(), [])
    assert ledger.latest() == "c"
    assert [(run.run_id, run.sequence) for run in ledger.runs()] == [("b", 1), ("a", 2), ("c", 3)]
    assert [ledger.previous(RunId(name)) for name in "bac"] == [None, "b", "a"]


def test_an_unknown_run_is_named(ledger: Ledger) -> None:
    for ask in (ledger.load, ledger.previous):
        with pytest.raises(StoreError, match="there is no run nowhere"):
            ask(RunId("nowhere"))


@pytest.mark.parametrize("table", ["rings", "members", "individuals"])
def test_the_database_itself_refuses_an_unknown_tier(ledger: Ledger, table: str) -> None:
    detection = small_detection()
    harsher = getattr(detection, table).with_columns(tier=pl.lit("ban"))
    object.__setattr__(detection, table, harsher)  # no detection can be constructed so
    with pytest.raises(StoreError, match=r"the ledger refused: .*tier"):
        ledger.publish(RUN, {}, detection, ACCOUNTS)
    assert ledger.latest() is None
    assert ledger.runs() == []


def test_the_database_itself_refuses_evidence_of_no_ring(ledger: Ledger) -> None:
    detection = small_detection()
    stray = frame("evidence", [{**detection.evidence.row(0, named=True), "ring_id": "R9"}])
    with pytest.raises(StoreError, match="the ledger refused"):
        ledger.publish(
            RUN, {}, dataclasses.replace(detection, evidence=pl.concat([detection.evidence, stray])), ACCOUNTS
        )
    assert ledger.runs() == []


def test_a_manifest_that_is_no_json_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="the manifest of run run-1 cannot be written as JSON"):
        ledger.publish(RUN, {"weight": float("nan")}, small_detection(), ACCOUNTS)


def test_a_number_that_is_none_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="table rings holds NaN in score"):
        ledger.publish(RUN, {}, small_detection(score=float("nan")), ACCOUNTS)
