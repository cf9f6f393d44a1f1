"""Runs the command line as users do: as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "api.cli")
REPOSITORY = Path(__file__).resolve().parents[2]


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with no setting of Ringleader but those given (`DATA` means `RINGLEADER_DATA`)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGLEADER_")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **{f"RINGLEADER_{name}": value for name, value in settings.items()}}


def ringleader(*arguments: object, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def succeeds(*arguments: object, cwd: Path, **settings: str) -> dict[str, Any]:
    """Run a command with `--json`; answers its document, and shows its stderr when it fails."""
    done = ringleader(*arguments, "--json", cwd=cwd, **settings)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def fails(*arguments: object, cwd: Path, **settings: str) -> str:
    """Run a command that must fail with exit code 1 and exactly one line on stderr; answers the line."""
    done = ringleader(*arguments, cwd=cwd, **settings)
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("ringleader: ")
    return done.stderr.rstrip("\n")
