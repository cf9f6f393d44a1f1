"""The board beside a ledger that moves, goes away and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.board import Board
from api.http.application import create_app
from api.prepared import PreparedRun, SortedIds
from casework.ledger import Ledger
from graph.vocabulary import AccountId, RingId, RunId
from tests.api.http.conftest import LOCAL
from tests.casework.runs import ACCOUNTS, TEXT, empty_detection, small_detection


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def membership(client: TestClient) -> tuple[bool, str, bool]:
    answer = client.get("/v1/accounts/alice/membership").json()
    return answer["member"], answer["run"]["run_id"], answer["run"]["stale"]


def test_a_new_run_takes_the_place_of_the_old_one(ledger: Ledger, board: Board, client: TestClient) -> None:
    assert membership(client) == (True, "run-1", False)
    tag = client.get("/v1/rings").headers["etag"]
    cursor = client.get("/v1/rings?limit=1").json()["next_cursor"]
    ledger.publish(RunId("run-2"), {}, empty_detection(), ACCOUNTS)
    assert membership(client) == (True, "run-1", False)
    board.refresh()
    assert membership(client) == (False, "run-2", False)
    assert client.get("/v1/rings", headers={"If-None-Match": tag}).status_code == 200
    response = client.get("/v1/rings", params={"cursor": cursor})
    assert (response.status_code, response.json()["title"]) == (410, "Cursor expired")


def test_it_goes_on_answering_without_the_ledger(ledger_path: Path, board: Board, client: TestClient) -> None:
    fresh = client.get("/v1/rings").headers["etag"]
    away = ledger_path.rename(ledger_path.with_suffix(".away"))
    board.refresh()
    assert membership(client) == (True, "run-1", True)
    assert client.get("/v1/rings", headers={"If-None-Match": fresh}).status_code == 200
    assert client.get("/readyz").json()["stale"] is True
    away.rename(ledger_path)
    board.refresh()
    assert membership(client) == (True, "run-1", False)
    assert client.get("/v1/rings", headers={"If-None-Match": fresh}).status_code == 304


def test_another_empty_ledger_in_its_place_makes_it_stale(
    ledger: Ledger, ledger_path: Path, board: Board, client: TestClient
) -> None:
    ledger_path.unlink()
    ledger.migrate()
    board.refresh()
    assert membership(client) == (True, "run-1", True)
    assert board.trouble is not None
    assert "no longer names a run" in board.trouble


def test_the_thread_finds_what_is_published_later(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "later.db"))
    board = Board(ledger, poll_seconds=0.02)
    with TestClient(create_app(board), base_url=LOCAL) as client:
        until(lambda: board.trouble is not None)
        assert client.get("/readyz").status_code == 503
        ledger.migrate()
        until(lambda: board.trouble is None)
        assert client.get("/readyz").json()["detail"] == "no published run has been read yet"
        ledger.publish(RunId("first"), {}, small_detection(), ACCOUNTS)
        until(lambda: client.get("/readyz").status_code == 200)
        assert membership(client) == (True, "first", False)
    ledger.close()


def test_what_cannot_be_prepared_is_told_and_the_old_run_stays(
    ledger: Ledger, board: Board, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.publish(RunId("run-2"), {}, small_detection(), ACCOUNTS)
    monkeypatch.setattr("api.prepared.TIERS", ())
    board.refresh()
    assert membership(client) == (True, "run-1", True)
    assert board.trouble is not None
    assert board.trouble.startswith("the published run cannot be prepared: ")
    assert "prepared.py" in caplog.text
    assert "alice" not in caplog.text


def test_prepared_answers_equal_the_tables(ledger: Ledger) -> None:
    published = ledger.load(RunId("run-1"))
    run = PreparedRun(published)
    members = published.detection.members
    for account in [*ACCOUNTS, "nobody"]:
        answer = pl.read_json(b'[{"x":0,' + run.membership(AccountId(account)) + b"]").row(0, named=True)
        mine = members.filter(pl.col("account_id") == account)
        assert [entry["ring_id"] for entry in answer["memberships"]] == mine["ring_id"].to_list()
        assert [entry["score"] for entry in answer["memberships"]] == mine["score"].to_list()
        assert answer["member"] == (mine.height > 0)
        assert answer["known"] == (account in ACCOUNTS)
    for ring in ("R1", "R2"):
        page = run.evidence(RingId(ring), 0, 100)
        assert page is not None
        assert page.total == published.detection.evidence.filter(pl.col("ring_id") == ring).height
    assert run.evidence(RingId("R9"), 0, 100) is None


@given(ids=st.sets(TEXT), others=st.sets(TEXT))
def test_sorted_ids_know_their_own(ids: set[str], others: set[str]) -> None:
    known = SortedIds(pl.Series("id", list(ids), dtype=pl.String).sort())
    assert list(known) == sorted(ids)
    assert all((account in known) == (account in ids) for account in ids | others)


def test_many_sorted_ids() -> None:
    known = SortedIds(pl.Series("id", [f"{number:05d}" for number in range(0, 2000, 2)]))
    assert [f"{number:05d}" in known for number in range(-1, 2001)] == [
        n % 2 == 0 and 0 <= n < 2000 for n in range(-1, 2001)
    ]
