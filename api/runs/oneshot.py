"""`detect`: from a folder of records to a folder of rings, with no store in between."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from api.learning.live import learn_from, live_models
from api.runs.folder import read_manifest, read_output, replaced, write_learned, write_run
from api.runs.identity import identity_of
from api.runs.manifest import FinishedRun, manifest_of
from api.runs.stages import Stages
from api.settings import Settings
from api.wiring import keying_of, parameters_of
from graph.ingest import ingest_records
from graph.load import snapshot_of
from graph.progress import Progress, silent
from graph.tape import Tape
from graph.vocabulary import RunId
from models.conduct.find import find_conduct
from models.detect import detect
from models.learning.known import Known


@dataclass(frozen=True)
class Assignment:
    """`source`: folder of input tables. `out`: folder for the output tables. `previous`: the output of an earlier run,
    whose rings keep their ids. `as_of`: the last UTC day to look at."""

    source: Path
    out: Path
    previous: Path | None = None
    as_of: date | None = None


def detect_folder(assignment: Assignment, settings: Settings, progress: Progress = silent) -> FinishedRun:
    """Find rings in a folder of records and write the output tables, all or nothing.

    Raises InputError for what cannot be read, SettingsError for an `out` that holds other things, BusyError when
    another process writes there.
    """
    earlier, members = _rings_of(assignment.previous) if assignment.previous else (None, None)
    stages = Stages()
    with replaced(assignment.out) as folder:
        tape = Tape(folder / "tape")
        with stages.timed("ingest"):
            ingest_records(assignment.source, tape, keying=keying_of(settings), progress=progress)
        with stages.timed("snapshot"):
            snapshot = snapshot_of(tape, assignment.as_of)
        with stages.timed("fingerprint"):
            live = live_models(settings)
            identity = identity_of(snapshot, tape, parameters_of(settings), earlier, live.versions)
        with stages.timed("conduct"):
            conduct = find_conduct(tape, identity.parameters.conduct, assignment.as_of, progress)
        with stages.timed("detect"):
            found = detect(snapshot, identity.parameters, members, progress, conduct)
        with stages.timed("learned"):
            learned = learn_from(live, Known(snapshot, conduct), found, identity.parameters.links)
        manifest = manifest_of(identity, tape, learned.detection, stages, learned.summary())
        write_run(folder, learned.detection, tape.quarantine(), manifest)
        write_learned(folder, learned)
        shutil.rmtree(tape.root)
    return FinishedRun(manifest, learned.detection)


def _rings_of(out: Path) -> tuple[RunId, pl.DataFrame]:
    return RunId(read_manifest(out)["run_id"]), read_output(out, "members").select("ring_id", "account_id")
