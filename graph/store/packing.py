"""Lists of a link as bytes: whole columns at a time, by reading Arrow's buffers as they lie, in no Python loop.

A list of integers becomes its values one after the other, little-endian. A list of strings becomes two such values:
the UTF-8 length of each string, and their bytes one after the other; so any string survives, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

UNDATED = -(2**31)
"""Stands for the null day of an undated event."""

Integer = type[np.int32] | type[np.int64]


def pack_integers(lists: pl.Series, dtype: Integer) -> list[bytes]:
    """A column of lists without nulls as one value of bytes per row."""
    offsets, values = _lists(lists)
    data = np.ascontiguousarray(values.to_numpy(zero_copy_only=False).astype(dtype, copy=False))
    return _slices(offsets * data.itemsize, pa.py_buffer(data))


def unpack_integers(packed: Sequence[bytes], dtype: Integer) -> pl.Series:
    """The inverse of `pack_integers`."""
    offsets, data = _joined(packed)
    values = np.frombuffer(data, dtype=dtype)
    return _series(offsets // values.itemsize, pa.array(values))


def pack_strings(lists: pl.Series) -> tuple[list[bytes], list[bytes]]:
    """A column of lists without nulls as (lengths, bytes) of each row."""
    offsets, strings = _lists(lists)
    ends = np.zeros(1, dtype=np.int64)
    if len(strings):
        ends = np.frombuffer(strings.buffers()[1], dtype=np.int64)[strings.offset : strings.offset + len(strings) + 1]
    lengths = np.ascontiguousarray(np.diff(ends).astype(np.int32))
    data = strings.buffers()[2] or pa.py_buffer(b"")
    return _slices(offsets * lengths.itemsize, pa.py_buffer(lengths)), _slices(ends[offsets], data)


def unpack_strings(lengths: Sequence[bytes], packed: Sequence[bytes]) -> pl.Series:
    """The inverse of `pack_strings`."""
    offsets, joined_lengths = _joined(lengths)
    sizes = np.frombuffer(joined_lengths, dtype=np.int32)
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)])
    data = pa.py_buffer(b"".join(packed))
    strings = pa.Array.from_buffers(pa.large_string(), len(sizes), [None, pa.py_buffer(ends), data])
    return _series(offsets // sizes.itemsize, strings)


def _lists(lists: pl.Series) -> tuple[npt.NDArray[np.int64], pa.Array]:
    array = lists.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.offsets.to_numpy(), array.values


def _slices(offsets: npt.NDArray[np.int64], data: pa.Buffer) -> list[bytes]:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), data]
    packed: list[bytes] = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).to_pylist()
    return packed


def _joined(packed: Sequence[bytes]) -> tuple[npt.NDArray[np.int64], bytes]:
    lengths = np.fromiter(map(len, packed), dtype=np.int64, count=len(packed))
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]), b"".join(packed)


def _series(offsets: npt.NDArray[np.int64], values: pa.Array) -> pl.Series:
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), values)
    return pl.Series(values=lists)
