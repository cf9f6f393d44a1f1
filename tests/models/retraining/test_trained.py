"""Training, and a trained model as files: the same scores again, and nothing that is no model."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from graph.errors import ModelError, SettingsError
from models import gnn  # noqa: F401  quiets what torch_geometric's import says
from models.learning.examples import Examples
from models.learning.figures import average_precision
from models.ranking.boosting import TreeParameters
from models.retraining.splitting import Split
from models.retraining.trained import (
    KINDS,
    PARAMETERS_FILE,
    SHAPE_FILE,
    TREES_FILE,
    WEIGHTS_FILE,
    Trained,
    bars_of,
    log_odds,
    rounded,
)
from models.retraining.training import NetworkParameters, Training, TrainingParameters, judged, train_model
from tests.models.learning.exchanges import exchange

torch.set_num_threads(1)
TREES = TreeParameters(rounds=10, patience=20)
NETWORK = NetworkParameters(width=8, layers=1, epochs=4, every=2)


@cache
def one(seed: int) -> Examples:
    """With some decisions wrong, so that there is something to learn for more than one tree."""
    made = exchange(seed, rings=3, people=100)
    wrong = np.random.default_rng(seed).random(len(made.positive)) < 0.2
    return replace(made, positive=made.positive ^ wrong)


def split(validation: Examples | None = None) -> Split:
    return Split((one(1),), (validation or one(2),), "by hand")


@cache
def trained(kind: str) -> Training:
    return train_model(split(), TrainingParameters(kind, trees=TREES, network=NETWORK))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_was_written_and_read_gives_the_same_scores(kind: str) -> None:
    model = trained(kind).model
    files = model.files()
    again = Trained.of_files(files)
    assert again.scores(one(3).sight).tobytes() == model.scores(one(3).sight).tobytes()
    assert again.files() == files
    assert (again.kind, again.bars) == (kind, model.bars)
    assert again.parameters["split"] == "by hand"
    assert ("trees" in again.parameters, "network" in again.parameters) == (kind != "gnn", kind != "trees")
    assert set(files) == {
        PARAMETERS_FILE, *[TREES_FILE] * (kind != "gnn"), *[WEIGHTS_FILE, SHAPE_FILE] * (kind != "trees"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_chances_of_six_digits_that_differ(kind: str) -> None:
    scores = trained(kind).model.scores(one(3).sight)
    assert scores.shape == (len(one(3).sight.account_ids),)
    assert 0 <= scores.min() < scores.max() <= 1
    np.testing.assert_allclose(scores, [float(f"{each:.6g}") for each in scores], rtol=1e-15)


def test_of_both_kinds_the_score_is_the_mean_of_their_log_odds() -> None:
    model, sight = trained("both").model, one(3).sight
    assert model.trees is not None
    assert model.network is not None
    odds = (log_odds(model.trees.scores(sight)) + log_odds(model.network.scores(sight))) / 2
    np.testing.assert_allclose(model.scores(sight), 1 / (1 + np.exp(-odds)), rtol=1e-5)
    assert np.abs(model.scores(sight) - model.trees.scores(sight)).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_what_moved_scores_is_said_of_the_accounts_asked_about(kind: str) -> None:
    """The strongest first, with the sign of what it did."""
    sight = one(3).sight
    asked = sight.account_ids[[3, 110]]
    told = trained(kind).model.because(sight, asked)
    assert set(told["account_id"]) <= set(asked)
    assert told.height > 0
    for reasons in told["because"].to_list():
        moved = [float(reason.rsplit(" ", 1)[1]) for reason in reasons]
        assert all(reason.rsplit(" ", 1)[1][0] in "+-" for reason in reasons)
        assert [abs(each) for each in moved] == sorted(map(abs, moved), reverse=True)


def test_equal_splits_and_parameters_train_equal_models() -> None:
    again = train_model(split(), TrainingParameters("both", trees=TREES, network=NETWORK))
    assert again.model.files() == trained("both").model.files()
    assert again.figures == trained("both").figures
    assert again.reference == trained("both").reference


def test_figures_bars_and_reference_are_of_the_validation() -> None:
    training, judge = trained("trees"), one(2)
    scores = training.model.scores(judge.sight)
    assert training.figures.area.value == round(average_precision(judge.positive, scores), 4)
    assert (training.figures.positives, training.figures.others) == (judge.positive.sum(), (~judge.positive).sum())
    assert training.model.bars == {"review": None, "freeze": None}, "a hundred others say nothing of one in a thousand"
    assert training.reference.shares["score"]


def told_otherwise() -> Examples:
    """The validation with its positives on other accounts."""
    return replace(one(2), positive=np.random.default_rng(9).permutation(one(2).positive))


def trees_of(training: Training) -> list[str]:
    assert training.model.trees is not None
    return training.model.trees.text.split("end of trees")[0].split("\nTree=")[1:]


def test_who_judges_moves_no_tree() -> None:
    """It only says after how many to stop: of two trainings one has the first trees of the other."""
    other = train_model(split(told_otherwise()), TrainingParameters("trees", trees=TREES))
    shorter, longer = sorted([trees_of(trained("trees")), trees_of(other)], key=len)
    assert 0 < len(shorter) <= len(longer)
    assert [tree.strip() for tree in longer[: len(shorter)]] == [tree.strip() for tree in shorter]
    assert len(longer) > 1


def test_who_judges_moves_no_weight_of_a_network_that_is_judged_once() -> None:
    once = TrainingParameters("gnn", network=replace(NETWORK, every=4))
    files = [train_model(split(judge), once).model.files() for judge in (one(2), told_otherwise())]
    assert files[0][WEIGHTS_FILE] == files[1][WEIGHTS_FILE]


def test_a_kind_that_is_none_is_refused_before_training() -> None:
    with pytest.raises(SettingsError, match="'forest' is no kind of model; name one of trees, gnn, both"):
        TrainingParameters("forest")


def files_with(**change: object) -> dict[str, bytes]:
    """Files of trees whose parameters say something else."""
    files = trained("trees").model.files()
    return files | {PARAMETERS_FILE: json.dumps({**json.loads(files[PARAMETERS_FILE]), **change}).encode()}


def refused(files: dict[str, bytes]) -> str:
    with pytest.raises(ModelError) as caught:
        Trained.of_files(files)
    assert "\n" not in str(caught.value)
    assert caught.value.do
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_that_lacks_a_file_is_refused(kind: str) -> None:
    files = trained(kind).model.files()
    for name in files:
        assert name in refused({other: content for other, content in files.items() if other != name})


def test_a_version_of_an_unknown_kind_is_refused() -> None:
    assert refused(files_with(kind="forest")) == "'forest' is no kind of model; there are trees, gnn, both"
    assert "'None' is no kind of model" in refused(files_with(kind=None))
    assert "the version lacks what a model needs" in refused(files_with(kind=["trees"]))


@pytest.mark.parametrize("parameters", [b"", b"{", b"\xff", b"{}", b"[]", b"null", b"3", b'"text"'])
def test_parameters_that_are_none_are_refused(parameters: bytes) -> None:
    files = trained("trees").model.files()
    assert "the version lacks what a model needs" in refused(files | {PARAMETERS_FILE: parameters})


def test_weights_that_are_none_are_refused() -> None:
    files = trained("gnn").model.files()
    assert "these are no weights of this network" in refused(files | {WEIGHTS_FILE: b"nothing"})
    assert "the version lacks" in refused(trained("trees").model.files() | {TREES_FILE: b"\xff"})


@pytest.mark.parametrize("text", [b"", b"no trees"])
def test_trees_that_are_none_are_refused(text: bytes) -> None:
    files = trained("trees").model.files() | {TREES_FILE: text}
    with pytest.raises(ModelError):
        Trained.of_files(files).scores(one(3).sight)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 0.0), (1.0, 1.0), (0.12345649, 0.123456), (0.1234565001, 0.123457), (9.999999e-4, 1e-3), (1e-12, 1e-12),
     (1.2345678e-7, 1.23457e-7), (0.9999994, 0.999999), (0.9999996, 1.0)],
)  # fmt: skip
def test_six_digits_are_kept(value: float, expected: float) -> None:
    assert rounded(np.array([value]))[0] == pytest.approx(expected, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("count", "review", "freeze"), [(999, None, None), (1_000, 998, None), (9_999, 9_989, None), (10_000, 9_989, 9_998)]
)
def test_a_bar_is_none_where_there_are_too_few_others(count: int, review: float | None, freeze: float | None) -> None:
    scores = np.random.default_rng(0).permutation(count).astype(float)
    assert bars_of(scores) == {"review": review, "freeze": freeze}


def test_groups_of_two_exchanges_are_never_the_same_and_only_the_asked_are_judged() -> None:
    kept = np.arange(len(one(2).positive)) % 2 == 0
    model = trained("trees").model
    positive, scores, group = judged(model, [one(1), one(2).only(kept)])
    assert len(positive) == len(scores) == len(group) == len(kept) + kept.sum()
    assert np.array_equal(positive[len(kept) :], one(2).positive[kept])
    assert np.array_equal(scores[len(kept) :], model.scores(one(2).sight)[kept])
    assert not set(group[: len(kept)]) & set(group[len(kept) :])
    assert group[0] == f"0:{one(1).group[0]}"
