"""From the tape to batches of nodes and links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from graph.aggregate.links import links_of, undone_links
from graph.aggregate.nodes import nodes_of
from graph.aggregate.relations import Relations, relations
from graph.engine import EngineLimits
from graph.tape.tape import Tape
from graph.vocabulary import LinkKind, NodeKind

__all__ = ["Relations", "link_batches", "links_of", "node_batches", "nodes_of", "relations", "undone_links"]


def node_batches(
    tape: Tape, kind: NodeKind, segments: Sequence[str] | None = None, limits: EngineLimits | None = None
) -> Iterator[pl.DataFrame]:
    """Frames of `NODE_SCHEMAS[kind]`, sorted by id throughout, each id once.

    With `segments`: only nodes that these name or whose attributes they may have changed, with their attributes as of
    the whole tape. Raises StoreError when the tape cannot be read.
    """
    with relations(tape, segments, limits) as tables:
        yield from nodes_of(tables, kind)


def link_batches(
    tape: Tape, kind: LinkKind, segments: Sequence[str] | None = None, limits: EngineLimits | None = None
) -> Iterator[pl.DataFrame]:
    """Frames of `LINK_SCHEMA`, sorted by (source, target, qualifier) throughout, each link once and whole.

    With `segments`: only links that these have events of, counted over the whole tape. Raises StoreError when the tape
    cannot be read.
    """
    with relations(tape, segments, limits) as tables:
        yield from links_of(tables, kind)
