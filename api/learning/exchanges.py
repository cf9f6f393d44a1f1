"""One exchange's records with what is known of its accounts, ready for a model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from api.runs.identity import snapshot_fingerprint, tape_fingerprint
from api.runs.scoring import WORLD_TRUTH, read_labels
from api.settings import Settings
from api.wiring import keying_of, parameters_of
from graph.ingest import ingest_records
from graph.load import snapshot_of
from graph.progress import Progress
from graph.tape import Tape
from models.conduct.find import find_conduct
from models.detect import detect
from models.learning.known import Known
from models.learning.labels import judgements_of_labels, judgements_of_world
from models.learning.sight import Sight
from models.parameters import Parameters

SIMULATED, OWN = "simulated", "own records"


@dataclass(frozen=True)
class Looked:
    """An exchange as of a day. `rules`: score of each account by rules alone, 0 where it is not told."""

    sight: Sight
    rules: np.ndarray[tuple[int], np.dtype[np.float64]]
    fingerprint: str


@dataclass(frozen=True)
class Exchange:
    """`judgements`: `models.learning.labels.JUDGEMENTS`. `origin`: `SIMULATED` or `OWN`."""

    name: str
    tape: Tape
    judgements: pl.DataFrame
    origin: str
    parameters: Parameters

    def as_of(self, day: date | None, progress: Progress) -> Looked:
        snapshot = snapshot_of(self.tape, day)
        conduct = find_conduct(self.tape, self.parameters.conduct, day, progress)
        found = detect(snapshot, self.parameters, progress=progress, conduct=conduct)
        sight = Sight.of(Known(snapshot, conduct), self.parameters.links)
        told = pl.concat([each.select("account_id", "score") for each in (found.members, found.individuals)])
        best = told.group_by("account_id").agg(pl.col("score").max())
        rules = sight.account_ids.to_frame("account_id").join(best, on="account_id", how="left", maintain_order="left")
        mark = f"{snapshot_fingerprint(snapshot)}:{tape_fingerprint(self.tape, day)}"
        return Looked(sight, rules["score"].fill_null(0.0).to_numpy(), mark)


@contextmanager
def opened(source: Path, settings: Settings, progress: Progress) -> Iterator[Exchange]:
    """Read a folder of input tables with a `labels` table, or a simulated world with its truth, into a tape that is
    gone afterwards. Raises InputError."""
    judgements, origin = _judgements(source)
    with tempfile.TemporaryDirectory(prefix="ringleader-train-") as folder:
        tape = Tape(Path(folder) / "tape")
        ingest_records(source, tape, keying=keying_of(settings), progress=progress)
        yield Exchange(source.name, tape, judgements, origin, parameters_of(settings))


def _judgements(source: Path) -> tuple[pl.DataFrame, str]:
    world = source / WORLD_TRUTH
    if world.is_file():
        return judgements_of_world(pl.read_parquet(world)), SIMULATED
    return judgements_of_labels(read_labels(source)), OWN
