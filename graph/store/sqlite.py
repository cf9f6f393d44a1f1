"""The graph store in one SQLite file: no server, many readers beside one writer, whole after kill -9."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from graph.snapshot import Snapshot, build_snapshot
from graph.store import surroundings
from graph.store.mirroring import checked
from graph.store.port import Bounds, Neighbourhood
from graph.store.queries import query
from graph.store.sqlite_file import SqliteFile
from graph.store.sqlite_rows import Identities, link_values, node_values, read_links, read_nodes, rows_of
from graph.store.surroundings import FOLLOWED_SCHEMA, Centre
from graph.vocabulary import INSTANT, LINK_KEY, NODE_SCHEMAS, AccountId, LinkKind, NodeKind, RunId

ROWS_PER_TRANSACTION = 250_000
MIRRORED_RUN = "mirrored_run"


class SqliteGraphStore:
    """A `GraphStore` in the file at `path`, made by `prepare` when it does not exist; safe to share among threads."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)

    def prepare(self) -> None:
        self._file.migrate()

    def upsert_nodes(self, kind: NodeKind, rows: pl.DataFrame) -> None:
        for batch in rows.sort("id").iter_slices(ROWS_PER_TRANSACTION):
            values = node_values(batch)
            with self._file.writing(f"writing {kind} nodes", "store.nodes") as connection:
                connection.executemany(query("sqlite/upsert_node.sql"), rows_of(_words(connection)[kind], *values))

    def upsert_links(self, kind: LinkKind, rows: pl.DataFrame) -> None:
        for batch in rows.sort("source", "target", "qualifier").iter_slices(ROWS_PER_TRANSACTION):
            source, target, *others = link_values(batch)
            with self._file.writing(f"writing {kind} links", "store.links") as connection:
                words = _words(connection)
                values = rows_of(words[kind], words[NodeKind.ACCOUNT], source, words[kind.target], target, *others)
                (newest,) = connection.execute(query("sqlite/newest_link.sql")).fetchone()
                connection.executemany(query("sqlite/upsert_link.sql"), values)
                connection.execute(query("sqlite/count_degrees.sql"), {"newest": newest})

    def remove_links(self, kind: LinkKind, keys: pl.DataFrame) -> None:
        for batch in keys.sort(LINK_KEY.names()).iter_slices(ROWS_PER_TRANSACTION):
            source, target, qualifier = (batch[name].to_list() for name in LINK_KEY)
            with self._file.writing(f"removing {kind} links", "store.unlinked") as connection:
                words = _words(connection)
                ends = (words[NodeKind.ACCOUNT], source, words[kind.target], target)
                for statement in ("sqlite/lower_degrees.sql", "sqlite/remove_link.sql"):
                    connection.executemany(query(statement), rows_of(words[kind], *ends, qualifier))

    def applied_segments(self) -> frozenset[str]:
        with self._file.reading("reading the applied segments") as connection:
            return frozenset(name for (name,) in connection.execute("SELECT name FROM applied_segment"))

    def mark_applied(self, segments: Sequence[str]) -> None:
        with self._file.writing("marking segments as applied", "store.applied") as connection:
            connection.executemany("INSERT OR IGNORE INTO applied_segment VALUES (?)", rows_of(sorted(segments)))

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        with self._file.reading("reading the graph") as connection:
            nodes = {}
            for kind in NodeKind:
                with closing(_rows_of_kind(connection, "sqlite/nodes_of_kind.sql", kind)) as rows:
                    nodes[kind] = read_nodes(rows)
            identities = {kind: Identities(frame) for kind, frame in nodes.items()}

            def links(kind: LinkKind) -> Iterator[pl.DataFrame]:
                with closing(_rows_of_kind(connection, "sqlite/links_of_kind.sql", kind)) as rows:
                    yield from read_links(rows, identities[NodeKind.ACCOUNT], identities[kind.target])

            return build_snapshot(
                {kind: [frame.select(list(NODE_SCHEMAS[kind]))] for kind, frame in nodes.items()},
                {kind: links(kind) for kind in LinkKind},
                as_of,
            )

    def neighbourhood(self, account: AccountId, bounds: Bounds) -> Neighbourhood:
        surroundings.check(bounds)
        with self._file.reading("reading a neighbourhood") as connection:
            words = _words(connection)
            found = connection.execute(query("sqlite/centre.sql"), (words[NodeKind.ACCOUNT], account)).fetchone()
            if found is None:
                return surroundings.empty()

            def follow(frontier: list[str] | list[int]) -> pl.DataFrame:
                return _telling_links(connection, words, frontier, bounds)

            return surroundings.grow(account, Centre(*found), bounds, follow)

    def mirror_rings(self, run: RunId, rings: pl.DataFrame, members: pl.DataFrame) -> None:
        rings, members = checked(run, rings, members)
        ring, account, role, score, tier = (column.to_list() for column in members.iter_columns())
        with self._file.writing(f"mirroring run {run}", "store.rings") as connection:
            connection.execute("DELETE FROM member")
            connection.execute("DELETE FROM ring")
            ring_rows = rows_of(run, *(column.to_list() for column in rings.iter_columns()))
            connection.executemany(query("sqlite/add_ring.sql"), ring_rows)
            label = _words(connection)[NodeKind.ACCOUNT]
            member_rows = rows_of(ring, label, account, role, score, tier, run)
            connection.executemany(query("sqlite/add_member.sql"), member_rows)
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (MIRRORED_RUN, run))

    def mirrored_run(self) -> RunId | None:
        with self._file.reading("reading the mirrored run") as connection:
            found = connection.execute("SELECT value FROM fact WHERE name = ?", (MIRRORED_RUN,)).fetchone()
        return RunId(found[0]) if found else None

    def close(self) -> None:
        self._file.close()


def _words(connection: sqlite3.Connection) -> dict[str, int]:
    """The code of each kind of node and link in this file."""
    return dict(connection.execute("SELECT name, code FROM word").fetchall())


def _rows_of_kind(connection: sqlite3.Connection, name: str, kind: NodeKind | LinkKind) -> sqlite3.Cursor:
    return connection.execute(query(name), (_words(connection)[kind],))


def _telling_links(
    connection: sqlite3.Connection, words: dict[str, int], frontier: list[str] | list[int], bounds: Bounds
) -> pl.DataFrame:
    """A query for each node of the frontier: a sorter that keeps the first few is far cheaper than a window."""
    parameters = {
        "types": json.dumps([words[kind] for kind in LinkKind]),
        "since": _microseconds(bounds.since),
        "until": _microseconds(bounds.until),
        "links_per_node": bounds.links_per_node,
    }
    statement = query("sqlite/telling_links.sql")
    rows = [row for near in frontier for row in connection.execute(statement, {"near": near, **parameters})]
    instants = {name: pl.Int64 for name, dtype in FOLLOWED_SCHEMA.items() if dtype == INSTANT}
    schema = {"from_key": pl.Int64, "to_key": pl.Int64, **FOLLOWED_SCHEMA, **instants, "incoming": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.col("incoming") == 1, *(pl.col(name).cast(INSTANT) for name in instants))


def _microseconds(instant: datetime | None) -> int | None:
    if instant is None:
        return None
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
