"""Small graphs to store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from graph.snapshot import Snapshot, build_snapshot
from graph.store.port import GraphStore, Neighbourhood
from graph.vocabulary import LINK_SCHEMA, NODE_SCHEMAS, LinkKind, NodeKind

MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Graph:
    """Frames of nodes and links by kind."""

    nodes: Mapping[NodeKind, pl.DataFrame]
    links: Mapping[LinkKind, pl.DataFrame] = field(default_factory=dict)

    def store(self, store: GraphStore) -> None:
        for kind, rows in self.nodes.items():
            store.upsert_nodes(kind, rows)
        for link_kind, rows in self.links.items():
            store.upsert_links(link_kind, rows)

    def snapshot(self, **options: object) -> Snapshot:
        nodes = {kind: [rows] for kind, rows in self.nodes.items()}
        links = {kind: [rows] for kind, rows in self.links.items()}
        return build_snapshot(nodes, links, **options)  # type: ignore[arg-type]


def nodes(kind: NodeKind, ids: Sequence[str], /, **attributes: object) -> pl.DataFrame:
    """Nodes of one kind that share their attributes; those not given are null."""
    schema = NODE_SCHEMAS[kind]
    frame = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    others = {name: dtype for name, dtype in schema.items() if name != "id"}
    return frame.with_columns(pl.lit(attributes.get(name), dtype).alias(name) for name, dtype in others.items())


def link(
    source: str,
    target: str,
    days: Sequence[int] = (),
    *,
    qualifier: str = "",
    undated: int = 0,
    volume: float | None = None,
) -> dict[str, object]:
    """One link with an event at noon of each day (since 1970), and `undated` events without a time."""
    events = [f"{source}>{target}@{day}" for day in days] + [f"{source}>{target}#{n}" for n in range(undated)]
    noon = MICROSECONDS_A_DAY // 2
    return {
        "source": source,
        "target": target,
        "qualifier": qualifier,
        "days": list(days),
        "counts": [1] * len(days),
        "undated": undated,
        "first_ts": days[0] * MICROSECONDS_A_DAY + noon if days else None,
        "last_ts": days[-1] * MICROSECONDS_A_DAY + noon if days else None,
        "volume": volume,
        "event_ids": events,
        "event_days": [*days, *([None] * undated)],
    }


def links(*rows: dict[str, object]) -> pl.DataFrame:
    raw = {name: pl.Int64 if name.endswith("_ts") else dtype for name, dtype in LINK_SCHEMA.items()}
    return pl.DataFrame(list(rows), schema=raw, orient="row").cast(dict(LINK_SCHEMA))  # type: ignore[arg-type]


def noon(day: int) -> datetime:
    return datetime.fromtimestamp((day + 0.5) * 86_400, tz=UTC)


def same(one: Snapshot, other: Snapshot) -> bool:
    return all(one.nodes[kind].equals(other.nodes[kind]) for kind in NodeKind) and all(
        one.links[kind].equals(other.links[kind]) for kind in LinkKind
    )


def shown(neighbourhood: Neighbourhood) -> set[str]:
    return set(neighbourhood.nodes["id"])


def village() -> Graph:
    """Every kind of node and link, dated, undated and mixed, with volumes, over days 19000 to 19010."""
    accounts = ["a", "b", "c", "d"]
    opened = pl.Series([19_000, 19_004, None, 19_008], dtype=pl.Int64) * MICROSECONDS_A_DAY
    account_rows = nodes(NodeKind.ACCOUNT, accounts, segment="retail", volume_usd=12.5).with_columns(
        opened.cast(pl.Datetime("us", "UTC")).alias("opened_at"),
        pl.Series("country", ["DE", None, "", "FR"]),
    )
    others = {
        NodeKind.ENTITY: nodes(NodeKind.ENTITY, ["owner"]),
        NodeKind.DEVICE: nodes(NodeKind.DEVICE, ["phone", "kiosk"], category="public_device"),
        NodeKind.IP_ADDRESS: nodes(NodeKind.IP_ADDRESS, ["192.0.2.1"]),
        NodeKind.ADDRESS: nodes(NodeKind.ADDRESS, ["0xa", "0xb"], network="ethereum", category="exchange_wallet"),
        NodeKind.SYMBOL: nodes(NodeKind.SYMBOL, ["BTC-USD"], kind="spot", tier="large"),
    }
    return Graph(
        {NodeKind.ACCOUNT: account_rows, **others},
        {
            LinkKind.OWNED_BY: links(link("a", "owner", undated=1), link("b", "owner", undated=1)),
            LinkKind.USED_DEVICE: links(
                link("a", "phone", [19_001, 19_005]), link("b", "phone", [19_005], undated=2), link("c", "kiosk")
            ),
            LinkKind.SEEN_AT_IP: links(link("d", "192.0.2.1", [19_009])),
            LinkKind.OWNS_ADDRESS: links(link("a", "0xa", undated=1)),
            LinkKind.DEPOSITED_FROM: links(link("b", "0xa", [19_004, 19_005, 19_006, 19_010])),
            LinkKind.WITHDREW_TO: links(link("c", "0xb", [19_000])),
            LinkKind.TRANSFERRED_TO: links(link("a", "b", [19_006]), link("b", "a", [19_007])),
            LinkKind.REFERRED: links(link("a", "c", [19_002])),
            LinkKind.TRADED_WITH: links(
                link("a", "b", [19_005], qualifier="BTC-USD", volume=1e9 / 3),
                link("a", "b", [19_005], qualifier="ETH-USD", volume=2.0),
                link("d", "d", [19_010], qualifier="BTC-USD", volume=0.0),
            ),
            LinkKind.DECLARED: links(link("a", "d", [19_008], qualifier="copy_trading")),
        },
    )


def rings_of(run: str, count: int = 2, size: int = 2) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = [f"{run} ring {n}" for n in range(count)]
    rings = pl.DataFrame({"ring_id": names, "score": [0.5] * count, "tier": ["watch"] * count}).with_columns(
        pl.lit(size, pl.Int64).alias("size"), pl.lit("It's a ring.").alias("summary"), typologies=pl.lit("ignored")
    )
    accounts = pl.DataFrame({"account_id": ["a", "b", "c", "d"][:size]})
    members = rings.select("ring_id", "score", "tier").join(accounts, how="cross")
    return rings, members.with_columns(pl.lit("participant").alias("role"))
