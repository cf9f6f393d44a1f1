"""The ledger: every published run, and which of them is answered from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from casework.connection import LOCK_SECONDS, Connections, parse_place
from casework.migrations.upgrade import check, upgrade
from casework.rows import escaped, pack_ids, read_rows, restored, unpack_ids, write_rows
from casework.schema import LATEST, RUN_TABLES, RUNS
from graph.errors import StoreError
from graph.faults import fault_point
from graph.vocabulary import AccountId, RunId
from models.detection import SCHEMAS, Detection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RunSummary:
    """One line of the list of runs. `sequence` counts up from 1 without gaps; `detector`: its fingerprint."""

    run_id: RunId
    sequence: int
    published_at: datetime
    detector: str | None
    certificate_id: str | None
    certificate_kind: str
    rings: int
    members: int
    accounts: int


@dataclass(frozen=True)
class PublishedRun:
    """A run as it was published. `accounts`: the ids known to it, distinct, sorted byte for byte."""

    summary: RunSummary
    manifest: Mapping[str, Any]
    detection: Detection
    accounts: pl.Series

    @property
    def run_id(self) -> RunId:
        return self.summary.run_id


class Ledger:
    """Runs in a SQLite file or a PostgreSQL database; `casework.connection.parse_place` lists the forms of `url`.

    Nothing is opened before the first call, and an instance may be shared by threads. Every method raises StoreError
    when the database refuses or its schema is not ours, StoreUnavailableError when it is down or stays locked for
    `lock_seconds`.
    """

    def __init__(self, url: str, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self._connections = Connections(parse_place(url), lock_seconds)

    @property
    def where(self) -> str:
        """The place as it may be shown: without user and password."""
        return self._connections.place.shown

    def migrate(self) -> None:
        """Make or upgrade the tables; safe to repeat and to run twice at once."""
        self._connections.create()
        with self._connections.transaction("write") as connection:
            upgrade(connection, self.where)

    def publish(
        self,
        run_id: RunId,
        manifest: Mapping[str, Any],
        detection: Detection,
        accounts: pl.Series | Sequence[AccountId],
    ) -> None:
        """Write a run and answer from it from now on, in one transaction: after a crash it is all there or not at all.

        `accounts`: every account that the run looked at, any order. A run that is already published stays as it is,
        its manifest too (two runs of one content differ in their timings); the pointer does not move then. Raises
        StoreError when that run holds other tables or accounts, when a number is NaN (SQLite keeps none), or when
        the database's constraints refuse a row.
        """
        ids = pl.Series("id", accounts, dtype=pl.String).unique().sort()
        _refuse_nan(detection)
        described = _json(manifest, f"the manifest of run {run_id}")
        with self._connections.transaction("write") as connection:
            check(connection, self.where)
            connection.execute(sa.select(LATEST.c.run).with_for_update())
            present = _summary_or_none(connection, run_id)
            if present is not None:
                self._must_equal(_read(connection, present), detection, ids)
                return
            sequence = 1 + (connection.execute(sa.select(sa.func.max(RUNS.c.sequence))).scalar() or 0)
            certificate = manifest.get("certificate") or {}
            connection.execute(
                sa.insert(RUNS).values(
                    sequence=sequence,
                    run_id=escaped(run_id),
                    published_at=(datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1),
                    detector=manifest.get("detector_fingerprint"),
                    certificate_id=certificate.get("id"),
                    certificate_kind=certificate.get("kind") or "none",
                    rings=detection.rings.height,
                    members=detection.members.height,
                    accounts=len(ids),
                    manifest=described,
                    switched_off=_json(detection.switched_off, "switched_off"),
                    abstained=_json(detection.abstained, "abstained"),
                    account_ids=pack_ids(ids),
                    linked_ids=pack_ids(detection.linked),
                )
            )
            for name, table in RUN_TABLES.items():
                write_rows(connection, table, sequence, getattr(detection, name))
                fault_point("ledger.rows")
            connection.execute(sa.update(LATEST).values(run=sequence))
            fault_point("ledger.pointer")
        fault_point("ledger.commit")

    def latest(self) -> RunId | None:
        """The run to answer from; None before the first is published."""
        query = sa.select(RUNS.c.run_id).join(LATEST, LATEST.c.run == RUNS.c.sequence)
        with self._connections.transaction("read") as connection:
            check(connection, self.where)
            found = connection.execute(query).scalar()
        return None if found is None else RunId(restored(found))

    def load(self, run_id: RunId) -> PublishedRun:
        """A run with all its tables. Raises StoreError when there is no such run."""
        with self._connections.transaction("read") as connection:
            check(connection, self.where)
            return _read(connection, self._summary(connection, run_id))

    def runs(self) -> list[RunSummary]:
        """Every run, in the order of publication."""
        query = sa.select(*_SUMMARY).order_by(RUNS.c.sequence)
        with self._connections.transaction("read") as connection:
            check(connection, self.where)
            return [_summary_of(row) for row in connection.execute(query)]

    def previous(self, run_id: RunId) -> RunId | None:
        """The run published just before this one; None for the first. Raises StoreError when there is no such run."""
        with self._connections.transaction("read") as connection:
            check(connection, self.where)
            sequence = self._summary(connection, run_id).sequence
            query = sa.select(RUNS.c.run_id).where(RUNS.c.sequence < sequence).order_by(RUNS.c.sequence.desc())
            found = connection.execute(query.limit(1)).scalar()
        return None if found is None else RunId(restored(found))

    def close(self) -> None:
        self._connections.close()

    def _summary(self, connection: sa.Connection, run_id: RunId) -> RunSummary:
        found = _summary_or_none(connection, run_id)
        if found is None:
            raise StoreError(f"there is no run {run_id}", where=self.where, do="list the runs that are published")
        return found

    def _must_equal(self, published: PublishedRun, detection: Detection, ids: pl.Series) -> None:
        mine, theirs = _contents(detection, ids), _contents(published.detection, published.accounts)
        differs = [name for name, content in mine.items() if not content.equals(theirs[name])]
        if differs:
            raise StoreError(
                f"run {published.run_id} is already published with other {', '.join(differs)}",
                where=self.where,
                do="give another content another run id",
            )


def _contents(detection: Detection, accounts: pl.Series) -> dict[str, pl.DataFrame]:
    """All that makes two publications of a run the same."""
    sentences = {name: getattr(detection, name) for name in ("switched_off", "abstained")}
    return {
        **dict(detection.tables()),
        **{name: pl.DataFrame({name: lines}, schema={name: pl.String}) for name, lines in sentences.items()},
        "linked": detection.linked.to_frame("id"),
        "accounts": accounts.to_frame("id"),
    }


_SUMMARY = [RUNS.c[entry.name] for entry in fields(RunSummary)]


def _refuse_nan(detection: Detection) -> None:
    for name, frame in detection.tables():
        nan = frame.select(pl.col(pl.Float64).is_nan().any())
        columns = [column for column, found in zip(nan.columns, nan.row(0), strict=True) if found] if nan.width else []
        if columns:
            raise StoreError(f"table {name} holds NaN in {', '.join(columns)}", do="report this as a bug of detection")


def _summary_or_none(connection: sa.Connection, run_id: RunId) -> RunSummary | None:
    row = connection.execute(sa.select(*_SUMMARY).where(RUNS.c.run_id == escaped(run_id))).first()
    return None if row is None else _summary_of(row)


def _summary_of(row: sa.Row[Any]) -> RunSummary:
    named = dict(row._mapping)
    named["run_id"] = RunId(restored(named["run_id"]))
    named["published_at"] = _EPOCH + timedelta(microseconds=named["published_at"])
    return RunSummary(**named)


def _read(connection: sa.Connection, summary: RunSummary) -> PublishedRun:
    columns = [RUNS.c.manifest, RUNS.c.switched_off, RUNS.c.abstained, RUNS.c.account_ids, RUNS.c.linked_ids]
    row = connection.execute(sa.select(*columns).where(RUNS.c.sequence == summary.sequence)).one()
    frames = {name: read_rows(connection, table, summary.sequence, SCHEMAS[name]) for name, table in RUN_TABLES.items()}
    detection = Detection(
        rings=frames["rings"],
        members=frames["members"],
        individuals=frames["individuals"],
        evidence=frames["evidence"],
        episodes=frames["episodes"],
        harm=frames["harm"],
        lineage=frames["lineage"],
        linked=unpack_ids(row.linked_ids).alias("account_id"),
        switched_off=tuple(json.loads(row.switched_off)),
        abstained=tuple(json.loads(row.abstained)),
    )
    return PublishedRun(summary, json.loads(row.manifest), detection, unpack_ids(row.account_ids))


def _json(value: object, what: str) -> str:
    """ASCII only, so that any string survives in any database."""
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{what} cannot be written as JSON: {error}", do="give plain values") from error
