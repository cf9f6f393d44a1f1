"""A segment: what one ingest added to the tape, and the manifest that makes it visible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from graph.errors import StoreError

SCHEMA_VERSION = 1
HASH_RANGE = 1 << 128


@dataclass(frozen=True)
class Fingerprint:
    """A sum over rows, so independent of their order and of how they are cut into segments."""

    rows: int = 0
    total: int = 0

    def __add__(self, other: Fingerprint) -> Fingerprint:
        return Fingerprint(self.rows + other.rows, (self.total + other.total) % HASH_RANGE)

    def __str__(self) -> str:
        return hashlib.sha256(f"{self.rows}:{self.total}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one table: `read = loaded + quarantined + duplicates`, always."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicates: int = 0
    unknown_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.read != self.loaded + self.quarantined + self.duplicates:
            raise StoreError(f"rows were lost: {asdict(self)}", do="report this as a defect; nothing was published")

    def __add__(self, other: TableReport) -> TableReport:
        return TableReport(
            self.read + other.read,
            self.loaded + other.loaded,
            self.quarantined + other.quarantined,
            self.duplicates + other.duplicates,
            tuple(sorted({*self.unknown_columns, *other.unknown_columns})),
        )


@dataclass(frozen=True)
class StoredFile:
    """`path`: within the segment's folder. `table`: a table of the contract or of the tape's own."""

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Segment:
    """`name`: its place on the tape and a digest of its content. `keying`: which key its identifiers went through, ""
    for none. `missing`: tables that the input lacked."""

    name: str
    keying: str
    tables: Mapping[str, TableReport]
    files: tuple[StoredFile, ...]
    fingerprints: Mapping[str, Fingerprint]
    quarantine: Fingerprint
    missing: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        document = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        return json.dumps(document, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Segment:
        """Raises StoreError for a manifest that is broken or of a newer version."""
        try:
            document = json.loads(text)
            version = document.pop("schema_version")
            if version > SCHEMA_VERSION:
                raise StoreError(f"the tape has version {version}", where=where, do="use the newer Ringleader")
            return cls(
                name=document["name"],
                keying=document["keying"],
                tables={
                    name: TableReport(**{**report, "unknown_columns": tuple(report["unknown_columns"])})
                    for name, report in document["tables"].items()
                },
                files=tuple(StoredFile(**file) for file in document["files"]),
                fingerprints={name: Fingerprint(**mark) for name, mark in document["fingerprints"].items()},
                quarantine=Fingerprint(**document["quarantine"]),
                missing=tuple(document["missing"]),
                warnings=tuple(document["warnings"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                "the manifest of a segment is broken", where=where, do="restore the tape from a copy"
            ) from error
