from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.commands import app
from tests.api.commands import COMMAND, environment, fails, ringleader

HEAVY = (
    *("polars", "duckdb", "igraph", "sqlalchemy", "pyarrow", "numpy", "numba"),
    *("pydantic", "fastapi", "neo4j", "rich"),
    *("lightgbm", "torch", "torch_geometric"),
)
NAMES = [command.callback.__name__ for command in app.registered_commands if command.callback]


def test_the_commands_of_the_contract_are_there() -> None:
    contract = "detect ingest run serve evaluate activity train compare promote rollback simulate demo openapi doctor"
    assert contract.split() == NAMES


@pytest.mark.parametrize("arguments", [["--help"], *[[name, "--help"] for name in NAMES]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    listing = (
        "import sys, api.cli\n"
        f"sys.argv = ['ringleader', *{arguments}]\n"
        "try: api.cli.main()\n"
        f"finally: sys.stderr.write(' '.join(m for m in {HEAVY} if m in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: ringleader" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command"),
        (["detect"], "Missing argument 'INPUT'"),
        (["detect", "somewhere"], "Missing option '--out'"),
        (["detect", "somewhere", "--out", "out", "--as-of", "yesterday"], "--as-of"),
        (["serve", "--port", "70000"], "--port"),
        (["simulate", "--world", "base"], "Missing option '--out'"),
        (["train"], "Missing argument 'INPUT...'"),
        (["train", "somewhere", "--embargo", "-1"], "--embargo"),
        (["promote"], "Missing option '--by'"),
        (["rollback", "--by", "Ada"], "Missing option '--reason'"),
        (["simulate", "--world", "base", "--accounts", "many", "--out", "w"], "--accounts"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = ringleader(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_is_one_line_that_says_what_and_where(tmp_path: Path) -> None:
    line = fails("detect", tmp_path / "nowhere", "--out", tmp_path / "out", cwd=tmp_path)
    assert "nowhere" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", ["option", "variable"])
def test_debug_adds_the_traceback(how: str, tmp_path: Path) -> None:
    arguments = ["detect", "nowhere", "--out", "out"]
    if how == "option":
        done = ringleader("--debug", *arguments, cwd=tmp_path)
    else:
        done = ringleader(*arguments, cwd=tmp_path, DEBUG="1")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("ringleader: ")


def test_a_senseless_setting_is_named_and_its_value_is_not_shown(tmp_path: Path) -> None:
    line = fails("doctor", cwd=tmp_path, HTTP_PORT="swordfish")
    assert "RINGLEADER_HTTP_PORT" in line
    assert "swordfish" not in line


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "openapi"], cwd=tmp_path, env=environment(), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 141
