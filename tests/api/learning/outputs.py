"""Compares what a run with a model left behind with what one without it did."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from api.learning.live import NO_MODEL
from models.detection import SCHEMAS
from tests.api.outputs import manifest_of

SCORED = ("rings", "members", "individuals")
SAME = (*[name for name in SCHEMAS if name not in SCORED], "linked", "closed_sets", "provisional_tiers", "quarantine")
NAMING = {"run_id", "stages", "peak_memory_bytes", "model_version", "learned", "switched_off"}
"""Of the manifest, what a model changes, and what no two runs share."""


def read(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet")


def every_byte(out: Path) -> dict[str, bytes]:
    """Of each Parquet file of an output."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.parquet"))}


def only_scores_differ(ruled: Path, ranked: Path) -> None:
    for name in SAME:
        assert (ruled / f"{name}.parquet").read_bytes() == (ranked / f"{name}.parquet").read_bytes(), name
    for name in SCORED:
        before, after = read(ruled, name), read(ranked, name)
        assert before.drop("score").equals(after.drop("score")), name
    one, other = manifest_of(ruled), manifest_of(ranked)
    assert {k: v for k, v in one.items() if k not in NAMING} == {k: v for k, v in other.items() if k not in NAMING}
    assert one["run_id"] != other["run_id"]
    assert one["model_version"] is None
    assert [said for said in one["switched_off"] if said != NO_MODEL] == other["switched_off"]
    assert NO_MODEL in one["switched_off"]


def told(out: Path) -> pl.DataFrame:
    """`account_id`, `score` of who is told, in a ring or alone, sorted."""
    both = [read(out, name).select("account_id", "score") for name in ("members", "individuals")]
    return pl.concat(both).sort("account_id", "score")


def learned(out: Path, alias: str) -> pl.DataFrame:
    """`account_id`, `score` that a model gives who is told, sorted."""
    rows = read(out, "learned_scores").filter(pl.col("alias") == alias)
    return rows.select("account_id", "score").sort("account_id", "score")
