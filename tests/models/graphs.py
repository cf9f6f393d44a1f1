"""Small graphs for tests, written as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from graph.snapshot import EPOCH, Snapshot, build_snapshot
from graph.vocabulary import LINK_SCHEMA, LINK_TARGET, NODE_SCHEMAS, LinkKind, NodeKind

START = datetime(2026, 1, 1, tzinfo=UTC)

Link = tuple[str, str]


@dataclass
class Graph:
    """Links by kind as (source, target); attributes by account. Undated, so that repetition plays no part, but those in
    `days`: days after `START`, by (source, target)."""

    links: dict[LinkKind, list[Link]] = field(default_factory=dict)
    opened: dict[str, datetime] = field(default_factory=dict)
    volume: dict[str, float] = field(default_factory=dict)
    category: dict[str, str] = field(default_factory=dict)
    relation: str = ""
    days: dict[Link, list[int]] = field(default_factory=dict)

    def add(self, kind: LinkKind, *links: Link) -> Graph:
        self.links.setdefault(kind, []).extend(links)
        return self

    def accounts(self) -> list[str]:
        ends = [
            end
            for kind, pairs in self.links.items()
            for source, target in pairs
            for end in ((source, target) if LINK_TARGET[kind] is NodeKind.ACCOUNT else (source,))
        ]
        return sorted({*ends, *self.opened, *self.volume})

    def snapshot(self, order: np.random.Generator | None = None) -> Snapshot:
        nodes: dict[NodeKind, Iterable[pl.DataFrame]] = {NodeKind.ACCOUNT: [self._accounts(order)]}
        links: dict[LinkKind, Iterable[pl.DataFrame]] = {}
        for kind in self.links:
            links[kind] = [self._links(kind, order)]
            if kind.target is not NodeKind.ACCOUNT:
                ids = {target for _, target in self.links[kind]}
                others = list(nodes.get(kind.target, ()))
                nodes[kind.target] = [pl.concat([*others, self._resources(kind.target, ids)]).unique("id")]
        return build_snapshot(nodes, links)

    def _accounts(self, order: np.random.Generator | None) -> pl.DataFrame:
        names = self.accounts()
        if order is not None:
            names = [names[i] for i in order.permutation(len(names))]
        rows = [{"id": a, "opened_at": self.opened.get(a), "volume_usd": self.volume.get(a)} for a in names]
        return pl.DataFrame(rows, schema=NODE_SCHEMAS[NodeKind.ACCOUNT])

    def _resources(self, kind: NodeKind, ids: set[str]) -> pl.DataFrame:
        rows = [{"id": name, "category": self.category.get(name)} for name in ids]
        return pl.DataFrame(rows, schema=NODE_SCHEMAS[kind])

    def _links(self, kind: LinkKind, order: np.random.Generator | None) -> pl.DataFrame:
        pairs = sorted(set(self.links[kind]))
        if order is not None:
            pairs = [pairs[i] for i in order.permutation(len(pairs))]
        qualifier = self.relation if kind is LinkKind.DECLARED else ""
        rows = [{"source": a, "target": b, "qualifier": qualifier} | self._when(kind, a, b) for a, b in pairs]
        return pl.DataFrame(rows, schema=LINK_SCHEMA)

    def _when(self, kind: LinkKind, source: str, target: str) -> dict[str, object]:
        days = self.days.get((source, target))
        if days is None:
            ids, told = [f"{kind}:{source}:{target}"], [None]
            return {"days": [], "counts": [], "undated": 1, "event_ids": ids, "event_days": told}
        number = [(START.date() - EPOCH).days + day for day in days]
        return {
            "days": number, "counts": [1] * len(days), "undated": 0, "first_ts": START + timedelta(days=days[0]),
            "last_ts": START + timedelta(days=days[-1]), "event_ids": [f"{kind}:{source}:{target}:{d}" for d in days],
            "event_days": number,
        }  # fmt: skip

    def renamed(self, names: Mapping[str, str]) -> Graph:
        """The same graph with other account ids."""
        return Graph(
            {
                kind: [(names[a], names[b] if LINK_TARGET[kind] is NodeKind.ACCOUNT else b) for a, b in pairs]
                for kind, pairs in self.links.items()
            },
            {names[a]: at for a, at in self.opened.items()},
            {names[a]: v for a, v in self.volume.items()},
            self.category,
            self.relation,
        )


def ring(graph: Graph, name: str, size: int, resources: int = 3) -> list[str]:
    """Plant a ring whose members all use the same devices and withdraw to the same address."""
    members = [f"{name}{i:03d}" for i in range(size)]
    for n in range(resources - 1):
        graph.add(LinkKind.USED_DEVICE, *[(m, f"{name}-device{n}") for m in members])
    graph.add(LinkKind.WITHDREW_TO, *[(m, f"{name}-address") for m in members])
    for i, member in enumerate(members):
        graph.opened[member] = START + timedelta(minutes=i)
        graph.volume[member] = 1000.0 + i
    return members


def crowd(graph: Graph, size: int, seed: int = 0, name: str = "c") -> list[str]:
    """Innocent accounts with a device of their own and withdrawals to addresses drawn at random."""
    rng = np.random.default_rng(seed)
    people = [f"{name}{i:05d}" for i in range(size)]
    for i, person in enumerate(people):
        graph.add(LinkKind.USED_DEVICE, (person, f"{name}-own{i}"))
        for address in rng.integers(0, size, 2):
            graph.add(LinkKind.WITHDREW_TO, (person, f"{name}-address{address}"))
        graph.opened[person] = START + timedelta(minutes=int(rng.integers(0, 500_000)))
        graph.volume[person] = float(np.exp(rng.normal(7, 2)))
    return people
