"""The port's contract: the same SQL on DuckDB and, transpiled, on PySpark gives the same rows."""

from __future__ import annotations

import inspect
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyspark.sql import SparkSession

from graph.tape.engine import DuckTape, TapeEngine, tape_engine
from models.conduct.detect import DEFAULTS, repeated_acts
from models.conduct.placements import placements
from models.conduct.typologies import TYPOLOGIES, relation_sql
from tests.models.conduct.planted import random_tape
from tests.models.conduct.spark_engine import SparkTape
from tests.models.conduct.tapes import Tape
from tests.models.conduct.ties import TIES

SIGNIFICANT_DIGITS = 9


def _acts(engine: TapeEngine, tape: Tape, folder: Path) -> pl.DataFrame:
    folder.mkdir()
    tape.show(engine, folder)
    found = repeated_acts(engine)
    numbers = [name for name, kind in found.schema.items() if kind == pl.Float64]
    rounded = found.with_columns(pl.col(name).round_sig_figs(SIGNIFICANT_DIGITS) for name in numbers)
    return rounded.sort("episode_id", "account_id", "own_act", *numbers)


def _on_duckdb(tape: Tape, folder: Path) -> pl.DataFrame:
    with tape_engine() as engine:
        return _acts(engine, tape, folder)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_engines_tell_the_same_episodes(seed: int, spark: SparkSession, tmp_path: Path) -> None:
    tape = random_tape(seed, DEFAULTS)
    ours = _on_duckdb(tape, tmp_path / "duckdb")
    counts = dict(ours.group_by("typology").len().iter_rows())
    assert {typology for typology in TYPOLOGIES if counts.get(typology, 0) < 20} == set()
    assert {f"tie-{typology}" for typology in TYPOLOGIES} <= set(ours["account_id"].str.extract(r"^(tie-[a-z_]+)"))
    theirs = _acts(SparkTape(spark, tmp_path / "kept"), tape, tmp_path / "spark")
    assert_frame_equal(ours, theirs)


def _placements(engine: TapeEngine, tape: Tape, folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    folder.mkdir()
    tape.show(engine, folder)
    engine.show("fills", relation_sql("fills", DEFAULTS))
    engine.keep("watched", "SELECT DISTINCT account_id FROM orders")
    return placements(engine, DEFAULTS.placements)


def test_both_engines_see_the_same_beginnings_and_surroundings(spark: SparkSession, tmp_path: Path) -> None:
    tape = random_tape(1, DEFAULTS)
    with tape_engine() as engine:
        ours = _placements(engine, tape, tmp_path / "duckdb")
    theirs = _placements(SparkTape(spark, tmp_path / "kept"), tape, tmp_path / "spark")
    for one, other in zip(ours, theirs, strict=True):
        assert one.height > 20
        assert_frame_equal(one, other)
    assert ours[0]["alone"].n_unique() == 2
    assert ours[0]["last_fill"].null_count() < ours[0].height
    assert ours[0]["move"].max() > 1  # type: ignore[operator]


@pytest.mark.parametrize("tie", [f"{typology} {tie}" for typology, ties in TIES.items() for tie in ties])
def test_a_tie_is_at_its_threshold(tie: str, tmp_path: Path) -> None:
    """The smallest step off it takes every act of its typology away from its account."""
    told = []
    for name, nudged in (("tied", ""), ("nudged", tie)):
        acts = _on_duckdb(random_tape(1, DEFAULTS, nudged), tmp_path / name)
        told.append(set(acts.filter(typology=tie.split()[0])["account_id"]))
    assert any(account.startswith("tie-") for account in told[0] - told[1])


@pytest.mark.parametrize("adapter", [DuckTape, SparkTape])
def test_adapters_have_the_signatures_of_the_port(adapter: type) -> None:
    for name, method in inspect.getmembers(TapeEngine, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(adapter, name)) == inspect.signature(method), name
