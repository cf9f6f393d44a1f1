"""The graph as tensors: along which edges messages reach whom.

Resources hear of their users and users of their resources; an account hears of those it sent money to or took orders
of, and not the other way round: what arrives is nobody's own act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from models.learning.relations import ACCOUNT, OwnActs


@dataclass(frozen=True)
class Channel:
    """Messages from nodes of kind `source` to nodes of kind `target`."""

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class Edges:
    """`index`: (target, source) sorted by target. `mean`: 1 / edges of the target; `even`: 1 / sqrt(edges of the target
    times edges of the source), which tells few from many. Both per edge, float32."""

    index: EdgeIndex
    mean: Tensor
    even: Tensor

    def to(self, device: torch.device) -> Edges:
        return Edges(self.index.to(device), self.mean.to(device), self.even.to(device))


@dataclass(frozen=True)
class Messages:
    """`sizes`: nodes of each kind. `edges`: by channel."""

    sizes: dict[str, int]
    edges: dict[Channel, Edges]

    def to(self, device: torch.device) -> Messages:
        return Messages(self.sizes, {channel: edges.to(device) for channel, edges in self.edges.items()})


def channels_of(relations: Iterable[tuple[str, str]]) -> tuple[Channel, ...]:
    """`relations`: name and kind of the other end, as `models.learning.relations.RELATIONS`."""
    made = []
    for name, kind in relations:
        made.append(Channel(name, kind, ACCOUNT))
        if kind != ACCOUNT:
            made.append(Channel(name, ACCOUNT, kind))
    return tuple(made)


def messages_of(acts: OwnActs) -> Messages:
    """Edges of every channel of the relations."""
    edges = {}
    for relation in acts.relations:
        accounts, others = acts.sizes[ACCOUNT], acts.sizes[relation.kind]
        heard = Channel(relation.name, relation.kind, ACCOUNT)
        edges[heard] = edges_between(relation.account, relation.other, (accounts, others))
        if relation.kind != ACCOUNT:
            told = Channel(relation.name, ACCOUNT, relation.kind)
            edges[told] = edges_between(relation.other, relation.account, (others, accounts))
    return Messages(dict(acts.sizes), edges)


def edges_between(target: npt.NDArray[np.int64], source: npt.NDArray[np.int64], shape: tuple[int, int]) -> Edges:
    """Edges from `source[i]` to `target[i]`; `shape`: numbers of targets and sources."""
    order = np.lexsort((source, target))
    target, source = target[order], source[order]
    into, outof = np.bincount(target, minlength=shape[0]), np.bincount(source, minlength=shape[1])
    index = EdgeIndex(np.stack([target, source]), sparse_size=shape, sort_order="row").fill_cache_()
    mean = 1 / np.maximum(into[target], 1)
    even = 1 / np.sqrt(np.maximum(into[target] * outof[source], 1.0))
    return Edges(index, torch.from_numpy(mean.astype(np.float32)), torch.from_numpy(even.astype(np.float32)))
