"""Writing a segment: all of it aside, then one rename that makes it visible."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from graph.errors import StoreError, StoreUnavailableError
from graph.faults import fault_point
from graph.tape.segment import Segment, StoredFile

LOCK = "LOCK"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the tape's write lock; the system lets go of it when the process ends, however it ends."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with (root / LOCK).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreUnavailableError(
                    "another ingest is writing this tape", where=str(root), do="wait until it is done and repeat"
                ) from error
            yield
    except OSError as error:
        raise StoreError(
            f"the tape cannot be written: {error.strerror or error}", where=str(root), do="check the folder and disk"
        ) from error


@dataclass(frozen=True)
class SegmentWriter:
    """`folder`: where tables are staged, `TABLE/**/*.parquet`. `scratch`: for whatever else the work needs."""

    root: Path
    before: Sequence[Segment]

    @property
    def folder(self) -> Path:
        return self._made("staging")

    @property
    def scratch(self) -> Path:
        return self._made("scratch")

    def clear(self) -> None:
        """Remove what an interrupted ingest left over."""
        for name in ("staging", "scratch"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        known = {segment.name for segment in self.before} | {path.stem for path in self._manifests().glob("*.json")}
        for folder in self._made("data").iterdir():
            if folder.name not in known:
                shutil.rmtree(folder)
        for leftover in self._manifests().glob("*.part"):
            leftover.unlink()
        fault_point("tape.clear")

    def publish(self, draft: Segment) -> Segment:
        """Make the staged tables visible as one segment. Its name and files are filled in here."""
        files = tuple(self._stored(path) for path in sorted(self.folder.rglob("*.parquet")))
        segment = replace(draft, files=files, name=f"{len(self.before) + 1:06d}-{_digest(draft)}")
        _flush_folders(self.folder)
        fault_point("tape.stage")
        self.folder.rename(self._made("data") / segment.name)
        _flush(self.root / "data")
        fault_point("tape.move")
        manifest = self._manifests() / f"{segment.name}.json"
        part = manifest.with_suffix(".part")
        part.write_text(segment.to_json(), encoding="utf-8")
        _flush(part)
        fault_point("tape.manifest")
        part.rename(manifest)
        _flush(self._manifests())
        fault_point("tape.publish")
        return segment

    def _made(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        return folder

    def _manifests(self) -> Path:
        return self._made("segments")

    def _stored(self, path: Path) -> StoredFile:
        within = path.relative_to(self.folder)
        _flush(path)
        return StoredFile(within.parts[0], within.as_posix(), pq.read_metadata(path).num_rows, sha256_of(path))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(draft: Segment) -> str:
    """From content alone, so the same records make the same name on every tape, and other records another."""
    marks: Mapping[str, str] = {name: str(mark) for name, mark in draft.fingerprints.items()}
    content = repr((sorted(marks.items()), str(draft.quarantine), draft.keying))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folders(folder: Path) -> None:
    for inner in [path for path in folder.rglob("*") if path.is_dir()]:
        _flush(inner)
    _flush(folder)
