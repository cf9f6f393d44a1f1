"""The commands; each imports what it needs only when it runs, so that help is quick."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.ending import DEBUG_VARIABLE, ends_in_one_line

app = typer.Typer(
    help="Finds coordinated rings on an exchange, with the evidence for every member.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]
Input = Annotated[Path, typer.Argument(metavar="INPUT", help="Folder with the tables of docs/data-contract.md.")]


@app.callback()
def ringleader(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Finds coordinated rings on an exchange, with the evidence for every member."""
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


@app.command()
@ends_in_one_line()
def detect(
    source: Input,
    out: Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder for the output tables.")],
    previous: Annotated[
        Path | None, typer.Option("--previous", metavar="OLD_OUT", help="Output of an earlier run: rings keep their ids.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Use only what happened up to this UTC day.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the input tables, find rings, write the output tables. Needs no server."""
    from api.cli import printing
    from api.cli.terminal import watched
    from api.runs.oneshot import detect_folder
    from api.settings import read_settings

    with watched() as progress:
        outcome = detect_folder(
            source, out, read_settings(), previous=previous, as_of=as_of and as_of.date(), progress=progress
        )
    printing.show(outcome.as_dict() if as_json else printing.detected(outcome))
