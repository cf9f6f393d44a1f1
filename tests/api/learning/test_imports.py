"""What is not needed is not imported, and what is not installed is named."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from casework.ledger import Ledger
from graph.vocabulary import RunId
from tests.api.commands import environment
from tests.api.http.conftest import MANIFEST
from tests.api.learning.conftest import Loop
from tests.casework.runs import ACCOUNTS, small_detection

LEARNERS = ("torch", "torch_geometric", "lightgbm")
SERVES = """
import os, signal, socket, sys, threading, time, urllib.error, urllib.request
from api.cli.commands import app
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
def ask():
    for _ in range(600):
        time.sleep(0.1)
        try: answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz")
        except OSError: continue
        print(answer.status, [name for name in {learners} if name in sys.modules], flush=True)
        break
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=ask).start()
app(["serve", "--port", str(port)])
"""
"""Serves the last published run in this process, and asks for it."""
WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torch_geometric"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Absent())
from api.cli.commands import app
for kind in ("gnn", "both", "trees"):
    try: app(["train", *sys.argv[1:], "--kind", kind, "--json"])
    except SystemExit as end: print(end.code, file=sys.stderr)
"""


def _python(code: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment(DATA="data"), capture_output=True, text=True, timeout=300, check=False
    )


def test_serving_imports_no_learner(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(Ledger(str(tmp_path / "data" / "ledger.db"))) as ledger:
        ledger.migrate()
        ledger.publish(RunId("run-1"), MANIFEST, small_detection(), ACCOUNTS)
    done = _python(SERVES.replace("{learners}", str(LEARNERS)), cwd=tmp_path)
    assert done.stdout == "200 []\n", done.stderr


def test_without_torch_networks_say_what_to_install_and_trees_still_train(loop: Loop, tmp_path: Path) -> None:
    done = _python(WITHOUT_TORCH, *loop.exchanges[:2], cwd=tmp_path)
    network, one, both, two, zero = done.stderr.splitlines()
    assert (one, two, zero) == ("1", "1", "0")
    for line in (network, both):
        assert line.startswith("ringleader: graph neural networks need torch, which is not installed")
        assert "extra `gnn`" in line
    trained = json.loads(done.stdout)
    assert (trained["kind"], trained["validation"]) == ("trees", loop.answers["trained"]["validation"])
