"""Sets of accounts that trade in a circle and end as they began: where to look for a wash, no proof of one.

Victor and Weintraud, Detecting and Quantifying Wash Trading on Decentralized Cryptocurrency Exchanges, WWW 2021:
strongly connected components of the maker -> taker multigraph of a market, layer by layer (subtract 1 from every number
of trades until none is left), and within a component the longest prefix of a time window in which nobody's position
moves. Market makers form such sets too, so a set nominates its accounts for a look; it is no act of any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from graph.tape.engine import TapeEngine
from graph.vocabulary import INSTANT, columns
from models import tables
from models.conduct.parameters import ClosedSets
from models.conduct.typologies import source

_TRADES = columns(
    symbol=pl.String,
    maker=pl.String,
    taker=pl.String,
    us=pl.Int64,
    trade_id=pl.String,
    taken=pl.Float64,
)
_HOUR = 3_600_000_000

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]


def closed_sets(engine: TapeEngine, parameters: ClosedSets) -> pl.DataFrame:
    """`tables.CLOSED_SETS` of the relation `trades`, by symbol and accounts; without sets that never close."""
    sql = Template(source("closed/repeated_trades.sql")).substitute(least_layers=parameters.least_layers)
    trades = engine.rows(sql, _TRADES).sort("symbol", "us", "trade_id")
    found = [
        row
        for market in trades.partition_by("symbol", maintain_order=True)
        for row in _sets_of_market(market, parameters)
    ]
    return pl.DataFrame(found, schema=tables.CLOSED_SETS, orient="row").sort("symbol", "accounts")


def layered_components(maker: Longs, taker: Longs, weight: Longs, accounts: int) -> Iterator[tuple[Longs, int]]:
    """Strongly connected components of at least two accounts over all layers, and in how many layers each is one.

    Layer k has the edges of `weight` > k, so layers between two weights are alike and are looked at once.
    """
    seen: dict[bytes, int] = {}
    below = 0
    for level in np.unique(weight):
        kept = weight >= level
        graph = csr_array((np.ones(int(kept.sum()), np.int8), (maker[kept], taker[kept])), shape=(accounts, accounts))
        _, component = connected_components(graph, directed=True, connection="strong")
        order = np.argsort(component, kind="stable")
        starts = np.flatnonzero(np.diff(component[order], prepend=-1))
        sizes = np.diff(np.append(starts, accounts))
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
            key = order[start : start + size].astype(np.int64).tobytes()
            seen[key] = seen.get(key, 0) + int(level) - below
        below = int(level)
    for key, layers in seen.items():
        yield np.frombuffer(key, np.int64), layers


def closed_prefixes(window: Longs, maker: Longs, taker: Longs, taken: Doubles, balance: float) -> Longs:
    """For each window (`window`: its number for every trade, ascending), how many of its first trades leave nobody with
    a position above `balance` times their mean size; the longest such prefix, at least 2, else 0.

    `maker`, `taker`: places from 0; `taken`: what the taker bought (negative: sold).
    """
    starts = np.flatnonzero(np.diff(window, prepend=-1)).astype(np.int64)
    found: Longs = _prefixes(np.append(starts, len(window)), maker, taker, taken, balance)
    return found


@njit(cache=True)
def _prefixes(starts: Longs, maker: Longs, taker: Longs, taken: Doubles, balance: float) -> Longs:
    accounts = 0
    for row in range(len(maker)):
        accounts = max(accounts, maker[row] + 1, taker[row] + 1)
    longest = np.zeros(len(starts) - 1, np.int64)
    for window in range(len(starts) - 1):
        position, gross = np.zeros(accounts), 0.0
        for row in range(starts[window], starts[window + 1]):
            position[taker[row]] += taken[row]
            position[maker[row]] -= taken[row]
            gross += abs(taken[row])
            count = row - starts[window] + 1
            if count > 1 and np.abs(position).max() <= balance * gross / count * (1 + 1e-9):
                longest[window] = count
    return longest


def _sets_of_market(trades: pl.DataFrame, parameters: ClosedSets) -> Iterator[tuple[object, ...]]:
    names = pl.concat([trades["maker"], trades["taker"]]).unique().sort()
    maker, taker = (names.search_sorted(trades[side]).to_numpy().astype(np.int64) for side in ("maker", "taker"))
    pair, place = np.unique(maker * len(names) + taker, return_inverse=True)
    weight = np.bincount(place).astype(np.int64)
    for members, layers in layered_components(pair // len(names), pair % len(names), weight, len(names)):
        if layers < parameters.least_layers:
            continue
        inside = np.isin(maker, members) & np.isin(taker, members)
        circle = _Circle(
            us=trades["us"].to_numpy()[inside],
            maker=np.searchsorted(members, maker[inside]).astype(np.int64),
            taker=np.searchsorted(members, taker[inside]).astype(np.int64),
            taken=trades["taken"].to_numpy()[inside],
        )
        best = max((circle.closed(hours, parameters.balance) for hours in parameters.hours), key=lambda row: row[2])
        if best[2]:
            yield (trades["symbol"][0], names.gather(members).to_list(), layers, *best)


@dataclass(frozen=True)
class _Circle:
    """The trades within one set, by time; places of its accounts from 0."""

    us: Longs
    maker: Longs
    taker: Longs
    taken: Doubles

    def closed(self, hours: int, balance: float) -> tuple[int, int, int, object, object]:
        """The last five columns of `tables.CLOSED_SETS` for windows of `hours`."""
        window = self.us // (hours * _HOUR)
        lengths = closed_prefixes(window, self.maker, self.taker, self.taken, balance)
        starts, closed = np.flatnonzero(np.diff(window, prepend=-1)), lengths > 0
        if not closed.any():
            return hours, 0, 0, None, None
        ends = (starts + lengths - 1)[closed]
        at = pl.Series([int(self.us[starts[closed]].min()), int(self.us[ends].max())]).cast(INSTANT)
        return hours, int(closed.sum()), int(lengths.sum()), at[0], at[1]
