"""Packed lists come back as they were, whatever is in them and however the column was sliced."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graph.store.packing import pack_integers, pack_strings, unpack_integers, unpack_strings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5), max_size=8), st.integers(0, 3))
def test_integers(rows: list[list[int]], skipped: int) -> None:
    column = pl.Series(rows, dtype=pl.List(pl.Int64)).slice(skipped)
    assert unpack_integers(pack_integers(column, np.int64), np.int64).to_list() == rows[skipped:]


@given(st.lists(st.lists(TEXT, max_size=5), max_size=8), st.integers(0, 3))
def test_strings(rows: list[list[str]], skipped: int) -> None:
    column = pl.Series(rows, dtype=pl.List(pl.String)).slice(skipped)
    assert unpack_strings(*pack_strings(column)).to_list() == rows[skipped:]


def test_a_packed_row_is_its_values() -> None:
    assert pack_integers(pl.Series([[1, 2], []], dtype=pl.List(pl.Int32)), np.int32) == [b"\1\0\0\0\2\0\0\0", b""]
    assert pack_strings(pl.Series([["é", ""]])) == ([b"\2\0\0\0\0\0\0\0"], ["é".encode()])
