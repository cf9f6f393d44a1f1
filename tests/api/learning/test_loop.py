"""Train, compare, promote, detect, roll back: what each step changes, and what it refuses."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from api.learning.live import NO_MODEL
from models.registry import Registry
from models.retraining.comparing import ComparedScorecard
from tests.api.learning import drawn
from tests.api.learning.conftest import Loop
from tests.api.learning.outputs import every_byte, learned, only_scores_differ, read, told
from tests.api.outputs import manifest_of, same_manifest


def test_a_model_better_than_what_is_live_becomes_the_challenger(loop: Loop, ruled: Path, tmp_path: Path) -> None:
    answer = loop.answers["trained"]
    assert answer["incumbent"] == "rules"
    assert answer["validation"]["auprc"]["value"] > answer["incumbent_area"] > 0
    assert answer["shadow"]
    assert answer["split"] == "by exchange: 1 teach, 1 judge"
    home = loop.at("trained", tmp_path)
    assert home.aliases() == (None, loop.first, None)
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert manifest["model_version"] is None
    assert NO_MODEL in manifest["switched_off"]
    assert manifest["learned"]["challenger"] == loop.first
    for name in ("rings", "members", "evidence"):
        assert every_byte(tmp_path / "out")[f"{name}.parquet"] == every_byte(ruled)[f"{name}.parquet"]
    assert set(read(tmp_path / "out", "learned_scores")["alias"]) == {"challenger"}


def test_nobody_is_compared_on_what_taught_them(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("rivals", tmp_path)
    for trained_on, version in ((loop.exchanges[3], loop.second), (loop.exchanges[1], loop.first)):
        line = home.fails("compare", trained_on)
        assert f"{version} was trained on these records ({trained_on})" in line


def test_no_promotion_without_a_scorecard(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("trained", tmp_path)
    line = home.fails("promote", "--by", "Ada")
    assert f"{loop.first} cannot be promoted without a scorecard" in line
    assert "ringleader compare" in line
    assert home.aliases() == (None, loop.first, None)


def test_a_promotion_is_on_record_with_its_reason(loop: Loop) -> None:
    card, answer = loop.answers["scored"], loop.answers["live"]
    assert (card["version"], card["incumbent"], card["worse"]) == (loop.first, "rules", [])
    assert (answer["champion"], answer["challenger"], answer["previous"]) == (loop.first, None, None)
    event = answer["history"][-1]
    assert (event["action"], event["version"], event["by"]) == ("live", loop.first, "Ada")
    assert event["scorecard"] == card["digest"]
    assert event["reason"].startswith("better on ")


def test_the_champion_ranks_and_changes_nothing_else(ruled: Path, ranked: Path, loop: Loop) -> None:
    assert manifest_of(ranked)["model_version"] == loop.first
    only_scores_differ(ruled, ranked)
    assert told(ranked).height >= drawn.LARGE * 12
    assert told(ranked).equals(learned(ranked, "champion"))
    assert not told(ranked).equals(told(ruled))
    assert read(ruled, "learned_scores").is_empty()
    assert read(ruled, "drift").is_empty()
    assert read(ranked, "drift").height > 50


def test_the_same_model_and_records_give_the_same_bytes(loop: Loop, ranked: Path, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert every_byte(tmp_path / "out") == every_byte(ranked)
    assert same_manifest(manifest, manifest_of(ranked))


def test_the_challenger_is_kept_beside_the_champion(loop: Loop, ranked: Path, tmp_path: Path) -> None:
    assert loop.answers["rivals"]["incumbent"] == loop.first
    home = loop.at("rivals", tmp_path)
    assert home.aliases() == (loop.first, loop.second, None)
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert manifest["run_id"] != manifest_of(ranked)["run_id"]
    assert {k: manifest["learned"][k] for k in ("champion", "challenger")} == {
        "champion": loop.first,
        "challenger": loop.second,
    }
    assert told(tmp_path / "out").equals(told(ranked))
    assert learned(tmp_path / "out", "champion").equals(told(ranked))
    rival = learned(tmp_path / "out", "challenger")
    assert rival["account_id"].equals(told(ranked)["account_id"])
    assert not rival.equals(told(ranked))
    assert every_byte(tmp_path / "out")["drift.parquet"] == every_byte(ranked)["drift.parquet"]


def test_what_is_no_better_than_the_champion_runs_nowhere(loop: Loop, tmp_path: Path) -> None:
    """Another seed gives other trees; of these, none can be better than a champion that tells everybody apart."""
    home = loop.at("live", tmp_path)
    again = home.asks("train", *loop.exchanges[:2], "--seed", "1")
    assert again["version"] != loop.first
    assert again["validation"]["auprc"]["value"] == again["incumbent_area"] == 1.0
    assert not again["shadow"]
    assert home.aliases() == (loop.first, None, None)
    registry = Registry(home.models)
    assert registry.load(again["version"]).files["model.txt"] != registry.load(loop.first).files["model.txt"]


def test_a_model_with_a_worse_figure_is_not_promoted(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    shuffled = drawn.labels().with_columns(pl.col("account_id").shuffle(seed=3))
    misled = drawn.write(tmp_path / "misled", 7, labels=shuffled)
    answer = home.asks("train", misled, loop.exchanges[1])
    assert answer["validation"]["auprc"]["value"] < answer["incumbent_area"]
    assert not answer["shadow"]
    card = home.asks("compare", loop.exchanges[2], "--version", answer["version"])
    assert len(card["worse"]) >= 2
    line = home.fails("promote", "--version", answer["version"], "--by", "Ada")
    assert "worse than the champion in area under precision and recall" in line
    assert home.aliases() == (loop.first, None, None)


def test_a_scorecard_beside_another_champion_does_not_count(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("rivals scored", tmp_path)
    assert home.asks("promote", "--by", "Bob")["champion"] == loop.second
    line = home.fails("promote", "--version", loop.first, "--by", "Bob")
    assert f"was made beside rules, but {loop.second} is live now" in line
    assert home.aliases() == (loop.second, None, loop.first)


def test_the_first_champion_gives_way_to_the_rules(loop: Loop, ruled: Path, tmp_path: Path) -> None:
    home = loop.at("live", tmp_path)
    home.asks("rollback", "--by", "Ada", "--reason", "doubts")
    assert home.aliases() == (None, None, loop.first)
    home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert every_byte(tmp_path / "out") == every_byte(ruled)
    assert "nothing is live to roll back" in home.fails("rollback", "--by", "Ada", "--reason", "doubts")


def test_a_refused_scorecard_is_not_forgotten(loop: Loop, tmp_path: Path) -> None:
    """Kinder records make no scorecard of a model that was worse on others."""
    home = loop.at("scored", tmp_path)
    registry = Registry(home.models)
    (good,) = registry.scorecards(loop.first)
    card = ComparedScorecard.of_document(good)
    bad = copy.deepcopy(card.figures)
    bad["candidate"]["auprc"]["value"] = 0.0
    worse = f"area under precision and recall: 0.0 against {bad['incumbent']['auprc']['value']}"
    registry.keep_scorecard(loop.first, replace(card, figures=bad, worse=(worse,)).document())
    assert "worse than the champion in area under" in home.fails("promote", "--by", "Ada")
    assert home.aliases() == (None, loop.first, None)


def test_records_given_twice_are_refused(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("trained", tmp_path)
    for command in ("train", "compare"):
        assert "given twice" in home.fails(command, loop.exchanges[2], loop.exchanges[2])


def test_a_day_more_of_the_same_records_asks_nobody_again(loop: Loop, tmp_path: Path) -> None:
    """Other records of the accounts and rings that taught: all of them are known, so too few are left."""
    home = loop.at("trained", tmp_path)
    grown = drawn.write(tmp_path / "grown", 1, habit="addresses")
    assert "0 members among" in home.fails("compare", grown)


def test_a_rollback_brings_the_first_champion_back(loop: Loop, ranked: Path, tmp_path: Path) -> None:
    home = loop.at("rivals scored", tmp_path)
    home.asks("promote", "--by", "Bob")
    answer = home.asks("rollback", "--by", "Ada", "--reason", "too many alarms")
    assert (answer["champion"], answer["challenger"], answer["previous"]) == (loop.first, None, loop.second)
    event = answer["history"][-1]
    assert (event["action"], event["by"], event["reason"]) == ("rollback", "Ada", "too many alarms")
    assert datetime.fromisoformat(event["at"]).tzinfo == UTC
    manifest = home.asks("detect", loop.exchanges[2], "--out", tmp_path / "out")
    assert same_manifest(manifest, manifest_of(ranked))
    assert every_byte(tmp_path / "out") == every_byte(ranked)


def test_what_people_read_names_the_next_step(loop: Loop, tmp_path: Path) -> None:
    home = loop.at("scored", tmp_path)
    printed = home.tell("train", *loop.exchanges[:2]).stdout
    assert "runs in shadow" in printed
    assert "next: `ringleader compare" in printed
    printed = home.tell("promote", "--by", "Ada").stdout
    assert printed.splitlines() == [f"champion: {loop.first}", "challenger: none", "previous: none"]
