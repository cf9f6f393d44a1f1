"""The trades that hold, against a naive re-implementation."""

from __future__ import annotations

import random

import duckdb
import polars as pl
import pytest

from graph.tape import valid_trades
from tests.graph.aggregate.oracle import last_words
from tests.graph.worlds import Row

SCHEMA = {"trade_id": pl.String, "status": pl.String, "price": pl.Int64}


def valid(rows: list[Row], name: str = "trades") -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.register(name, pl.DataFrame(rows, schema=SCHEMA, orient="row").to_arrow())
        relation = connection.sql(valid_trades(name) if name != "trades" else valid_trades())
        assert relation.columns == list(SCHEMA)
        return sorted(relation.fetchall(), key=repr)


def test_the_last_word_holds() -> None:
    said = [("a", "normal"), ("b", None), ("b", "corrected"), ("c", "corrected"), ("d", "busted"), ("e", "normal")]
    said += [("e", "corrected"), ("e", "busted"), ("f", "busted"), ("f", None), ("g", None)]
    rows = [{"trade_id": trade, "status": status, "price": price} for price, (trade, status) in enumerate(said)]
    wanted = [("a", "normal", 0), ("b", "corrected", 2), ("c", "corrected", 3), ("g", None, 10)]
    assert valid(rows) == wanted
    assert valid(rows[::-1], "recorded_trades") == wanted
    assert valid([]) == []


@pytest.mark.parametrize("seed", range(5))
def test_any_history_in_any_order(seed: int) -> None:
    draw = random.Random(seed)
    rows: list[Row] = [
        {"trade_id": str(trade), "status": status, "price": draw.randrange(9)}
        for trade in range(200)
        for status in draw.sample((draw.choice((None, "normal")), "corrected", "busted"), draw.choice((1, 1, 1, 2, 3)))
    ]
    draw.shuffle(rows)
    wanted = [tuple(row.values()) for row in last_words(rows) if row["status"] != "busted"]
    assert valid(rows) == sorted(wanted, key=repr)
