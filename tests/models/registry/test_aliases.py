"""Champion, challenger and previous: who may become what, and that the history tells it all."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BusyError
from graph.locking import only_one
from models.registry import Aliases, Event, Registry
from models.registry.aliases import fold
from models.registry.sealing import seal
from tests.models.registry.made import AT, Shelf, proof, refused, write_one


@pytest.fixture
def two(registry: Registry) -> tuple[str, str]:
    return write_one(registry, 1), write_one(registry, 2)


def _promote(registry: Registry, version: str) -> Aliases:
    return registry.promote(version, "Ann Lee", AT, proof(version))


@pytest.mark.usefixtures("two")
def test_a_registry_begins_without_aliases(registry: Registry) -> None:
    assert registry.aliases() == Aliases()
    for alias in ("champion", "challenger", "previous"):
        assert f"there is no {alias}" in refused(registry.load, alias)


def test_from_shadow_to_champion_and_back(registry: Registry, two: tuple[str, str]) -> None:
    old, new = two
    _promote(registry, old)
    assert registry.set_challenger(new, AT) == registry.aliases()
    assert registry.load("challenger").version == new
    assert registry.load("champion").version == old
    _promote(registry, new)
    assert registry.load("champion").files["card.md"] == b"# 2"
    assert registry.load("previous").version == old
    assert registry.aliases().challenger is None
    registry.rollback("Bo", "2026-03-02T00:00:00Z", "two appeals upheld")
    assert (registry.aliases().champion, registry.aliases().previous) == (old, new)
    assert registry.aliases().history == (
        Event("live", old, "Ann Lee", AT, "better on 2 worlds", f"digest of {old}"),
        Event("shadow", new, "automatic", AT, "trained", None),
        Event("live", new, "Ann Lee", AT, "better on 2 worlds", f"digest of {new}"),
        Event("rollback", old, "Bo", "2026-03-02T00:00:00Z", "two appeals upheld", None),
    )


def test_a_second_rollback_returns(registry: Registry, two: tuple[str, str]) -> None:
    for version in two:
        before = _promote(registry, version)
    for _ in range(2):
        after = registry.rollback("Bo", AT, "looking")
    assert (after.champion, after.previous) == (before.champion, before.previous)
    assert after.history[:2] == before.history
    assert len(after.history) == 4


def test_promoting_or_shadowing_the_champion_changes_nothing(
    registry: Registry, shelf: Shelf, two: tuple[str, str]
) -> None:
    for version in two:
        _promote(registry, version)
    before = shelf.get("aliases.json")
    _promote(registry, two[1])
    registry.set_challenger(two[1], AT)
    assert shelf.get("aliases.json") == before


def test_shadowing_the_previous_one_leaves_the_way_back(registry: Registry, two: tuple[str, str]) -> None:
    for version in two:
        _promote(registry, version)
    registry.set_challenger(two[0], AT)
    assert registry.aliases().previous == two[0]
    assert registry.rollback("Bo", AT, "worse").challenger is None
    assert registry.load("champion").version == two[0]


def test_nothing_to_roll_back_to(registry: Registry) -> None:
    assert "nothing is live to roll back" in refused(registry.rollback, "Bo", AT, "worse")


def test_the_first_champion_gives_way_to_the_rules(registry: Registry, two: tuple[str, str]) -> None:
    _promote(registry, two[0])
    after = registry.rollback("Bo", AT, "worse")
    assert (after.champion, after.previous) == (None, two[0])
    assert after.history[-1].version == "rules"
    assert "nothing is live to roll back" in refused(registry.rollback, "Bo", AT, "worse")
    assert _promote(registry, two[0]).champion == two[0]


@pytest.mark.parametrize("by", ["automatic", " Automatic "])
def test_nobody_is_promoted_automatically(by: str, registry: Registry, two: tuple[str, str]) -> None:
    assert "a person" in refused(registry.promote, two[0], by, AT, proof(two[0]))
    assert registry.aliases().champion is None


def test_no_rollback_to_a_version_of_other_features(registry: Registry, two: tuple[str, str]) -> None:
    for version in two:
        _promote(registry, version)
    assert "other features" in refused(registry.rollback, "Bo", AT, "worse", "c" * 64)
    assert registry.aliases().champion == two[1]


def test_no_promotion_without_a_good_scorecard_of_its_own(registry: Registry, two: tuple[str, str]) -> None:
    old, new = two
    before = _promote(registry, old)
    good = proof(new)
    for scorecard, told in [
        (None, "without a scorecard"),
        (proof(old), f"on the scorecard of {old}"),
        (replace(good, worlds=()), "names no world"),
        (replace(good, digest=""), "has no digest"),
        (replace(good, worse=("recall at 1e-3", "innocents told")), "worse than the champion in recall at 1e-3, inno"),
    ]:
        assert told in refused(registry.promote, new, "Ann Lee", AT, scorecard)
    assert registry.aliases() == before
    assert registry.promote(new, "Ann Lee", AT, replace(good, better=False)).history[-1].reason.startswith("not worse")


def test_a_damaged_or_unknown_version_gets_no_alias(registry: Registry, shelf: Shelf, two: tuple[str, str]) -> None:
    old, new = two
    before = _promote(registry, old)
    shelf.put(f"versions/{new}/model.txt", b"tree")
    unknown = "model_0123456789abcdef"
    for version, told in [(new, "is damaged"), (unknown, "there is no version")]:
        assert told in refused(registry.promote, version, "Ann Lee", AT, proof(version))
        assert told in refused(registry.set_challenger, version, AT)
    assert registry.aliases() == before


def test_an_alias_whose_version_is_damaged_or_gone(registry: Registry, shelf: Shelf, two: tuple[str, str]) -> None:
    old, new = two
    for version in two:
        _promote(registry, version)
    shelf.put(f"versions/{new}/model.txt", b"tree")
    assert "is damaged" in refused(registry.load, "champion")
    for name in shelf.names(f"versions/{old}"):
        shelf.delete(f"versions/{old}/{name}")
    before = registry.aliases()
    assert f"there is no version '{old}'" in refused(registry.load, "previous")
    assert f"there is no version '{old}'" in refused(registry.rollback, "Bo", AT, "worse")
    assert registry.aliases() == before


@pytest.mark.parametrize(
    ("by", "at", "told"),
    [
        ("", AT, "in 'by'"),
        ("two\nlines", AT, "in 'by'"),
        ("Ann Lee", "noon", "in 'at'"),
        ("Ann Lee", "2026-03-01T02:00:00", "in UTC in 'at'"),
    ],
)
def test_an_event_that_tells_nothing_is_not_written(by: str, at: str, told: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = write_one(registry)
    assert told in refused(registry.promote, version, by, at, proof(version))
    assert "aliases.json" not in folder.names()


def test_any_bit_flipped(folder: Shelf) -> None:
    registry = Registry(folder.location)
    for number in (1, 2):
        before = _promote(registry, write_one(registry, number))
    content = folder.get("aliases.json")
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        folder.put("aliases.json", bytes(changed))
        assert "it is unknown which model is in force" in refused(registry.aliases)
    folder.put("aliases.json", content)
    assert registry.aliases() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b" " * (17 << 20), b'{"format": 2}'])
def test_a_damaged_file_is_never_taken_for_an_empty_one(content: bytes, registry: Registry, shelf: Shelf) -> None:
    version = write_one(registry)
    shelf.put("aliases.json", content)
    for call in (
        registry.aliases,
        lambda: registry.load("champion"),
        lambda: registry.set_challenger(version, AT),
        lambda: _promote(registry, version),
        lambda: registry.rollback("Bo", AT, "worse"),
    ):
        assert "it is unknown which model is in force" in refused(call)
    assert shelf.get("aliases.json") == content
    assert registry.load(version).version == version


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"champion": None}, "contradicts its own history"),
        ({"champion": "model_0123456789abcdef"}, "contradicts its own history"),
        ({"history": []}, "contradicts its own history"),
        ({"champion": 3}, "in 'champion'"),
        ({"history": [{}]}, "lacks field"),
        ({"history": ["live"]}, "where an object belongs"),
    ],
)
def test_aliases_that_contradict_their_history(change: dict[str, Any], told: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    for number in (1, 2):
        _promote(registry, write_one(registry, number))
    document = json.loads(folder.get("aliases.json"))
    del document["sha256"]
    folder.put("aliases.json", seal({**document, **change}))
    assert told in refused(registry.aliases)
    document["history"][0]["action"] = "rollback"
    folder.put("aliases.json", seal(document))
    assert "contradicts its own history" in refused(registry.aliases)


def test_a_second_writer_is_told(folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = write_one(registry)
    with only_one(Path(folder.root) / ".lock", "is a test"):
        for call in (
            lambda: write_one(registry, 2),
            lambda: _promote(registry, version),
            lambda: registry.set_challenger(version, AT),
            lambda: registry.rollback("Bo", AT, "worse"),
        ):
            with pytest.raises(BusyError, match="another ringleader is writing to this model registry"):
                call()
        assert registry.load(version).version == version
    assert _promote(registry, version).champion == version


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    home = tmp_path_factory.mktemp("four")
    return home, [write_one(Registry(home), number) for number in range(4)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["shadow", "live", "refused"]), st.integers(0, 3)),
        st.tuples(st.just("rollback"), st.just(0)),
    ),
    max_size=12,
)


def _reading(steps: list[tuple[str, str]]) -> tuple[str | None, str | None, str | None]:
    """Champion, challenger and previous by a naive reading of the rules."""
    champion = challenger = previous = None
    for step, version in steps:
        if step == "shadow":
            challenger = challenger if version == champion else version
        elif step == "live" and version != champion:
            champion, previous = version, champion
        elif step == "rollback" and champion:
            champion, previous = previous, champion
        if challenger == champion:
            challenger = None
    return champion, challenger, previous


def _take(registry: Registry, step: str, version: str, at: str) -> None:
    if step == "shadow":
        registry.set_challenger(version, at)
    elif step == "live":
        registry.promote(version, "Ann Lee", at, proof(version))
    elif step == "refused":
        refused(registry.promote, version, "Ann Lee", at, replace(proof(version), worse=("recall",)))
    elif registry.aliases().champion is None:
        refused(registry.rollback, "Bo", at, "worse")
    else:
        registry.rollback("Bo", at, "worse")


@settings(max_examples=30, deadline=None)
@given(drawn=STEPS)
def test_any_sequence_is_as_a_naive_reading_of_the_rules(
    drawn: list[tuple[str, int]], four: tuple[Path, list[str]]
) -> None:
    home, versions = four
    steps = [(step, versions[number]) for step, number in drawn]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(home / "versions", Path(folder) / "versions")
        registry, history = Registry(folder), 0
        for minute, (step, version) in enumerate(steps):
            before, at = registry.aliases(), f"2026-03-01T02:{minute:02}:00Z"
            _take(registry, step, version, at)
            held = registry.aliases()
            names = (held.champion, held.challenger, held.previous)
            assert names == _reading(steps[: minute + 1])
            changed = names != (before.champion, before.challenger, before.previous)
            history += changed
            assert held.history[: len(before.history)] == before.history
            assert [event.at for event in held.history[len(before.history) :]] == ([at] if changed else [])
            for alias, name in zip(("champion", "challenger", "previous"), names, strict=True):
                assert name is None or registry.load(alias).version == name
        assert len(registry.aliases().history) == history
        assert fold(registry.aliases().history) == registry.aliases()
