"""A server process under guard: it ends with the `with` block, and also when whoever started it is killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.fetching import ServerError

GUARD = Path(__file__).with_name("guard.py")
START_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def folder_for(name: str) -> Iterator[Path]:
    """A new folder outside any home, so that a server under another user can reach it."""
    folder = Path(tempfile.mkdtemp(prefix=f"ringleader-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def guarded(
    name: str, command: list[str], folder: Path, ready: Callable[[], bool], *, ending: str, user: str | None = None
) -> Iterator[None]:
    """Run `command` in `folder` as `user` until the block ends; `ready` is asked until it says so.

    Raises ServerError when the server ends by itself or is not ready in START_SECONDS.
    """
    guard = subprocess.Popen(
        [sys.executable, str(GUARD), ending, str(folder), user or "", *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if guard.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{name} did not start: {_last_line(folder)}; command: {' '.join(command)[:200]}")
            time.sleep(0.1)
        yield
    finally:
        if guard.stdin:
            guard.stdin.close()
        guard.wait()


def _last_line(folder: Path) -> str:
    output = folder / "output"
    lines = output.read_text(errors="replace").split("\n") if output.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
