"""Records in, published rings out: the same by every road."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from casework.ledger import Ledger
from tests.api import exchange
from tests.api.commands import fails, ringleader, succeeds
from tests.api.conftest import Reference
from tests.api.outputs import manifest_of, same_manifest, table_bytes


def _members(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "members.parquet").select("ring_id", "account_id")


def test_detect_equals_ingest_and_run(reference: Reference, tmp_path: Path) -> None:
    manifest = succeeds("detect", reference.records, "--out", "out", cwd=tmp_path)
    assert same_manifest(manifest, reference.manifest)
    assert table_bytes(tmp_path / "out") == table_bytes(reference.out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_planted_rings_are_found_and_nobody_else(reference: Reference) -> None:
    members = pl.read_parquet(reference.out / "members.parquet")
    rings = members.group_by("ring_id").agg(pl.col("account_id").sort())["account_id"].to_list()
    assert sorted(rings) == sorted(exchange.MEMBERS.values())


def test_the_manifest_says_what_went_in(reference: Reference) -> None:
    counts = manifest_of(reference.out)["input"]
    for name, table in exchange.tables().items():
        if name != "labels":
            row = counts[name]
            assert row["read"] == table.height
            assert row["read"] == row["loaded"] + row["quarantined"] + row["duplicates"]
    assert counts["sessions"]["duplicates"] == 5
    assert counts["transfers"]["quarantined"] == 1
    assert manifest_of(reference.out)["tables_missing"] == ["liquidations", "orders"]


def test_shuffled_rows_and_parts_in_other_formats_give_the_same_bytes(reference: Reference, tmp_path: Path) -> None:
    shuffled = exchange.write_shuffled(tmp_path / "shuffled", exchange.tables(), seed=11)
    manifest = succeeds("detect", shuffled, "--out", "out", cwd=tmp_path)
    assert manifest["run_id"] == reference.manifest["run_id"]
    assert table_bytes(tmp_path / "out") == table_bytes(reference.out)


@pytest.mark.parametrize("change", ["permuted", "deleted"])
def test_labels_are_never_read(change: str, reference: Reference, tmp_path: Path) -> None:
    content = exchange.tables()
    labels = content.pop("labels")
    if change == "permuted":
        content["labels"] = labels.with_columns(pl.col("account_id").shuffle(seed=5))
    manifest = succeeds("detect", exchange.write(tmp_path / "in", content), "--out", "out", cwd=tmp_path)
    assert same_manifest(manifest, reference.manifest)
    assert table_bytes(tmp_path / "out") == table_bytes(reference.out)
    quarantined = (tmp_path / "out" / "quarantine.parquet").read_bytes()
    assert quarantined == (reference.out / "quarantine.parquet").read_bytes()


def test_records_in_two_ingests_give_the_same_rings(reference: Reference, tmp_path: Path) -> None:
    content = exchange.tables()
    halves = [{**content, "sessions": content["sessions"][:900]}, {"accounts": content["accounts"],
        "sessions": content["sessions"][500:]}]  # fmt: skip
    for number, half in enumerate(halves):
        succeeds("ingest", exchange.write(tmp_path / str(number), half), cwd=tmp_path)
    manifest = succeeds("run", "--out", "out", cwd=tmp_path)
    assert manifest["run_id"] == reference.manifest["run_id"]
    assert table_bytes(tmp_path / "out") == table_bytes(reference.out)


def test_a_second_run_on_the_same_data_publishes_nothing(reference: Reference) -> None:
    before = (reference.data / "ledger.db").read_bytes()
    again = succeeds("run", cwd=reference.data.parent, DATA="data")
    assert again["repeated"]
    assert same_manifest(again, reference.manifest)
    with closing(Ledger(str(reference.data / "ledger.db"))) as ledger:
        assert [run.run_id for run in ledger.runs()] == [reference.manifest["run_id"]]
    assert (reference.data / "ledger.db").read_bytes() == before


def test_the_answer_comes_from_the_store(reference: Reference, tmp_path: Path) -> None:
    """One ring member less in the store's links is one member less in the rings, and the ring keeps its name."""
    succeeds("ingest", reference.records, cwd=tmp_path)
    first = succeeds("run", "--out", "first", cwd=tmp_path)
    leaver = exchange.MEMBERS[0][3]
    with closing(sqlite3.connect(tmp_path / "ringleader-data" / "graph.db")) as store, store:
        (key,) = store.execute("SELECT key FROM node WHERE id = ?", [leaver]).fetchone()
        assert store.execute("DELETE FROM link WHERE source = ? OR target = ?", [key, key]).rowcount
    second = succeeds("run", "--out", "second", cwd=tmp_path)
    assert second["previous_run_id"] == first["run_id"] == reference.manifest["run_id"]
    members = pl.read_parquet(tmp_path / "second" / "members.parquet")
    assert set(members["account_id"]) == {*exchange.PLANTED} - {leaver}
    rings = set(pl.read_parquet(tmp_path / "first" / "rings.parquet")["ring_id"])
    assert set(members["ring_id"]) == rings
    lineage = pl.read_parquet(tmp_path / "second" / "lineage.parquet")
    assert set(lineage["relation"]) == {"continue"}


def test_detect_continues_the_rings_of_an_earlier_output(reference: Reference, tmp_path: Path) -> None:
    content = exchange.tables()
    grown = content["sessions"].filter(pl.col("account_id") != exchange.MEMBERS[1][0])
    fewer = content["transfers"].filter(
        (pl.col("account_id") != exchange.MEMBERS[1][0])
        & pl.col("counterparty_account_id").ne_missing(exchange.MEMBERS[1][0])
    )
    smaller = exchange.write(tmp_path / "in", {**content, "sessions": grown, "transfers": fewer})
    manifest = succeeds("detect", smaller, "--out", "out", "--previous", reference.out, cwd=tmp_path)
    assert manifest["previous_run_id"] == reference.manifest["run_id"]
    old, new = (set(pl.read_parquet(out / "rings.parquet")["ring_id"]) for out in (reference.out, tmp_path / "out"))
    assert new == old


def test_as_of_looks_no_further(reference: Reference, tmp_path: Path) -> None:
    content = exchange.tables()
    early = {name: table.filter(pl.col("ts").is_null() | (pl.col("ts") < exchange.FIRST_DAY + pl.duration(days=9)))
             if "ts" in table.columns else table for name, table in content.items()}  # fmt: skip
    cut = succeeds("detect", reference.records, "--out", "cut", "--as-of", "2024-05-09", cwd=tmp_path)
    succeeds("detect", exchange.write(tmp_path / "early", early), "--out", "known", cwd=tmp_path)
    assert cut["as_of"] == "2024-05-09"
    assert cut["run_id"] != reference.manifest["run_id"]
    rings = [
        pl.read_parquet(tmp_path / out / "members.parquet").select("ring_id", "account_id") for out in ("cut", "known")
    ]
    assert rings[0].equals(rings[1])


def test_a_key_hides_identifiers_and_changes_no_ring(reference: Reference, tmp_path: Path) -> None:
    succeeds("detect", reference.records, "--out", "out", cwd=tmp_path, KEY="correct horse battery staple")
    members = [
        pl.read_parquet(out / "members.parquet")["account_id"].to_list() for out in (reference.out, tmp_path / "out")
    ]
    assert members[0] == members[1]
    shown = pl.read_parquet(tmp_path / "out" / "evidence.parquet")["resource_id"].drop_nulls()
    assert not shown.str.contains("^device-|^10\\.|^funder-|^sweep-").any()


def test_evaluate_scores_against_labels(reference: Reference) -> None:
    card = succeeds("evaluate", reference.out, "--truth", reference.records, cwd=reference.out.parent)
    assert card["precision"] == card["recall"] | {"hits": len(exchange.PLANTED)}
    assert card["recall"]["value"] == 1.0
    assert card["members_without_evidence"] == 0
    assert card["rings"][0]["matched"] == exchange.RINGS
    printed = ringleader("evaluate", reference.out, "--truth", reference.records, cwd=reference.out.parent)
    assert "flagged of not_flagged" in printed.stdout


def test_evaluate_scores_against_a_world_s_truth(reference: Reference, tmp_path: Path) -> None:
    labels = exchange.tables()["labels"]
    labels.select(
        "account_id", ring="ring_label", role=pl.lit(None, pl.String), typology=pl.lit(None, pl.String),
        stratum=pl.lit("retail"), entity="account_id", known=pl.lit(value=True), detectable=pl.lit(value=True),
    ).write_parquet(tmp_path / "truth_members.parquet")  # fmt: skip
    card = succeeds("evaluate", reference.out, "--truth", tmp_path, cwd=tmp_path)
    assert card["recall"]["value"] == card["precision"]["value"] == 1.0


def test_doctor_finds_all_well_after_a_run(reference: Reference) -> None:
    answer = succeeds("doctor", cwd=reference.data.parent, DATA="data")
    assert answer["well"]
    assert {part["part"] for part in answer["parts"]} == {
        "python",
        "libraries",
        "disk",
        "tape",
        "graph store",
        "ledger",
    }


def test_doctor_finds_what_is_broken_and_shows_no_secret(tmp_path: Path) -> None:
    (tmp_path / "graph").write_text("no database, but long enough to have a header to look at" * 20)
    done = ringleader(
        "doctor",
        cwd=tmp_path,
        GRAPH_URL=str(tmp_path / "graph"),
        LEDGER_URL="postgresql://someone:swordfish@127.0.0.1:9/ringleader",
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert [line.split()[0] for line in lines] == ["ok", "ok", "ok", "ok", "FAIL", "FAIL"]
    assert "swordfish" not in done.stdout + done.stderr


def test_run_without_records_says_what_to_do(tmp_path: Path) -> None:
    assert "ringleader ingest" in fails("run", cwd=tmp_path)


def test_what_is_printed_for_people(reference: Reference, tmp_path: Path) -> None:
    done = ringleader("ingest", reference.records, cwd=tmp_path)
    assert done.stdout.splitlines()[0].split() == ["table", "read", "loaded", "quarantined", "duplicates"]
    assert "transfers" in done.stdout
    assert done.stderr == ""
    again = ringleader("ingest", reference.records, cwd=tmp_path)
    assert "nothing new" in again.stdout


def test_machines_get_one_json_document(reference: Reference, tmp_path: Path) -> None:
    done = ringleader("ingest", reference.records, "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["segment"].startswith("000001-")
    assert report["tables"]["sessions"]["duplicates"] == 5
