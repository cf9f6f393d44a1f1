"""An order of a graph's nodes that comes from the graph, not from the names of its nodes.

Weisfeiler & Lehman's colour refinement (1968): a node's colour is made of its own attributes and, round by round, of
the colours of its neighbours with the weights between. Nodes that still share a colour are alike in all that was looked
at, and only they are told apart by their number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ROUNDS = 4
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(31)

Hashes = npt.NDArray[np.uint64]


def canonical_order(
    edges: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    *attributes: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Node numbers in canonical order. `edges`: (edges, 2); `weights`: (edges,); `attributes`: (nodes,) each.

    Sums of hashes wrap around in unsigned integers, so they do not depend on the order of the edges.
    """
    colour = np.zeros(len(attributes[0]), dtype=np.uint64)
    for attribute in attributes:
        colour = _mixed(colour + np.ascontiguousarray(attribute, dtype=np.float64).view(np.uint64))
    weight = np.ascontiguousarray(weights, dtype=np.float64).view(np.uint64)
    for _ in range(ROUNDS):
        around = np.zeros_like(colour)
        np.add.at(around, edges[:, 0], _mixed(_mixed(colour[edges[:, 1]]) ^ weight))
        np.add.at(around, edges[:, 1], _mixed(_mixed(colour[edges[:, 0]]) ^ weight))
        colour = _mixed(colour * _MULTIPLIER + around)
    return np.asarray(np.lexsort((np.arange(len(colour)), colour)), dtype=np.int64)


def _mixed(values: Hashes) -> Hashes:
    """Spread every bit over the word (the finaliser of splitmix64, shortened)."""
    spread = (values ^ (values >> _SHIFT)) * _MULTIPLIER
    return np.asarray(spread ^ (spread >> _SHIFT), dtype=np.uint64)
