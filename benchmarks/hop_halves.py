"""Detection on the Hop airdrop, figures apart for the rings that parameters were chosen on and those they were not.

    uv run python -m benchmarks.hop_halves [--json]

The halves are fixed by a hash of each ring's label (of the account where there is none), so nobody can choose them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path

import polars as pl

from graph.ingest.records import ingest_records
from graph.ingest.single import read_table
from graph.load import snapshot_of
from graph.tape.tape import Tape
from models.detect import detect
from models.scorecard import Scorecard, score_run
from models.scorecard.truth import truth_of_labels

EXAMPLE = Path(__file__).parent.parent / "examples" / "hop-airdrop"
HALVES = ("chosen on", "reported on")


def halves(truth: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """`truth` in two by ring."""
    keys = truth.select(pl.coalesce("ring", "account_id").alias("key"))["key"]
    second = pl.Series([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 2 == 1 for key in keys])
    return {HALVES[0]: truth.filter(~second), HALVES[1]: truth.filter(second), "all": truth}


def score_halves(example: Path = EXAMPLE) -> dict[str, Scorecard]:
    with tempfile.TemporaryDirectory() as folder:
        tape = Tape(Path(folder))
        ingest_records(example, tape)
        found = detect(snapshot_of(tape))
    labels, _ = read_table(example, "labels")
    return {
        name: score_run(found.members, found.evidence, half, found.linked)
        for name, half in halves(truth_of_labels(labels)).items()
    }


def _line(name: str, card: Scorecard) -> str:
    report = next(group for group in card.groups if group.group == "report")
    low, high = card.precision.interval
    return (
        f"{name:12s} precision {card.precision.value:.3f} [{low:.3f}, {high:.3f}]  "
        f"recall of report members {report.recall.value:.3f} (at precision 0.90: {report.recall_at_precision:.3f}, "
        f"of those with evidence: {report.recall_with_evidence.value:.3f})  "
        f"precision without component accounts {card.precision_without['component'].value:.3f}  "
        f"cleared members flagged {card.cleared_flagged.hits} of {card.cleared_flagged.of}  "
        f"members without evidence {card.members_without_evidence}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    started = time.perf_counter()
    as_json = parser.parse_args().json
    cards = score_halves()
    if as_json:
        print(json.dumps({name: card.as_dict() for name, card in cards.items()}, indent=2))
        return
    for name, card in cards.items():
        print(_line(name, card))
    print(f"{time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
