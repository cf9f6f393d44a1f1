"""kill -9 at every write boundary of a load, then the same command again: as if nothing had happened."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import graph
from graph.faults import FAULT_VARIABLE
from graph.snapshot import Snapshot
from graph.store.opening import open_store
from graph.tape import Tape
from tests.graph.snapshots import same_snapshot
from tests.graph.worlds import hand_over, world

OURS = ("ingest.", "tape.", "load.")
PLACES = [
    "ingest.read",
    "ingest.settle",
    "ingest.settle:5",
    "load.applied",
    "load.links",
    "load.links:10",
    "load.nodes",
    "load.nodes:4",
    "load.undone",
    "tape.clear",
    "tape.clear:2",
    "tape.manifest",
    "tape.move",
    "tape.publish",
    "tape.stage",
]


def test_no_fault_point_is_forgotten() -> None:
    root = Path(graph.__file__).parent
    named = {
        name
        for path in root.rglob("*.py")
        for name in re.findall(r'fault_point\("([^"]+)"\)', path.read_text(encoding="utf-8"))
        if name.startswith(OURS)
    }
    assert named == {place.partition(":")[0] for place in PLACES}


def load(folder: Path, fault: str = "") -> int:
    """Run a load in a process of its own; how it ended."""
    arguments = [str(folder / name) for name in ("input", "tape", "graph.sqlite")]
    environment = {**os.environ, FAULT_VARIABLE: fault}
    command = [sys.executable, "-W", "error", "-m", "tests.graph.tape.loading", *arguments]
    return subprocess.run(command, env=environment, check=False, cwd=Path(graph.__file__).parents[1]).returncode


def content(folder: Path) -> dict[str, str]:
    """Every file of the tape with the hash of its bytes; the engine may order rows as it likes, so tables by value."""
    tape = Tape(folder / "tape")
    files = {
        path.relative_to(folder / "tape").as_posix(): ""
        for path in (folder / "tape").rglob("*")
        if path.is_file() and path.parent.name != "scratch"
    }
    marks = {f"fingerprint {name}": tape.fingerprint(name) for name in tape.reports()}
    quarantine = hashlib.sha256(tape.quarantine().write_csv().encode()).hexdigest()
    return {**files, **marks, "quarantine": quarantine}


def graph_of(folder: Path) -> Snapshot:
    with closing(open_store(str(folder / "graph.sqlite"))) as store:
        assert store.applied_segments() == {segment.name for segment in Tape(folder / "tape").segments()}
        return store.snapshot()


def prepared(folder: Path) -> Path:
    records = world(11, size=3)
    records["transfers"] += [{**records["transfers"][0], "asset": "other"}, {"transfer_id": "bad", "account_id": "a"}]
    hand_over(records, folder / "input", "jsonl")
    return folder


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = prepared(tmp_path_factory.mktemp("unharmed"))
    assert load(folder) == 0
    once = content(folder)
    assert load(folder) == 0
    assert content(folder) == once
    return folder


@pytest.mark.parametrize("place", PLACES)
def test_killed_and_repeated(place: str, unharmed: Path, tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    assert load(folder, place) == -signal.SIGKILL
    tape = Tape(folder / "tape")
    assert len(tape.segments()) == (1 if place.startswith(("load.", "tape.publish")) or place == "tape.clear:2" else 0)
    assert load(folder) == 0
    assert content(folder) == content(unharmed)
    same_snapshot(graph_of(folder), graph_of(unharmed))
