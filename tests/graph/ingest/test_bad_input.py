"""Input that is broken: each fault is one clear line or one quarantined row, and nothing else is lost."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import polars as pl
import pytest

from graph.errors import InputError
from graph.ingest import ingest_records, read_table
from graph.tape import TableReport, Tape
from tests.graph.worlds import NASTY, hand_over, world


def folder_with(folder: Path, **files: str | bytes) -> Path:
    """An input folder; `accounts__csv` is the file accounts.csv."""
    source = folder / "input"
    source.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (source / name.replace("__", ".")).write_bytes(data)
    return source


def refused(source: Path, folder: Path) -> str:
    """The one line that the load ends with; the tape must be untouched."""
    tape = Tape(folder / "tape")
    with pytest.raises(InputError) as caught:
        ingest_records(source, tape)
    line = str(caught.value)
    assert "\n" not in line
    assert tape.segments() == []
    assert {path.name for path in (folder / "tape").rglob("*") if path.is_file()} <= {"LOCK"}
    return line


def quarantine_of(source: Path, folder: Path) -> tuple[Tape, list[tuple[object, ...]]]:
    tape = Tape(folder / "tape")
    report = ingest_records(source, tape)
    rows = tape.quarantine()
    assert rows.height == sum(each.quarantined for each in report.tables.values())
    return tape, rows.select("file", "row", "column", "reason", "value").rows()


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    assert "no such input folder" in refused(tmp_path / "nowhere", tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    line = refused(empty, tmp_path)
    assert "no input table was found" in line
    assert str(empty) in line


def test_no_accounts(tmp_path: Path) -> None:
    assert "accounts is missing" in refused(folder_with(tmp_path, symbols__csv="symbol\nX\n"), tmp_path)


def test_an_empty_table_folder_and_a_table_given_twice(tmp_path: Path) -> None:
    source = folder_with(tmp_path, accounts__csv="account_id\na\n")
    (source / "trades").mkdir()
    assert "no part file" in refused(source, tmp_path)
    (source / "trades").rmdir()
    folder_with(tmp_path, accounts__jsonl='{"account_id": "a"}\n')
    assert "accounts is there twice" in refused(source, tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        {"trades__csv": "trade_id,symbol,price,quantity,ts,maker_account_id,taker_account_id\n"},
        {"trades__jsonl": '{"trade_id": "t"}\n'},
    ],
)
def test_a_missing_column(files: dict[str, str], tmp_path: Path) -> None:
    line = refused(folder_with(tmp_path, accounts__csv="account_id\na\n", **files), tmp_path)
    assert "of table trades is missing" in line
    assert str(tmp_path / "input" / next(iter(files)).replace("__", ".")) in line
    assert "required: trade_id, symbol, price" in line


def test_a_missing_column_of_parquet(tmp_path: Path) -> None:
    source = folder_with(tmp_path, accounts__csv="account_id\na\n")
    pl.DataFrame({"address": ["x"]}).write_parquet(source / "deposit_addresses.parquet")
    assert "the column account_id of table deposit_addresses is missing" in refused(source, tmp_path)


@pytest.mark.parametrize("kept", [0, 3, 100, -8, -1])
def test_a_truncated_parquet_file(kept: int, tmp_path: Path) -> None:
    source = hand_over(world(0), tmp_path / "input")
    path = source / "transfers.parquet"
    path.write_bytes(path.read_bytes()[:kept])
    line = refused(source, tmp_path)
    assert "cannot be read as parquet" in line
    assert str(path) in line
    assert "write it again" in line


def test_parquet_with_damaged_pages(tmp_path: Path) -> None:
    source = hand_over(world(0), tmp_path / "input")
    path = source / "transfers.parquet"
    whole = bytearray(path.read_bytes())
    whole[4 : len(whole) // 2] = b"\xff" * (len(whole) // 2 - 4)
    path.write_bytes(whole)
    assert "cannot be read as parquet" in refused(source, tmp_path)


def test_files_that_are_something_else(tmp_path: Path) -> None:
    assert "cannot be read as csv" in refused(folder_with(tmp_path, accounts__csv=""), tmp_path)
    source = folder_with(tmp_path / "2", **{"accounts__csv.gz": b"no gzip"})
    assert "cannot be read as csv" in refused(source, tmp_path / "2")
    cut = gzip.compress(b'{"account_id": "a"}\n' * 10_000)[:-20]
    source = folder_with(tmp_path / "3", **{"accounts__jsonl.gz": cut})
    assert "cannot be read as jsonl" in refused(source, tmp_path / "3")
    source = folder_with(tmp_path / "4", accounts__csv="account_id,account_id\na,b\n")
    assert "there twice" in refused(source, tmp_path / "4")


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    for number, text in enumerate(('account_id,country\na,"DE\nb,FR\nc,IT\n', 'account_id,country\n"a,DE\nb,FR\n')):
        line = refused(folder_with(tmp_path / str(number), accounts__csv=text), tmp_path / str(number))
        assert "never closed" in line
    fine = folder_with(tmp_path / "fine", accounts__csv='account_id,country\na,"D\nE"\nb,"F\n"')
    tape, rows = quarantine_of(fine, tmp_path / "fine")
    assert rows == []
    assert tape.table("accounts").collect()["country"].to_list() == ["D\nE", "F\n"]


def test_broken_rows_of_csv(tmp_path: Path) -> None:
    text = b"account_id,country,volume_usd\na,DE,1\nb,DE\n\nc,DE,2,3\n\xff,DE,4\nd,DE,x\ne,DE,5\n,DE,6\n"
    tape, rows = quarantine_of(folder_with(tmp_path, accounts__csv=text), tmp_path)
    assert rows == [
        ("accounts.csv", 2, None, "2 fields where the header has 3", "b,DE"),
        ("accounts.csv", 3, None, "4 fields where the header has 3", "c,DE,2,3"),
        ("accounts.csv", 4, "account_id", "not valid UTF-8", "0xff"),
        ("accounts.csv", 5, "volume_usd", "not a number", "x"),
        ("accounts.csv", 7, "account_id", "required, but empty", None),
    ]
    assert tape.table("accounts").collect()["account_id"].sort().to_list() == ["a", "e"]


def test_row_numbers_among_many_broken_rows(tmp_path: Path) -> None:
    """Several blocks in which every third row is broken and every seventh is not."""
    good, broken = [], []
    lines = ["account_id,volume_usd"]
    for row in range(1, 400_001):
        if row % 3 == 0:
            broken.append(row)
            lines.append(f"a{row},{'x' * 80},,")
        elif row % 7 == 0:
            good.append(row)
            lines.append(f"a{row},{row}")
        else:
            broken.append(row)
            lines.append(f"a{row},{'y' * 80}")
    tape, told = quarantine_of(folder_with(tmp_path, accounts__csv="\n".join(lines)), tmp_path)
    assert [row[1] for row in told] == broken
    kept = tape.table("accounts").collect()
    assert kept.sort("volume_usd")["account_id"].to_list() == [f"a{row}" for row in good]


def test_broken_lines_of_json(tmp_path: Path) -> None:
    lines = [
        b'{"account_id": "a", "volume_usd": 1.25}',
        b'{"account_id": "b"',
        b"",
        b"[1, 2]",
        b"\xff",
        b'{"account_id": ["c"]}',
        b'{"account_id": "d", "volume_usd": true}',
        b'{"country": "DE"}',
        b'{"account_id": 7, "volume_usd": "2.000000000000000001", "country": null}\r',
        b'{"account_id": 1.5}',
        b'"text"',
        b'{"account_id": "e", "nested": {"x": [1]}}',
    ]
    tape, rows = quarantine_of(folder_with(tmp_path, accounts__jsonl=b"\n".join(lines)), tmp_path)
    assert rows == [
        ("accounts.jsonl", 2, None, "not a JSON object", '{"account_id": "b"'),
        ("accounts.jsonl", 3, None, "not a JSON object", "[1, 2]"),
        ("accounts.jsonl", 4, None, "not valid UTF-8", "0xff0a"),
        ("accounts.jsonl", 5, "account_id", "a JSON ARRAY", '["c"]'),
        ("accounts.jsonl", 6, "volume_usd", "a JSON BOOLEAN", "true"),
        ("accounts.jsonl", 7, "account_id", "required, but empty", None),
        ("accounts.jsonl", 9, "account_id", "a JSON DOUBLE", "1.5"),
        ("accounts.jsonl", 10, None, "not a JSON object", '"text"'),
    ]
    assert tape.table("accounts").collect()["account_id"].sort().to_list() == ["7", "a", "e"]


def test_wrong_types_in_parquet(tmp_path: Path) -> None:
    source = tmp_path / "input"
    source.mkdir()
    pl.DataFrame({"account_id": [1.5, 2.5]}).write_parquet(source / "accounts.parquet")
    pl.DataFrame({"account_id": [1, 2], "ts": [1_700_000_000, None], "ip": [b"1.1.1.1", b"\xfe"]}).write_parquet(
        source / "sessions.parquet"
    )
    tape, rows = quarantine_of(source, tmp_path)
    assert [row[:3] for row in rows] == [
        ("accounts.parquet", 1, "account_id"),
        ("accounts.parquet", 2, "account_id"),
        ("sessions.parquet", 1, "ts"),
        ("sessions.parquet", 2, "ts"),
    ]
    assert "also bad: ip" in str(rows[3][3])
    assert len(tape.segments()) == 1
    assert ingest_records(source, tape).segment is None


def test_prices_and_quantities_that_cannot_be(tmp_path: Path) -> None:
    trades = "trade_id,symbol,ts,maker_account_id,taker_account_id,taker_side,price,quantity\n"
    trades += "".join(
        f"{n},X,2024-05-01,a,b,buy,{given}\n" for n, given in enumerate(("0,1", "-1,1", "1,0", "1,-1", "1,1"))
    )
    orders = "order_id,account_id,symbol,event,side,ts,price,quantity\n"
    orders += "".join(f"{n},a,X,new,buy,2024-05-01,{given}\n" for n, given in enumerate(("0,1", "-1,1", "1,-1", ",0")))
    source = folder_with(tmp_path, accounts__csv="account_id\na\nb\n", orders__csv=orders, trades__csv=trades)
    tape, rows = quarantine_of(source, tmp_path)
    assert [row[:4] for row in rows] == [
        ("orders.csv", 1, "price", "not more than 0"),
        ("orders.csv", 2, "price", "not more than 0"),
        ("orders.csv", 3, "quantity", "less than 0"),
        ("trades.csv", 1, "price", "not more than 0"),
        ("trades.csv", 2, "price", "not more than 0"),
        ("trades.csv", 3, "quantity", "not more than 0"),
        ("trades.csv", 4, "quantity", "not more than 0"),
    ]
    assert tape.table("orders").collect().height == tape.table("trades").collect().height == 1


def test_a_bad_network(tmp_path: Path) -> None:
    text = "kind,identifier,category\nip,10.0.0.0/33,office\nip,10.0.0.0/8,office\ndevice,a/b,public_device\n"
    source = folder_with(tmp_path, accounts__csv="account_id\na\n", known_services__csv=text)
    tape, rows = quarantine_of(source, tmp_path)
    assert rows == [("known_services.csv", 1, "identifier", "not a network in CIDR form", "10.0.0.0/33")]
    assert tape.table("known_services").collect().height == 2


def test_ids_that_try_to_break_out(tmp_path: Path) -> None:
    source = tmp_path / "input"
    (source / "accounts").mkdir(parents=True)
    for form in ("csv", "jsonl"):
        hand_over({"accounts": [{"account_id": name + form} for name in NASTY]}, tmp_path / form, form)
        (tmp_path / form / f"accounts.{form}").rename(source / "accounts" / f"it's; --.{form}")
    tape, rows = quarantine_of(source, tmp_path / "it's 'quoted'")
    assert rows == []
    assert set(tape.table("accounts").collect()["account_id"]) == {
        name + form for name in NASTY for form in ("csv", "jsonl")
    }


def test_a_big_csv_with_one_bad_row(tmp_path: Path) -> None:
    """Larger than one block, so row numbers have to be right across blocks."""
    rows, bad = 700_000, 654_321
    source = folder_with(tmp_path, accounts__csv="account_id\na\n")
    with (source / "transfers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["transfer_id", "account_id", "direction", "amount", "ts"])
        writer.writerows(
            [f"t{n}", "a", "deposit", "1.5" if n != bad else "one", "2024-05-01T00:00:00Z"] for n in range(1, rows + 1)
        )
    tape, told = quarantine_of(source, tmp_path)
    assert told == [("transfers.csv", bad, "amount", "not a number", "one")]
    assert tape.reports()["transfers"] == TableReport(rows, rows - 1, 1, 0)
    assert tape.table("transfers").filter(pl.col("transfer_id") == f"t{bad}").collect().is_empty()


def test_one_table_in_memory(tmp_path: Path) -> None:
    text = "account_id,outcome,ring_label\na,confirmed,r\na,confirmed,r\nb,guilty,r\nc,cleared,\n"
    source = folder_with(tmp_path, labels__csv=text)
    for path in (source, source / "labels.csv"):
        frame, quarantine = read_table(path, "labels")
        assert frame.select("account_id", "outcome", "ring_label").rows() == [
            ("a", "confirmed", "r"),
            ("c", "cleared", None),
        ]
        assert quarantine.select("table", "file", "row", "column", "value").rows() == [
            ("labels", "labels.csv", 3, "outcome", "guilty")
        ]
    with pytest.raises(InputError, match="was not found"):
        read_table(source, "trades")
    conflict = folder_with(tmp_path / "2", symbols__csv="symbol,kind\nX,spot\nX,perpetual\nX,spot\n")
    frame, quarantine = read_table(conflict, "symbols")
    assert frame.select("symbol", "kind").rows() == [("X", "spot")]
    assert quarantine["row"].to_list() == [2]
