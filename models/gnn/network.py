"""A trained network as a value: what it looks at, how it was shaped, its weights as safetensors, never pickle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import safetensors
import torch
from safetensors.torch import load, save

from graph.errors import ModelError
from graph.progress import Progress, silent
from models.gnn.encoder import Encoder, Shape
from models.gnn.inference import NODES_PER_BATCH, logits
from models.gnn.messages import channels_of, messages_of
from models.gnn.training import Fitted, Scaling, Schedule, TrainingGraph, device, fit
from models.learning.examples import Examples
from models.learning.features import NAMES
from models.learning.figures import average_precision
from models.learning.relations import KINDS, RELATIONS
from models.learning.sight import Sight

CHANNELS = channels_of(RELATIONS)


@dataclass(frozen=True)
class Network:
    """`encoder`: in evaluation mode, on the processor; `scaling`: of the features it was trained on."""

    encoder: Encoder
    scaling: Scaling

    def scores(self, sight: Sight, nodes_per_batch: int = NODES_PER_BATCH) -> npt.NDArray[np.float64]:
        """Chance of each account to be a member as far as training knows, shape (accounts,)."""
        where = device()
        encoder = self.encoder.to(where)
        features, messages = self.scaling(sight.features).to(where), messages_of(sight.acts).to(where)
        found = logits(encoder, features, messages, nodes_per_batch)
        self.encoder.cpu()
        return np.asarray(1 / (1 + np.exp(-found.astype(np.float64))))

    def files(self) -> tuple[bytes, str]:
        """(safetensors, JSON): the weights with the scaling, and the shape."""
        tensors = {name: value.contiguous() for name, value in self.encoder.state_dict().items()}
        tensors["scaling.mean"] = torch.from_numpy(self.scaling.mean)
        tensors["scaling.deviation"] = torch.from_numpy(self.scaling.deviation)
        return save(tensors), json.dumps(asdict(self.encoder.shape), sort_keys=True)

    @classmethod
    def of_files(cls, weights: bytes, shape: str) -> Network:
        """Raises ModelError for files of another architecture."""
        try:
            encoder = new_encoder(Shape(**json.loads(shape)))
            tensors = load(weights)
            scaling = Scaling(tensors.pop("scaling.mean").numpy(), tensors.pop("scaling.deviation").numpy())
            encoder.load_state_dict(tensors)
        except (KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
            raise ModelError(f"these are no weights of this network: {error}", do="train again") from error
        return cls(encoder.eval(), scaling)


def shape_of(**chosen: float) -> Shape:
    """A shape for the features of accounts; `chosen`: fields of `Shape` that differ from its defaults."""
    return Shape(**{"inputs": len(NAMES), **chosen})  # type: ignore[arg-type]


def new_encoder(shape: Shape) -> Encoder:
    return Encoder(shape, KINDS, CHANNELS)


Aimed = tuple[Examples, npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Examples, their targets 0..1 and weights, as `models.ranking.boosting.soft_targets` gives them."""


def fit_network(
    training: Sequence[Aimed],
    validation: Sequence[Examples],
    shape: Shape,
    schedule: Schedule,
    progress: Progress = silent,
) -> tuple[Network, Fitted]:
    """Train until `validation` gets no better at telling positives from others (average precision)."""
    where = device()
    taught = np.concatenate([examples.sight.features[weights > 0] for examples, _, weights in training])
    scaling = Scaling.of(taught)
    torch.manual_seed(schedule.seed)
    encoder = new_encoder(shape).to(where)
    graphs = [_graph(examples, targets, weights, scaling, where) for examples, targets, weights in training]
    judged = [
        (scaling(each.sight.features).to(where), messages_of(each.sight.acts).to(where), each.asked)
        for each in validation
    ]
    positive = np.concatenate([each.positive[each.asked] for each in validation])

    def judge(trained: Encoder) -> float:
        found = np.concatenate([logits(trained, features, messages)[asked] for features, messages, asked in judged])
        return average_precision(positive, found.astype(np.float64))

    fitted = fit(encoder, graphs, judge, schedule, progress)
    return Network(encoder.cpu(), scaling), fitted


def _graph(
    examples: Examples,
    targets: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    scaling: Scaling,
    where: torch.device,
) -> TrainingGraph:
    aims = [torch.from_numpy(each.astype(np.float32)).to(where) for each in (targets, weights)]
    features = scaling(examples.sight.features).to(where)
    return TrainingGraph(features, messages_of(examples.sight.acts).to(where), *aims)
