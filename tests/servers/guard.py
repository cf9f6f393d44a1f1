"""Run a server for as long as somebody holds our standard input open, then end it and remove its folder.

`guard.py SIGNAL FOLDER USER COMMAND...` (USER empty: ours): so nothing is left behind even when the tests are killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PATIENCE = 20.0


def main(ending: signal.Signals, folder: Path, user: str | None, command: list[str]) -> int:
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=folder,
            user=user,
            extra_groups=[] if user else None,
        )
    while server.poll() is None:
        if select.select([sys.stdin], [], [], 0.25)[0] and not os.read(sys.stdin.fileno(), 1):
            server.send_signal(ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            shutil.rmtree(folder, ignore_errors=True)
            return 0
    return server.returncode or 1


if __name__ == "__main__":
    sys.exit(main(signal.Signals[sys.argv[1]], Path(sys.argv[2]), sys.argv[3] or None, sys.argv[4:]))
