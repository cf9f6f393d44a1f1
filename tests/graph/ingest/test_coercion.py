"""One column after the other: what becomes of each kind of value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.contract import TABLES, Column, Kind, Table
from graph.ingest.coercion import Coercion, coerce


def one_column(kind: Kind, values: pl.Series, **rules: Any) -> Coercion:
    table = Table("t", "A test.", (Column("x", kind, "A value.", **rules),), key=("x",))
    rows = pl.int_range(1, values.len() + 1, dtype=pl.Int64, eager=True)
    return coerce(table, rows, values.alias("x").to_frame())


def outcome(kind: Kind, value: Any, dtype: pl.DataType | type[pl.DataType] | None = None, **rules: Any) -> Any:
    """The value as it is kept, or the reason for which it is refused."""
    result = one_column(kind, pl.Series([value], dtype=dtype), **rules)
    assert result.good.height + result.bad.height == 1
    return result.good["x"][0] if result.good.height else result.bad["reason"][0]


NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-05-01T12:00:00Z", NOON),
        ("2024-05-01T12:00:00", NOON),
        ("2024-05-01 12:00", NOON),
        ("2024-05-01 12:00:00+00:00", NOON),
        ("2024-05-01T14:00:00+0200", NOON),
        ("2024-05-01T08:30-03:30", NOON),
        ("2024-05-01T12:00:00.5Z", NOON.replace(microsecond=500_000)),
        ("2024-05-01T12:00:00.1234569 Z", NOON.replace(microsecond=123_456)),
        ("2024-05-01", NOON.replace(hour=0)),
        ("", None),
    ],
)
def test_times_as_text(text: str, wanted: datetime | None) -> None:
    assert outcome(Kind.INSTANT, text) == wanted


@pytest.mark.parametrize("text", ["1714564800", "2024-02-30T00:00:00Z", "01.05.2024", "noon", "2024-05-01T25:00:00Z"])
def test_what_is_no_time(text: str) -> None:
    assert "not a time" in outcome(Kind.INSTANT, text)


def test_times_of_other_types() -> None:
    assert outcome(Kind.INSTANT, date(2024, 5, 1)) == NOON.replace(hour=0)
    assert outcome(Kind.INSTANT, datetime(2024, 5, 1, 12), pl.Datetime("ms")) == NOON  # noqa: DTZ001
    assert outcome(Kind.INSTANT, NOON, pl.Datetime("ns", "Europe/Berlin")) == NOON
    assert "Int64" in outcome(Kind.INSTANT, 1_714_564_800)
    assert outcome(Kind.INSTANT, datetime(1970, 1, 1, tzinfo=UTC)).startswith("outside the years")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1.50", Decimal("1.5")),
        ("+.5", Decimal("0.5")),
        ("1e-7", Decimal("0.0000001")),
        ("12.5E2", Decimal(1250)),
        ("0." + "1" * 18 + "000", Decimal("0." + "1" * 18)),
        ("9" * 20 + "." + "9" * 18, Decimal("9" * 20 + "." + "9" * 18)),
        (0.1, Decimal("0.1")),
        (1e-7, Decimal("0.0000001")),
        (3, Decimal(3)),
        (Decimal("1.10"), Decimal("1.1")),
    ],
)
def test_decimals_are_exact(value: Any, wanted: Decimal) -> None:
    assert outcome(Kind.DECIMAL, value) == wanted


@pytest.mark.parametrize("text", ["0." + "0" * 18 + "1", "1" * 21, "1e400", "1.5e-18", "1e-19"])
def test_decimals_with_too_many_digits(text: str) -> None:
    assert outcome(Kind.DECIMAL, text).startswith("more than 18 decimals")


@pytest.mark.parametrize("value", ["abc", "1,5", "0x1", "1_000", " 4", "NaN", "inf", "--1", "1e", "."])
def test_what_is_no_number(value: str) -> None:
    assert outcome(Kind.DECIMAL, value) == "not a number"


def test_numbers_of_wrong_types() -> None:
    assert outcome(Kind.DECIMAL, float("nan")) == "not a finite number"
    assert "Boolean" in outcome(Kind.DECIMAL, True)
    assert "List" in outcome(Kind.DECIMAL, [1])
    assert outcome(Kind.INTEGER, "3") == 3
    assert outcome(Kind.INTEGER, 3.0) == 3
    for value in ("1.5", 1.5, "1e3", "9" * 30, "x", Decimal("1.5")):
        assert outcome(Kind.INTEGER, value) == "not a whole number"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**19), max_value=10**19))
def test_any_decimal_survives_as_text(value: Decimal) -> None:
    assert outcome(Kind.DECIMAL, f"{value:f}") == value
    assert outcome(Kind.DECIMAL, str(value)) == value


@given(st.floats(min_value=-1e19, max_value=1e19).filter(lambda x: x == 0 or abs(x) > 1e-2))
def test_a_float_is_its_shortest_decimal(value: float) -> None:
    wanted = Decimal(repr(value))
    kept = outcome(Kind.DECIMAL, value)
    exponent = wanted.as_tuple().exponent
    assert isinstance(exponent, int)
    assert kept == wanted if -exponent <= 18 else str(kept).startswith("more than")


def test_text() -> None:
    assert outcome(Kind.TEXT, 7) == "7"
    assert outcome(Kind.TEXT, b"\xc3\xa9", pl.Binary) == "é"
    assert outcome(Kind.TEXT, b"\xff", pl.Binary) == "not valid UTF-8"
    assert outcome(Kind.TEXT, "a\0b") == "contains a zero byte"
    assert outcome(Kind.TEXT, "é" * 513) == "longer than 1024 bytes"
    assert outcome(Kind.TEXT, "é" * 512) == "é" * 512
    assert "Float64" in outcome(Kind.TEXT, 1.5)
    assert outcome(Kind.TEXT, "", required=True) == "required, but empty"
    assert outcome(Kind.TEXT, "") is None
    assert outcome(Kind.TEXT, None, default="login") == "login"
    assert outcome(Kind.TEXT, "x", allowed=("a", "b")) == "not one of a, b"


def test_ranges() -> None:
    assert outcome(Kind.DECIMAL, "0", above=0) == "not more than 0"
    assert outcome(Kind.DECIMAL, "0.000000000000000001", above=0) == Decimal("1e-18")
    assert outcome(Kind.INTEGER, 0, at_least=1) == "less than 1"
    assert outcome(Kind.DECIMAL, "10", below=10) == "not less than 10"


def test_one_bad_byte_costs_one_row() -> None:
    result = one_column(Kind.TEXT, pl.Series([b"a", b"\xff\xfe", b"c", None], dtype=pl.Binary))
    assert result.good["x"].to_list() == ["a", "c", None]
    assert result.bad.row(0, named=True) == {
        "row": 2,
        "column": "x",
        "reason": "not valid UTF-8",
        "value": "0xfffe",
    }


def test_a_row_with_two_faults_is_told_once() -> None:
    source = pl.DataFrame({"transfer_id": ["t"], "account_id": [None], "direction": ["up"], "amount": ["-1"]})
    bad = coerce(TABLES["transfers"], pl.Series([9]), source).bad
    assert bad.rows() == [(9, "account_id", "required, but empty; also bad: direction, amount", None)]


def test_values_are_cut() -> None:
    bad = one_column(Kind.DECIMAL, pl.Series(["x" * 5000])).bad
    assert bad["value"][0] == "x" * 200
