"""The gates: their arithmetic on tables with a known answer, and the committed figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from benchmarks.simulator.features import FEATURES, account_features, tape_of
from benchmarks.simulator.gates import (
    RESULTS,
    auroc,
    broken_gates,
    depth_three_trees,
    pooled,
    single_features,
    source_digest,
)
from benchmarks.simulator.naive import fpr_at_half_recall, naive_scores
from tests.simulator.written import small, write

INNOCENT: dict[str, Any] = {
    "single_features": {"orders": {"auroc": 0.7}},
    "depth_three_tree": {"as_is": 0.1, "balanced": 0.1},
    "naive_detectors": {"degree": {"a": {"fpr_at_half_recall": 0.2}, "b": {"fpr_at_half_recall": 0.1}}},
    "ids_and_ages": {"account_id": 0.51},
}


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    world = write(small("base"), tmp_path_factory.mktemp("gates") / "world")
    with tape_of(world) as tape:
        features, naive = account_features(tape), naive_scores(tape)
    truth = pl.read_parquet(world / "truth_members.parquet").select("account_id", "ring", "detectable")
    return features.join(naive, on="account_id").join(truth, on="account_id").with_columns(seed=pl.lit(5))


@given(
    scores=st.lists(st.integers(0, 5), min_size=6, max_size=60),
    seed=st.integers(0, 1_000),
)
def test_auroc_is_that_of_scikit_learn(scores: list[int], seed: int) -> None:
    truth = np.random.default_rng(seed).permutation(np.arange(len(scores)) % 3 == 0)
    score = np.array(scores, float)
    assert auroc(score, truth, ~truth) == pytest.approx(roc_auc_score(truth, score))


def test_half_recall_takes_the_upper_half_of_the_positives() -> None:
    score = pl.Series([5, 4, 1, None, 4, 3, None, None])
    positive = np.array([True] * 4 + [False] * 4)
    assert fpr_at_half_recall(score, positive, ~positive) == pytest.approx(1 / 4)


def test_a_detector_that_never_reaches_half_accuses_everybody() -> None:
    score = pl.Series([5, None, None, None, None, None])
    positive = np.array([True] * 3 + [False] * 3)
    assert fpr_at_half_recall(score, positive, ~positive) == 1.0


def test_components_and_cycles_are_those_of_a_small_example() -> None:
    with duckdb.connect() as tape:
        tape.sql(
            "CREATE TABLE accounts AS SELECT unnest(['a', 'b', 'c', 'd', 'm']) AS account_id,"
            " unnest(['retail', 'retail', 'retail', 'retail', 'market_maker']) AS segment"
        )
        tape.sql("CREATE TABLE known_services AS SELECT 'k' AS identifier")
        tape.sql(
            "CREATE TABLE sessions AS"
            " SELECT * FROM (VALUES ('a', 'x', '1'), ('b', 'x', '2'), ('c', 'y', '3'))"
            " t(account_id, device_id, ip)"
        )
        tape.sql(
            "CREATE TABLE transfers AS"
            " SELECT * FROM (VALUES ('c', 'w'), ('b', 'w'), ('d', NULL), ('d', 'k'), ('a', 'k')) t(account_id, address)"
        )
        tape.sql(
            "CREATE TABLE trades AS SELECT * FROM"
            " (VALUES ('a', 'b'), ('b', 'c'), ('c', 'a'), ('c', 'd'), ('m', 'd'), ('d', 'm'))"
            " t(maker_account_id, taker_account_id)"
        )
        scores = naive_scores(tape).sort("account_id")
    assert scores["components_device"].to_list() == [2, 2, None, None, None]
    assert scores["components_owned"].to_list() == [3, 3, 3, None, None]
    assert scores["trade_scc_1"].to_list() == [2, 2, 2, None, None]
    assert scores["trade_scc_3"].to_list() == [None] * 5
    assert scores["degree_trades"].to_list() == [2, 2, 3, 1, None]


def test_at_least_forty_features_are_computed_for_every_account(frame: pl.DataFrame) -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES) >= 40
    assert frame.height == 1_500
    for feature in FEATURES:
        assert frame[feature.name].null_count() < frame.height, feature.name


def test_a_feature_that_gives_members_away_breaks_its_gate(frame: pl.DataFrame) -> None:
    told = frame.with_columns(orders=pl.col("detectable").cast(pl.Float64))
    pool = pooled([told, told.with_columns(seed=pl.lit(6))])
    single = single_features(pool)
    assert next(iter(single)) == "orders"
    assert single["orders"]["auroc"] == 1.0
    trees = depth_three_trees(pool, [5], [6])
    assert trees["as_is"] == pytest.approx(1.0)
    lines = broken_gates({**INNOCENT, "single_features": single, "depth_three_tree": trees})
    assert any("orders alone has AUROC 1.000" in line for line in lines)
    assert any("depth-3 tree has AUPRC 1.000" in line for line in lines)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"single_features": {"orders": {"auroc": 0.81}}}, "orders alone"),
        ({"depth_three_tree": {"as_is": 0.1, "balanced": 0.31}}, "AUPRC 0.310"),
        ({"naive_detectors": {"degree": {"b": {"fpr_at_half_recall": 0.0009}}}}, "degree alone"),
        ({"ids_and_ages": {"account_id": 0.53}}, "account_id has AUROC"),
    ],
)
def test_each_gate_can_break(wrong: dict[str, Any], said: str) -> None:
    assert broken_gates(INNOCENT) == []
    (line,) = broken_gates({**INNOCENT, **wrong})
    assert said in line


def test_the_committed_figures_are_of_this_simulator_and_break_no_gate() -> None:
    committed = json.loads(Path(RESULTS).read_text())
    assert committed["source_digest"] == source_digest(), "the simulator has changed: run make study-simulator"
    assert broken_gates(committed) == []
    assert committed["broken"] == []
    assert len(committed["single_features"]) >= 40
