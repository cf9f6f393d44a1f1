"""`evaluate`: a run's output against what is known."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from api.runs.folder import read_manifest, read_output
from graph.errors import InputError
from graph.ingest import read_table
from models.scorecard import Scorecard, score_run
from models.scorecard.truth import truth_of_labels, truth_of_world

WORLD_TRUTH = "truth_members.parquet"


def score_folder(out: Path, truth: Path) -> Scorecard:
    """Score the output of a run. `truth`: see `read_truth`. Raises InputError for a folder without a run or without
    truth."""
    read_manifest(out)
    members, alone, evidence, linked = (
        read_output(out, name) for name in ("members", "individuals", "evidence", "linked")
    )
    return score_run(members, evidence, read_truth(truth), linked["account_id"], alone)


def read_truth(path: Path) -> pl.DataFrame:
    """`models.scorecard.truth.TRUTH` from a simulated world's `truth_members.parquet`, or from a labels table; `path`
    is the folder that holds it, or the file."""
    world = path / WORLD_TRUTH if path.is_dir() else path
    if world.name == WORLD_TRUTH and world.is_file():
        return truth_of_world(pl.read_parquet(world))
    return truth_of_labels(read_labels(path))


def read_labels(path: Path) -> pl.DataFrame:
    """A labels table of the contract, whole: a row that breaks it is an InputError, for some of them would mislead."""
    labels, quarantined = read_table(path, "labels")
    if quarantined.height:
        first = quarantined.row(0, named=True)
        raise InputError(
            f"{quarantined.height} labels break the contract, the first in row {first['row']}: {first['reason']}",
            where=str(first["file"]),
            do="mend the labels: some of them would mislead",
        )
    return labels
