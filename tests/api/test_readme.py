"""Every command that the README shows runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.api.commands import REPOSITORY, environment, ringleader

SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for block in SHELL_BLOCKS for line in block.splitlines() if line]
LINKS = re.findall(r"\]\(([^)#:]+)\)", (REPOSITORY / "README.md").read_text())


def test_ringleader_s_commands_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    shown = [arguments for program, *arguments in COMMANDS if program == "ringleader"]
    assert [arguments[0] for arguments in shown] == [
        *("detect", "evaluate"),
        *("simulate", "detect", "evaluate"),
        *("ingest", "run", "doctor"),
        *("simulate", "simulate", "simulate", "train", "compare"),
    ]
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


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def test_make_demo_prints_rings_with_reasons_and_a_scorecard(demo_home: Path) -> None:
    (demo,) = re.findall(r"^demo:.*\n\t@\S+/ringleader (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    done = ringleader(*demo.split(), cwd=demo_home)
    assert (done.returncode, done.stderr) == (0, "")
    text = re.sub(r"[\s│]+", " ", done.stdout)
    out = demo_home / "ringleader-data" / "demo" / "out"
    rings, evidence = (pl.read_parquet(out / f"{name}.parquet") for name in ("rings", "evidence"))
    assert f"{rings.height:,} rings" in text
    best = rings.sort("score", "size", "ring_id", descending=[True, True, False])["ring_id"][0]
    reasons = evidence.filter(pl.col("ring_id") == best)["sentence"]
    assert sum(reason in text for reason in reasons) >= 3
    truth = pl.read_parquet(demo_home / "ringleader-data" / "demo" / "world" / "truth_members.parquet")
    for ring in truth["ring"].drop_nulls().unique():
        assert ring in text
    for words in ("innocent", "flagged of family", "members without evidence", "promises nothing about real customers"):
        assert words in text


def test_a_second_demo_prints_the_same_and_serves_on_a_terminal(demo_home: Path) -> None:
    spawn = "import pty, sys; pty.spawn([sys.executable, '-m', 'api.cli', 'demo'])"
    terminal = subprocess.Popen(
        [sys.executable, "-c", spawn],
        cwd=demo_home,
        env=environment(HTTP_PORT="0"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert terminal.stdout
    assert terminal.stdin
    printed: list[bytes] = []
    for line in terminal.stdout:
        printed.append(line)
        if b"listening on http://127.0.0.1:" in line:
            break
    else:
        pytest.fail(f"the demo ended: {printed[-3:]}")
    terminal.stdin.write(b"\x03")
    terminal.stdin.flush()
    rest, _ = terminal.communicate(timeout=60)
    assert b"Traceback" not in rest
    assert b"planted rings, and what was found of them" in b"".join(printed)
