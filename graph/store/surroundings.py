"""How a neighbourhood grows, hop by hop: the part that is the same whatever keeps the graph.

An adapter answers one question, `follow`: the most telling links of each node of a frontier. The order of links is
total, so two adapters that keep the same graph give the same neighbourhood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from graph.errors import SettingsError
from graph.store.port import Bounds, Neighbourhood
from graph.vocabulary import INSTANT, AccountId, NodeKind, columns

MAX_HOPS = 4

FOLLOWED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "to_kind": pl.String,
    "to_id": pl.String,
    "degree": pl.Int64,
    "kind": pl.String,
    "incoming": pl.Boolean,
    "qualifier": pl.String,
    "count": pl.Int64,
    "days": pl.Int32,
    "first_ts": INSTANT,
    "last_ts": INSTANT,
}
"""What `follow` answers, after `from_key` and `to_key` in the adapter's own type of key. `degree` is that of the
other end; `incoming` tells a link that ends in the node of the frontier."""

NODES = columns(kind=pl.String, id=pl.String, hop=pl.Int32, degree=pl.Int64, hidden=pl.Int64)
LINKS = columns(
    kind=pl.String,
    source=pl.String,
    target=pl.String,
    qualifier=pl.String,
    count=pl.Int64,
    days=pl.Int32,
    first_ts=INSTANT,
    last_ts=INSTANT,
)
LINK_KEY = ("kind", "source", "target", "qualifier")


@dataclass(frozen=True)
class Centre:
    """Where a neighbourhood starts: the adapter's key of the account, and how many links it has."""

    key: str | int
    degree: int


Follow = Callable[[list[str] | list[int]], pl.DataFrame]
"""From the keys of a frontier to the first `links_per_node` links of each, by (`degree`, `days` descending, `to_id`,
`to_kind`, `kind`, `incoming`, `qualifier`), strings by code point."""


def empty() -> Neighbourhood:
    return Neighbourhood(pl.DataFrame(schema=NODES), pl.DataFrame(schema=LINKS))


def check(bounds: Bounds) -> None:
    """Raises SettingsError for bounds that bound nothing."""
    if not 1 <= bounds.hops <= MAX_HOPS:
        raise SettingsError(f"a neighbourhood of {bounds.hops} hops", do=f"ask for 1 to {MAX_HOPS}")
    if bounds.nodes < 1 or bounds.links_per_node < 1:
        raise SettingsError("a neighbourhood of no nodes or no links per node", do="ask for at least 1 of each")
    for name, value in (("since", bounds.since), ("until", bounds.until)):
        if value is not None and value.tzinfo is None:
            raise SettingsError(f"`{name}` of a neighbourhood has no time zone", do="give it in UTC")


def grow(account: AccountId, centre: Centre, bounds: Bounds, follow: Follow) -> Neighbourhood:
    """Follow links outwards until a bound is met; of the nodes of one hop, those on the most telling links first."""
    nodes = pl.DataFrame(
        {"key": [centre.key], "kind": [NodeKind.ACCOUNT.value], "id": [account], "hop": [0], "degree": [centre.degree]},
        schema_overrides={"hop": pl.Int32, "degree": pl.Int64},
    )
    followed: list[pl.DataFrame] = []
    frontier = nodes
    for hop in range(1, bounds.hops + 1):
        links = follow(frontier["key"].to_list())
        followed.append(_ends(links, frontier))
        frontier = _newcomers(links, nodes, hop).head(bounds.nodes - nodes.height)
        nodes = pl.concat([nodes, frontier])
        if frontier.is_empty():
            break
    return _answer(nodes, pl.concat(followed))


def _newcomers(links: pl.DataFrame, known: pl.DataFrame, hop: int) -> pl.DataFrame:
    ranked = links.sort("degree", "days", "to_id", "to_kind", descending=[False, True, False, False])
    others = ranked.unique("to_key", keep="first", maintain_order=True).join(
        known, left_on="to_key", right_on="key", how="anti", maintain_order="left"
    )
    return others.select(
        pl.col("to_key").alias("key"),
        pl.col("to_kind").alias("kind"),
        pl.col("to_id").alias("id"),
        pl.lit(hop, pl.Int32).alias("hop"),
        "degree",
    )


def _ends(links: pl.DataFrame, frontier: pl.DataFrame) -> pl.DataFrame:
    """Links by source and target, with the keys of both."""
    near = frontier.select(pl.col("key").alias("from_key"), pl.col("id").alias("from_id"))
    incoming = pl.col("incoming")
    return links.join(near, on="from_key", maintain_order="left").select(
        "kind",
        pl.when(incoming).then("to_id").otherwise("from_id").alias("source"),
        pl.when(incoming).then("from_id").otherwise("to_id").alias("target"),
        "qualifier", "count", "days", "first_ts", "last_ts",
        pl.when(incoming).then("to_key").otherwise("from_key").alias("source_key"),
        pl.when(incoming).then("from_key").otherwise("to_key").alias("target_key"),
    )  # fmt: skip


def _answer(nodes: pl.DataFrame, followed: pl.DataFrame) -> Neighbourhood:
    shown = (
        followed.unique(list(LINK_KEY))
        .join(nodes, left_on="source_key", right_on="key", how="semi")
        .join(nodes, left_on="target_key", right_on="key", how="semi")
        .sort(LINK_KEY)
    )
    ends = pl.concat(
        [
            shown.select(pl.col("source_key").alias("key")),
            shown.filter(pl.col("source_key") != pl.col("target_key")).select(pl.col("target_key").alias("key")),
        ]
    )
    counted = nodes.join(ends.group_by("key").agg(pl.len().cast(pl.Int64).alias("shown")), on="key", how="left")
    hidden = (pl.col("degree") - pl.col("shown").fill_null(0)).alias("hidden")
    return Neighbourhood(
        counted.select("kind", "id", "hop", "degree", hidden).sort("kind", "id"),
        shown.select(list(LINKS)),
    )
