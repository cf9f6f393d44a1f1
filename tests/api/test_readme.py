"""Every command that the README shows runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.commands import REPOSITORY, environment, ringleader

SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for block in SHELL_BLOCKS for line in block.splitlines() if line]
LINKS = re.findall(r"\]\(([^)#:]+)\)", (REPOSITORY / "README.md").read_text())


def test_ringleader_s_commands_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    shown = [arguments for program, *arguments in COMMANDS if program == "ringleader"]
    assert [arguments[0] for arguments in shown] == ["detect", "evaluate", "ingest", "run", "doctor"]
    for arguments in shown:
        done = ringleader(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_make_knows_its_commands() -> None:
    shown = [arguments for program, *arguments in COMMANDS if program == "make"]
    assert shown == [["demo"], ["test"]]
    for arguments in shown:
        done = subprocess.run(
            ["make", "--dry-run", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("link", LINKS)
def test_links_lead_somewhere(link: str) -> None:
    assert (REPOSITORY / link).exists()


def test_make_demo_prints_rings_with_reasons_and_a_scorecard_twice(tmp_path: Path) -> None:
    """The second time everything is loaded and published already; what is printed is the same."""
    (demo,) = re.findall(r"^demo:.*\n\t@\S+/ringleader (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    printed = [ringleader(*demo.split(), cwd=tmp_path) for _ in range(2)]
    for done in printed:
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    text = printed[0].stdout
    assert printed[1].stdout == text
    assert re.search(r"[\d,]+ rings, [\d,]+ accounts", text)
    for words in ("not flagged", "other members of the ring", "precision without component", "recall of report"):
        assert words in text
    assert "not proof" in text


def test_on_a_terminal_the_demo_serves(tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text("import pty, sys\nstatus = pty.spawn([sys.executable, '-m', 'api.cli', 'demo'])\n")
    environ = environment(HTTP_PORT="0")
    terminal = subprocess.Popen(
        [sys.executable, "go.py"], cwd=tmp_path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert terminal.stdout
    assert terminal.stdin
    lines = []
    for line in terminal.stdout:
        lines.append(line.decode())
        if "listening on http://127.0.0.1:" in lines[-1]:
            break
    else:
        pytest.fail("the demo ended: " + "".join(lines[-3:]))
    os.write(terminal.stdin.fileno(), b"\x03")
    rest, _ = terminal.communicate(timeout=60)
    assert b"Traceback" not in rest
    assert any("rings" in line for line in lines)
