"""Versions to write, and a shelf: the raw files of a registry, to look at and to spoil."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from pyarrow.fs import FileSelector, FileSystem, FileType

from graph.errors import ModelError
from models.registry import Origin, Registry, ScorecardProof

FEATURES, OTHER_FEATURES = "a" * 64, "b" * 64
AT = "2026-03-01T02:00:00Z"
FILES = {
    "model.txt": b"tree\nversion=v4\n" + bytes(range(256)),
    "parameters.json": b'{"rounds": 100}',
    "metrics.json": b"{}",
    "card.md": b"",
}
ORIGIN = Origin(
    kind="trees",
    features=FEATURES,
    data="snapshot_1",
    created_at=AT,
    libraries={"lightgbm": "4.6.0", "numpy": "2.3.1"},
    trained_on="simulated",
)


def write_one(registry: Registry, number: int = 0, created_at: str = AT) -> str:
    """A version of its own for each number."""
    origin = replace(ORIGIN, data=f"snapshot_{number}", created_at=created_at)
    return registry.write({**FILES, "card.md": f"# {number}".encode()}, origin)


def proof(version: str) -> ScorecardProof:
    return ScorecardProof(version, f"digest of {version}", ("base", "framed"), better=True)


def refused(call: object, *arguments: object, **named: object) -> str:
    """The one line with which the registry refuses."""
    assert callable(call)
    with pytest.raises(ModelError) as caught:
        call(*arguments, **named)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.do
    return line


@dataclass(frozen=True)
class Shelf:
    """`location`: as a registry is given it. `root`: of the same folder in `files`."""

    location: str
    files: FileSystem
    root: str

    def get(self, name: str) -> bytes:
        with self.files.open_input_stream(f"{self.root}/{name}", compression=None) as stream:
            return bytes(stream.read())

    def put(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        if self.files.type_name == "local":
            self.files.create_dir(path.rpartition("/")[0])
        with self.files.open_output_stream(path, compression=None) as stream:
            stream.write(content)

    def delete(self, name: str) -> None:
        self.files.delete_file(f"{self.root}/{name}")

    def names(self, folder: str = "") -> list[str]:
        path = f"{self.root}/{folder}".rstrip("/")
        found = self.files.get_file_info(FileSelector(path, recursive=True, allow_not_found=True))
        return sorted(info.path[len(path) + 1 :] for info in found if info.type == FileType.File)

    def copy(self, folder: str, to: str) -> None:
        for name in self.names(folder):
            self.put(f"{to}/{name}", self.get(f"{folder}/{name}"))
