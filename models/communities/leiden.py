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

from models.communities.order import canonical_order
from models.links.similarity import Behaviour
from models.parameters import RingParameters


def communities(pairs: pl.DataFrame, known: Behaviour, parameters: RingParameters, seed: int) -> pl.DataFrame:
    """`entity`, `group` of every entity in a pair (`x`, `y`, `weight`), sorted by entity.

    One thread, a fixed seed, and an order of nodes and edges that does not know the entities' numbers: the same graph
    gives the same groups whatever its accounts are called. CPM never joins what is not connected, so components need no
    pass of their own.
    """
    ends = np.column_stack([pairs["x"].to_numpy(), pairs["y"].to_numpy()]).astype(np.int64)
    entities, index = np.unique(ends, return_inverse=True)
    weight = pairs["weight"].to_numpy()
    order = canonical_order(index.reshape(-1, 2), weight, known.opened[entities], known.volume[entities])
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    edges = np.sort(place[index.reshape(-1, 2)], axis=1)
    by_place = np.lexsort((edges[:, 1], edges[:, 0]))
    graph = igraph.Graph(n=len(entities), edges=edges[by_place])
    with _seeded(seed):
        clustering = graph.community_leiden(
            objective_function="CPM",
            weights=weight[by_place],
            resolution=parameters.density,
            n_iterations=parameters.iterations,
        )
    membership = np.asarray(clustering.membership, dtype=np.int64)[place]
    return pl.DataFrame({"entity": entities, "group": membership}, schema={"entity": pl.Int64, "group": pl.Int64})


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - reproducibility, not secrecy
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
