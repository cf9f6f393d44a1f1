"""Killed at any write boundary, and published again; published by two at once; read while written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from casework.ledger import Ledger
from graph.faults import FAULT_VARIABLE
from graph.vocabulary import RunId
from tests.casework.runs import ACCOUNTS, empty_detection, small_detection
from tests.casework.test_ledger import assert_same

PUBLISH = """
import sys
from casework.ledger import Ledger
from tests.casework.runs import ACCOUNTS, small_detection
ledger = Ledger(sys.argv[1])
ledger.migrate()
ledger.publish(sys.argv[2], {}, small_detection(), ACCOUNTS)
ledger.close()
"""


def publisher(url: str, run: str, fault: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH, url, run],
        env={**os.environ, FAULT_VARIABLE: fault},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("fault", ["ledger.rows", "ledger.rows:4", "ledger.rows:7", "ledger.pointer", "ledger.commit"])
def test_a_killed_publication_is_there_as_a_whole_or_not_at_all(ledger: Ledger, ledger_url: str, fault: str) -> None:
    ledger.publish(RunId("before"), {}, empty_detection(), [])
    with publisher(ledger_url, "run", fault) as killed:
        killed.communicate(timeout=120)
        assert killed.returncode == -signal.SIGKILL
    assert ledger.latest() == ("run" if fault == "ledger.commit" else "before")
    with publisher(ledger_url, "run") as again:
        finish(again)
    assert ledger.latest() == "run"
    assert_same(ledger.load(RunId("run")), small_detection())
    assert [run.sequence for run in ledger.runs()] == [1, 2]


def test_publishers_at_once_on_an_empty_place(ledger_url: str) -> None:
    started = [publisher(ledger_url, run) for run in ("one", "one", "two")]
    for process in started:
        with process:
            finish(process)
    ledger = Ledger(ledger_url)
    runs = ledger.runs()
    assert sorted((run.run_id, run.sequence) for run in runs) in (
        [("one", 1), ("two", 2)],
        [("one", 2), ("two", 1)],
    )
    assert ledger.latest() == runs[-1].run_id
    for run in runs:
        assert_same(ledger.load(run.run_id), small_detection())
    assert ledger.load(RunId("one")).accounts.len() == len(ACCOUNTS)
    ledger.close()


def test_a_reader_sees_the_old_run_while_a_new_one_is_written(ledger: Ledger) -> None:
    ledger.publish(RunId("old"), {}, small_detection(), ACCOUNTS)
    with ledger._connections.transaction("write") as connection:
        connection.exec_driver_sql("UPDATE latest_run SET run = NULL")
        assert ledger.latest() == "old"
        assert_same(ledger.load(RunId("old")), small_detection())
        connection.exec_driver_sql("UPDATE latest_run SET run = 1")
