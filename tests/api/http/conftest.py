"""A served exchange of six accounts: the small detection of the ledger's tests, published at a fixed moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.board import Board
from api.http.application import create_app
from casework.ledger import Ledger
from graph.vocabulary import RunId
from tests.casework.runs import ACCOUNTS, small_detection

PUBLISHED_AT = datetime(2026, 3, 12, 2, 0, 0, 42, tzinfo=UTC)
NOW = PUBLISHED_AT + timedelta(minutes=15, milliseconds=700)
MANIFEST = {"run_id": "run-1", "as_of": "2026-03-11", "certificate": {"id": "c-7", "kind": "simulated"}}
LOCAL = "http://localhost"


def publish_at(ledger: Ledger, run: str, moment: datetime = PUBLISHED_AT) -> None:
    ledger.publish(RunId(run), MANIFEST, small_detection(), ACCOUNTS)
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    with ledger._connections.transaction("write") as connection:
        connection.exec_driver_sql("UPDATE runs SET published_at = ? WHERE run_id = ?", (microseconds, run))


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(ledger_path: Path) -> Iterator[Ledger]:
    opened = Ledger(str(ledger_path), lock_seconds=5)
    opened.migrate()
    publish_at(opened, "run-1")
    yield opened
    opened.close()


@pytest.fixture
def board(ledger: Ledger) -> Board:
    """It has looked once; a test looks again by itself."""
    made = Board(ledger, clock=lambda: NOW)
    made.refresh()
    return made


@pytest.fixture
def client(board: Board) -> TestClient:
    return TestClient(create_app(board), base_url=LOCAL, raise_server_exceptions=False)
