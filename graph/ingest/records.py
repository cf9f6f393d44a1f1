"""Exchange records onto the tape: all of them or, when anything goes wrong, none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from graph.contract import LOADED, TABLES, Holds
from graph.engine import EngineLimits, engine, parquet_relation, quoted, row_hash
from graph.errors import SettingsError
from graph.faults import fault_point
from graph.ingest.deduplication import Settled, fingerprint_of, settle, write_distinct
from graph.ingest.keying import Keying
from graph.ingest.networks import memberships
from graph.ingest.report import IngestReport
from graph.ingest.sources import Sources, find_sources
from graph.ingest.staging import Stage, StagedTable
from graph.progress import Progress, silent
from graph.tape.segment import Fingerprint, Segment
from graph.tape.tape import IP_NETWORK_SCHEMA, IP_NETWORKS, QUARANTINE, QUARANTINE_SCHEMA, ROW_HASH, Tape

FIRST = "known_services"
"""Read before all others: its networks decide what is kept of an IP that is about to be keyed."""


def ingest_records(
    source: Path,
    tape: Tape,
    *,
    keying: Keying | None = None,
    progress: Progress = silent,
    limits: EngineLimits | None = None,
) -> IngestReport:
    """Read the tables of a folder onto the tape as one new segment; the same records again add nothing.

    Memory is bounded whatever the size of the input; disk is needed for about twice the new records. Raises InputError
    when the input as a whole cannot be read, SettingsError when the tape was keyed with another key, StoreError when
    the tape cannot be written; in each case the tape is as before.
    """
    sources = find_sources(source)
    with tape.writing() as writer:
        before = tape.segments()
        _check_key(before, tape, keying)
        known = _networks_on(tape)
        stage = Stage(writer.scratch, keying, progress, set(known))
        ordered = sorted(sources.parts, key=lambda name: name != FIRST)
        staged = {name: stage.table(name, sources.parts[name]) for name in ordered}
        fault_point("ingest.read")
        with engine(limits, spill=writer.scratch) as connection:
            settled = _settle_all(connection, tape, stage, staged, writer.folder)
            draft = _draft(connection, tape, stage, settled, writer.folder)
        draft = replace(draft, warnings=(*_strange(sources), *draft.warnings))
        if not _is_new(draft, before):
            return _report(draft, None, tape)
        segment = writer.publish(draft)
    return _report(draft, segment.name, tape)


def _settle_all(
    connection: duckdb.DuckDBPyConnection, tape: Tape, stage: Stage, staged: dict[str, StagedTable], folder: Path
) -> dict[str, Settled]:
    settled: dict[str, Settled] = {}
    for name, table in staged.items():
        stage.progress(f"storing {name}", 0, table.read)
        settled[name] = settle(connection, tape, stage, table, folder)
        stage.progress(f"storing {name}", table.read, table.read)
        fault_point("ingest.settle")
    return settled


def _draft(
    connection: duckdb.DuckDBPyConnection, tape: Tape, stage: Stage, settled: dict[str, Settled], folder: Path
) -> Segment:
    """The segment as it will be, with what is not a table of its own: networks, quarantine, warnings."""
    marks = {name: each.fingerprint for name, each in settled.items() if each.fingerprint.rows}
    late = _late_networks(tape, stage)
    found = write_distinct(
        connection, stage.memberships, tape.paths(IP_NETWORKS), IP_NETWORK_SCHEMA, folder / IP_NETWORKS
    )
    if found.rows:
        marks[IP_NETWORKS] = found
    reports = {name: settled[name].report for name in LOADED if name in settled}
    unknown = [
        f"table {name}: unknown columns are ignored: {', '.join(report.unknown_columns)}"
        for name, report in reports.items()
        if report.unknown_columns
    ]
    return Segment(
        name="",
        keying=stage.keying.mark if stage.keying else "",
        tables=reports,
        files=(),
        fingerprints=marks,
        quarantine=_write_quarantine(connection, stage.quarantined, folder / QUARANTINE),
        missing=tuple(name for name in LOADED if name not in reports),
        warnings=(*unknown, *late, *_implied_accounts(connection, tape, folder)),
    )


def _strange(sources: Sources) -> list[str]:
    return [f"unknown files are ignored: {', '.join(sources.strange)}"] if sources.strange else []


def _check_key(before: Sequence[Segment], tape: Tape, keying: Keying | None) -> None:
    mark = keying.mark if keying else ""
    for segment in before:
        if segment.keying != mark:
            with_key = "with another key" if mark and segment.keying else "with a key" if segment.keying else "unkeyed"
            raise SettingsError(
                f"the identifiers on this tape were loaded {with_key}",
                where=str(tape.root),
                do="use the same key, or load all records onto a new tape",
            )


def _networks_on(tape: Tape) -> list[str]:
    services = tape.table("known_services").filter((pl.col("kind") == "ip") & pl.col("identifier").str.contains("/"))
    return services.select("identifier").collect()["identifier"].to_list()


def _late_networks(tape: Tape, stage: Stage) -> list[str]:
    """Match networks that are new with IPs that are on the tape; of keyed IPs nobody can tell any more."""
    if not stage.new_networks or not tape.paths("sessions"):
        return []
    if stage.keying:
        return [
            f"{len(stage.new_networks)} networks were declared after sessions had been keyed: they count only for "
            "sessions loaded from now on; load all records onto a new tape to apply them to all"
        ]
    for part in tape.table("sessions").select("ip").unique().collect_batches():
        stage.write(memberships(part["ip"], stage.new_networks), "ip_networks", stage.memberships)
    return []


def _write_quarantine(connection: duckdb.DuckDBPyConnection, parts: list[Path], target: Path) -> Fingerprint:
    if not parts:
        return Fingerprint()
    target.mkdir(parents=True)
    path = target / "part-0.parquet"
    hashed = f"SELECT *, {row_hash(QUARANTINE_SCHEMA)} AS {ROW_HASH} FROM quarantined"  # noqa: S608
    connection.execute(f"CREATE VIEW quarantined AS {parquet_relation(parts, QUARANTINE_SCHEMA)}")
    connection.execute(f'COPY ({hashed} ORDER BY "table", "file", "row") TO {quoted(str(path))} (FORMAT parquet)')
    return fingerprint_of(connection, [path])


def _implied_accounts(connection: duckdb.DuckDBPyConnection, tape: Tape, staged: Path) -> list[str]:
    """Accounts that the new records name and the table accounts, old and new, does not have."""
    accounts = [*tape.paths("accounts"), *sorted((staged / "accounts").rglob("*.parquet"))]
    named: list[str] = []
    for table in TABLES.values():
        relation = parquet_relation(sorted((staged / table.name).rglob("*.parquet")), table.schema)
        named += [f'SELECT "{column}" AS id FROM ({relation})' for column in table.holding(Holds.ACCOUNT)]  # noqa: S608
    known = parquet_relation(accounts, TABLES["accounts"].schema)
    (count,) = connection.execute(
        f"SELECT count(DISTINCT id) FROM ({' UNION ALL '.join(named)}) "  # noqa: S608
        f"WHERE id IS NOT NULL AND id NOT IN (SELECT account_id FROM ({known}))"
    ).fetchall()[0]
    return [f"{count:,} accounts are named in other tables and not in accounts"] if count else []


def _is_new(draft: Segment, before: Sequence[Segment]) -> bool:
    if draft.fingerprints:
        return True
    return draft.quarantine.rows > 0 and all(segment.quarantine != draft.quarantine for segment in before)


def _report(draft: Segment, segment: str | None, tape: Tape) -> IngestReport:
    fingerprints = {name: tape.fingerprint(name) for name in LOADED if tape.paths(name)}
    return IngestReport(draft.tables, draft.missing, draft.warnings, segment, fingerprints)
