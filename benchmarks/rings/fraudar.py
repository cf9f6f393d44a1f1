"""FRAUDAR: dense blocks of a bipartite graph under camouflage.

Hooi, Song, Beutel, Shah, Shin and Faloutsos, FRAUDAR: Bounding graph fraud in the face of camouflage, KDD 2016. An edge
to a column of degree d weighs 1 / log(d + 5); rows and columns are peeled off from the one that matters least, and the
densest set on the way is a block. Its edges are then taken out, and the next block is sought.
"""

from __future__ import annotations

import heapq

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLOCKS = 40


def dense_blocks(uses: pl.DataFrame) -> pl.DataFrame:
    """`uses`: `account_id`, `thing`, distinct. `ring` (number of the block), `account_id`, `score`: mean weight per
    node of the block; an account in several blocks is told in the first."""
    accounts, things = uses["account_id"].unique().sort(), uses["thing"].unique().sort()
    row = accounts.search_sorted(uses["account_id"]).to_numpy().astype(np.int64)
    column = things.search_sorted(uses["thing"]).to_numpy().astype(np.int64) + len(accounts)
    weight = 1 / np.log(np.bincount(column)[column] + 5.0)
    told: list[pl.DataFrame] = []
    for number in range(BLOCKS):
        nodes, density = _densest(row, column, weight)
        people = nodes[nodes < len(accounts)]
        if not len(people):
            break
        told.append(pl.DataFrame({"ring": str(number), "account_id": accounts.gather(people), "score": density}))
        left = ~(np.isin(row, nodes) & np.isin(column, nodes))
        row, column, weight = row[left], column[left], weight[left]
    schema = {"ring": pl.String, "account_id": pl.String, "score": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *told]).unique("account_id", keep="first", maintain_order=True)


def _densest(
    row: NDArray[np.int64], column: NDArray[np.int64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], float]:
    """The nodes left at the best point of the greedy peeling, and their density."""
    if not len(row):
        return np.empty(0, np.int64), 0.0
    ends, others, edge = np.concatenate([row, column]), np.concatenate([column, row]), np.concatenate([weight, weight])
    order = np.argsort(ends, kind="stable")
    others, edge = others[order], edge[order]
    nodes, start = np.unique(ends[order], return_index=True)
    stop = np.append(start[1:], len(order))
    place = {int(node): n for n, node in enumerate(nodes)}
    worth = np.add.reduceat(edge, start)
    heap = list(zip(worth.tolist(), range(len(nodes)), strict=True))
    heapq.heapify(heap)
    gone = np.zeros(len(nodes), bool)
    total, best, best_at = float(weight.sum()), -1.0, 0
    removed: list[int] = []
    while heap:
        value, node = heapq.heappop(heap)
        if gone[node] or value > worth[node] + 1e-12:
            continue
        density = total / (len(nodes) - len(removed))
        if density > best:
            best, best_at = density, len(removed)
        gone[node] = True
        removed.append(node)
        total -= worth[node]
        for at in range(start[node], stop[node]):
            other = place[int(others[at])]
            if not gone[other]:
                worth[other] -= edge[at]
                heapq.heappush(heap, (float(worth[other]), other))
    kept = np.ones(len(nodes), bool)
    kept[removed[:best_at]] = False
    return nodes[kept], best
