"""A registry that is damaged: no run goes on with less than it should, and none leaves anything behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.registry import Registry, ScorecardProof
from tests.api import exchange
from tests.api.learning.conftest import Home, Loop


def _flip(home: Home, version: str) -> None:
    path = home.models / "versions" / version / "model.txt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _truncate(home: Home, version: str) -> None:
    path = home.models / "versions" / version / "model.txt"
    path.write_bytes(path.read_bytes()[:-100])


def _remove(home: Home, version: str) -> None:
    shutil.rmtree(home.models / "versions" / version)


def _forge(home: Home, _version: str) -> None:
    path = home.models / "aliases.json"
    path.write_text(path.read_text().replace('"Ada"', '"Eve"'))


Damage = Callable[[Home, str], None]
DAMAGES: dict[str, tuple[Damage, str, str]] = {
    "a byte of the model": (_flip, "model.txt was altered", "restore the folder from a copy"),
    "a model cut short": (_truncate, "model.txt has not the", "restore the folder from a copy"),
    "a version that is gone": (_remove, "there is no version", "name one that the registry lists"),
    "names that contradict their seal": (_forge, "aliases.json", "restore the file from a copy"),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which a small exchange has been ingested, and nothing been run."""
    home = Home(tmp_path_factory.mktemp("loaded"))
    home.asks("ingest", exchange.write(home.folder / "records", exchange.tables()))
    return home.folder


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _refused(home: Home, *command: object) -> str:
    """The line with which a command refuses; it leaves nothing behind."""
    before = {path.name for path in home.folder.iterdir()}
    registry = _files(home.models)
    line = home.fails(*command)
    assert {path.name for path in home.folder.iterdir()} == before
    assert _files(home.models) == registry
    assert not (home.data / "learned").exists()
    return line


@pytest.mark.parametrize("damage", DAMAGES)
def test_detect_and_run_refuse_a_damaged_registry(damage: str, loop: Loop, loaded: Path, tmp_path: Path) -> None:
    spoil, said, advice = DAMAGES[damage]
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    home = loop.at("live", tmp_path)
    spoil(home, loop.first)
    lines = [
        _refused(home, "detect", tmp_path / "records", "--out", tmp_path / "out"),
        _refused(home, "run", "--out", tmp_path / "out"),
    ]
    for line in lines:
        assert said in line
        assert advice in line
        assert loop.first in line or "aliases.json" in line
    repaired = loop.at("live", tmp_path / "repaired").models
    shutil.rmtree(home.models)
    shutil.copytree(repaired, home.models)
    after = home.asks("run")
    assert not after["repeated"]
    assert after["previous_run_id"] is None


def test_a_model_of_other_features_is_refused(loop: Loop, tmp_path: Path) -> None:
    """As after an upgrade that changed what features mean: the version is whole, and no longer fits."""
    home = loop.at("live", tmp_path)
    registry = Registry(home.models)
    stored = registry.load(loop.first)
    other = registry.write(stored.files, replace(stored.manifest.origin, features="b" * 64))
    registry.set_challenger(other, "2026-03-01T02:00:00Z")
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert manifest["model_version"] == loop.first
    assert "trained on other features" in manifest["learned"]["challenger_left_out"], "a shadow stops no run"
    assert "trained on other features" in home.fails("promote", "--by", "Ada")
    assert "trained on other features" in home.fails("compare", loop.exchanges[2])
    assert home.aliases() == (loop.first, other, None)


def test_a_champion_of_other_features_stops_runs_until_another_takes_its_place(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("scored", tmp_path)
    registry = Registry(home.models)
    stored = registry.load(loop.first)
    other = registry.write(stored.files, replace(stored.manifest.origin, features="b" * 64))
    registry.promote(other, "Ada", "2026-03-01T02:00:00Z", ScorecardProof(other, "digest", ("world",), better=True))
    line = _refused(home, "detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert "trained on other features" in line
    assert other in line
    assert home.asks("promote", "--version", loop.first, "--by", "Ada")["champion"] == loop.first
    assert home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")["model_version"] == loop.first


def test_a_scorecard_that_is_none_promotes_nobody(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("scored", tmp_path)
    (card,) = (home.models / "scorecards" / loop.first).iterdir()
    card.write_text("{}")
    assert "a scorecard was altered" in home.fails("promote", "--by", "Ada")
    assert home.aliases() == (None, loop.first, None)


def test_a_champion_can_judge_an_exchange_in_which_nobody_is_told(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    content = {"accounts": exchange.tables()["accounts"][-3:]}
    manifest = home.asks("detect", exchange.write(tmp_path / "in", content), "--out", tmp_path / "out")
    assert manifest["model_version"] == loop.first
    assert manifest["output"]["members"] == 0


def test_a_champion_can_judge_an_exchange_without_accounts(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    content = {"accounts": exchange.tables()["accounts"][:0]}
    manifest = home.asks("detect", exchange.write(tmp_path / "in", content), "--out", tmp_path / "out")
    assert manifest["output"]["members"] == 0
