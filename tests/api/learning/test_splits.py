"""What teaches and what judges: by time where decisions have dates, by ring where not, and enough of both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from models.registry import Registry
from tests.api import exchange
from tests.api.learning import drawn
from tests.api.learning.conftest import Home, Loop


def _card(home: Home, version: str) -> str:
    return Registry(home.models).load(version).files["card.md"].decode()


def test_dated_decisions_are_split_by_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    records = drawn.write(tmp_path / "in", 1, labels=drawn.dated(drawn.labels()))
    answer = home.asks("train", records, "--embargo", "2")
    assert answer["split"].startswith("by time: decided by 2024-05-")
    assert "later than 2 days after it" in answer["split"]
    assert answer["validation"]["positives"] < len(drawn.MEMBERS) / 2
    card = _card(home, answer["version"])
    assert answer["split"] in card
    assert "decisions of your own" in card
    assert "simulated" not in card


def test_a_longer_embargo_leaves_fewer_to_judge_by(tmp_path: Path) -> None:
    records = drawn.write(tmp_path / "in", 1, labels=drawn.dated(drawn.labels()))
    line = Home(tmp_path).fails("train", records, "--embargo", "30")
    assert "0 decided members are left for validation, 10 are the fewest" in line
    assert "by time" in line


def test_decisions_without_dates_are_split_by_ring(tmp_path: Path) -> None:
    home = Home(tmp_path)
    answer = home.asks("train", drawn.write(tmp_path / "in", 1), "--seed", "2")
    assert 0 < answer["validation"]["positives"] < len(drawn.MEMBERS) / 2
    assert answer["validation"]["positives"] % 4 == 0, "whole rings, of twelve and of four"
    assert answer["split"].startswith("by ring, for the decisions have no dates")
    assert answer["split"] in _card(home, answer["version"])


def test_too_few_decisions_are_refused_in_one_line(tmp_path: Path) -> None:
    few = drawn.labels().filter(pl.col("ring_label").is_in(["ring 4", "ring 5"]) | pl.col("ring_label").is_null())
    home = Home(tmp_path)
    line = home.fails("train", drawn.write(tmp_path / "in", 1, labels=few))
    assert "decided members are left for" in line
    assert "give more labels" in line
    assert not (home.models / "versions").exists()


def test_decisions_from_before_the_records_are_refused_in_one_line(tmp_path: Path) -> None:
    early = drawn.labels().with_columns(decided_at=pl.lit(datetime(2019, 1, 1, tzinfo=UTC)))
    line = Home(tmp_path).fails("train", drawn.write(tmp_path / "in", 1, labels=early))
    assert "decided members are left for" in line


def test_records_without_labels_are_refused_in_one_line(tmp_path: Path) -> None:
    content = {name: table for name, table in drawn.tables(1).items() if name != "labels"}
    line = Home(tmp_path).fails("train", exchange.write(tmp_path / "in", content))
    assert "labels" in line


def test_folders_that_are_too_small_to_compare_by_are_refused_in_one_line(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("trained", tmp_path)
    small = exchange.write(tmp_path / "small", exchange.tables())
    assert "too few to compare by" in home.fails("compare", small)
    assert "without a scorecard" in home.fails("promote", "--by", "Ada")
