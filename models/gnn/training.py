"""Training on whole graphs, stopped where unseen accounts say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from graph.progress import Progress, silent
from models.gnn.encoder import Encoder
from models.gnn.messages import Messages

FAR = 5.0
"""Standardised features are cut there: what lies further out was never seen in training."""


@dataclass(frozen=True)
class Schedule:
    """`epochs`: passes over all graphs, at most. `patience`: epochs without a better judgement, after which training
    ends. `every`: epochs between judgements. `rate`, `decay`: of AdamW."""

    epochs: int = 300
    patience: int = 60
    every: int = 5
    rate: float = 3e-3
    decay: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Scaling:
    """Mean and deviation of each feature over the accounts that were trained on, float32, shape (features,)."""

    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]

    @classmethod
    def of(cls, features: npt.NDArray[np.float32]) -> Scaling:
        wide = features.astype(np.float64)
        deviation = wide.std(axis=0)
        return cls(wide.mean(axis=0).astype(np.float32), np.where(deviation > 1e-6, deviation, 1.0).astype(np.float32))

    def __call__(self, features: npt.NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(np.clip((features - self.mean) / self.deviation, -FAR, FAR).astype(np.float32))


@dataclass(frozen=True)
class TrainingGraph:
    """`features`: standardised, shape (accounts, inputs). `targets`: 0..1, `weights`: 0 for accounts that teach
    nothing; both of shape (accounts,)."""

    features: Tensor
    messages: Messages
    targets: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Fitted:
    """`value`: the best judgement, at `epoch`; `history`: of every judgement."""

    value: float
    epoch: int
    history: tuple[float, ...]


def device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(
    encoder: Encoder,
    graphs: Sequence[TrainingGraph],
    judge: Callable[[Encoder], float],
    schedule: Schedule,
    progress: Progress = silent,
) -> Fitted:
    """Train in place; the encoder ends with the weights that `judge` (larger is better) liked best, in evaluation
    mode. The initial weights of `encoder` are the caller's to seed; dropout is seeded here."""
    torch.manual_seed(schedule.seed)
    optimiser = torch.optim.AdamW(encoder.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    best, kept, history = (-np.inf, 0), _copied(encoder), []
    for epoch in range(1, schedule.epochs + 1):
        progress("training", epoch - 1, schedule.epochs)
        _pass(encoder, graphs, optimiser)
        if epoch % schedule.every == 0 or epoch == schedule.epochs:
            encoder.eval()
            value = judge(encoder)
            history.append(value)
            if value > best[0]:
                best, kept = (value, epoch), _copied(encoder)
            elif epoch - best[1] >= schedule.patience:
                break
    encoder.load_state_dict(kept)
    encoder.eval()
    return Fitted(float(best[0]), best[1], tuple(history))


def _pass(encoder: Encoder, graphs: Sequence[TrainingGraph], optimiser: torch.optim.Optimizer) -> None:
    encoder.train()
    for graph in graphs:
        optimiser.zero_grad()
        logits = encoder(graph.features, graph.messages)
        losses = functional.binary_cross_entropy_with_logits(logits, graph.targets, graph.weights, reduction="sum")
        (losses / graph.weights.sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _copied(encoder: Encoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in encoder.state_dict().items()}
