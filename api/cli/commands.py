"""The commands; each imports what it needs only when it runs, so that help is quick."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.ending import DEBUG_VARIABLE, FAILURE, ends_in_one_line

app = typer.Typer(
    help="Finds coordinated rings on an exchange, with the evidence for every member.",
    no_args_is_help=True,
    add_help_option=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for machines.")]
Input = Annotated[Path, typer.Argument(metavar="INPUT", help="Folder with the tables of docs/data-contract.md.")]
Out = Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder for the output tables.")]
AlsoOut = Annotated[Path | None, typer.Option("--out", metavar="OUT", help="Write the output tables there, too.")]
Earlier = Annotated[
    Path | None,
    typer.Option("--previous", metavar="OLD_OUT", help="Output of an earlier run: its rings keep their ids."),
]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Use only what happened up to this UTC day.")
]
Run = Annotated[Path, typer.Argument(metavar="OUT", help="Output of `ringleader detect`.")]
Truth = Annotated[
    Path, typer.Option("--truth", metavar="TRUTH", help="truth_members of a simulated world, or a labels table.")
]
Before = Annotated[str, typer.Option("--before", metavar="DAYS", help="Two UTC days, as 2026-01-21..2026-02-03.")]
After = Annotated[str, typer.Option("--after", metavar="DAYS", help="The period to compare with it.")]
Labelled = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT...", help="Folders of input tables with labels, or simulated worlds with truth."),
]
Version = Annotated[str, typer.Option("--version", help="A version, or champion, challenger, previous.")]
By = Annotated[str, typer.Option("--by", help="The name of the person who decides.")]
World = Annotated[str, typer.Option("--world", metavar="W", help="Which world: see docs/simulator.md for all.")]
WorldFolder = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder for the tables; a world there is replaced.")
]
Seed = Annotated[int, typer.Option("--seed", help="Another seed, another world; the same seed, the same bytes.")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on; RINGLEADER_HTTP_HOST otherwise.")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on; RINGLEADER_HTTP_PORT otherwise.")
]


def _show_help(context: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(context.get_help())
        raise typer.Exit


# typer's own help option makes it import pydantic before any command: half of the time that help may take
Help = Annotated[bool, typer.Option("--help", is_eager=True, callback=_show_help, help="Show this message and exit.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@app.callback()
def ringleader(debug: Debug = False, _help: Help = False) -> None:
    """Finds coordinated rings on an exchange, with the evidence for every member."""
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


@app.command()
@ends_in_one_line()
def detect(source: Input, out: Out, previous: Earlier = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Read the input tables, find rings, write the output tables. Needs no server."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.runs.oneshot import Assignment, detect_folder
    from api.settings import read_settings

    assignment = Assignment(source, out, previous, as_of.date() if as_of else None)
    with watched() as progress:
        finished = detect_folder(assignment, read_settings(), progress)
    answers.finished(finished, out, as_json=as_json)


@app.command()
@ends_in_one_line()
def ingest(source: Input, as_json: Json = False) -> None:
    """Load records into the tape and the graph store; repeating it changes nothing."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.runs.loading import load_records
    from api.settings import read_settings

    with watched() as progress:
        report = load_records(source, read_settings(), progress)
    answers.ingested(report, as_json=as_json)


@app.command()
@ends_in_one_line()
def run(out: AlsoOut = None, as_json: Json = False) -> None:
    """Find rings in what is loaded, publish them to the ledger, show them in the graph store."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.runs.nightly import run_loaded
    from api.settings import read_settings

    with watched() as progress:
        finished = run_loaded(read_settings(), out=out, progress=progress)
    answers.finished(finished, out, as_json=as_json)


@app.command()
@ends_in_one_line()
def serve(host: Host = None, port: Port = None) -> None:
    """Answer over HTTP from the last published run."""
    from api.http.server import serve as serve_http
    from api.settings import read_settings

    settings = read_settings()
    serve_http(
        settings.ledger_location,
        host or settings.http_host,
        settings.http_port if port is None else port,
        settings.api_token.get_secret_value() if settings.api_token else None,
        settings.poll_seconds,
    )


@app.command()
@ends_in_one_line()
def evaluate(out: Run, truth: Truth, as_json: Json = False) -> None:
    """Score the rings of a run against what is known about accounts."""
    from api.cli import answers
    from api.runs.scoring import score_folder

    answers.scored(score_folder(out, truth), as_json=as_json)


@app.command()
@ends_in_one_line()
def activity(out: Run, before: Before, after: After, as_json: Json = False) -> None:
    """Compare coordinated conduct between any two periods of a run."""
    from api.cli import answers
    from api.runs.periods import compare_periods
    from models.conduct.activity import Period

    answers.compared(compare_periods(out, Period.of(before), Period.of(after)), as_json=as_json)


@app.command()
@ends_in_one_line()
def train(
    sources: Labelled,
    kind: Annotated[str, typer.Option("--kind", help="trees, gnn (needs the extra gnn), or both.")] = "trees",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another model.")] = 0,
    embargo: Annotated[
        int, typer.Option("--embargo", min=0, help="Days after the cut whose decisions are of neither part.")
    ] = 7,
    as_json: Json = False,
) -> None:
    """Train a model on labelled records; it runs in shadow if it is better than what is live, and changes nothing."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.learning.training import train_folders
    from api.settings import read_settings
    from models.retraining.training import TrainingParameters

    with watched() as progress:
        trained = train_folders(sources, read_settings(), TrainingParameters(kind, seed), embargo, progress)
    answers.trained(trained, as_json=as_json)


@app.command()
@ends_in_one_line()
def compare(sources: Labelled, version: Version = "challenger", as_json: Json = False) -> None:
    """Score a version beside what is live, on labelled records that neither was trained on; keep the scorecard."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.learning.promotion import compare_folders
    from api.settings import read_settings

    with watched() as progress:
        card = compare_folders(sources, read_settings(), version, progress)
    answers.versions_compared(card, as_json=as_json)


@app.command()
@ends_in_one_line()
def promote(by: By, version: Version = "challenger", as_json: Json = False) -> None:
    """Let a version rank members from the next run on; needs the scorecard of `compare`, with nothing worse on it."""
    from api.cli import answers
    from api.learning.promotion import promote_version
    from api.settings import read_settings

    answers.in_force(promote_version(read_settings(), version, by), as_json=as_json)


@app.command()
@ends_in_one_line()
def rollback(
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept for ever.")],
    as_json: Json = False,
) -> None:
    """Let the model before the present one rank again."""
    from api.cli import answers
    from api.learning.promotion import roll_back
    from api.settings import read_settings

    answers.in_force(roll_back(read_settings(), by, reason), as_json=as_json)


@app.command()
@ends_in_one_line()
def simulate(
    world: World,
    out: WorldFolder,
    seed: Seed = 0,
    accounts: Annotated[
        int | None, typer.Option("--accounts", help="How many; the world's own number otherwise.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="How long; the world's own length otherwise.")] = None,
    ring_members: Annotated[
        int | None, typer.Option("--ring-members", help="Accounts in rings; the world's own share otherwise.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a labelled exchange: the input tables of docs/data-contract.md, and what is true of them."""
    from api.cli import answers
    from api.cli.terminal import watched
    from api.runs.worlds import write_world
    from simulator.worlds import make_parameters

    parameters = make_parameters(world, seed, accounts=accounts, days=days, ring_members=ring_members)
    with watched() as progress:
        written = write_world(parameters, out, progress)
    answers.simulated(written, out, as_json=as_json)


@app.command()
@ends_in_one_line()
def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after printing, on a terminal too.")] = False,
    as_json: Json = False,
) -> None:
    """Simulate a small exchange, find its rings, print them beside the truth; on a terminal, then serve them."""
    from api.cli import showcase
    from api.settings import read_settings

    showcase.demonstrate(read_settings(), then_serve=not (no_serve or as_json), as_json=as_json)


@app.command()
@ends_in_one_line()
def openapi() -> None:
    """Print the OpenAPI document of what `serve` answers."""
    from api.cli.printing import show_json
    from api.http.application import openapi_document

    show_json(openapi_document())


@app.command()
@ends_in_one_line()
def doctor(as_json: Json = False) -> None:
    """Check each part and say what to do about what is wrong; exit code 1 when anything is."""
    from api.checkup import check_all
    from api.cli import answers
    from api.settings import read_settings

    findings = check_all(read_settings())
    answers.checked(findings, as_json=as_json)
    if not all(finding.well for finding in findings):
        raise typer.Exit(FAILURE)
