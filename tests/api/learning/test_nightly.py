"""`run` with a champion: what the ledger says, what is kept beside it, and what makes a new run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import polars as pl

from api.learning.live import NO_MODEL
from casework.ledger import Ledger
from graph.vocabulary import RunId
from tests.api import exchange
from tests.api.learning.conftest import Home, Loop
from tests.api.learning.outputs import learned, told


def _published(home: Home) -> list[str]:
    with closing(Ledger(str(home.data / "ledger.db"))) as ledger:
        return [run.run_id for run in ledger.runs()]


def _ledger_scores(home: Home, run: str) -> pl.DataFrame:
    with closing(Ledger(str(home.data / "ledger.db"))) as ledger:
        members = ledger.load(RunId(run)).detection.members
    return members.select("account_id", "score").sort("account_id", "score")


def _kept(home: Home, run: str, alias: str) -> pl.DataFrame:
    return learned(home.data / "learned" / run, alias)


def test_night_after_night_with_other_models(loop: Loop, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.asks("ingest", exchange.write(tmp_path / "in", exchange.tables()))
    first = home.asks("run")
    assert first["model_version"] is None
    assert NO_MODEL in first["switched_off"]
    assert not (home.data / "learned").exists()

    loop.at("rivals scored", tmp_path)
    second = home.asks("run", "--out", tmp_path / "out")
    assert not second["repeated"]
    assert second["previous_run_id"] == first["run_id"]
    assert second["model_version"] == loop.first
    assert second["learned"]["challenger"] == loop.second
    members = _ledger_scores(home, second["run_id"])
    assert members["account_id"].to_list() == sorted(exchange.PLANTED)
    assert members.equals(_kept(home, second["run_id"], "champion"))
    assert members.equals(told(tmp_path / "out"))
    assert not members.equals(_ledger_scores(home, first["run_id"]))
    kept = home.data / "learned" / second["run_id"]
    assert sorted(path.name for path in kept.iterdir()) == [
        "drift.parquet",
        "learned_scores.parquet",
        "tier_changes.parquet",
    ]
    for path in kept.iterdir():
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()

    assert home.asks("run")["repeated"]
    assert len(_published(home)) == 2

    home.asks("promote", "--by", "Bob")
    third = home.asks("run")
    assert (third["repeated"], third["model_version"]) == (False, loop.second)
    assert third["previous_run_id"] == second["run_id"]
    assert _ledger_scores(home, third["run_id"]).equals(_kept(home, second["run_id"], "challenger"))
    assert {*_published(home)} == {first["run_id"], second["run_id"], third["run_id"]}
    assert {path.name for path in (home.data / "learned").iterdir()} == {second["run_id"], third["run_id"]}
