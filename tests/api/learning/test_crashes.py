"""kill -9 at the write boundaries of the registry: what is live stays as it was, or is wholly the new one."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from models.registry import Registry
from models.registry.aliases import FAULTS as ALIAS_FAULTS
from models.registry.registry import SCORECARD_FAULTS
from models.registry.versions import FILE_FAULTS, MANIFEST_FAULTS
from tests.api.commands import ringleader
from tests.api.learning.conftest import Home, Loop
from tests.api.learning.outputs import every_byte
from tests.api.outputs import manifest_of, same_manifest

OF_TRAIN = {
    "within a version": (f"{FILE_FAULTS[0]}:3", MANIFEST_FAULTS[0]),
    "before its name": ALIAS_FAULTS[:1],
    "after its name": ALIAS_FAULTS[1:],
}
"""Kills one after another: the second file of a version is beside its place, then the manifest is; the challenger's
name is beside its place; it has its place."""


def _killed(home: Home, fault: str, *command: object) -> None:
    done = ringleader(*command, cwd=home.folder, DATA="data", FAULT=fault)
    assert done.returncode == -signal.SIGKILL, f"{command[0]} does not pass {fault}: {done.stderr}"


def _ranks_as(home: Home, loop: Loop, ranked: Path) -> None:
    """`detect` by the champion of the stage `live` alone."""
    manifest = home.asks("detect", loop.exchanges[2], "--out", home.folder / "out")
    assert same_manifest(manifest, manifest_of(ranked))
    assert every_byte(home.folder / "out") == every_byte(ranked)


@pytest.mark.parametrize("when", OF_TRAIN)
def test_train_killed_at_a_write_boundary(when: str, loop: Loop, ranked: Path, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    for fault in OF_TRAIN[when]:
        _killed(home, fault, "train", *loop.exchanges[3:5])
    listed = {each.version for each in Registry(home.models).versions()}
    assert listed == {loop.first} | (set() if when == "within a version" else {loop.second})
    if when == "after its name":
        manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
        assert (manifest["model_version"], manifest["learned"]["challenger"]) == (loop.first, loop.second)
    else:
        _ranks_as(home, loop, ranked)
    again = home.asks("train", *loop.exchanges[3:5])
    assert again == loop.answers["rivals"]
    assert home.aliases() == (loop.first, loop.second, None)
    assert {each.version for each in Registry(home.models).versions()} == {loop.first, loop.second}


@pytest.mark.parametrize("fault", ALIAS_FAULTS)
def test_promote_killed_at_a_write_boundary(fault: str, loop: Loop, ranked: Path, tmp_path: Path) -> None:
    home = loop.at("rivals scored", tmp_path)
    _killed(home, fault, "promote", "--version", loop.second, "--by", "Bob")
    swapped = fault == ALIAS_FAULTS[1]
    assert home.aliases() == ((loop.second, None, loop.first) if swapped else (loop.first, loop.second, None))
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert manifest["model_version"] == (loop.second if swapped else loop.first)
    assert (every_byte(tmp_path / "out")["members.parquet"] == every_byte(ranked)["members.parquet"]) is not swapped
    again = home.asks("promote", "--version", loop.second, "--by", "Bob")
    assert (again["champion"], again["challenger"], again["previous"]) == (loop.second, None, loop.first)
    assert [event["action"] for event in again["history"]] == ["shadow", "live", "shadow", "live"]


@pytest.mark.parametrize("fault", SCORECARD_FAULTS)
def test_compare_killed_at_a_write_boundary(fault: str, loop: Loop, tmp_path: Path) -> None:
    home = loop.at("rivals", tmp_path)
    _killed(home, fault, "compare", loop.exchanges[5])
    assert home.aliases() == (loop.first, loop.second, None)
    kept = Registry(home.models).scorecards(loop.second)
    assert len(kept) == (fault == SCORECARD_FAULTS[1])
    if not kept:
        assert "without a scorecard" in home.fails("promote", "--by", "Bob")
    assert home.asks("compare", loop.exchanges[5]) == loop.answers["rivals scored"]
    assert home.asks("promote", "--by", "Bob")["champion"] == loop.second
