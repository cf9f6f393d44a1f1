"""Exact decimals from integers, without a loop and without rounding."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

PLACES = 6
"""Decimal places of every price, quantity and amount that a world writes."""
_DIGITS = 28


def decimals(scaled: NDArray[np.int64], missing: NDArray[np.bool_] | None = None) -> pl.Series:
    """Decimals of `PLACES` places from integers in units of the last place; null where `missing`."""
    words = np.empty((len(scaled), 2), np.int64)
    words[:, 0], words[:, 1] = scaled, scaled >> 63
    valid = None if missing is None else pa.array(~missing).buffers()[1]
    whole = pa.Array.from_buffers(pa.decimal128(_DIGITS, PLACES), len(scaled), [valid, pa.py_buffer(words)])
    return pl.Series(pl.from_arrow(whole))


def money(usd: NDArray[np.float64]) -> pl.Series:
    """US dollars, rounded to cents."""
    return decimals(np.rint(usd * 100).astype(np.int64) * 10 ** (PLACES - 2))
