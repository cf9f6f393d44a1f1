"""Groups by the constant Potts model, optimised with Leiden.

Traag, Van Dooren & Nesterov (2011), "Narrow scope for resolution-limit-free community detection", and Traag, Waltman &
van Eck (2019), "From Louvain to Leiden". The resolution is a density that can be audited: two groups are apart when the
mean weight of all pairs between them is below it. Modularity has no such bound: at a million accounts it returns a few
giant groups.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import igraph
import numpy as np
import polars as pl

from models.parameters import RingParameters


def communities(pairs: pl.DataFrame, parameters: RingParameters, seed: int) -> pl.DataFrame:
    """`entity`, `group` of every entity in a pair (`x`, `y`, `weight`). One thread and a fixed seed: same pairs, same
    groups. Groups are numbered by their first entity. CPM never joins what is not connected, so components need no
    pass of their own."""
    ends = np.column_stack([pairs["x"].to_numpy(), pairs["y"].to_numpy()]).astype(np.int64)
    entities, index = np.unique(ends, return_inverse=True)
    graph = igraph.Graph(n=len(entities), edges=index.reshape(-1, 2))
    with _seeded(seed):
        clustering = graph.community_leiden(
            objective_function="CPM",
            weights=pairs["weight"].to_numpy(),
            resolution=parameters.density,
            n_iterations=parameters.iterations,
        )
    raw = np.asarray(clustering.membership, dtype=np.int64)
    _, first, label = np.unique(raw, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return pl.DataFrame(
        {"entity": entities, "group": rank[label] if len(raw) else raw},
        schema={"entity": pl.Int64, "group": pl.Int64},
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - reproducibility, not secrecy
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
