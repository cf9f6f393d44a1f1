"""Records into the tape and the graph store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.settings import Settings
from api.wiring import graph_store, keying_of, tape_of
from graph.ingest import IngestReport, ingest_records
from graph.load import load_graph
from graph.locking import only_one
from graph.progress import Progress, silent


@contextmanager
def one_writer(settings: Settings) -> Iterator[None]:
    """`ingest` and `run` exclude each other, so that no run looks at half a load."""
    with only_one(settings.data / "writer.lock", "ingests or runs on this data folder"):
        yield


def load_records(source: Path, settings: Settings, progress: Progress = silent) -> IngestReport:
    """Read a folder of input tables into the tape, then apply what is new to the graph store.

    Repeating it, also after a crash at any point, ends in the same state. Raises InputError, StoreError, BusyError.
    """
    with one_writer(settings), graph_store(settings) as store:
        store.prepare()
        tape = tape_of(settings)
        report = ingest_records(source, tape, keying=keying_of(settings), progress=progress)
        load_graph(tape, store, progress)
    return report
