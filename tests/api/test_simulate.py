"""`ringleader simulate` as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.commands import fails, ringleader, succeeds


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--world", "nowhere"], "there is no world 'nowhere'"),
        (["--world", "base", "--accounts", "0"], "0 accounts make no exchange"),
        (["--world", "base", "--accounts", "-5"], "-5 accounts make no exchange"),
        (["--world", "base", "--days", "0"], "0 days are no time"),
        (
            ["--world", "base", "--accounts", "50", "--ring-members", "51"],
            "51 ring members do not fit into 50 accounts",
        ),
        (
            ["--world", "base", "--accounts", "60", "--ring-members", "60"],
            "60 ring members do not fit into 60 accounts",
        ),
        (["--world", "base", "--seed", "-1"], "the seed -1 is out of range"),
    ],
)
def test_a_bad_parameter_gets_one_clear_line_and_leaves_nothing(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    line = fails("simulate", *arguments, "--out", "world", cwd=tmp_path)
    assert said in line
    assert not (tmp_path / "world").exists()


def test_a_world_replaces_a_world_and_nothing_else(tmp_path: Path) -> None:
    small = ("simulate", "--world", "base", "--accounts", 200, "--days", 2, "--out", "world")
    first = succeeds(*small, cwd=tmp_path)
    assert first["rows"]["accounts"] == 200
    assert succeeds(*small, "--seed", 2, cwd=tmp_path)["parameters"]["seed"] == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    line = fails(*small[:-1], "mine", cwd=tmp_path)
    assert "holds other things than an earlier output" in line
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_the_world_s_rows_are_told_to_a_reader(tmp_path: Path) -> None:
    done = ringleader("simulate", "--world", "demo", "--accounts", 300, "--days", 3, "--out", "world", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for table in ("accounts", "orders", "trades", "truth_members"):
        assert table in done.stdout
