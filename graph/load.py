"""From the tape into a graph store, or straight into a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from graph.aggregate import links_of, nodes_of, relations, undone_links
from graph.engine import EngineLimits
from graph.faults import fault_point
from graph.progress import Progress, silent
from graph.snapshot import Snapshot, build_snapshot
from graph.store.port import GraphStore
from graph.tape.tape import Tape
from graph.vocabulary import LinkKind, NodeKind


def load_graph(
    tape: Tape, store: GraphStore, progress: Progress = silent, limits: EngineLimits | None = None
) -> tuple[str, ...]:
    """Bring a prepared store up to date with the tape; the names of the segments that it lacked.

    Nodes come first, then links, then the end of links that revised trades undo, then the mark that the segments are
    applied: after a crash at any point the same call ends in the same graph. Raises StoreError.
    """
    published = [segment.name for segment in tape.segments()]
    applied = store.applied_segments()
    pending = tuple(name for name in published if name not in applied)
    if not pending:
        return ()
    with relations(tape, None if len(pending) == len(published) else pending, limits) as tables:
        for node in NodeKind:
            for rows in _counted(nodes_of(tables, node), f"nodes {node.value}", progress):
                store.upsert_nodes(node, rows)
            fault_point("load.nodes")
        for link in LinkKind:
            for rows in _counted(links_of(tables, link), f"links {link.value}", progress):
                store.upsert_links(link, rows)
            fault_point("load.links")
        for rows in undone_links(tables):
            store.remove_links(LinkKind.TRADED_WITH, rows)
        fault_point("load.undone")
    store.mark_applied(pending)
    fault_point("load.applied")
    return pending


def snapshot_of(
    tape: Tape, as_of: date | None = None, progress: Progress = silent, limits: EngineLimits | None = None
) -> Snapshot:
    """The graph as of the end of a UTC day without a store; equal to what a store answers after `load_graph`."""
    with relations(tape, None, limits) as tables:
        return build_snapshot(
            {kind: _counted(nodes_of(tables, kind), f"nodes {kind.value}", progress) for kind in NodeKind},
            {kind: _counted(links_of(tables, kind), f"links {kind.value}", progress) for kind in LinkKind},
            as_of,
        )


def _counted(batches: Iterator[pl.DataFrame], stage: str, progress: Progress) -> Iterator[pl.DataFrame]:
    done = 0
    for rows in batches:
        yield rows
        done += rows.height
        progress(stage, done, None)
