"""`doctor`: is each part there, and what to do when it is not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from api.settings import Settings, without_password
from api.wiring import graph_store, ledger, tape_of
from graph.errors import RingleaderError

LIBRARIES = ("duckdb", "igraph", "neo4j", "numpy", "polars", "psycopg", "pyarrow", "sqlalchemy")
LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """`says`: one line; when the part is not `well`, what to do about it."""

    part: str
    well: bool
    says: str


def check_all(settings: Settings) -> list[Finding]:
    """One finding per part, in the order in which they need each other; changes nothing and prints no secret."""
    checks: dict[str, Callable[[Settings], str]] = {
        "python": _python,
        "libraries": _libraries,
        "disk": _disk,
        "tape": _tape,
        "graph store": _graph_store,
        "ledger": _ledger,
    }
    return [_finding(part, check, settings) for part, check in checks.items()]


def _finding(part: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(part, well=True, says=check(settings))
    except RingleaderError as error:
        return Finding(part, well=False, says=str(error))


def _python(_: Settings) -> str:
    if not (3, 11) <= sys.version_info < (3, 14):
        raise RingleaderError(f"Python {platform.python_version()}", do="use Python 3.11, 3.12 or 3.13")
    return f"{platform.python_version()} on {platform.machine()}"


def _libraries(_: Settings) -> str:
    missing = [name for name in LIBRARIES if _version(name) is None]
    if missing:
        raise RingleaderError(f"{', '.join(missing)} not installed", do="install Ringleader again")
    return ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _disk(settings: Settings) -> str:
    place = next(_existing(settings.data))
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        raise RingleaderError(
            f"{free / 1024**3:.1f} GiB free",
            where=str(place),
            do="free some, or point RINGLEADER_DATA at another disk",
        )
    return f"{free / 1024**3:.1f} GiB free for {settings.data}"


def _existing(path: Path) -> Iterator[Path]:
    absolute = path.absolute()
    return (place for place in (absolute, *absolute.parents) if place.exists())


def _tape(settings: Settings) -> str:
    place = next(_existing(settings.tape_folder))
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise RingleaderError(
            "the tape cannot be written", where=str(place), do="mend its permissions, or set RINGLEADER_TAPE"
        )
    segments = tape_of(settings).segments()
    if not segments:
        return f"{settings.tape_folder}: nothing loaded yet, `ringleader ingest INPUT` does that"
    return f"{settings.tape_folder}: segments {len(segments)}"


def _graph_store(settings: Settings) -> str:
    location = settings.graph_location
    if _not_there_yet(location):
        return f"{location}: `ringleader ingest INPUT` makes it"
    with graph_store(settings) as store:
        applied = store.applied_segments()
        run = store.mirrored_run()
    waiting = {segment.name for segment in tape_of(settings).segments()} - applied
    if waiting:
        raise RingleaderError(
            f"segments of the tape that are not in the store: {len(waiting)}",
            where=without_password(location),
            do="run `ringleader run`, or the last `ringleader ingest` again",
        )
    return f"{without_password(location)}: segments applied {len(applied)}, rings shown of {run or 'no run yet'}"


def _ledger(settings: Settings) -> str:
    location = settings.ledger_location
    if _not_there_yet(location):
        return f"{location}: `ringleader run` makes it"
    with ledger(settings) as book:
        latest = book.latest()
    return f"{without_password(location)}: latest run {latest or 'none yet'}"


def _not_there_yet(location: str) -> bool:
    """Whether an embedded store still has to be made, which is no fault."""
    path = Path(location.removeprefix("sqlite:///")).expanduser()
    return ("://" not in location or location.startswith("sqlite:///")) and not path.exists()
