"""Several commands at once: a second writer is told, a reader is answered."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import polars as pl
import pytest

from api.runs.folder import replaced
from casework.ledger import Ledger
from graph.locking import only_one
from tests.api import exchange
from tests.api.commands import COMMAND, REPOSITORY, environment, fails, succeeds
from tests.api.conftest import Reference

HOP = REPOSITORY / "examples" / "hop-airdrop"


@pytest.mark.parametrize("command", ["ingest", "run"])
def test_a_second_writer_on_a_data_folder_is_told(command: str, reference: Reference, tmp_path: Path) -> None:
    arguments = [command, reference.records] if command == "ingest" else [command]
    with only_one(tmp_path / "data" / "writer.lock", "is a test"):
        line = fails(*arguments, cwd=tmp_path, DATA="data")
    assert "another ringleader" in line
    assert "wait" in line


def test_a_second_detect_to_a_folder_is_told(reference: Reference, tmp_path: Path) -> None:
    with replaced(tmp_path / "out") as folder:
        line = fails("detect", reference.records, "--out", "out", cwd=tmp_path)
        (folder / "run.json").write_text('{"run_id": "of the first"}')
    assert "another ringleader is writing to this folder" in line
    assert json.loads((tmp_path / "out" / "run.json").read_text())["run_id"] == "of the first"


def test_two_runs_started_together_publish_one(reference: Reference, tmp_path: Path) -> None:
    succeeds("ingest", reference.records, cwd=tmp_path, DATA="data")
    both = [_start(["run", "--json"], tmp_path) for _ in range(2)]
    told = [process.communicate(timeout=300) for process in both]
    assert 0 in [process.returncode for process in both]
    for process, (_, said) in zip(both, told, strict=True):
        assert process.returncode == 0 or "another ringleader" in said
    with closing(Ledger(str(tmp_path / "data" / "ledger.db"))) as ledger:
        assert [run.run_id for run in ledger.runs()] == [reference.manifest["run_id"]]


def test_interrupting_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    process = _start(["detect", HOP, "--out", "out"], tmp_path)
    _until((tmp_path / ".out.new").exists)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "interrupted" in said
    assert list(tmp_path.iterdir()) == []


def test_serve_answers_while_a_run_is_made_and_published(reference: Reference, tmp_path: Path) -> None:
    succeeds("ingest", reference.records, cwd=tmp_path, DATA="data")
    first = succeeds("run", cwd=tmp_path, DATA="data")["run_id"]
    newcomer = exchange.write(tmp_path / "more", {"accounts": pl.DataFrame({"account_id": ["newcomer"]})})
    seen: list[dict[str, Any]] = []
    with _serving(tmp_path) as address:
        member = f"{address}/v1/accounts/{exchange.PLANTED[0]}/membership"
        _until(lambda: _answer(f"{address}/readyz") is not None)
        succeeds("ingest", newcomer, cwd=tmp_path, DATA="data")
        run = _start(["run", "--json"], tmp_path)
        while run.poll() is None:
            seen.append(_asked(member))
        second = json.loads(run.communicate()[0])["run_id"]
        _until(lambda: _asked(member)["run"]["run_id"] == second)
    assert run.returncode == 0
    assert second != first
    assert len(seen) > 5
    assert {answer["run"]["run_id"] for answer in seen} <= {first, second}
    assert all(answer["known"] and answer["member"] for answer in seen)


@contextmanager
def _serving(home: Path) -> Iterator[str]:
    """`ringleader serve` on a free port; its address."""
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        cwd=home,
        env=environment(DATA="data", POLL_SECONDS="0.2"),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr
    try:
        told = re.search(r"http://\S+", server.stderr.readline())
        assert told
        yield told.group()
    finally:
        server.terminate()
        _, said = server.communicate(timeout=60)
    assert server.returncode in {0, -signal.SIGTERM}, said


def _start(command: list[object], home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, command)],
        cwd=home,
        env=environment(DATA="data"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _answer(address: str) -> dict[str, Any] | None:
    """The JSON that is answered; None for a refusal."""
    try:
        with urlopen(address, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except HTTPError as refusal:
        refusal.close()
        return None


def _asked(address: str) -> dict[str, Any]:
    answer = _answer(address)
    assert answer is not None
    return answer
