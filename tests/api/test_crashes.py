"""kill -9 at every write boundary and at random moments, then the same command again: as if nothing had happened."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from casework.ledger import Ledger
from graph.store.opening import open_store
from graph.vocabulary import RunId
from tests.api.commands import COMMAND, REPOSITORY, environment, ringleader, succeeds
from tests.api.conftest import Reference
from tests.api.outputs import manifest_of, same_manifest, table_bytes

FAULT_POINT = re.compile(r'"((?:ingest|tape|load|store|ledger|out)\.(?!db)[a-z_]+)"')
NEO4J = REPOSITORY / "graph" / "store" / "neo4j"
SOURCES = [
    path
    for package in ("graph", "models", "casework", "api")
    for path in (REPOSITORY / package).rglob("*.py")
    if path != REPOSITORY / "graph" / "faults.py"
]


def _points(paths: list[Path]) -> list[str]:
    return sorted({point for path in paths for point in FAULT_POINT.findall(path.read_text())})


EMBEDDED_POINTS = _points([path for path in SOURCES if NEO4J not in path.parents])
NEO4J_POINTS = _points([path for path in SOURCES if NEO4J in path.parents])

OF_RUN = ("ledger.", "out.", "store.rings")
CHAINS, MOMENTS = 4, 5
"""Random kills: chains of several in a row on one data folder, twenty in all for each command."""


def _earlier_output(out: Path) -> None:
    out.mkdir()
    (out / "run.json").write_text('{"run_id": "run_of_yesterday"}')


def _as_if_nothing_had_happened(home: Path, reference: Reference) -> None:
    assert table_bytes(home / "out") == table_bytes(reference.out)
    assert same_manifest(manifest_of(home / "out"), manifest_of(reference.out))
    assert sorted(path.name for path in home.iterdir()) == ["data", "out"]
    run = RunId(reference.manifest["run_id"])
    with closing(Ledger(str(home / "data" / "ledger.db"))) as ledger:
        assert [summary.run_id for summary in ledger.runs()] == [run]
        assert ledger.latest() == run
    with closing(open_store(str(home / "data" / "graph.db"))) as store:
        assert store.mirrored_run() == run
        assert len(store.applied_segments()) == 1


def test_no_fault_point_is_forgotten() -> None:
    """Each call names its point, or passes on the name that one of the stores' writers was given."""
    calls = [call for path in SOURCES for call in re.findall(r"\bfault_point\((.*?)\)", path.read_text())]
    assert {call for call in calls if not call.startswith('"')} <= {"fault"}
    assert {call.strip('"') for call in calls} - {"fault"} <= {*EMBEDDED_POINTS, *NEO4J_POINTS}
    assert {"store.nodes", "store.links", "store.applied", "store.rings"} <= {*EMBEDDED_POINTS} & {*NEO4J_POINTS}


@pytest.fixture(scope="module")
def loaded(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the small exchange has been ingested and nothing been run."""
    home = tmp_path_factory.mktemp("loaded")
    succeeds("ingest", records, cwd=home, DATA="data")
    return home


@pytest.mark.parametrize("point", [point for point in EMBEDDED_POINTS if not point.startswith(OF_RUN)])
def test_ingest_killed_at_a_write_boundary(point: str, reference: Reference, tmp_path: Path) -> None:
    done = ringleader("ingest", reference.records, cwd=tmp_path, DATA="data", FAULT=point)
    assert done.returncode == -signal.SIGKILL, f"ingest does not pass {point}"
    succeeds("ingest", reference.records, cwd=tmp_path, DATA="data")
    succeeds("run", "--out", "out", cwd=tmp_path, DATA="data")
    _as_if_nothing_had_happened(tmp_path, reference)


@pytest.mark.parametrize("point", [point for point in EMBEDDED_POINTS if point.startswith(OF_RUN)])
def test_run_killed_at_a_write_boundary(point: str, loaded: Path, reference: Reference, tmp_path: Path) -> None:
    home = shutil.copytree(loaded, tmp_path / "home")
    _earlier_output(home / "out")
    done = ringleader("run", "--out", "out", cwd=home, DATA="data", FAULT=point)
    assert done.returncode == -signal.SIGKILL, f"run does not pass {point}"
    succeeds("run", "--out", "out", cwd=home, DATA="data")
    _as_if_nothing_had_happened(home, reference)


def _kill_at_random(command: list[object], home: Path, moments: list[float]) -> int:
    """Start the command once per moment (seconds) and kill it then; how many were still running."""
    hit = 0
    for moment in moments:
        process = subprocess.Popen(
            [*COMMAND, *map(str, command)],
            cwd=home,
            env=environment(DATA="data"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment)
        process.kill()
        hit += process.wait() == -signal.SIGKILL
    return hit


def _seconds(command: list[object], home: Path) -> float:
    started = time.monotonic()
    succeeds(*command, cwd=home, DATA="data")
    return time.monotonic() - started


def test_killed_at_random_moments_of_ingest(reference: Reference, tmp_path: Path) -> None:
    command: list[object] = ["ingest", reference.records]
    (tmp_path / "timed").mkdir()
    whole, hit = _seconds(command, tmp_path / "timed"), 0
    for chain in range(CHAINS):
        home = tmp_path / str(chain)
        home.mkdir()
        hit += _kill_at_random(command, home, [random.uniform(0.2, 1.0) * whole for _ in range(MOMENTS)])
        succeeds(*command, cwd=home, DATA="data")
        succeeds("run", "--out", "out", cwd=home, DATA="data")
        _as_if_nothing_had_happened(home, reference)
    assert hit >= MOMENTS


def test_killed_at_random_moments_of_run(loaded: Path, reference: Reference, tmp_path: Path) -> None:
    command: list[object] = ["run", "--out", "out"]
    whole, hit = _seconds(command, shutil.copytree(loaded, tmp_path / "timed")), 0
    for chain in range(CHAINS):
        home = shutil.copytree(loaded, tmp_path / str(chain))
        hit += _kill_at_random(command, home, [random.uniform(0.2, 1.0) * whole for _ in range(MOMENTS)])
        succeeds(*command, cwd=home, DATA="data")
        _as_if_nothing_had_happened(home, reference)
    assert hit >= MOMENTS
