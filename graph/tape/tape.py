"""Reading the tape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from graph.contract import LOADED, TABLES
from graph.tape.segment import Fingerprint, Segment, TableReport
from graph.tape.writing import SegmentWriter, locked, sha256_of
from graph.vocabulary import columns

ROW_HASH = "row_hash"
"""Beside the contract's columns in every file: half the MD5 of the row, from which fingerprints and the event ids of
tables without an id of their own are made."""

QUARANTINE = "quarantine"
QUARANTINE_SCHEMA = columns(
    table=pl.String, file=pl.String, row=pl.Int64, column=pl.String, reason=pl.String, value=pl.String
)
IP_NETWORKS = "ip_networks"
IP_NETWORK_SCHEMA = columns(ip=pl.String, network=pl.String)
"""Which IPs lie in which declared networks: settled on ingest, for a keyed IP no longer tells its network."""

SCHEMAS: Mapping[str, pl.Schema] = {
    **{name: TABLES[name].schema for name in LOADED},
    IP_NETWORKS: IP_NETWORK_SCHEMA,
    QUARANTINE: QUARANTINE_SCHEMA,
}


class Tape:
    """A folder of immutable segments; what no manifest names does not exist.

    `segments/NAME.json` are the manifests, `data/NAME/TABLE/day=2024-05-01/*.parquet` the rows (`day=undated` for rows
    without a time, no day for tables without `ts`). Readers need no lock. Errors: StoreError.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, Segment] = {}

    def segments(self) -> list[Segment]:
        """In the order in which they were published."""
        found = sorted((self.root / "segments").glob("*.json"))
        for path in found:
            if path.stem not in self._read:
                self._read[path.stem] = Segment.from_json(path.read_text(encoding="utf-8"), str(path))
        return [self._read[path.stem] for path in found]

    def paths(self, table: str, segments: Sequence[str] | None = None) -> list[Path]:
        """Parquet files of a table, of the named segments only where these are given."""
        return [
            self.root / "data" / segment.name / file.path
            for segment in self.segments()
            if segments is None or segment.name in segments
            for file in segment.files
            if file.table == table
        ]

    def table(self, name: str, segments: Sequence[str] | None = None) -> pl.LazyFrame:
        """The rows of a table in the contract's types, in no particular order."""
        paths = self.paths(name, segments)
        if not paths:
            return pl.LazyFrame(schema=SCHEMAS[name])
        return pl.scan_parquet(paths, hive_partitioning=False, schema=SCHEMAS[name], extra_columns="ignore", glob=False)

    def quarantine(self, segments: Sequence[str] | None = None) -> pl.DataFrame:
        """Rows that broke the contract (`QUARANTINE_SCHEMA`), sorted."""
        return self.table(QUARANTINE, segments).collect().sort("table", "file", "row")

    def fingerprint(self, table: str) -> str:
        """Equal for equal rows, whatever their order and however often or in which parts they were loaded."""
        return str(sum((each.fingerprints.get(table, Fingerprint()) for each in self.segments()), Fingerprint()))

    def reports(self) -> dict[str, TableReport]:
        """What became of the rows of each table, over all segments."""
        reports: dict[str, TableReport] = {}
        for segment in self.segments():
            for name, report in segment.tables.items():
                reports[name] = reports.get(name, TableReport()) + report
        return reports

    def damaged(self) -> list[Path]:
        """Files that are gone or no longer have the bytes that were written; reads all of the tape."""
        return [
            path
            for segment in self.segments()
            for file in segment.files
            if not (path := self.root / "data" / segment.name / file.path).is_file() or sha256_of(path) != file.sha256
        ]

    @contextmanager
    def writing(self) -> Iterator[SegmentWriter]:
        """The one writer of the tape; left without `publish`, nothing has happened. Raises StoreUnavailableError when
        another process writes."""
        with locked(self.root):
            writer = SegmentWriter(self.root, self.segments())
            writer.clear()
            try:
                yield writer
            finally:
                writer.clear()
