"""Two rings that hang together by one link alone are two rings.

Anybody can make one link to anybody, so one link must never join two groups that could each stand alone. The test is
made on the recorded links, not on weighted pairs: one transfer to a hub projects onto many pairs and would pass for
many links. A bridge is a link whose removal parts its group (Tarjan 1974, as igraph finds them); shapes that hang
together by single links, such as a star or a short chain, have no bridge with a whole ring on either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import igraph
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Links:
    """Recorded links inside groups: `ends` (links, 2) are nodes, the first `group.size` of them entities, the rest
    resources; `group` is the group of each entity."""

    entity: Ints
    group: Ints
    nodes: int
    ends: Ints


def cut_bridges(groups: pl.DataFrame, uses: pl.DataFrame, transfers: pl.DataFrame, least: float) -> pl.DataFrame:
    """Part each group at bridges that have at least `least` entities on either side, the most even cut first.

    `groups`: `entity`, `group`; `uses`: of `models.links.uses`; `transfers`: `sender`, `receiver` (entities). Answers
    `groups` with the parts numbered as groups of their own.
    """
    links = _recorded_links(groups, uses, transfers)
    ends = links.ends
    while True:
        part = _components(links.nodes, ends)
        sizes = np.bincount(part[: len(links.entity)], minlength=int(part.max()) + 1 if len(part) else 0)
        large = np.flatnonzero(sizes[part[ends[:, 0]]] >= 2 * least) if len(ends) else np.zeros(0, dtype=np.int64)
        cut = large[_most_even_bridges(links, ends[large], part, least)] if len(large) else large
        if not len(cut):
            break
        ends = np.delete(ends, cut, axis=0)
    labels = pl.DataFrame({"entity": links.entity, "group": links.group, "part": part[: len(links.entity)]})
    return labels.with_columns(group=pl.struct("group", "part").rank("dense").cast(pl.Int64) - 1).drop("part")


def _recorded_links(groups: pl.DataFrame, uses: pl.DataFrame, transfers: pl.DataFrame) -> _Links:
    ordered = groups.sort("entity").with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    place = ordered.select("entity", "node", "group")
    sent = transfers.join(place, left_on="sender", right_on="entity").join(
        place, left_on="receiver", right_on="entity", suffix="_receiver"
    )
    inside = sent.filter(pl.col("group") == pl.col("group_receiver"))
    direct = inside.select(a=pl.min_horizontal("node", "node_receiver"), b=pl.max_horizontal("node", "node_receiver"))
    used = uses.select("entity", "kind", "resource").join(place, on="entity")
    # a counterparty account inside the group is there already, as an entity at the end of a transfer
    own = place.select(resource="entity", group="group", kind=pl.lit("account"))
    used = used.join(own, on=["kind", "resource", "group"], how="anti")
    numbered = used.with_columns(
        b=pl.struct("group", "kind", "resource").rank("dense").cast(pl.Int64) - 1 + place.height
    )
    ends = pl.concat([direct.unique().sort("a", "b"), numbered.select(a="node", b="b").sort("a", "b")])
    nodes = place.height + numbered["b"].n_unique()
    return _Links(
        place["entity"].to_numpy(), place["group"].to_numpy(), nodes, ends.to_numpy().astype(np.int64).reshape(-1, 2)
    )


def _components(nodes: int, ends: Ints) -> Ints:
    graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes)).tocsr()
    _, label = connected_components(graph, directed=False)
    return np.asarray(label, dtype=np.int64)


def _most_even_bridges(links: _Links, ends: Ints, part: Ints, least: float) -> Ints:
    """Of each connected part the one bridge whose smaller side is largest, if that side has `least` entities."""
    graph = igraph.Graph(n=links.nodes, edges=ends)
    bridges = np.asarray(graph.bridges(), dtype=np.int64)
    if not len(bridges):
        return bridges
    block = _components(links.nodes, np.delete(ends, bridges, axis=0))
    smaller = _smaller_sides(block, ends[bridges], len(links.entity))
    order = np.lexsort((bridges, -smaller, part[ends[bridges, 0]]))
    _, first = np.unique(part[ends[bridges[order], 0]], return_index=True)
    best = order[first]
    return bridges[best[smaller[best] >= least]]


def _smaller_sides(block: Ints, bridges: Ints, entities: int) -> Ints:
    """For each bridge the entities on its smaller side: sums over the subtrees of the forest whose nodes are blocks."""
    blocks = int(block.max()) + 1
    tree = igraph.Graph(n=blocks, edges=block[bridges])
    root = np.unique(np.asarray(tree.connected_components().membership), return_index=True)[1]
    # one super-root over every tree makes the forest a tree, so that one search orders all of it
    tree.add_vertex()
    tree.add_edges(np.column_stack([np.full(len(root), blocks), root]))
    order, levels, parent = tree.bfs(blocks)
    weight = np.append(np.bincount(block[:entities], minlength=blocks), 0)
    total = weight.copy()
    bounds = list(pairwise(levels))
    up = np.asarray(parent, dtype=np.int64)
    visited = np.asarray(order, dtype=np.int64)
    for start, end in reversed(bounds[1:]):
        level = visited[start:end]
        np.add.at(total, up[level], total[level])
    tops = np.empty(blocks + 1, dtype=np.int64)
    tops[blocks] = blocks
    for start, end in bounds[1:]:
        level = visited[start:end]
        tops[level] = np.where(up[level] == blocks, level, tops[up[level]])
    a, b = block[bridges[:, 0]], block[bridges[:, 1]]
    below = np.where(up[a] == b, a, b)
    return np.asarray(np.minimum(total[below], total[tops[below]] - total[below]))
