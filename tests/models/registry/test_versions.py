"""Versions: what is written comes back, once, under an id that is its contents'."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.errors import SettingsError, StoreError
from models.registry import Registry
from tests.models.registry.conftest import s3_uri
from tests.models.registry.made import FEATURES, FILES, ORIGIN, OTHER_FEATURES, Shelf, refused, write_one

IDENTITY = f"""{{
 "data": "snapshot_1",
 "features": "{FEATURES}",
 "files": {{
  "model.txt": {{
   "sha256": "dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622",
   "size": 4
  }}
 }},
 "format": 1,
 "kind": "trees",
 "libraries": {{
  "lightgbm": "4.6.0",
  "numpy": "2.3.1"
 }},
 "trained_on": "simulated"
}}
"""


def test_a_version_comes_back_as_it_was_written(registry: Registry) -> None:
    version = registry.write(FILES, ORIGIN)
    stored = registry.load(version, kind="trees", features=FEATURES)
    assert stored.version == version
    assert stored.files == FILES
    assert stored.manifest.origin == ORIGIN
    assert {name: stamp.size for name, stamp in stored.manifest.files.items()} == {
        "model.txt": 272,
        "parameters.json": 15,
        "metrics.json": 2,
        "card.md": 0,
    }


def test_the_id_is_known(registry: Registry) -> None:
    """It must not change between releases: every alias out there names one."""
    assert hashlib.sha256(IDENTITY.encode()).hexdigest().startswith("855145393210eabe")
    assert registry.write({"model.txt": b"tree"}, ORIGIN) == "model_855145393210eabe"


def test_names_are_no_hint_of_compression(registry: Registry) -> None:
    files = {"model.txt.gz": b"no gzip at all", "shape.json": b"{}"}
    assert registry.load(registry.write(files, ORIGIN)).files == files


def test_equal_contents_are_one_version_whenever_they_are_written(registry: Registry, shelf: Shelf) -> None:
    version = registry.write(FILES, ORIGIN)
    before = {name: shelf.get(name) for name in shelf.names()}
    later = replace(
        ORIGIN,
        created_at="2027-01-01T00:00:00+00:00",
        libraries=dict(reversed(list(ORIGIN.libraries.items()))),
    )
    assert registry.write(dict(reversed(FILES.items())), later) == version
    assert {name: shelf.get(name) for name in shelf.names()} == before


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gnn"},
        {"features": OTHER_FEATURES},
        {"data": "snapshot_2"},
        {"libraries": {"lightgbm": "4.6.0"}},
        {"trained_on": "own records"},
    ],
)
def test_whatever_else_differs_is_another_version(change: dict[str, Any], folder: Shelf) -> None:
    registry = Registry(folder.location)
    assert registry.write(FILES, ORIGIN) != registry.write(FILES, replace(ORIGIN, **change))
    assert len(registry.versions()) == 2


def test_other_bytes_or_another_name_is_another_version(folder: Shelf) -> None:
    registry = Registry(folder.location)
    written = {
        registry.write(files, ORIGIN)
        for files in (FILES, {**FILES, "card.md": b"#"}, {**FILES, "more.txt": b""}, {"model.txt": FILES["model.txt"]})
    }
    assert len(written) == 4


def test_versions_are_listed_by_time_then_id(registry: Registry) -> None:
    assert registry.versions() == ()
    times = ["2026-03-02T00:00:00Z", "2026-03-01T23:00:00.5+00:00", "2026-03-02T00:00:00+00:00", "2026-03-01T23:00:00Z"]
    written = [write_one(registry, number, at) for number, at in enumerate(times)]
    expected = [written[3], written[1], *sorted([written[0], written[2]])]
    assert [each.version for each in registry.versions()] == expected
    assert registry.versions()[0].manifest.origin.created_at == times[3]


def test_other_features_or_another_kind_are_refused(registry: Registry) -> None:
    version = registry.write(FILES, ORIGIN)
    line = refused(registry.load, version, features=OTHER_FEATURES)
    assert "was trained on other features" in line
    assert "train again" in line
    assert "is of kind trees, not gnn" in refused(registry.load, version, kind="gnn")


@pytest.mark.parametrize(
    "name", ["model_0123456789abcdef", "", "..", "../versions", "champions", "model_x", "MODEL_0123456789ABCDEF"]
)
def test_what_is_not_there_is_told(name: str, registry: Registry) -> None:
    assert f"there is no version '{name}'" in refused(registry.load, name)
    write_one(registry)
    assert f"there is no version '{name}'" in refused(registry.load, name)


@pytest.mark.parametrize(
    ("files", "change", "told"),
    [
        ({}, {}, "names no file"),
        ({"../model.txt": b""}, {}, "names a file '../model.txt'"),
        ({"a/b": b""}, {}, "names a file 'a/b'"),
        ({"manifest.json": b""}, {}, "names a file 'manifest.json'"),
        ({".hidden": b""}, {}, "names a file '.hidden'"),
        ({"Model.txt": b""}, {}, "names a file 'Model.txt'"),
        ({"a" * 101: b""}, {}, "names a file"),
        (FILES, {"features": "names"}, "needs a sha256 in 'features'"),
        (FILES, {"kind": " "}, "needs one printable line"),
        (FILES, {"data": "two\nlines"}, "needs one printable line"),
        (FILES, {"trained_on": 3}, "something else than it should in 'trained_on'"),
        (FILES, {"created_at": "today"}, "needs a time of ISO 8601"),
        (FILES, {"created_at": "2026-03-01T02:00:00"}, "needs a time in UTC"),
        (FILES, {"created_at": "2026-03-01T02:00:00+01:00"}, "needs a time in UTC"),
        (FILES, {"libraries": {"numpy": 2}}, "something else than it should in 'libraries'"),
        (FILES, {"libraries": {f"library{number}": "x" * 400 for number in range(3000)}}, "is larger than"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    files: dict[str, bytes], change: dict[str, Any], told: str, folder: Shelf
) -> None:
    assert told in refused(Registry(folder.location).write, files, replace(ORIGIN, **change))
    assert folder.names() == []


def test_a_path_may_be_relative_or_a_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    version = write_one(Registry("models"))
    for location in (tmp_path / "models", str(tmp_path / "models"), (tmp_path / "models").as_uri()):
        assert Registry(location).load(version).version == version


@pytest.mark.parametrize("location", ["ftp://key:secret@host/models", "s3://key:secret@/x", "s3://key:secret@b/p?x=1"])
def test_no_place_for_a_registry_is_told_without_its_password(location: str) -> None:
    with pytest.raises(SettingsError, match="no place for a model registry") as caught:
        Registry(location)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_storage_that_fails_is_told_without_its_password(s3_address: str, bucket: Shelf, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the model registry cannot be written") as caught:
        write_one(Registry(s3_uri(s3_address, "no-such-bucket/x")))
    assert "secret" not in str(caught.value)
    assert "secret" not in refused(Registry(bucket.location).load, "champion")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="the model registry cannot be written"):
        write_one(Registry(tmp_path / "file"))
