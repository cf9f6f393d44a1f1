"""Whatever happens to a version's files, it is refused before anything is read from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from models.registry import Registry
from models.registry.sealing import seal
from tests.models.registry.made import FILES, ORIGIN, Shelf, refused

ALL = [*FILES, "manifest.json"]
FULL = [name for name in ALL if name != "card.md"]


@pytest.fixture
def version(registry: Registry) -> str:
    return registry.write(FILES, ORIGIN)


def _flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << (place % 8)
    return bytes(changed)


def _forged(shelf: Shelf, version: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Alter the manifest, and its own sha256 with it."""
    name = f"versions/{version}/manifest.json"
    document = json.loads(shelf.get(name))
    del document["sha256"]
    change(document)
    shelf.put(name, seal(document))


def _mended(registry: Registry, version: str) -> None:
    """Writing the same again makes it whole."""
    assert registry.write(FILES, ORIGIN) == version
    assert registry.load(version).files == FILES


@pytest.mark.parametrize("name", FULL)
def test_one_bit_flipped(name: str, registry: Registry, shelf: Shelf, version: str) -> None:
    path = f"versions/{version}/{name}"
    content = shelf.get(path)
    shelf.put(path, _flipped(content, len(content) // 2))
    assert "is damaged" in refused(registry.load, version)
    _mended(registry, version)


@pytest.mark.parametrize("name", FULL)
def test_any_bit_flipped(name: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = registry.write(FILES, ORIGIN)
    path = f"versions/{version}/{name}"
    content = folder.get(path)
    for place in range(len(content)):
        folder.put(path, _flipped(content, place))
        refused(registry.load, version)
    folder.put(path, content)
    assert registry.load(version).files == FILES


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("left", [0, -1])
def test_truncated(name: str, left: int, registry: Registry, shelf: Shelf, version: str) -> None:
    path = f"versions/{version}/{name}"
    shelf.put(path, shelf.get(path)[:left])
    assert "is damaged" in refused(registry.load, version)
    _mended(registry, version)


@pytest.mark.parametrize("name", ALL)
def test_lengthened(name: str, registry: Registry, shelf: Shelf, version: str) -> None:
    path = f"versions/{version}/{name}"
    shelf.put(path, shelf.get(path) + b"\n")
    assert "is damaged" in refused(registry.load, version)
    _mended(registry, version)


@pytest.mark.parametrize("name", list(FILES))
def test_deleted(name: str, registry: Registry, shelf: Shelf, version: str) -> None:
    shelf.delete(f"versions/{version}/{name}")
    assert f"is damaged: {name} is missing" in refused(registry.load, version)
    _mended(registry, version)


def test_without_its_manifest_it_is_unfinished(registry: Registry, shelf: Shelf, version: str) -> None:
    shelf.delete(f"versions/{version}/manifest.json")
    assert "there is no version" in refused(registry.load, version)
    assert registry.versions() == ()
    _mended(registry, version)
    assert [each.version for each in registry.versions()] == [version]


@pytest.mark.parametrize("name", ["more.txt", ".manifest.json.new", "deep/model.txt", "model.txt.bak", "Card.md"])
def test_a_file_too_many(name: str, registry: Registry, shelf: Shelf, version: str) -> None:
    shelf.put(f"versions/{version}/{name}", b"x")
    assert f"'{name.partition('/')[0]}' does not belong to it" in refused(registry.load, version)
    _mended(registry, version)
    assert shelf.names(f"versions/{version}") == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_folder_in_place_of_a_file(name: str, registry: Registry, shelf: Shelf, version: str) -> None:
    shelf.delete(f"versions/{version}/{name}")
    shelf.put(f"versions/{version}/{name}/{name}", FILES.get(name, b"{}"))
    refused(registry.load, version)
    _mended(registry, version)
    assert shelf.names(f"versions/{version}") == sorted(ALL)


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(kind="gnn"),
        lambda document: document.update(features="c" * 64),
        lambda document: document["libraries"].update(numpy="1.0"),
        lambda document: document.update(trained_on="own records"),
    ],
)
def test_a_manifest_that_says_something_else(
    change: Callable[[dict[str, Any]], None], registry: Registry, shelf: Shelf, version: str
) -> None:
    _forged(shelf, version, change)
    assert "is damaged: it holds model_" in refused(registry.load, version)
    assert "is damaged: it holds model_" in refused(registry.versions)
    _mended(registry, version)


def test_a_file_and_the_manifest_altered_to_fit_each_other(registry: Registry, shelf: Shelf, version: str) -> None:
    other = FILES["model.txt"][::-1]
    shelf.put(f"versions/{version}/model.txt", other)
    stamp = {"size": len(other), "sha256": hashlib.sha256(other).hexdigest()}
    _forged(shelf, version, lambda document: document["files"].update({"model.txt": stamp}))
    assert "is damaged: it holds model_" in refused(registry.load, version)


def test_under_another_name(registry: Registry, shelf: Shelf, version: str) -> None:
    shelf.copy(f"versions/{version}", "versions/model_0123456789abcdef")
    assert f"it holds {version}" in refused(registry.load, "model_0123456789abcdef")
    assert f"it holds {version}" in refused(registry.versions)
    assert registry.load(version).files == FILES


@pytest.mark.parametrize("name", ["../aliases.json", "/etc/passwd", "deep/model.txt", "..", "a\\b", "C:x", "", "x\0"])
def test_names_that_lead_elsewhere(name: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = registry.write(FILES, ORIGIN)
    stamp = {"size": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    _forged(folder, version, lambda document: document["files"].update({name: stamp}))
    assert "which no version may hold" in refused(registry.load, version)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not JSON"),
        (b"tree", "is not JSON"),
        (b"\xff\xfe{}", "is not JSON"),
        (b"[" * 500_000, "is not JSON"),
        (b"[]", "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"{}", "lacks field"),
        (b'{"format": 2}', "has format 2, and this ringleader reads format 1"),
        (b" " * (1 << 20) + b"{}", "is larger than 1048576 bytes"),
    ],
)
def test_something_else_than_a_manifest(content: bytes, told: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = registry.write(FILES, ORIGIN)
    folder.put(f"versions/{version}/manifest.json", content)
    assert told in refused(registry.load, version)
    assert told in refused(registry.versions)
    _mended(registry, version)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"more": 1}, "has an unknown field 'more'"),
        ({"files": []}, "in 'files'"),
        ({"files": {}}, "names no file"),
        ({"files": {"model.txt": []}}, "where an object belongs"),
        ({"files": {"model.txt": {"size": 1}}}, "lacks field 'sha256'"),
        ({"files": {"model.txt": {"size": True, "sha256": "a" * 64}}}, "in 'size'"),
        ({"files": {"model.txt": {"size": -1, "sha256": "a" * 64}}}, "-1 bytes"),
        ({"files": {"model.txt": {"size": 1 << 40, "sha256": "a" * 64}}}, "at most 1073741824 are read"),
        ({"files": {"model.txt": {"size": 1, "sha256": "A" * 64}}}, "no sha256 for model.txt"),
        ({"libraries": {"numpy": None}}, "in 'libraries'"),
        ({"kind": None}, "in 'kind'"),
        ({"format": "1"}, "in 'format'"),
    ],
)
def test_a_manifest_of_another_shape(change: dict[str, Any], told: str, folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = registry.write(FILES, ORIGIN)
    _forged(folder, version, lambda document: document.update(change))
    assert told in refused(registry.load, version)


def test_text_that_is_no_unicode(folder: Shelf) -> None:
    registry = Registry(folder.location)
    version = registry.write(FILES, ORIGIN)
    name = f"versions/{version}/manifest.json"
    folder.put(name, folder.get(name).replace(b'"simulated"', b'"\\ud800"'))
    assert "no Unicode" in refused(registry.load, version)
