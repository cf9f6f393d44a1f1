"""The network: laws of its architecture, and that it can learn at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from graph.errors import ModelError
from models.gnn.encoder import Encoder, Shape
from models.gnn.inference import logits
from models.gnn.messages import channels_of, edges_between, messages_of
from models.gnn.network import Network, new_encoder, shape_of
from models.gnn.training import Scaling, Schedule, TrainingGraph, fit
from models.learning.features import NAMES
from models.learning.relations import ACCOUNT, KINDS, RELATIONS, OwnActs, Relation

SIZES = {ACCOUNT: 40, "ip": 9, "address": 7, "entity": 3, "market_week": 4}


def drawn(seed: int, accounts: int = SIZES[ACCOUNT]) -> OwnActs:
    rng = np.random.default_rng(seed)
    sizes = {**SIZES, ACCOUNT: accounts}
    made = []
    for name, kind in RELATIONS:
        pairs = np.unique(np.column_stack([rng.integers(0, accounts, 50), rng.integers(0, sizes[kind], 50)]), axis=0)
        made.append(Relation(name, kind, pairs[:, 0], pairs[:, 1]))
    return OwnActs(sizes, tuple(made))


def network(seed: int = 0, **shape: float) -> Encoder:
    torch.manual_seed(seed)
    return new_encoder(shape_of(**{"width": 16, "layers": 3, **shape})).eval()


def features(seed: int, accounts: int = SIZES[ACCOUNT]) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(accounts, len(NAMES))).astype(np.float32))


def renumbered(acts: OwnActs, order: dict[str, npt.NDArray[np.int64]], rng: np.random.Generator) -> OwnActs:
    """Node i of a kind becomes node `order[kind][i]`; edges in another order."""
    made = []
    for each in acts.relations:
        mixed = rng.permutation(len(each.account))
        account, other = order[ACCOUNT][each.account][mixed], order[each.kind][each.other][mixed]
        made.append(Relation(each.name, each.kind, account, other))
    return OwnActs(acts.sizes, tuple(made))


@pytest.mark.parametrize("seed", range(3))
def test_other_numbers_for_the_nodes_give_the_same_scores(seed: int) -> None:
    rng = np.random.default_rng(seed)
    acts, seen, encoder = drawn(seed), features(seed), network(seed)
    order = {kind: rng.permutation(size) for kind, size in SIZES.items()}
    before = logits(encoder, seen, messages_of(acts))
    moved = torch.empty_like(seen)
    moved[torch.from_numpy(order[ACCOUNT])] = seen
    after = logits(encoder, moved, messages_of(renumbered(acts, order, rng)))
    np.testing.assert_allclose(after[order[ACCOUNT]], before, atol=1e-5)


def test_messages_do_matter() -> None:
    """The laws above would hold of a network that hears nothing."""
    acts, seen, encoder = drawn(0), features(0), network()
    alone = OwnActs(
        acts.sizes, tuple(replace(each, account=each.account[:0], other=each.other[:0]) for each in acts.relations)
    )
    assert np.abs(logits(encoder, seen, messages_of(acts)) - logits(encoder, seen, messages_of(alone))).max() > 1e-2


@pytest.mark.parametrize("nodes_per_batch", [1, 3, 17, 1000])
def test_batches_change_nothing(nodes_per_batch: int) -> None:
    acts, seen, encoder = drawn(1), features(1), network(1)
    whole = encoder(seen, messages_of(acts)).detach().numpy()
    np.testing.assert_allclose(logits(encoder, seen, messages_of(acts), nodes_per_batch), whole, atol=1e-5)


def test_what_is_not_connected_changes_nothing() -> None:
    acts, more, encoder = drawn(2), drawn(3), network(2)
    beside = tuple(
        Relation(
            one.name, one.kind, np.r_[one.account, other.account + SIZES[ACCOUNT]],
            np.r_[one.other, other.other + SIZES[one.kind]],
        )
        for one, other in zip(acts.relations, more.relations, strict=True)
    )  # fmt: skip
    both = OwnActs({kind: 2 * size for kind, size in SIZES.items()}, beside)
    alone = logits(encoder, features(2), messages_of(acts))
    together = logits(encoder, torch.cat([features(2), features(3) * 100]), messages_of(both))
    np.testing.assert_allclose(together[: SIZES[ACCOUNT]], alone, atol=1e-5)


def test_whom_an_account_sends_to_does_not_hear_of_it() -> None:
    """What arrives moves nobody: the sender hears of the receiver, never the other way round."""
    acts, seen, encoder = drawn(4), features(4), network(4)
    empty = [replace(each, account=each.account[:0], other=each.other[:0]) for each in acts.relations]
    sent = [name for name, _ in RELATIONS].index("sent_to")
    empty[sent] = Relation("sent_to", ACCOUNT, np.array([0]), np.array([1]))
    before = logits(encoder, seen, messages_of(OwnActs(SIZES, tuple(empty))))
    loud = seen.clone()
    loud[0] *= 50
    after = logits(encoder, loud, messages_of(OwnActs(SIZES, tuple(empty))))
    assert after[1] == pytest.approx(before[1], abs=1e-6)
    quiet = seen.clone()
    quiet[1] *= 50
    heard = logits(encoder, quiet, messages_of(OwnActs(SIZES, tuple(empty))))
    assert abs(heard[0] - before[0]) > 1e-3


def test_twenty_nodes_are_learned_by_heart() -> None:
    """Random labels on random graphs; without features that tell, by what is heard alone."""
    acts = drawn(5, accounts=20)
    targets = torch.from_numpy(np.random.default_rng(5).integers(0, 2, 20).astype(np.float32))
    seen, encoder = features(5, 20), network(5, dropout=0.0)
    graph = TrainingGraph(seen, messages_of(acts), targets, torch.ones(20))

    def right(trained: Encoder) -> float:
        return float(((logits(trained, seen, graph.messages) > 0) == targets.numpy().astype(bool)).mean())

    assert fit(encoder, [graph], right, Schedule(epochs=200, rate=1e-2)).value == 1.0


def test_training_ends_with_the_weights_that_were_judged_best() -> None:
    acts = drawn(6, accounts=20)
    seen, encoder = features(6, 20), network(6)
    graph = TrainingGraph(seen, messages_of(acts), torch.ones(20), torch.ones(20))
    values = iter([0.1, 0.9, 0.2, 0.3])
    kept = []

    def judge(trained: Encoder) -> float:
        kept.append(logits(trained, seen, graph.messages))
        return next(values)

    fitted = fit(encoder, [graph], judge, Schedule(epochs=40, patience=10, every=5))
    assert (fitted.value, fitted.epoch, len(kept)) == (0.9, 10, 4)
    assert np.array_equal(logits(encoder, seen, graph.messages), kept[1])


def test_equal_seeds_train_equal_networks() -> None:
    acts, seen = drawn(7), features(7)
    graph = TrainingGraph(seen, messages_of(acts), (seen[:, 0] > 0).float(), torch.ones(len(seen)))
    scores = []
    for _ in range(2):
        encoder = network(7)
        fit(encoder, [graph], lambda _trained: 0.0, Schedule(epochs=5, seed=3))
        scores.append(logits(encoder, seen, graph.messages))
    assert np.array_equal(*scores)


def test_one_kind_of_node_is_enough() -> None:
    """As on graphs of another origin."""
    channels = channels_of([("worked_with", ACCOUNT)])
    encoder = Encoder(Shape(3, 8, 2), (ACCOUNT,), channels).eval()
    edges = edges_between(np.array([1, 0]), np.array([0, 1]), (2, 2))
    found = logits(
        encoder, torch.eye(2, 3), replace(messages_of(drawn(0)), sizes={ACCOUNT: 2}, edges={channels[0]: edges})
    )
    assert found.shape == (2,)


def test_weights_survive_being_written() -> None:
    scaling = Scaling(np.zeros(len(NAMES), np.float32), np.ones(len(NAMES), np.float32))
    first = Network(network(8), scaling)
    second = Network.of_files(*first.files())
    acts, seen = messages_of(drawn(8)), features(8)
    assert np.array_equal(logits(first.encoder, seen, acts), logits(second.encoder, seen, acts))


@pytest.mark.parametrize("damage", ["weights", "shape", "other shape"])
def test_files_of_another_network_are_refused(damage: str) -> None:
    scaling = Scaling(np.zeros(len(NAMES), np.float32), np.ones(len(NAMES), np.float32))
    weights, shape = Network(network(9), scaling).files()
    damaged = {
        "weights": (weights[:-9], shape),
        "shape": (weights, "{"),
        "other shape": (weights, shape.replace('"width": 16', '"width": 8')),
    }
    with pytest.raises(ModelError, match="these are no weights of this network"):
        Network.of_files(*damaged[damage])


def test_kinds_begin_with_the_account() -> None:
    assert KINDS[0] == ACCOUNT
    assert {kind for _, kind in RELATIONS} <= set(KINDS)
