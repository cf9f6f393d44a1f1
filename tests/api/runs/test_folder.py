from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from api.runs.folder import MANIFEST, read_manifest, read_output, replaced, write_table
from graph.errors import BusyError, InputError, SettingsError
from graph.locking import only_one


def _earlier_run(out: Path) -> Path:
    out.mkdir()
    (out / MANIFEST).write_text('{"run_id": "run_1"}')
    (out / "stale.parquet").write_bytes(b"")
    return out


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_appears_as_a_whole(tmp_path: Path) -> None:
    with replaced(tmp_path / "deep" / "out") as folder:
        (folder / "rings").write_text("x")
        assert not (tmp_path / "deep" / "out").exists()
    assert _names(tmp_path / "deep") == {"out"}
    assert (tmp_path / "deep" / "out" / "rings").read_text() == "x"


def test_an_earlier_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = _earlier_run(tmp_path / "out")
    with replaced(out) as folder:
        (folder / MANIFEST).write_text('{"run_id": "run_2"}')
        assert read_manifest(out)["run_id"] == "run_1"
    assert _names(tmp_path) == {"out"}
    assert _names(out) == {MANIFEST}
    assert read_manifest(out)["run_id"] == "run_2"


def test_a_failure_leaves_the_earlier_run_alone(tmp_path: Path) -> None:
    out = _earlier_run(tmp_path / "out")
    with pytest.raises(InputError), replaced(out) as folder:
        read_manifest(folder)
    assert _names(tmp_path) == {"out"}
    assert _names(out) == {MANIFEST, "stale.parquet"}


def test_what_a_killed_process_left_is_swept_or_put_back(tmp_path: Path) -> None:
    # killed between the two renames: the earlier run is under its second name and nothing under its first
    _earlier_run(tmp_path / ".out.old")
    (tmp_path / ".out.new").mkdir()
    (tmp_path / ".out.new" / "half").write_text("x")
    with pytest.raises(InputError), replaced(tmp_path / "out"):
        raise InputError("a bad table")
    assert _names(tmp_path) == {"out"}
    assert read_manifest(tmp_path / "out")["run_id"] == "run_1"


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(SettingsError, match="holds other things"), replaced(tmp_path):
        pytest.fail("must not be entered")
    assert "thesis.tex" in _names(tmp_path)


def test_a_file_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SettingsError, match="is a file"), replaced(tmp_path / "out"):
        pytest.fail("must not be entered")


def test_two_writers_to_one_folder_are_told_apart(tmp_path: Path) -> None:
    with replaced(tmp_path / "out") as folder:
        with pytest.raises(BusyError, match="another ringleader"), replaced(tmp_path / "out"):
            pytest.fail("must not be entered")
        assert folder.is_dir()
    assert _names(tmp_path) == {"out"}


def test_a_lock_is_free_again_after_use_and_after_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(InputError), only_one(tmp_path / "lock", "works"):
            raise InputError("x")
    assert _names(tmp_path) == set()


def test_equal_tables_give_equal_bytes_however_they_lie_in_memory(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a", "b", None], "n": [1, None, 3], "ids": [["x"], [], None]})
    pieces = pl.concat([frame[:1], frame[1:2], frame[2:]], rechunk=False)
    masked = pl.DataFrame({"id": ["a", "b", "?"], "n": [1, 9, 3], "ids": [["x"], [], ["y"]]}).select(
        pl.when(pl.int_range(pl.len()) < 2).then("id").alias("id"),
        pl.when(pl.col("n") < 9).then("n").alias("n"),
        pl.when(pl.int_range(pl.len()) < 2).then("ids").alias("ids"),
    )
    for name, table in [("whole", frame), ("pieces", pieces), ("masked", masked)]:
        assert table.equals(frame)
        write_table(table, tmp_path / name)
    assert len({(tmp_path / name).read_bytes() for name in _names(tmp_path)}) == 1
    assert pl.read_parquet(tmp_path / "whole").equals(frame)


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("[]")
    with pytest.raises(InputError, match="names no run"):
        read_manifest(tmp_path)


def test_a_table_with_other_columns_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read members"):
        read_output(tmp_path, "members")
    write_table(pl.DataFrame({"account_id": ["a"]}), tmp_path / "members.parquet")
    with pytest.raises(InputError, match="other columns"):
        read_output(tmp_path, "members")
