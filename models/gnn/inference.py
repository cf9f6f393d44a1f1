"""Scores of all accounts, layer by layer and some nodes at a time, each with all that it hears.

Memory is two states of every node and what one batch needs; the answer does not depend on the size of batches beyond
the last bits of float32.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from models.gnn.encoder import Encoder, Layer, States, gathered
from models.gnn.messages import Edges, Messages
from models.learning.relations import ACCOUNT

NODES_PER_BATCH = 65_536


def heard_by(edges: Edges, begin: int, end: int, states: Tensor) -> list[Tensor]:
    """`models.gnn.encoder.gathered` of the targets from `begin` up to `end`."""
    targets, sources = edges.index.as_tensor()
    first, last = (int(torch.searchsorted(targets, place)) for place in (begin, end))
    ends = torch.stack([targets[first:last] - begin, sources[first:last]])
    index = EdgeIndex(ends, sparse_size=(end - begin, len(states)), sort_order="row")
    return list(gathered(Edges(index, edges.mean[first:last], edges.even[first:last]), states))


@torch.no_grad()
def logits(
    encoder: Encoder, features: Tensor, messages: Messages, nodes_per_batch: int = NODES_PER_BATCH
) -> npt.NDArray[np.float32]:
    """Logit of each account, shape (accounts,). `encoder` in evaluation mode; `features` standardised."""
    states = encoder.first(features, messages.sizes)
    for number, layer in enumerate(encoder.layers):
        assert isinstance(layer, Layer)  # noqa: S101
        only = (ACCOUNT,) if number == len(encoder.layers) - 1 else tuple(states)
        states = _stepped(layer, states, messages, only, nodes_per_batch)
    return np.asarray(encoder.last(states[ACCOUNT]).cpu().numpy())


def _stepped(layer: Layer, states: States, messages: Messages, kinds: tuple[str, ...], nodes_per_batch: int) -> States:
    normed = layer.normed(states)
    new: States = {}
    for kind in kinds:
        state = states[kind]
        stepped = torch.empty_like(state, memory_format=torch.contiguous_format)
        for begin in range(0, len(state), nodes_per_batch):
            end = min(begin + nodes_per_batch, len(state))
            parts = [normed[kind][begin:end]]
            for channel in layer.channels:
                if channel.target == kind:
                    parts += heard_by(messages.edges[channel], begin, end, normed[channel.source])
            stepped[begin:end] = layer.step(kind, state[begin:end], parts)
        new[kind] = stepped
    return new
