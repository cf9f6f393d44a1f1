"""`demo`: a small simulated exchange the whole way, from records to published rings beside the truth."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import polars as pl

from api.cli import printing, rings_view
from api.cli.terminal import watched
from api.runs.loading import load_records
from api.runs.manifest import FinishedRun
from api.runs.nightly import run_loaded
from api.runs.scoring import read_truth, score_folder
from api.runs.worlds import write_world
from api.settings import Settings
from graph.progress import Progress
from models.scorecard import Scorecard
from simulator.worlds import make_parameters

WORLD, SEED = "demo", 7
CAVEAT = (
    "The exchange is simulated, so the truth is known, wrong accusations included. A simulated rate promises nothing "
    "about real customers. Every ring here is for a person to look at (watch), never for a sanction."
)


@dataclass(frozen=True)
class Demonstration:
    run: FinishedRun
    truth: pl.DataFrame
    card: Scorecard

    def as_dict(self) -> dict[str, Any]:
        return {"run": self.run.manifest, "scorecard": self.card.as_dict()}


def demonstrate(settings: Settings, *, then_serve: bool, as_json: bool) -> None:
    """Simulate, load, detect, publish, print; on a terminal serve until stopped. Lives under DATA/demo."""
    own = demo_settings(settings)
    with watched() as progress:
        shown = _demonstration(own, progress)
    if as_json:
        printing.show_json(shown.as_dict())
        return
    printing.show(
        rings_view.rings_table(shown.run.detection, shown.truth),
        rings_view.planted_table(shown.run.detection, shown.truth),
        *rings_view.explanations(shown.run.detection),
        printing.scorecard_table(shown.card.as_dict()),
        CAVEAT,
        f"tables: {own.data / 'out'}; the simulated records and their truth: {own.data / 'world'}",
    )
    if then_serve and sys.stdin.isatty() and sys.stdout.isatty():
        _serve(own)


def demo_settings(settings: Settings) -> Settings:
    """The demo's own embedded stores under DATA/demo, whatever the settings say, so that it never touches others."""
    own = {"data": settings.data / "demo", "tape": None, "graph_url": None, "ledger_url": None, "key": None}
    return settings.model_copy(update=own)


def _demonstration(settings: Settings, progress: Progress) -> Demonstration:
    records, out = settings.data / "world", settings.data / "out"
    write_world(make_parameters(WORLD, SEED), records, progress)
    load_records(records, settings, progress)
    run = run_loaded(settings, out=out, progress=progress)
    return Demonstration(run, read_truth(records), score_folder(out, records))


def _serve(settings: Settings) -> None:
    from api.http.server import serve

    token = settings.api_token.get_secret_value() if settings.api_token else None
    printing.show(f"serving on http://{settings.http_host}:{settings.http_port}/v1/rings, Ctrl-C ends it")
    serve(settings.ledger_location, settings.http_host, settings.http_port, token, settings.poll_seconds)
