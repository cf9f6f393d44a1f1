"""Whole loads: balance, repetition, conflicts, order, formats, keys."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.aggregate import node_batches
from graph.errors import SettingsError, StoreError, StoreUnavailableError
from graph.ingest import IngestReport, Keying, ingest_records
from graph.tape import TableReport, Tape
from graph.vocabulary import NodeKind
from tests.graph.aggregate import oracle
from tests.graph.worlds import World, distinct, hand_over, loaded_rows, world, write_rows

KEY = Keying(b"0123456789abcdef")


def load(records: World, folder: Path, form: str = "parquet", parts: int = 1) -> tuple[Tape, IngestReport]:
    tape = Tape(folder / "tape")
    return tape, ingest_records(hand_over(records, folder / "input", form, parts=parts), tape)


def texts_of(tape: Tape, table: str) -> set[str]:
    frame = tape.table(table).select(pl.col(pl.String)).collect()
    return {value for row in frame.iter_rows() for value in row}


def equal(left: Tape, right: Tape) -> bool:
    a, b = loaded_rows(left), loaded_rows(right)
    return all(a[name].equals(b[name]) for name in a) and all(left.fingerprint(n) == right.fingerprint(n) for n in a)


def test_everything_arrives_as_it_was(tmp_path: Path) -> None:
    records = world(1)
    tape, report = load(records, tmp_path)
    assert report.missing == ()
    for name, rows in records.items():
        kept = distinct(rows)
        assert report.tables[name] == TableReport(len(rows), len(kept), 0, len(rows) - len(kept))
        loaded = {tuple(row.items()) for row in tape.table(name).collect().iter_rows(named=True)}
        defaults = {"sessions": {"event": "login"}, "transfers": {"count": 1}, "trades": {"status": "normal"}}.get(
            name, {}
        )
        for row in kept:
            given = {column: row.get(column) for column in tape.table(name).collect_schema()}
            filled = {column: defaults.get(column) if value is None else value for column, value in given.items()}
            assert tuple(filled.items()) in loaded


@pytest.mark.parametrize("form", ["csv", "jsonl", "csv.gz", "jsonl.gz"])
@pytest.mark.parametrize("parts", [1, 3])
def test_every_format_gives_the_same_tape(form: str, parts: int, tmp_path: Path) -> None:
    records = world(2)
    plain, _ = load(records, tmp_path / "a")
    other, report = load(records, tmp_path / "b", form, parts)
    assert equal(plain, other)
    assert all(each.quarantined == 0 for each in report.tables.values())


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4), st.randoms(use_true_random=False))
def test_shuffled_rows_and_parts_give_the_same_tape(seed: int, parts: int, draw: random.Random) -> None:
    records = world(seed, size=4)
    shuffled = {name: draw.sample(rows, len(rows)) for name, rows in records.items()}
    with tempfile.TemporaryDirectory() as folder:
        plain, first = load(records, Path(folder) / "a")
        other, second = load(shuffled, Path(folder) / "b", parts=parts)
        assert equal(plain, other)
        assert first.segment == second.segment
        assert first.fingerprints == second.fingerprints


def test_the_same_records_again_add_nothing(tmp_path: Path) -> None:
    records = world(3)
    records["transfers"].append({**records["transfers"][0], "asset": "other"})
    tape, first = load(records, tmp_path)
    again = ingest_records(tmp_path / "input", tape)
    assert first.segment is not None
    assert again.segment is None
    assert [segment.name for segment in tape.segments()] == [first.segment]
    assert again.fingerprints == first.fingerprints
    for name, report in again.tables.items():
        assert report.loaded == 0
        assert report.duplicates == report.read - report.quarantined, name
    assert again.tables["transfers"].quarantined == 1


def test_the_first_of_a_conflict_stays(tmp_path: Path) -> None:
    base = {"account_id": "a", "direction": "deposit", "asset": "BTC"}
    parts = [
        [{**base, "transfer_id": "t", "count": 2}, {**base, "transfer_id": "t", "count": 3}],
        [{**base, "transfer_id": "t", "count": 2}, {**base, "transfer_id": "u"}],
        [{**base, "transfer_id": "t", "count": 3}, {**base, "transfer_id": "u", "count": 1}],
    ]
    records: World = {"accounts": [{"account_id": "a"}]}
    source = hand_over(records, tmp_path / "input")
    for number, rows in enumerate(parts):
        write_rows("transfers", rows, source / "transfers" / f"{number}.parquet")
    tape = Tape(tmp_path / "tape")
    report = ingest_records(source, tape)
    assert report.tables["transfers"] == TableReport(read=6, loaded=2, quarantined=2, duplicates=2)
    assert tape.table("transfers").collect().sort("transfer_id")["count"].to_list() == [2, 1]
    told = tape.quarantine()
    assert told.select("table", "file", "row", "column", "value").rows() == [
        ("transfers", "transfers/0.parquet", 2, "transfer_id", "t"),
        ("transfers", "transfers/2.parquet", 1, "transfer_id", "t"),
    ]
    assert told["reason"].str.contains("transfer_id came first").all()


def test_what_the_tape_has_stays(tmp_path: Path) -> None:
    tape, _ = load({"accounts": [{"account_id": "a", "country": "DE"}]}, tmp_path / "1")
    later = {"accounts": [{"account_id": "a", "country": "FR"}, {"account_id": "b"}]}
    report = ingest_records(hand_over(later, tmp_path / "2"), tape)
    assert report.tables["accounts"] == TableReport(read=2, loaded=1, quarantined=1, duplicates=0)
    assert dict(tape.table("accounts").select("account_id", "country").collect().iter_rows()) == {"a": "DE", "b": None}
    assert tape.reports()["accounts"] == TableReport(read=3, loaded=2, quarantined=1, duplicates=0)


def test_revisions_of_a_trade_are_no_contradictions(tmp_path: Path) -> None:
    """But two corrections of one trade are: the first stays."""
    first = world(0)["trades"][0] | {"trade_id": "t", "status": None}
    revised = first | {"status": "corrected", "price": first["price"] + 1}
    tape, _ = load({"accounts": [{"account_id": "a"}], "trades": [first]}, tmp_path / "1")
    rows = [revised, first | {"status": "normal"}, revised | {"quantity": 1}, first | {"status": "busted"}, revised]
    report = ingest_records(hand_over({"accounts": [{"account_id": "a"}], "trades": rows}, tmp_path / "2"), tape)
    assert report.tables["trades"] == TableReport(read=5, loaded=2, quarantined=1, duplicates=2)
    assert tape.table("trades").collect().sort("status").select("status", "price").rows() == [
        ("busted", first["price"]),
        ("corrected", revised["price"]),
        ("normal", first["price"]),
    ]
    assert tape.quarantine().select("row", "column", "value").rows() == [(3, "trade_id, status", "t, corrected")]


def test_segments_add_up_to_one_load(tmp_path: Path) -> None:
    records = world(5)
    whole, _ = load(records, tmp_path / "whole")
    tape = Tape(tmp_path / "tape")
    for place in range(3):
        part = {name: rows[place::3] for name, rows in records.items()}
        part["accounts"] = part["accounts"] or records["accounts"][:1]
        ingest_records(hand_over(part, tmp_path / str(place)), tape)
    assert len(tape.segments()) == 3
    assert equal(whole, tape)


def test_rows_without_a_time_are_kept_apart(tmp_path: Path) -> None:
    tape, _ = load(world(6), tmp_path)
    days = {path.parent.name for path in tape.paths("transfers")}
    assert "day=undated" in days
    assert {"day=2024-03-01", "day=2024-03-02"} <= days
    for path in tape.paths("transfers"):
        stored = pl.read_parquet(path, hive_partitioning=False)["ts"].dt.date().cast(pl.String).fill_null("undated")
        assert stored.unique().to_list() == [path.parent.name.removeprefix("day=")]


def test_warnings_name_what_is_unknown(tmp_path: Path) -> None:
    source = hand_over({"accounts": [{"account_id": "a"}]}, tmp_path / "input")
    pl.DataFrame(
        {"transfer_id": ["t"], "account_id": ["b"], "direction": ["deposit"], "mood": ["low"], "a\nb": [1]}
    ).write_parquet(source / "transfers.parquet")
    (source / "notes.txt").write_text("hello")
    (source / "_SUCCESS").write_text("")
    pl.DataFrame({"account_id": ["a"], "outcome": ["nonsense"]}).write_parquet(source / "labels.parquet")
    report = ingest_records(source, Tape(tmp_path / "tape"))
    assert report.warnings == (
        "unknown files are ignored: notes.txt",
        "table transfers: unknown columns are ignored: a\nb, mood",
        "1 accounts are named in other tables and not in accounts",
    )
    assert report.tables["transfers"].unknown_columns == ("a\nb", "mood")
    assert "labels" not in report.tables
    assert "sessions" in report.missing


def test_two_loads_at_once(tmp_path: Path) -> None:
    tape, _ = load(world(0), tmp_path)
    with tape.writing(), pytest.raises(StoreUnavailableError, match="another ingest"):
        ingest_records(tmp_path / "input", tape)


def test_keyed_identifiers(tmp_path: Path) -> None:
    records = world(7)
    records["sessions"].append({**records["sessions"][0], "device_id": "same", "ip": "same"})
    source = hand_over(records, tmp_path / "input")
    plain, keyed = Tape(tmp_path / "plain"), Tape(tmp_path / "keyed")
    ingest_records(source, plain)
    ingest_records(source, keyed, keying=KEY)
    secrets = {"X", "Y", "Z", "10.0.0.1", "10.0.9.9", "2001:db8::1", "0xA", "0xa", "0xE", "0xnever", "bc1", "same"}
    stored = {value for name in (*loaded_rows(keyed), "ip_networks") for value in texts_of(keyed, name)}
    assert stored.isdisjoint(secrets)
    assert {value for name in loaded_rows(plain) for value in texts_of(plain, name)} >= secrets
    sessions = keyed.table("sessions").collect()
    assert sessions["device_id"].drop_nulls().str.contains(r"^dev_[0-9a-f]{32}$").all()
    assert sessions["ip"].drop_nulls().str.contains(r"^ip_[0-9a-f]{32}$").all()
    same = sessions.filter(pl.col("account_id") == records["sessions"][0]["account_id"])
    assert set(same["device_id"].str.slice(-32)).isdisjoint(set(same["ip"].str.slice(-32)) - {None})
    assert keyed.table("transfers").collect()["address"].drop_nulls().str.starts_with("adr_").all()
    for name in loaded_rows(plain):
        assert plain.table(name).collect().height == keyed.table(name).collect().height


@pytest.mark.parametrize("keying", [None, KEY])
def test_networks_reach_keyed_ips(keying: Keying | None, tmp_path: Path) -> None:
    records = world(8)
    tape = Tape(tmp_path / "tape")
    ingest_records(hand_over(records, tmp_path / "input"), tape, keying=keying)
    wanted = sorted(str(row["category"]) for row in oracle.nodes(records)[NodeKind.IP_ADDRESS].values())
    found = pl.concat(node_batches(tape, NodeKind.IP_ADDRESS))
    assert sorted(str(category) for category in found["category"]) == wanted
    assert {"office", "campus"} <= set(found["category"])


def test_late_networks(tmp_path: Path) -> None:
    """Plain IPs still tell their network; keyed ones do not, and the report says so."""
    records = world(8)
    early = {name: rows for name, rows in records.items() if name != "known_services"}
    late = {"accounts": records["accounts"][:1], "known_services": records["known_services"]}
    for keying in (None, KEY):
        tape = Tape(tmp_path / f"tape{keying is None}")
        ingest_records(hand_over(early, tmp_path / "early"), tape, keying=keying)
        report = ingest_records(hand_over(late, tmp_path / "late"), tape, keying=keying)
        categories = set(pl.concat(node_batches(tape, NodeKind.IP_ADDRESS))["category"])
        assert ("campus" in categories) is (keying is None)
        assert any("3 networks were declared after" in line for line in report.warnings) is (keying is not None)


def test_one_tape_has_one_key(tmp_path: Path) -> None:
    records = world(0)
    source = hand_over(records, tmp_path / "input")
    tape = Tape(tmp_path / "tape")
    ingest_records(source, tape, keying=KEY)
    for other in (None, Keying(b"another key here"), Keying(KEY.key, version=2)):
        with pytest.raises(SettingsError, match="loaded with"):
            ingest_records(source, tape, keying=other)
    ingest_records(source, tape, keying=KEY)
    with pytest.raises(SettingsError, match="at least 16"):
        Keying(b"short")
    assert b"0123456789abcdef".decode() not in repr(KEY)


def test_a_lost_row_would_be_noticed() -> None:
    with pytest.raises(StoreError, match="rows were lost"):
        TableReport(read=3, loaded=1, quarantined=1, duplicates=0)
