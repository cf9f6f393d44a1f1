"""Crossed clocks: what is dated before its order was placed goes to quarantine, and nothing else does."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest import IngestReport, ingest_records
from graph.tape import TableReport, Tape
from tests.graph.worlds import START, Row, World, distinct, hand_over

REASON = "dated before the new of "


def order(order_id: str, event: str, minute: int, sequence: int | None = None) -> Row:
    return {
        "order_id": order_id,
        "account_id": "a",
        "symbol": "BTC-USD",
        "event": event,
        "side": "buy",
        "quantity": 1,
        "ts": START + timedelta(minutes=minute),
        "sequence": sequence,
    }


def trade(trade_id: str, minute: int, maker: str | None, taker: str | None, **others: object) -> Row:
    return {
        "trade_id": trade_id,
        "symbol": "BTC-USD",
        "price": 1,
        "quantity": 1,
        "ts": START + timedelta(minutes=minute),
        "maker_account_id": "a",
        "taker_account_id": "b",
        "taker_side": "buy",
        "maker_order_id": maker,
        "taker_order_id": taker,
        **others,
    }


def load(tape: Tape, folder: Path, orders: list[Row], trades: list[Row], form: str = "csv") -> IngestReport:
    """Without a table where there are no rows of it."""
    records: World = {"accounts": [{"account_id": "a"}], "orders": orders, "trades": trades}
    folder.mkdir(parents=True, exist_ok=True)
    return ingest_records(hand_over({name: rows for name, rows in records.items() if rows}, folder, form), tape)


def refused(tape: Tape) -> list[tuple[object, ...]]:
    rows = tape.quarantine()
    assert set(rows["column"]) <= {"ts"}
    return rows.select("table", "row", "reason", "value").rows()


def test_known_answers(tmp_path: Path) -> None:
    orders = [
        order("late", "amend", 9),
        order("late", "new", 10),
        order("late", "expire", 10),
        order("late", "cancel", 11),
        order("unknown", "cancel", 1),
        order("on time", "new", 1),
        order("on time", "cancel", 12),
        order("again", "cancel", 5),
        order("again", "new", 4),
        order("again", "new", 8),
    ]
    trades = [
        trade("maker", 9, "late", "on time"),
        trade("taker", 9, "on time", "late"),
        trade("both", 0, "late", "on time"),
        trade("equal", 10, "late", "late"),
        trade("unknown", 0, "unknown", None),
        trade("none", 0, None, None),
        trade("again", 5, "again", "again"),
    ]
    tape = Tape(tmp_path / "tape")
    report = load(tape, tmp_path / "input", orders, trades)
    assert report.tables["orders"] == TableReport(read=10, loaded=9, quarantined=1)
    assert report.tables["trades"] == TableReport(read=7, loaded=4, quarantined=3)
    assert refused(tape) == [
        ("orders", 1, REASON + "its order", "2024-03-01T00:09:00.000000Z"),
        ("trades", 1, REASON + "the maker's order", "2024-03-01T00:09:00.000000Z"),
        ("trades", 2, REASON + "the taker's order", "2024-03-01T00:09:00.000000Z"),
        ("trades", 3, REASON + "the maker's order and the taker's order", "2024-03-01T00:00:00.000000Z"),
    ]
    assert set(tape.quarantine()["file"]) == {"orders.csv", "trades.csv"}
    assert set(tape.table("trades").collect()["trade_id"]) == {"equal", "unknown", "none", "again"}
    assert load(tape, tmp_path / "input", orders, trades).segment is None


def test_part_files_are_named(tmp_path: Path) -> None:
    orders = [order("o", "new", 5), order("o", "cancel", 6), order("o", "amend", 4), order("p", "new", 1)]
    tape = Tape(tmp_path / "tape")
    ingest_records(hand_over({"accounts": [{"account_id": "a"}, {"account_id": "b"}], "orders": orders},
                             tmp_path / "input", "jsonl", parts=2), tape)  # fmt: skip
    assert tape.quarantine().select("file", "row").rows() == [("orders/part-0.jsonl", 2)]


def test_against_orders_on_the_tape(tmp_path: Path) -> None:
    """Of later days too, and without orders in the load."""
    day = 24 * 60
    tape = Tape(tmp_path / "tape")
    placed = [order("first", "new", 5), order("next day", "new", day + 5), order("twice", "new", 0)]
    load(tape, tmp_path / "1", [*placed, order("twice", "new", 3 * day)], [])
    acts = [order("first", "cancel", 4), order("next day", "cancel", 30), order("twice", "cancel", 2 * day)]
    fills = [trade("a", 5, "first", "next day"), trade("b", day + 5, "first", "next day"), trade("c", day, "twice", "")]
    assert load(tape, tmp_path / "2", acts, []).tables["orders"] == TableReport(read=3, loaded=1, quarantined=2)
    assert load(tape, tmp_path / "3", [], fills).tables["trades"] == TableReport(read=3, loaded=2, quarantined=1)
    assert [row[:3] for row in refused(tape)] == [
        ("orders", 1, REASON + "its order"),
        ("orders", 2, REASON + "its order"),
        ("trades", 1, REASON + "the taker's order"),
    ]


def test_what_the_tape_has_stays(tmp_path: Path) -> None:
    """Nobody could know when it was loaded; handed over again it is the duplicate that it always was."""
    tape = Tape(tmp_path / "tape")
    early, fill = [order("o", "cancel", 1)], [trade("t", 1, "o", None)]
    load(tape, tmp_path / "1", early, fill)
    load(tape, tmp_path / "2", [order("o", "new", 2)], [])
    again = load(tape, tmp_path / "1", early, fill)
    assert again.segment is None
    assert again.tables["orders"] == again.tables["trades"] == TableReport(read=1, duplicates=1)
    other = [{**early[0], "quantity": 2}, order("o", "cancel", 1, sequence=1)]
    told = load(tape, tmp_path / "3", other, [trade("t", 1, "o", None, price=3)])
    assert told.tables["orders"] == TableReport(read=2, quarantined=2)
    reasons = tape.quarantine().select("table", "row", "reason").rows()
    assert [row[:2] for row in reasons] == [("orders", 1), ("orders", 2), ("trades", 1)]
    assert ["came first" in row[2] for row in reasons] == [True, False, True]


def test_a_refused_row_takes_no_key(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape")
    trades = [trade("t", 1, "o", None), trade("t", 3, "o", None), trade("t", 3, "o", None), trade("t", 4, "o", None)]
    report = load(tape, tmp_path / "1", [order("o", "new", 2)], trades)
    assert report.tables["trades"] == TableReport(read=4, loaded=1, quarantined=2, duplicates=1)
    assert tape.table("trades").collect()["ts"].to_list() == [START + timedelta(minutes=3)]
    assert tape.quarantine()["row"].to_list() == [1, 4]


MINUTES = st.one_of(st.integers(0, 3), st.integers(1439, 1442), st.integers(2880, 2882))
IDS = st.sampled_from("xyz")
ORDERS = st.builds(order, IDS, st.sampled_from(("new", "new", "amend", "cancel")), MINUTES, st.none() | st.just(1))
FILLS = st.builds(trade, st.uuids().map(str), MINUTES, st.none() | IDS, st.none() | IDS)
LOADS = st.lists(st.tuples(st.lists(ORDERS, max_size=8), st.lists(FILLS, max_size=4)), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(LOADS)
def test_loads_against_the_definition(loads: list[tuple[list[Row], list[Row]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tape, on_tape, told = Tape(Path(folder) / "tape"), list[Row](), set[tuple[str, int]]()
        for number, (orders, trades) in enumerate(loads):
            first: dict[str | None, datetime] = {}
            for row in sorted(orders + on_tape, key=lambda row: row["ts"]):
                if row["event"] == "new":
                    first.setdefault(row["order_id"], row["ts"])

            def crossed(row: Row, *sides: str, first: dict[str | None, datetime] = first) -> bool:
                return any(row["ts"] < first.get(row[side], START) for side in sides)

            acts = [crossed(row, "order_id") and row not in on_tape for row in orders]
            fills = [crossed(row, "maker_order_id", "taker_order_id") for row in trades]
            kept = [row for row, bad in zip(orders, acts, strict=True) if not bad]
            on_tape = distinct(on_tape + kept)
            told |= {("orders", place + 1) for place, bad in enumerate(acts) if bad}
            told |= {("trades", place + 1) for place, bad in enumerate(fills) if bad}
            report = load(tape, Path(folder) / str(number), orders, trades, "parquet").tables
            refusals = [report[name].quarantined for name in ("orders", "trades") if name in report]
            assert sum(refusals) == sum(acts) + sum(fills)
        assert {row[:2] for row in refused(tape)} == told
        assert tape.table("orders").collect().height == len(on_tape)
