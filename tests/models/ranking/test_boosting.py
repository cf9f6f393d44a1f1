"""Boosted trees: that they learn, that they are equal where the examples are, and what the unreviewed are taken for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import lightgbm
import numpy as np
import polars as pl
import pytest

from graph.errors import ModelError
from models.learning.examples import Examples, examples_of
from models.learning.features import NAMES
from models.learning.known import Known
from models.learning.relations import ACCOUNT, KINDS, RELATIONS, OwnActs, Relation
from models.learning.sight import Sight
from models.ranking.boosting import COLUMNS, TreeParameters, Trees, fit_trees, seen_by_trees, soft_targets
from tests.models.doing import conduct_of
from tests.models.learning.exchanges import LINKS, drawn, exchange, judgements_of, known_of

PARAMETERS = TreeParameters(rounds=12, patience=12)
NOBODY = np.zeros(0, dtype=np.int64)
EMPTY = [Relation(name, kind, NOBODY, NOBODY) for name, kind in RELATIONS]


@cache
def one(seed: int) -> Examples:
    return exchange(seed)


def blurred(examples: Examples, seed: int = 0, share: float = 0.25) -> Examples:
    """Some decisions are wrong, so that one tree is not enough."""
    wrong = np.random.default_rng(seed).random(len(examples.positive)) < share
    return replace(examples, positive=examples.positive ^ wrong)


@cache
def trained() -> Trees:
    return fit_trees([blurred(one(1))], [one(2)], PARAMETERS)


@cache
def half_known(seed: int = 1) -> tuple[Examples, frozenset[str]]:
    """(examples, hidden members): half of the rings are decided on, and every fifth of the crowd was cleared."""
    graph, doing, member_of = drawn(seed)
    known = known_of(graph, doing)
    told = {member: ring for member, ring in member_of.items() if int(ring.split()[1]) % 2}
    cleared = [name for name in known.accounts.to_list() if name not in member_of][::5]
    examples = examples_of(Sight.of(known, LINKS), judgements_of(told, cleared))
    return examples, frozenset(member_of) - frozenset(told)


def test_a_ring_of_another_exchange_is_ranked_above_everybody_else() -> None:
    seen = one(3)
    scores = fit_trees([one(1)], [one(2)], PARAMETERS).scores(seen.sight)
    assert scores.shape == (len(seen.sight.account_ids),)
    assert scores[seen.positive].min() > scores[~seen.positive].max()
    assert 0 <= scores.min() <= scores.max() <= 1


def test_rings_are_told_by_their_company_alone() -> None:
    """No feature of an account itself is left, but those of the company are."""

    def bare(examples: Examples) -> Examples:
        return replace(examples, sight=replace(examples.sight, features=np.zeros_like(examples.sight.features)))

    seen = bare(one(3))
    scores = fit_trees([bare(one(1))], [bare(one(2))], PARAMETERS).scores(seen.sight)
    assert scores[seen.positive].min() > scores[~seen.positive].max()


def test_equal_examples_give_the_same_bytes() -> None:
    again = fit_trees([blurred(exchange(1))], [exchange(2)], PARAMETERS)
    assert again.text == trained().text
    assert again.text.count("Tree=") > 1
    assert again.scores(one(3).sight).tobytes() == trained().scores(one(3).sight).tobytes()


def test_the_order_of_records_gives_the_same_bytes() -> None:
    graph, doing, member_of = drawn(1)
    known = Known(graph.snapshot(np.random.default_rng(4)), conduct_of(doing))
    others = [name for name in known.accounts.to_list() if name not in member_of]
    judgements = judgements_of(member_of, others).sample(fraction=1, shuffle=True, seed=4)
    examples = examples_of(Sight.of(known, LINKS), judgements)
    assert fit_trees([blurred(examples)], [one(2)], PARAMETERS).text == trained().text


def test_accounts_in_another_order_have_the_same_scores() -> None:
    sight = one(3).sight
    order = np.random.default_rng(0).permutation(len(sight.account_ids))
    place = np.argsort(order)
    moved = tuple(
        Relation(each.name, each.kind, place[each.account], place[each.other] if each.kind == ACCOUNT else each.other)
        for each in sight.acts.relations
    )
    other = Sight(sight.account_ids[pl.Series(order)], sight.features[order], OwnActs(sight.acts.sizes, moved))
    np.testing.assert_allclose(trained().scores(other), trained().scores(sight)[order], rtol=1e-12)


def test_trees_of_other_columns_are_refused() -> None:
    rows = np.random.default_rng(0).random((60, len(COLUMNS)))
    for names in (["other", *COLUMNS[1:]], [COLUMNS[1], COLUMNS[0], *COLUMNS[2:]], list(COLUMNS[:-1])):
        data = lightgbm.Dataset(rows[:, : len(names)], label=rows[:, 0] > 0.5, feature_name=names)
        text = lightgbm.train(PARAMETERS.given(), data, num_boost_round=2).model_to_string()
        with pytest.raises(ModelError, match="the trees were trained on other columns"):
            Trees(text).scores(one(3).sight)


def test_what_moved_a_score_adds_up_to_it() -> None:
    sight, rows = one(3).sight, np.array([200, 0, 7, 30])
    moved = trained().moved_by(sight, rows, most=len(COLUMNS))
    bias = np.asarray(
        lightgbm.Booster(model_str=trained().text).predict(seen_by_trees(sight)[rows], pred_contrib=True, num_threads=1)
    )[:, -1]
    told = np.array([moved.filter(account=row)["log_odds"].sum() for row in rows]) + bias
    scores = trained().scores(sight)[rows]
    np.testing.assert_allclose(told, np.log(scores / (1 - scores)), rtol=1e-9)
    assert len(np.unique(np.round(scores, 9))) > 1, "not everybody was moved alike"


def test_what_moved_a_score_most_is_told_first_with_its_value() -> None:
    sight, rows = one(3).sight, np.array([200, 0])
    whole = trained().moved_by(sight, rows, most=len(COLUMNS))
    told = trained().moved_by(sight, rows, most=2)
    assert told["account"].to_list() == [200, 200, 0, 0]
    seen = seen_by_trees(sight)
    for row in told.iter_rows(named=True):
        assert row["value"] == seen[row["account"], COLUMNS.index(row["column"])]
    for account in rows:
        strength = whole.filter(account=account)["log_odds"].abs()
        assert strength.to_list() == strength.sort(descending=True).to_list()
        assert told.filter(account=account).equals(whole.filter(account=account).head(2))


def test_where_nobody_is_undecided_targets_are_the_decisions() -> None:
    examples = replace(one(1), strength=np.full(len(one(1).strength), 0.7))
    targets, weights = soft_targets(examples, PARAMETERS)
    assert np.array_equal(targets, examples.positive)
    assert np.array_equal(weights, examples.strength)


def test_what_was_decided_is_the_target_and_its_strength_the_weight() -> None:
    examples, _ = half_known()
    weaker = replace(examples, strength=examples.strength * 0.8)
    targets, weights = soft_targets(weaker, PARAMETERS)
    decided = examples.strength > 0
    cleared = decided & ~examples.positive
    assert cleared.sum() > 40
    assert (targets[examples.positive] == 1).all()
    assert (targets[cleared] == 0).all()
    assert (weights[decided] == 0.8).all()
    assert (weights[~decided] == 1).all()
    assert ((targets >= 0) & (targets <= 1)).all()


def test_members_that_nobody_decided_on_have_larger_targets_than_the_crowd() -> None:
    examples, hidden = half_known()
    targets, _ = soft_targets(examples, PARAMETERS)
    undiscovered = examples.sight.account_ids.is_in(list(hidden)).to_numpy()
    crowd = examples.undecided & ~undiscovered
    assert undiscovered.sum() == 18
    assert targets[undiscovered].mean() > 5 * targets[crowd].mean()
    assert targets[undiscovered].min() > targets[crowd].max()
    assert targets[crowd].mean() < 0.15


def test_who_is_not_asked_weighs_nothing_and_moves_no_target() -> None:
    examples, _ = half_known()
    kept = np.random.default_rng(0).random(len(examples.positive)) < 0.7
    part = examples.only(kept)
    targets, weights = soft_targets(part, PARAMETERS)
    assert (weights[~kept] == 0).all()
    assert (weights[kept] > 0).all()
    swapped = replace(examples, positive=np.where(kept, examples.positive, ~examples.positive)).only(kept)
    assert soft_targets(swapped, PARAMETERS)[0].tobytes() == targets.tobytes()
    assert (targets[~kept] == 0).all()


def test_who_is_not_asked_does_not_teach() -> None:
    examples, _ = half_known()
    kept = np.random.default_rng(1).random(len(examples.positive)) < 0.8
    part = examples.only(kept)
    swapped = replace(examples, positive=np.where(kept, examples.positive, ~examples.positive)).only(kept)
    assert fit_trees([swapped], [one(2)], PARAMETERS).text == fit_trees([part], [one(2)], PARAMETERS).text


def test_an_exchange_without_a_decision_has_targets_all_the_same() -> None:
    nobody = one(1)
    undecided = replace(nobody, positive=np.zeros_like(nobody.positive), strength=np.zeros_like(nobody.strength))
    targets, weights = soft_targets(undecided, PARAMETERS)
    assert np.isfinite(targets).all()
    assert targets.max() < 0.01
    assert (weights == 1).all()


def marked(rings: int = 6, size: int = 30, crowd: int = 600) -> Examples:
    """Decided members of rings, each with a mark of its own, in a crowd with other marks that nobody decided on: what
    is known of some rings says nothing of another."""
    own = np.repeat(np.arange(1, rings + 1) * 100.0, size)
    mark = np.concatenate([own, np.linspace(1, 100 * (rings + 1), crowd) + 0.37])
    features = np.zeros((len(mark), len(NAMES)), np.float32)
    features[:, NAMES.index("gain")] = mark
    ids = pl.Series("account_id", [f"{number:04d}" for number in range(len(mark))])
    acts = OwnActs({kind: len(mark) * (kind == ACCOUNT) for kind in KINDS}, tuple(EMPTY))
    member_of = {name: f"ring {number // size}" for number, name in enumerate(ids[: rings * size])}
    return examples_of(Sight(ids, features, acts), judgements_of(member_of, []))


def test_a_ring_is_asked_about_of_trees_that_never_saw_it() -> None:
    """Else they would know it by heart, tell it from the crowd, and take the crowd for innocent."""
    examples = marked()
    targets, _ = soft_targets(examples, replace(PARAMETERS, share=1.0))
    assert targets[examples.undecided].mean() > 0.3


def elsewhere(examples: Examples, who: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Examples:
    """Other features of some accounts; of company there is none in `marked`."""
    features = examples.sight.features.copy()
    features[who] += 50
    return replace(examples, sight=replace(examples.sight, features=features))


def test_what_cleared_accounts_are_like_moves_no_target_of_others() -> None:
    """They were looked at because they looked guilty: no sample of the rest."""
    whole = marked()
    cleared = whole.undecided & (np.arange(len(whole.positive)) % 3 == 0)
    examples = replace(whole, strength=np.where(cleared, 0.9, whole.strength))
    told = [soft_targets(each, PARAMETERS)[0] for each in (examples, elsewhere(examples, cleared))]
    assert told[0].tobytes() == told[1].tobytes()
    assert told[0].tobytes() != soft_targets(elsewhere(examples, ~cleared), PARAMETERS)[0].tobytes()


def test_what_accounts_are_like_that_are_not_asked_moves_no_tree() -> None:
    whole = marked()
    left = np.arange(len(whole.positive)) % 3 == 0
    part = whole.only(~left)
    told = [fit_trees([each], [whole], PARAMETERS).text for each in (part, elsewhere(part, left))]
    assert told[0] == told[1]


def test_equal_seeds_give_equal_targets_and_other_seeds_other_ones() -> None:
    examples, _ = half_known()
    first, again, other = (soft_targets(examples, replace(PARAMETERS, seed=seed))[0] for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
