"""The manifest of a run: what went in, what decided, what came out, what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from api.runs.identity import Identity
from api.runs.stages import Stages, peak_memory
from graph.tape import Tape
from models.detection import Detection


@dataclass(frozen=True)
class FinishedRun:
    """`repeated`: the run was in the ledger already, for neither the records nor the detector have changed."""

    manifest: dict[str, Any]
    detection: Detection
    repeated: bool = False


def manifest_of(
    identity: Identity, tape: Tape, detection: Detection, stages: Stages, learned: Mapping[str, object]
) -> dict[str, Any]:
    """The content of `run.json`, as the output contract lists it; all but `stages` and `peak_memory_bytes` is the same
    whenever the same run is repeated. `learned`: `api.learning.live.Learned.summary`."""
    segments = tape.segments()
    return {
        "run_id": identity.run_id,
        "previous_run_id": identity.previous,
        "as_of": identity.as_of.isoformat() if identity.as_of else None,
        "snapshot_fingerprint": identity.snapshot,
        "tape_fingerprint": identity.tape,
        "input": input_tables(tape),
        "tables_missing": sorted(set.intersection(*[set(segment.missing) for segment in segments] or [set()])),
        "switched_off": list(detection.switched_off),
        "abstained": list(detection.abstained),
        "warnings": list(dict.fromkeys(warning for segment in segments for warning in segment.warnings)),
        "code_version": version("ringleader"),
        "detector_fingerprint": identity.detector,
        "parameters": asdict(identity.parameters),
        "seed": identity.parameters.seed,
        "model_version": learned.get("champion"),
        "learned": dict(learned),
        "certificate": {"id": None, "kind": "none"},
        "provisional_tiers": dict(detection.provisional.group_by("tier").len().sort("tier").iter_rows()),
        "active_accounts": {day.isoformat(): accounts for day, accounts in detection.active.iter_rows()},
        "output": {name: frame.height for name, frame in detection.tables()},
        "stages": dict(stages.seconds),
        "peak_memory_bytes": peak_memory(),
    }


def input_tables(tape: Tape) -> dict[str, dict[str, Any]]:
    """Per input table: rows `read`, `loaded`, `quarantined`, `duplicates`, over all ingests, and `fingerprint`."""
    return {
        name: {
            "read": report.read,
            "loaded": report.loaded,
            "quarantined": report.quarantined,
            "duplicates": report.duplicates,
            "fingerprint": tape.fingerprint(name),
        }
        for name, report in sorted(tape.reports().items())
    }
