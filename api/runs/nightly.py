"""`run`: from what is loaded to a published run."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import polars as pl

from api.learning.live import Live, learn_from, live_models
from api.runs.folder import keep_learned, replaced, write_learned, write_run
from api.runs.identity import Identity, identity_of
from api.runs.loading import one_writer
from api.runs.manifest import FinishedRun, manifest_of
from api.runs.stages import Stages
from api.settings import Settings
from api.wiring import graph_store, ledger, parameters_of, tape_of
from casework.ledger import Ledger, PublishedRun
from graph.errors import InputError
from graph.load import load_graph
from graph.progress import Progress, silent
from graph.snapshot import Snapshot
from graph.store.port import GraphStore
from graph.tape import Tape
from graph.vocabulary import RunId
from models.conduct.find import find_conduct
from models.detect import detect
from models.detection import Detection
from models.learning.known import Known
from models.parameters import Parameters


def run_loaded(settings: Settings, *, out: Path | None = None, progress: Progress = silent) -> FinishedRun:
    """Detect on what the graph store holds, publish to the ledger, show the rings to analysts in the graph store.

    Rings continue those of the latest published run; nothing new to look at means nothing new to publish. May be
    repeated after a crash at any point. `out`: write the output tables there, too. Raises InputError when nothing is
    loaded, StoreError, BusyError.
    """
    stages = Stages()
    with (
        replaced(out) if out else nullcontext() as folder,
        one_writer(settings),
        graph_store(settings) as store,
        ledger(settings) as book,
    ):
        tape = tape_of(settings)
        snapshot = _loaded(tape, store, stages, progress)
        book.migrate()
        with stages.timed("fingerprint"):
            live = live_models(settings)
            identity, published = _named(snapshot, tape, parameters_of(settings), book, live)
        if published and folder is None:
            finished = FinishedRun(dict(published.manifest), published.detection, repeated=True)
        else:
            with stages.timed("conduct"):
                conduct = find_conduct(tape, identity.parameters.conduct, progress=progress)
            with stages.timed("detect"):
                earlier = _members(book, identity.previous)
                found = detect(snapshot, identity.parameters, earlier, progress, conduct)
            with stages.timed("learned"):
                learned = learn_from(live, Known(snapshot, conduct), found, identity.parameters.links)
            fresh = manifest_of(identity, tape, learned.detection, stages, learned.summary())
            manifest = dict(published.manifest) if published else fresh
            finished = FinishedRun(manifest, learned.detection, repeated=published is not None)
            keep_learned(settings.data / "learned" / identity.run_id, learned)
            book.publish(identity.run_id, finished.manifest, finished.detection, snapshot.accounts["id"])
        _show_to_analysts(store, identity.run_id, finished.detection)
        if folder is not None:
            write_run(folder, finished.detection, tape.quarantine(), finished.manifest)
            write_learned(folder, learned)
    return finished


def _loaded(tape: Tape, store: GraphStore, stages: Stages, progress: Progress) -> Snapshot:
    """The whole graph, after what an interrupted `ingest` left over has been applied."""
    with stages.timed("load"):
        store.prepare()
        load_graph(tape, store, progress)
    with stages.timed("snapshot"):
        snapshot = store.snapshot()
    if snapshot.accounts.is_empty():
        raise InputError(
            "nothing is loaded", where=str(tape.root), do="load records with `ringleader ingest INPUT` first"
        )
    return snapshot


def _named(
    snapshot: Snapshot, tape: Tape, parameters: Parameters, book: Ledger, live: Live
) -> tuple[Identity, PublishedRun | None]:
    """Who this run is, and the run in the ledger when it is the latest there already."""
    latest = book.latest()
    identity = identity_of(snapshot, tape, parameters, latest, live.versions)
    if latest is None:
        return identity, None
    published = book.load(latest)
    if not identity.repeats(published.manifest):
        return identity, None
    return replace(identity, previous=published.manifest["previous_run_id"]), published


def _members(book: Ledger, run: RunId | None) -> pl.DataFrame | None:
    return book.load(run).detection.members.select("ring_id", "account_id") if run else None


def _show_to_analysts(store: GraphStore, run: RunId, detection: Detection) -> None:
    if store.mirrored_run() != run:
        rings = detection.rings.select("ring_id", "score", "tier", "size", "summary")
        store.mirror_rings(run, rings, detection.members.select("ring_id", "account_id", "role", "score", "tier"))
