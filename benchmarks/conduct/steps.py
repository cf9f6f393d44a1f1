"""The steps that `benchmarks.conduct.speed` measures, each in a process of its own that loads nothing else.

python -m benchmarks.conduct.steps STEP TAPE MEMORY THREADS
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from graph.engine import EngineLimits, engine
from graph.progress import silent
from graph.tape import Tape
from graph.tape.engine import DuckTape
from models.conduct.closed_sets import closed_sets
from models.conduct.detect import DEFAULTS, repeated_acts
from models.conduct.harmed import losses, unfair_gains
from models.conduct.reading import active_accounts, shortcomings, show_tape
from models.conduct.typologies import TYPOLOGIES


class TimedTape(DuckTape):
    """Notes how long each kept relation took."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self.noted: list[tuple[str, float]] = []

    def keep(self, name: str, sql: str) -> None:
        started = time.perf_counter()
        super().keep(name, sql)
        self.noted.append((name, time.perf_counter() - started))


def by_step(noted: list[tuple[str, float]]) -> dict[str, float]:
    """Seconds by relation or typology: the acts of a typology are kept just before those of them that count."""
    made: dict[str, float] = {}
    waiting = 0.0
    for name, seconds in noted:
        if name == "acts":
            waiting = seconds
        else:
            step = name.removeprefix("counted_")
            made[step] = made.get(step, 0.0) + seconds + (waiting if step in TYPOLOGIES else 0.0)
    return {step: round(seconds, 2) for step, seconds in made.items()}


def conduct(folder: Path, limits: EngineLimits) -> dict[str, Any]:
    """All that a run asks of the tape, in its order."""
    stages: dict[str, float] = {}
    before = time.process_time()
    with engine(limits, spill=folder.parent) as connection:
        tape = TimedTape(connection)
        last = started = time.perf_counter()

        def note(stage: str) -> None:
            nonlocal last
            stages[stage], last = round(time.perf_counter() - last, 2), time.perf_counter()

        show_tape(tape, Tape(folder), None)
        shortcomings(tape, DEFAULTS)
        active_accounts(tape)
        note("extent and activity")
        closed_sets(tape, DEFAULTS.closed_sets)
        note("closed sets")
        acts = repeated_acts(tape, DEFAULTS, silent)
        note("acts")
        gains, harm = unfair_gains(tape), losses(tape)
        note("harm")
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "stages": stages,
        "steps": by_step(tape.noted),
        "episodes": acts.height,
        "harmed": harm.height,
        "gains": gains.height,
        "answer": digest_of(acts),
        **_used(before),
    }


def scan(folder: Path, limits: EngineLimits) -> dict[str, Any]:
    """Every column of orders and trades is read, and nothing else done."""
    with engine(limits, spill=folder.parent) as connection:
        started, before = time.perf_counter(), time.process_time()
        rows = 0
        for table in ("orders", "trades"):
            files = [str(path) for path in Tape(folder).paths(table)]
            connection.execute("SELECT count(COLUMNS(*)) FROM read_parquet(?, hive_partitioning = false)", [files])
            connection.fetchall()
            rows += connection.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchall()[0][0]
        seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 2), "rows": rows, **_used(before)}


def digest_of(acts: pl.DataFrame) -> str:
    """Equal for equal episodes."""
    return hashlib.sha256("\n".join(acts["episode_id"].sort()).encode()).hexdigest()[:16]


def _used(before: float) -> dict[str, float]:
    """Seconds of all cores together since `before`, and the most memory that this process ever held.

    Linux's own count: the portable `ru_maxrss` starts from what the parent held.
    """
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    return {"cpu_seconds": round(time.process_time() - before, 1), "own_peak_mib": peak // 1024}


STEPS = {"conduct": conduct, "scan": scan}


def main() -> None:
    name, folder, memory, threads = sys.argv[1:]
    print(json.dumps(STEPS[name](Path(folder), EngineLimits(memory, int(threads)))))


if __name__ == "__main__":
    main()
