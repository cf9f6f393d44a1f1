"""The encoder: residual message passing over kinds of nodes, each layer separately normalised.

Of each node a layer takes its own state apart from what it hears (Platonov et al. 2023 on graphs whose neighbours
differ), along every channel as a mean and as a degree-weighted sum (Kipf & Welling 2017), then a two-layer perceptron
on top of a residual (Luo et al. 2024: with these, classic networks match graph transformers). Nothing is shared between
nodes but weights: no batch statistics, so an account that is not connected changes nothing. Inductive: resources start
from one learned state per kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.gnn.messages import Channel, Edges, Messages
from models.learning.relations import ACCOUNT

States = dict[str, Tensor]
"""By kind of node, shape (nodes, width)."""
Heard = Callable[[Channel, Tensor], tuple[Tensor, Tensor]]
"""From a channel and the sources' states to what its targets hear: mean, and degree-weighted sum."""


@dataclass(frozen=True)
class Shape:
    """`inputs`: features of an account. `width`: numbers in a node's state. `layers`: steps that messages go. `inner`:
    width of a layer's perceptron, in widths. `dropout`: share of numbers dropped in training."""

    inputs: int
    width: int = 64
    layers: int = 4
    inner: int = 2
    dropout: float = 0.4


class Layer(nn.Module):
    """One step of messages for every kind of node."""

    def __init__(self, shape: Shape, kinds: tuple[str, ...], channels: tuple[Channel, ...]) -> None:
        super().__init__()
        self.channels = channels
        self.dropout = shape.dropout
        wide = shape.width * shape.inner
        hears = {kind: sum(channel.target == kind for channel in channels) for kind in kinds}
        self.norm = nn.ModuleDict({kind: nn.LayerNorm(shape.width) for kind in kinds})
        self.take = nn.ModuleDict({kind: nn.Linear(shape.width * (1 + 2 * hears[kind]), wide) for kind in kinds})
        self.give = nn.ModuleDict({kind: nn.Linear(wide, shape.width) for kind in kinds})

    def normed(self, states: States) -> States:
        return {kind: self.norm[kind](state) for kind, state in states.items()}

    def step(self, kind: str, state: Tensor, parts: list[Tensor]) -> Tensor:
        """New states of nodes of one kind. `parts`: their normed states, then what they hear along each channel."""
        inner = functional.gelu(self.take[kind](torch.cat(parts, dim=1)))
        inner = functional.dropout(inner, self.dropout, self.training)
        return state + functional.dropout(self.give[kind](inner), self.dropout, self.training)

    def forward(self, states: States, heard: Heard) -> States:
        normed = self.normed(states)
        new = {}
        for kind, state in states.items():
            parts = [normed[kind]]
            for channel in self.channels:
                if channel.target == kind:
                    parts += heard(channel, normed[channel.source])
            new[kind] = self.step(kind, state, parts)
        return new


class Encoder(nn.Module):
    """Scores accounts. `kinds` begin with the account; `channels` may be empty, then it is a plain residual network."""

    def __init__(self, shape: Shape, kinds: tuple[str, ...], channels: tuple[Channel, ...]) -> None:
        super().__init__()
        self.shape, self.kinds, self.channels = shape, kinds, channels
        self.enter = nn.Linear(shape.inputs, shape.width)
        self.start = nn.ParameterDict({kind: nn.Parameter(torch.randn(shape.width) * 0.1) for kind in kinds[1:]})
        self.layers = nn.ModuleList(Layer(shape, kinds, channels) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.leave = nn.Linear(shape.width, 1)

    def first(self, features: Tensor, sizes: dict[str, int]) -> States:
        """States before any message."""
        entered = functional.dropout(self.enter(features), self.shape.dropout, self.training)
        states = {ACCOUNT: functional.gelu(entered)}
        return states | {kind: start.expand(sizes[kind], -1) for kind, start in self.start.items()}

    def last(self, accounts: Tensor) -> Tensor:
        """Logit of each account from its last state."""
        logits: Tensor = self.leave(self.norm(accounts))
        return logits[:, 0]

    def forward(self, features: Tensor, messages: Messages) -> Tensor:
        """Logits, shape (accounts,). `features`: shape (accounts, inputs), standardised."""

        def heard(channel: Channel, states: Tensor) -> tuple[Tensor, Tensor]:
            return gathered(messages.edges[channel], states)

        states = self.first(features, messages.sizes)
        for layer in self.layers:
            states = layer(states, heard)
        return self.last(states[ACCOUNT])


def gathered(edges: Edges, states: Tensor) -> tuple[Tensor, Tensor]:
    """What each target hears, as a mean and as a degree-weighted sum, each of shape (targets, width)."""
    mean = edges.index.matmul(states, input_value=edges.mean)
    even = edges.index.matmul(states, input_value=edges.even)
    return mean, even
