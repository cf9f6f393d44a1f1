"""Devices, networks and addresses as their users see them: opaque text in which numbers carry no order.

A resource is a 64-bit number made of its kind, its owner and, where it changes over time, its epoch. Equal numbers give
equal text.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.uint64]
_OWNER_BITS, _EPOCH_BITS = 34, 22


class Resource(IntEnum):
    """Kinds of resource number; each kind has numbers of its own."""

    OWN_DEVICE = 1
    SHARED_DEVICE = 2
    HOME = 3
    MOBILE = 4
    PLACE = 5
    VPN = 6
    OWN_WALLET = 7
    SHARED_WALLET = 8
    EXCHANGE_WALLET = 9
    DEPOSIT_ADDRESS = 10
    CUSTODIAN = 11
    MIXER = 12


def resource(kind: Resource, owner: ArrayLike, epoch: ArrayLike = 0) -> Numbers:
    """Resource numbers; `owner` below 2**34, `epoch` below 2**22, both at least 0."""
    owners, epochs = np.asarray(owner).astype(np.uint64), np.asarray(epoch).astype(np.uint64)
    head = np.uint64(int(kind) << (_OWNER_BITS + _EPOCH_BITS))
    return np.asarray(head | (epochs << np.uint64(_OWNER_BITS)) | owners)


def device_ids(numbers: Numbers) -> pl.Series:
    """Sixteen hexadecimal digits."""
    return _once(numbers, lambda unique: _hexadecimal(_mixed(unique, 1)))


def ip_addresses(numbers: Numbers) -> pl.Series:
    """IPv4 dotted quads from 11.0.0.0 to 203.255.255.255."""

    def quads(unique: Numbers) -> pl.Series:
        bits = _mixed(unique, 2)
        octets = [(bits >> np.uint64(shift)) & np.uint64(255) for shift in (0, 8, 16)]
        first = (bits >> np.uint64(24)) % np.uint64(193) + np.uint64(11)
        parts = [pl.Series(part.astype(np.uint32)).cast(pl.String) for part in (first, *octets)]
        return pl.select(pl.concat_str([pl.lit(part) for part in parts], separator=".")).to_series()

    return _once(numbers, quads)


def addresses(numbers: Numbers) -> pl.Series:
    """0x and forty hexadecimal digits."""

    def text(unique: Numbers) -> pl.Series:
        parts = [_hexadecimal(_mixed(unique, salt)) for salt in (3, 4)] + [_hexadecimal(_mixed(unique, 5)).str.head(8)]
        return pl.select(pl.concat_str([pl.lit("0x"), *[pl.lit(part) for part in parts]])).to_series()

    return _once(numbers, text)


def _once(numbers: Numbers, text: Callable[[Numbers], pl.Series]) -> pl.Series:
    unique, inverse = np.unique(numbers, return_inverse=True)
    if not len(unique):
        return pl.Series([], dtype=pl.String)
    return text(unique).gather(inverse)


def _hexadecimal(values: Numbers) -> pl.Series:
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    octets = np.ascontiguousarray(values.astype(">u8")).view(np.uint8).reshape(len(values), 8)
    nibbles = np.stack([octets >> 4, octets & 15], axis=2).reshape(len(values), 16)
    return pl.Series(digits[nibbles].view("S16").ravel().astype("U16"))


def _mixed(values: Numbers, salt: int) -> Numbers:
    """SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014)."""
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
