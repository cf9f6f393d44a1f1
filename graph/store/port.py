"""The port to the graph: what Ringleader asks of a place that keeps nodes and links.

Every write is idempotent and carries absolute values (never increments), so it may be repeated after any crash.
Batches may be of any size; an adapter splits them. Errors: `StoreUnavailableError` when the store does not answer,
`StoreError` when it refuses; an adapter retries only what its driver calls transient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import AccountId, LinkKind, NodeKind, RunId


@dataclass(frozen=True)
class Bounds:
    """How far a neighbourhood reaches.

    `hops`: links from the centre (1..4). `nodes`: most nodes answered, the centre included. `links_per_node`: most
    links followed from one node, its most telling first (fewest users of the other end, then most days, then id), so a
    hub shows its rare links and hides the commonplace. `since`, `until`: only links whose first and last times overlap
    [since, until]; undated links always pass.
    """

    hops: int = 2
    nodes: int = 200
    links_per_node: int = 25
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Neighbourhood:
    """`nodes`: `kind`, `id`, `hop`, `degree` (all its links in the store), `hidden` (links of it not shown).
    `links`: `kind`, `source`, `target`, `qualifier`, `count`, `days`, `first_ts`, `last_ts`. Both sorted by key."""

    nodes: pl.DataFrame
    links: pl.DataFrame


class GraphStore(Protocol):
    def prepare(self) -> None:
        """Make or migrate constraints and indexes; safe to repeat and to run twice at once."""

    def upsert_nodes(self, kind: NodeKind, rows: pl.DataFrame) -> None:
        """`rows`: `NODE_SCHEMAS[kind]`, distinct ids. A node that exists takes the new attributes."""

    def upsert_links(self, kind: LinkKind, rows: pl.DataFrame) -> None:
        """`rows`: `LINK_SCHEMA`, distinct (source, target, qualifier); both ends were upserted before."""

    def remove_links(self, kind: LinkKind, keys: pl.DataFrame) -> None:
        """`keys`: distinct `LINK_KEY`. A link that is not there is passed over, so the same call may be repeated."""

    def applied_segments(self) -> frozenset[str]:
        """Names of the tape segments whose nodes and links are all in the store."""

    def mark_applied(self, segments: Sequence[str]) -> None:
        """Remember segments as applied, once their last batch has been written."""

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        """The whole graph as of the end of a UTC day (None: everything)."""

    def neighbourhood(self, account: AccountId, bounds: Bounds) -> Neighbourhood:
        """What surrounds an account; both frames empty when the store does not know it."""

    def mirror_rings(self, run: RunId, rings: pl.DataFrame, members: pl.DataFrame) -> None:
        """Show a run's rings to analysts as `(:Account)-[:MEMBER_OF {role, score, run}]->(:Ring)`.

        Atomic for a reader: rings of the old run are visible until the switch, those of the new one after it,
        never both. `rings`: `ring_id`, `score`, `tier`, `size`, `summary`. `members`: `ring_id`, `account_id`,
        `role`, `score`, `tier`.
        """

    def mirrored_run(self) -> RunId | None:
        """The run whose rings are shown, None before the first."""

    def close(self) -> None: ...
