"""What a version is made of: where it comes from, and the size and digest of each of its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from models.registry.sealing import UnsealedError, canonical, check_fields, check_text, digest, moment, seal, unseal

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
LARGEST_FILE = 1 << 30
VERSION = re.compile(r"model_[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
"""Lower case, so that no two files are one on any file system."""
LONGEST_NAME = 100


@dataclass(frozen=True)
class Origin:
    """Where a model comes from. `features`: SHA-256 over the names and definitions of its features, in hex. `data`:
    fingerprint of what it was trained on. `created_at`: ISO 8601, UTC. `libraries`: version by name. `trained_on`:
    whose records, like "simulated" or "own records"."""

    kind: str
    features: str
    data: str
    created_at: str
    libraries: Mapping[str, str]
    trained_on: str


@dataclass(frozen=True)
class FileStamp:
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    origin: Origin
    files: Mapping[str, FileStamp]

    @property
    def version(self) -> str:
        """The version's id; equal contents have the same, whenever they were made."""
        document = {field: value for field, value in self._document().items() if field != "created_at"}
        return f"model_{digest(canonical(document))[:16]}"

    @property
    def created(self) -> datetime:
        return moment("created_at", self.origin.created_at)

    def content(self) -> bytes:
        return seal(self._document())

    def _document(self) -> dict[str, Any]:
        files = {name: asdict(stamp) for name, stamp in self.files.items()}
        origin = {**vars(self.origin), "libraries": dict(self.origin.libraries)}
        return {"format": FORMAT, **origin, "files": files}

    @classmethod
    def of(cls, content: bytes) -> Manifest:
        """Raises UnsealedError for what is no manifest, or names what no version may hold."""
        if len(content) > LARGEST_MANIFEST:
            raise UnsealedError(f"is larger than {LARGEST_MANIFEST} bytes")
        texts = dict.fromkeys(("kind", "features", "data", "created_at", "trained_on"), str)
        document = unseal(content, FORMAT, {**texts, "libraries": dict, "files": dict})
        del document["format"]
        files = {name: _stamp(name, entry) for name, entry in document.pop("files").items()}
        origin = Origin(**document)
        _check(origin)
        if not files:
            raise UnsealedError("names no file")
        return cls(origin, files)


def stamp(content: bytes) -> FileStamp:
    return FileStamp(len(content), digest(content))


def _stamp(name: str, entry: object) -> FileStamp:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or name == MANIFEST:
        raise UnsealedError(f"names a file {name!r:.60}, which no version may hold")
    found = FileStamp(**check_fields(entry, {"size": int, "sha256": str}))
    if not 0 <= found.size <= LARGEST_FILE:
        raise UnsealedError(f"gives {name} {found.size} bytes; at most {LARGEST_FILE} are read")
    if not _SHA256.fullmatch(found.sha256):
        raise UnsealedError(f"gives no sha256 for {name}")
    return found


def _check(origin: Origin) -> None:
    for field in ("kind", "data", "trained_on"):
        check_text(field, getattr(origin, field))
    for name, number in origin.libraries.items():
        check_fields({"libraries": number}, {"libraries": str})
        check_text("libraries", name)
        check_text("libraries", number)
    if not _SHA256.fullmatch(origin.features):
        raise UnsealedError("needs a sha256 in 'features'")
    moment("created_at", origin.created_at)
