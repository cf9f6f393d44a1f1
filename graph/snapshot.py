"""The columnar graph as of a day: the only thing of the graph that ring detection reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from graph.vocabulary import DAY, INSTANT, NODE_SCHEMAS, LinkKind, NodeKind, columns

EPOCH = date(1970, 1, 1)

SNAPSHOT_LINK_SCHEMA = columns(
    source=pl.UInt32,
    target=pl.UInt32,
    qualifier=pl.String,
    count=pl.Int64,
    days=pl.Int32,
    dates=pl.List(DAY),
    first_ts=INSTANT,
    last_ts=INSTANT,
    volume=pl.Float64,
    event_ids=pl.List(pl.String),
)
"""`source` and `target` are row numbers in the node frames. `days` counts the distinct dated days within the bound,
`dates` says which they are, ascending."""


@dataclass(frozen=True)
class Snapshot:
    """Every kind of node and link is present, empty where nothing was recorded.

    `nodes`: frames of `NODE_SCHEMAS`, sorted by id byte for byte; the row number is the node's index.
    `links`: frames of `SNAPSHOT_LINK_SCHEMA`, sorted by (source, target, qualifier).
    So the same records give the same snapshot whatever the order in which they were stored. `as_of` is inclusive;
    undated events are always included, for nobody can say that they came later, and `volume_usd` is null in a snapshot
    as of a day, for nobody can say that it came before.
    """

    as_of: date | None
    nodes: Mapping[NodeKind, pl.DataFrame]
    links: Mapping[LinkKind, pl.DataFrame]

    @property
    def accounts(self) -> pl.DataFrame:
        return self.nodes[NodeKind.ACCOUNT]


def build_snapshot(
    nodes: Mapping[NodeKind, Iterable[pl.DataFrame]],
    links: Mapping[LinkKind, Iterable[pl.DataFrame]],
    as_of: date | None = None,
) -> Snapshot:
    """Index batches of nodes and links (`NODE_SCHEMAS`, `LINK_SCHEMA`; distinct keys, any order) as of a day.

    A link whose source or target is no node of the snapshot (an account opened later, say) is left out.
    """
    frames = {kind: _nodes_as_of(kind, nodes.get(kind, ()), as_of) for kind in NodeKind}
    index = {
        kind: frame.select("id", pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"))
        for kind, frame in frames.items()
    }
    indexed = {}
    for kind in LinkKind:
        batches = [
            _index_links(_links_as_of(batch, as_of), index[NodeKind.ACCOUNT], index[kind.target])
            for batch in links.get(kind, ())
        ]
        table = pl.concat([pl.DataFrame(schema=SNAPSHOT_LINK_SCHEMA), *batches])
        indexed[kind] = table.sort("source", "target", "qualifier")
    return Snapshot(as_of, frames, indexed)


def _nodes_as_of(kind: NodeKind, batches: Iterable[pl.DataFrame], as_of: date | None) -> pl.DataFrame:
    table = pl.concat([pl.DataFrame(schema=NODE_SCHEMAS[kind]), *batches]).sort("id")
    if as_of is None or kind is not NodeKind.ACCOUNT:
        return table
    end = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=1)
    opened = table.filter(pl.col("opened_at").is_null() | (pl.col("opened_at") < end))
    # a volume is what an account traded up to its export, which may lie after the day asked for
    return opened.with_columns(volume_usd=pl.lit(None, pl.Float64))


def _links_as_of(batch: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """Cut counts, days, times and event ids at the end of a day.

    `last_ts` of a link that goes on after that day is not kept per day, so it becomes the start of its last day within
    the bound. `volume` is not kept per day either: it is dropped (null) for such a link rather than show the future.
    """
    if as_of is None:
        return batch.select(
            "source", "target", "qualifier",
            (pl.col("counts").list.sum() + pl.col("undated")).alias("count"),
            pl.col("days").list.len().cast(pl.Int32), pl.col("days").alias("dates"),
            "first_ts", "last_ts", "volume", "event_ids",
        )  # fmt: skip
    day = (as_of - EPOCH).days
    kept = pl.col("days").list.eval(pl.element() <= day).list.sum().cast(pl.UInt32)
    rows = batch.with_columns(kept=kept).with_columns(
        count=pl.col("counts").list.head(pl.col("kept")).list.sum() + pl.col("undated"),
        whole=pl.col("kept") == pl.col("days").list.len(),
        dates=pl.col("days").list.head(pl.col("kept")),
    )
    rows = rows.filter(pl.col("count") > 0)
    last_day = (pl.col("dates").list.last().cast(pl.Int64) * 86_400_000_000).cast(INSTANT)
    return rows.select(
        "source", "target", "qualifier", "count",
        pl.col("kept").cast(pl.Int32).alias("days"),
        "dates",
        pl.when(pl.col("kept") > 0).then("first_ts"),
        pl.when(pl.col("whole")).then("last_ts").otherwise(pl.max_horizontal(last_day, "first_ts")).alias("last_ts"),
        pl.when(pl.col("whole")).then("volume"),
        _event_ids_as_of(rows, day),
    )  # fmt: skip


def _event_ids_as_of(rows: pl.DataFrame, day: int) -> pl.Series:
    flat = rows.select(pl.int_range(pl.len()).alias("row"), "event_ids", "event_days").explode(
        "event_ids", "event_days"
    )
    kept = flat.filter(pl.col("event_days").is_null() | (pl.col("event_days") <= day))
    grouped = kept.drop_nulls("event_ids").group_by("row", maintain_order=True).agg("event_ids")
    every = pl.DataFrame({"row": pl.int_range(rows.height, eager=True)})
    return every.join(grouped, on="row", how="left", maintain_order="left")["event_ids"].fill_null([])


def _index_links(batch: pl.DataFrame, accounts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    sources = accounts.rename({"id": "source", "index": "source_index"})
    ends = targets.rename({"id": "target", "index": "target_index"})
    joined = batch.join(sources, on="source", how="inner").join(ends, on="target", how="inner")
    return joined.select(
        pl.col("source_index").alias("source"),
        pl.col("target_index").alias("target"),
        *[column for column in SNAPSHOT_LINK_SCHEMA if column not in {"source", "target"}],
    )
