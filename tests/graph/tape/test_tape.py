"""Reading and keeping the tape."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from graph.aggregate import link_batches, node_batches
from graph.contract import LOADED
from graph.engine import row_text
from graph.errors import StoreError, StoreUnavailableError
from graph.ingest import ingest_records
from graph.tape import QUARANTINE_SCHEMA, Tape
from graph.vocabulary import LinkKind, NodeKind
from tests.graph.worlds import hand_over, world


def test_an_empty_tape_has_every_table(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "nowhere")
    assert tape.segments() == []
    assert tape.quarantine().equals(pl.DataFrame(schema=QUARANTINE_SCHEMA))
    for name in LOADED:
        assert tape.table(name).collect().is_empty()
    for kind in NodeKind:
        assert list(node_batches(tape, kind)) == []
    for link in LinkKind:
        assert list(link_batches(tape, link)) == []


def test_a_tape_in_a_strange_place(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *strange?* place"
    tape = Tape(folder / "tape")
    (folder / "x").mkdir(parents=True)
    ingest_records(hand_over(world(1), folder / "input"), tape)
    assert ingest_records(folder / "input", tape).segment is None
    assert tape.table("transfers").collect().height == 80
    assert pl.concat(node_batches(tape, NodeKind.ACCOUNT)).height > 0


def test_damage_is_found(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape")
    ingest_records(hand_over(world(1), tmp_path / "input"), tape)
    assert tape.damaged() == []
    gone, changed = tape.paths("accounts")[0], tape.paths("trades")[0]
    gone.unlink()
    changed.write_bytes(changed.read_bytes() + b"x")
    assert set(tape.damaged()) == {gone, changed}
    with pytest.raises(StoreError, match="engine failed"):
        list(node_batches(tape, NodeKind.ACCOUNT))


def test_a_manifest_that_makes_no_sense(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    ingest_records(hand_over(world(1), tmp_path / "input"), tape)
    manifest = next((tmp_path / "segments").glob("*.json"))
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "schema_version": 99}))
    with pytest.raises(StoreError, match="version 99"):
        Tape(tmp_path).segments()
    for text in ("", "[]", "{}", json.dumps({**document, "tables": 3})):
        manifest.write_text(text)
        with pytest.raises(StoreError, match="manifest of a segment is broken"):
            Tape(tmp_path).segments()


def test_one_writer(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    with tape.writing(), pytest.raises(StoreUnavailableError, match="another ingest"), Tape(tmp_path).writing():
        pass
    with tape.writing():
        pass


def test_a_tape_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"), Tape(tmp_path / "file" / "tape").writing():
        pass


def test_no_two_rows_have_one_text() -> None:
    """Of values that look alike once they are joined, no two rows may be named alike."""
    rows = [
        ("a", "b"),
        ("a|b", None),
        ("a|b", ""),
        ("", "a|b"),
        (None, "a|b"),
        ("a", "|b"),
        ("1|1|a", "b"),
        (None, None),
    ]
    schema = pl.Schema({"x": pl.String(), "y": pl.String()})
    frame = pl.DataFrame(rows, schema=schema, orient="row").to_arrow()
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        texts = connection.execute(f"SELECT {row_text(schema)} FROM frame").fetchall()
    assert len(set(texts)) == len(rows)
