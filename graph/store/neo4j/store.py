"""The graph store on Neo4j 5.26 or later; Community is enough, and no plug-in is used."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import neo4j
import polars as pl

from graph.errors import StoreError
from graph.snapshot import Snapshot, build_snapshot
from graph.store import surroundings
from graph.store.mirroring import checked
from graph.store.neo4j.connection import Connection, Server, cypher
from graph.store.neo4j.rows import Row, frame_of, link_rows, node_rows, read_links, read_nodes
from graph.store.port import Bounds, Neighbourhood
from graph.store.surroundings import FOLLOWED_SCHEMA, Centre
from graph.vocabulary import LINK_KEY, NODE_SCHEMAS, AccountId, LinkKind, NodeKind, RunId

ROWS_PER_TRANSACTION = 10_000
RINGS_PER_REMOVAL = 500
TYPES = "|".join(LinkKind)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Neo4jGraphStore:
    """A `GraphStore` on a server; safe to share among threads. Connects when first used."""

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server)

    def prepare(self) -> None:
        self._connection.prepare()

    def upsert_nodes(self, kind: NodeKind, rows: pl.DataFrame) -> None:
        statement = cypher("upsert_node", label=kind)
        for batch in rows.sort("id").iter_slices(ROWS_PER_TRANSACTION):
            self._write(f"writing {kind} nodes", "store.nodes", statement, node_rows(batch), epoch=EPOCH)

    def upsert_links(self, kind: LinkKind, rows: pl.DataFrame) -> None:
        statement = cypher("upsert_link", type=kind, target=kind.target)
        for batch in rows.sort("source", "target", "qualifier").iter_slices(ROWS_PER_TRANSACTION):
            self._write(f"writing {kind} links", "store.links", statement, link_rows(batch), epoch=EPOCH)

    def remove_links(self, kind: LinkKind, keys: pl.DataFrame) -> None:
        statement = cypher("remove_link", type=kind, target=kind.target)
        for batch in keys.sort(LINK_KEY.names()).iter_slices(ROWS_PER_TRANSACTION):
            rows = [list(row) for row in batch.select(LINK_KEY.names()).rows()]

            def work(transaction: neo4j.ManagedTransaction, rows: list[Row] = rows) -> None:
                transaction.run(statement, rows=rows).consume()

            self._connection.write(f"removing {kind} links", "store.unlinked", work)

    def applied_segments(self) -> frozenset[str]:
        def work(transaction: neo4j.ManagedTransaction) -> frozenset[str]:
            return frozenset(transaction.run(cypher("applied_segments")).value())

        return self._connection.read("reading the applied segments", work)

    def mark_applied(self, segments: Sequence[str]) -> None:
        self._write("marking segments as applied", "store.applied", cypher("mark_applied"), sorted(set(segments)))

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        def work(transaction: neo4j.ManagedTransaction) -> Snapshot:
            def nodes(kind: NodeKind) -> Iterator[pl.DataFrame]:
                for frame in read_nodes(transaction, cypher("nodes_of_kind", label=kind)):
                    yield frame.select(list(NODE_SCHEMAS[kind]))

            def links(kind: LinkKind) -> Iterator[pl.DataFrame]:
                yield from read_links(transaction, cypher("links_of_kind", type=kind, target=kind.target))

            return build_snapshot(
                {kind: nodes(kind) for kind in NodeKind}, {kind: links(kind) for kind in LinkKind}, as_of
            )

        return self._connection.read("reading the graph", work)

    def neighbourhood(self, account: AccountId, bounds: Bounds) -> Neighbourhood:
        surroundings.check(bounds)

        def work(transaction: neo4j.ManagedTransaction) -> Neighbourhood:
            found = transaction.run(cypher("centre"), id=account).single()
            if found is None:
                return surroundings.empty()
            centre = Centre(found["key"], found["degree"])
            return surroundings.grow(account, centre, bounds, lambda keys: _telling_links(transaction, keys, bounds))

        return self._connection.read("reading a neighbourhood", work)

    def mirror_rings(self, run: RunId, rings: pl.DataFrame, members: pl.DataFrame) -> None:
        """Rings are staged under another label, and one small transaction changes labels and pointer.

        Those of the run before stay, as `RetiredRing`, until the next one is mirrored: a reader may be among them
        (`queries/neo4j/shown_members.cypher`).
        """
        rings, members = checked(run, rings, members)
        step, mirroring = f"mirroring run {run}", uuid.uuid4().hex
        self._remove_rings(step, "StagedRing")
        self._remove_rings(step, "RetiredRing")
        for batch in rings.iter_slices(ROWS_PER_TRANSACTION):
            rows = [list(row) for row in batch.rows()]
            self._write(step, "store.rings", cypher("stage_ring"), rows, run=run, mirroring=mirroring)
        for batch in members.iter_slices(ROWS_PER_TRANSACTION):
            rows = [list(row) for row in batch.rows()]
            self._write(step, "store.members", cypher("stage_member"), rows, run=run, mirroring=mirroring)

        def switch(transaction: neo4j.ManagedTransaction) -> None:
            """Once only, though a commit whose answer was lost is tried again."""
            found = transaction.run(cypher("lock_for_switch"), mirroring=mirroring).single(strict=True)
            if found["shown"] == mirroring:
                return
            if found["staged"] != rings.height:
                raise StoreError("another run was mirrored at the same time", where=step, do="repeat the command")
            transaction.run(cypher("switch_rings"), run=run, mirroring=mirroring).consume()

        self._connection.write(step, "store.switch", switch)

    def mirrored_run(self) -> RunId | None:
        def work(transaction: neo4j.ManagedTransaction) -> RunId | None:
            found = transaction.run(cypher("store_fact")).single(strict=True)["mirrored_run"]
            return None if found is None else RunId(found)

        return self._connection.read("reading the mirrored run", work)

    def close(self) -> None:
        self._connection.close()

    def _write(
        self, step: str, fault: str, statement: str, rows: Sequence[Row] | Sequence[str], **values: object
    ) -> None:
        """One statement over `rows` in one transaction. Raises StoreError when it does not find what a row names."""

        def work(transaction: neo4j.ManagedTransaction) -> None:
            written = transaction.run(statement, {"rows": rows, **values}).single(strict=True)["written"]
            if written != len(rows):
                message = f"{len(rows) - written} links or members name a node that the store does not have"
                raise StoreError(message, where=step)

        self._connection.write(step, fault, work)

    def _remove_rings(self, step: str, label: str) -> None:
        statement = cypher("remove_rings", label=label)

        def work(transaction: neo4j.ManagedTransaction) -> int:
            removed: int = transaction.run(statement, most=RINGS_PER_REMOVAL).single(strict=True)["removed"]
            return removed

        while self._connection.write(step, "store.removed", work):
            pass


def _telling_links(
    transaction: neo4j.ManagedTransaction, frontier: list[str] | list[int], bounds: Bounds
) -> pl.DataFrame:
    result = transaction.run(
        cypher("telling_links", types=TYPES),
        frontier=frontier,
        labels=list(NodeKind),
        since=bounds.since,
        until=bounds.until,
        links_per_node=bounds.links_per_node,
    )
    return frame_of({"from_key": pl.String, "to_key": pl.String, **FOLLOWED_SCHEMA}, [r.values() for r in result])
