"""An exchange of any size for speed measurements: about six links an account, and planted rings.

This is for timing alone. It is easy to solve and says nothing about quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60
RING_SHARE = 0.005
SMALLEST_RING, LARGEST_RING = 8, 40


@dataclass(frozen=True)
class World:
    """Contract tables by name, and the planted rings (`ring`, `account_id`)."""

    tables: dict[str, pl.DataFrame]
    rings: pl.DataFrame

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            table.write_parquet(folder / f"{name}.parquet")


def make_world(accounts: int, seed: int = 0) -> World:
    """One device, one IP address, two withdrawal and two deposit addresses an account; popularity is heavy-tailed, so a
    few addresses are used by a per cent of everybody. Members of a planted ring share two devices and two addresses."""
    rng = np.random.default_rng(seed)
    number = np.arange(accounts)
    opened = np.sort(rng.integers(0, 300 * 86_400, accounts))
    volume = np.exp(rng.normal(7, 2, accounts))
    ring = _planted(accounts, rng)
    inside = np.flatnonzero(ring >= 0)
    first = np.full(ring.max() + 1, 0)
    first[ring[inside][::-1]] = inside[::-1]
    opened[inside] = opened[first[ring[inside]]] + rng.integers(0, 3_600, len(inside))
    volume[inside] = volume[first[ring[inside]]] * np.exp(rng.normal(0, 0.1, len(inside)))

    device = np.where(rng.random(accounts) < 0.9, number, rng.integers(0, accounts, accounts))
    device[inside] = accounts + ring[inside] * 2 + rng.integers(0, 2, len(inside))
    address = _popular(accounts, (accounts, 4), rng)
    address[inside, 0] = accounts + ring[inside] * 2
    address[inside, 2] = accounts + ring[inside] * 2 + 1
    ip = _popular(accounts // 3 + 1, (accounts, 1), rng)[:, 0]
    ids = pl.Series("account_id", number).cast(pl.String).str.zfill(8)
    tables = {
        "accounts": pl.DataFrame(
            {"account_id": "a" + ids, "opened_at": _instant(opened - 300 * 86_400), "volume_usd": volume.round(2)}
        ),
        "sessions": pl.DataFrame(
            {
                "account_id": "a" + ids,
                "ts": _instant(rng.integers(0, DAYS * 86_400, accounts)),
                "device_id": _named("d", device),
                "ip": _named("i", ip),
            }
        ),
        "transfers": _transfers("a" + ids, address, rng),
    }
    rings = pl.DataFrame({"ring": ring[inside], "account_id": ("a" + ids).gather(inside)})
    return World(tables, rings)


def _planted(accounts: int, rng: np.random.Generator) -> np.ndarray:
    sizes = rng.integers(SMALLEST_RING, LARGEST_RING + 1, max(int(accounts * RING_SHARE / 24), 1))
    ring = np.full(accounts, -1)
    chosen = rng.permutation(accounts)[: sizes.sum()]
    ring[chosen] = np.repeat(np.arange(len(sizes)), sizes)[: len(chosen)]
    return ring


def _popular(size: int, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Resource numbers: nine in ten drawn evenly, the rest by a power law towards 0."""
    even = rng.integers(0, size, shape)
    steep = (size * rng.random(shape) ** 6).astype(np.int64)
    return np.where(rng.random(shape) < 0.9, even, steep)


def _instant(seconds: np.ndarray) -> pl.Series:
    return pl.Series(seconds.astype(np.int64) * 1_000_000 + int(START.timestamp()) * 1_000_000).cast(
        pl.Datetime("us", "UTC")
    )


def _named(prefix: str, numbers: np.ndarray) -> pl.Series:
    return prefix + pl.Series(numbers).cast(pl.String)


def _transfers(ids: pl.Series, address: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    frames = [
        pl.DataFrame(
            {
                "account_id": ids,
                "direction": ["withdrawal" if column < 2 else "deposit"] * len(ids),
                "address": _named("x", address[:, column]),
                "asset": pl.Series(rng.integers(0, 5, len(ids))).cast(pl.String),
                "amount": rng.integers(1, 10_000, len(ids)),
                "ts": _instant(rng.integers(0, DAYS * 86_400, len(ids))),
            }
        )
        for column in range(address.shape[1])
    ]
    table = pl.concat(frames)
    return table.with_columns(transfer_id="t" + pl.int_range(pl.len()).cast(pl.String))
