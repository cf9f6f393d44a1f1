"""The loop on simulated exchanges, whose accounts trade: rules tell conduct there, and rings that act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copytree, ignore_patterns

import polars as pl
import pytest

from models.registry import Registry
from tests.api.learning.conftest import Home
from tests.api.learning.outputs import learned, only_scores_differ, read, told
from tests.api.outputs import manifest_of

SIZE = ("--accounts", "1150", "--days", "14", "--ring-members", "100")


@dataclass(frozen=True)
class Worlds:
    """`ruled`, `ranked`: what `detect` finds in the last world before and after a model went live."""

    home: Home
    folders: tuple[Path, ...]
    ruled: Path
    ranked: Path


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    home = Home(tmp_path_factory.mktemp("worlds"))
    folders = tuple(home.folder / f"world-{seed}" for seed in (1, 2, 3))
    for seed, folder in enumerate(folders, start=1):
        home.asks("simulate", "--world", "base", *SIZE, "--seed", seed, "--out", folder)
    ruled, ranked = home.folder / "ruled", home.folder / "ranked"
    home.asks("detect", folders[2], "--out", ruled)
    trained = home.asks("train", *folders[:2])
    assert trained["shadow"], trained
    card = home.asks("compare", folders[2])
    assert card["worse"] == [], card
    assert home.asks("promote", "--by", "Ada")["champion"] == trained["version"]
    home.asks("detect", folders[2], "--out", ranked)
    return Worlds(home, folders, ruled, ranked)


def test_a_champion_leaves_episodes_legs_and_evidence_as_they_are(worlds: Worlds) -> None:
    for name in ("members", "episodes", "evidence"):
        assert read(worlds.ruled, name).height > 0, name
    only_scores_differ(worlds.ruled, worlds.ranked)
    assert told(worlds.ranked).equals(learned(worlds.ranked, "champion"))
    assert not told(worlds.ranked).equals(told(worlds.ruled))


def test_a_ring_scores_as_its_members_do_on_average(worlds: Worlds) -> None:
    means = read(worlds.ranked, "members").group_by("ring_id").agg(mean=pl.col("score").mean())
    rings = read(worlds.ranked, "rings").join(means, on="ring_id", how="inner")
    assert rings.height == read(worlds.ranked, "rings").height
    assert (rings["score"] - rings["mean"]).abs().max() == pytest.approx(0, abs=1e-8)


def test_a_score_never_allows_a_tier_that_the_legs_do_not(worlds: Worlds) -> None:
    milder = {"watch": 0, "review": 1, "freeze": 2}
    key = ["ring_id", "account_id"]
    legs = read(worlds.ranked, "provisional_tiers").select(*key, by_legs="tier")
    both = read(worlds.ranked, "learned_scores").join(legs, on=key, how="left", nulls_equal=True)
    assert both["by_legs"].null_count() == 0
    ranks = both.select(pl.col("tier", "by_legs").replace_strict(milder))
    assert (ranks["tier"] <= ranks["by_legs"]).all()
    assert set(read(worlds.ranked, "members")["tier"]) == {"watch"}


def test_the_card_of_a_simulated_model_promises_nothing(worlds: Worlds) -> None:
    version = manifest_of(worlds.ranked)["model_version"]
    card = Registry(worlds.home.models).load(version).files["card.md"].decode()
    assert "simulated" in card
    assert "promise nothing about yours" in card


def test_an_operator_s_own_dated_decisions_teach_by_time(worlds: Worlds, tmp_path: Path) -> None:
    """Members confirmed, ring after ring, a tenth of the innocents cleared, and nobody asked about the rest."""
    records = copytree(worlds.folders[0], tmp_path / "in", ignore=ignore_patterns("truth_*", "world.json"))
    truth = pl.read_parquet(worlds.folders[0] / "truth_members.parquet").sort("ring", "account_id")
    first = pl.read_parquet(worlds.folders[0] / "orders" / "*.parquet")["ts"].min()
    confirmed = truth.filter(pl.col("ring").is_not_null()).with_columns(outcome=pl.lit("confirmed"))
    cleared = truth.filter(pl.col("ring").is_null())[::10].with_columns(outcome=pl.lit("cleared"))
    labels = pl.concat([each.with_row_index("n").with_columns(of=pl.len()) for each in (confirmed, cleared)])
    day = (1 + pl.col("n") * 12 // pl.col("of")).cast(pl.Int64)
    labels.select(
        "account_id", "outcome", ring_label="ring", decided_at=pl.lit(first) + day * timedelta(days=1)
    ).write_parquet(records / "labels.parquet")
    home = Home(tmp_path)
    answer = home.asks("train", records, "--embargo", "1")
    assert answer["split"].startswith("by time: decided by ")
    card = Registry(home.models).load(answer["version"]).files["card.md"].decode()
    assert answer["split"] in card
    assert "decisions of your own" in card
