"""kill -9 at every write boundary, then the same again; and two who promote at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph.faults import FAULT_VARIABLE
from models.registry import Aliases, Registry
from tests.models.registry.made import AT, FILES, ORIGIN, Shelf, proof, write_one

REPOSITORY = Path(__file__).resolve().parents[3]
BEFORE = ["model.file:1", "model.file:2", "model.file:3", f"model.file:{2 * len(FILES)}", "model.manifest:1"]
AFTER = ["model.manifest:2"]
WRITE = """
import sys
from models.registry import Registry
from tests.models.registry.made import FILES, ORIGIN
Registry(sys.argv[1]).write(FILES, ORIGIN)
"""
CHANGE = """
import sys
from models.registry import Registry
from tests.models.registry.made import AT, proof
registry, step, version = Registry(sys.argv[1]), *sys.argv[2:]
if step == "shadow":
    registry.set_challenger(version, AT)
elif step == "live":
    registry.promote(version, "Ann Lee", AT, proof(version))
else:
    registry.rollback("Bo", AT, "worse")
"""
PROMOTE_IN_TURN = """
import sys, time
from graph.errors import BusyError
from models.registry import Registry
from tests.models.registry.made import AT, proof
location, name, *versions = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for version in versions:
    while True:
        try:
            Registry(location).promote(version, name, AT, proof(version))
            break
        except BusyError:
            time.sleep(0.001)
"""


def killed_or_done(script: str, *arguments: str, fault: str = "") -> int:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, FAULT_VARIABLE: fault},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def test_no_fault_point_is_forgotten() -> None:
    sources = (REPOSITORY / "models" / "registry").glob("*.py")
    named = {
        point for path in sources for point in re.findall(r'"((?:model|alias|scorecard)\.[a-z]+)"', path.read_text())
    }
    tested = {point.partition(":")[0] for point in [*BEFORE, *AFTER]}
    assert named - tested == {"alias.written", "alias.swapped", "scorecard.written", "scorecard.swapped"}


@pytest.mark.parametrize("point", [*BEFORE, *AFTER])
def test_a_version_is_there_as_a_whole_or_not_at_all(point: str, shelf: Shelf) -> None:
    registry = Registry(shelf.location)
    earlier = write_one(registry, 1)
    assert killed_or_done(WRITE, shelf.location, fault=point) == -signal.SIGKILL, f"writing does not pass {point}"
    left = {each.version for each in registry.versions()} - {earlier}
    assert len(left) == (point in AFTER)
    assert all(registry.load(version).files == FILES for version in left)
    version = registry.write(FILES, ORIGIN)
    assert left <= {version}
    assert registry.load(version).files == FILES
    assert shelf.names(f"versions/{version}") == sorted([*FILES, "manifest.json"])


def _stage(registry: Registry) -> tuple[str, str, str]:
    """Three versions: the previous, the champion, and one without an alias."""
    versions = write_one(registry, 1), write_one(registry, 2), write_one(registry, 3)
    for version in versions[:2]:
        registry.promote(version, "Ann Lee", AT, proof(version))
    return versions


def _change(registry: Registry, step: str, version: str) -> Aliases:
    if step == "shadow":
        return registry.set_challenger(version, AT)
    if step == "live":
        return registry.promote(version, "Ann Lee", AT, proof(version))
    return registry.rollback("Bo", AT, "worse")


@pytest.mark.parametrize("step", ["shadow", "live", "rollback"])
@pytest.mark.parametrize("point", ["alias.written", "alias.swapped"])
def test_a_change_of_aliases_is_there_as_a_whole_or_not_at_all(point: str, step: str, shelf: Shelf) -> None:
    registry = Registry(shelf.location)
    version = _stage(registry)[2]
    before = registry.aliases()
    assert killed_or_done(CHANGE, shelf.location, step, version, fault=point) == -signal.SIGKILL, (
        f"{step} does not pass {point}"
    )
    killed = registry.aliases()
    if point == "alias.written":
        assert killed == before
        _change(registry, step, version)
    elif step != "rollback":
        assert _change(registry, step, version) == killed
    after = registry.aliases()
    assert len(after.history) == len(before.history) + 1
    expected = {
        "shadow": (before.champion, version, before.previous),
        "live": (version, None, before.champion),
        "rollback": (before.previous, None, before.champion),
    }
    assert (after.champion, after.challenger, after.previous) == expected[step]
    assert registry.load("champion").version == after.champion


def test_of_two_who_promote_at_once_no_promotion_is_lost(folder: Shelf) -> None:
    registry = Registry(folder.location)
    versions = [write_one(registry, number) for number in range(4)]
    turns = {"Ann Lee": versions[:2] * 10, "Bo": versions[2:] * 10}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTE_IN_TURN, folder.location, name, *turn],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, turn in turns.items()
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    history = registry.aliases().history
    for name, turn in turns.items():
        assert [event.version for event in history if event.by == name] == turn
    assert len(history) == 40
    assert folder.names() == sorted(
        ["aliases.json", *(name for name in folder.names() if name.startswith("versions/"))]
    )
