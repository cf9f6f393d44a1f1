"""Comparing snapshots."""

from __future__ import annotations

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind


def same_snapshot(left: Snapshot, right: Snapshot) -> None:
    """Every frame equal, rows in the same order."""
    assert left.as_of == right.as_of
    for node in NodeKind:
        assert left.nodes[node].equals(right.nodes[node]), node
    for link in LinkKind:
        assert left.links[link].equals(right.links[link]), link
