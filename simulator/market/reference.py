"""Reference prices: what everybody outside this exchange agrees on, one path a market and day.

Log returns are Student-t with a volatility that persists over days and hours (the usual explanation of heavy tails and
volatility clustering: Cont, Empirical properties of asset returns, 2001), share a market factor, and jump on news.
Hypes rise within minutes and fade; a planted pump is a hype like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.market.symbols import Market
from simulator.parameters import DAY_SECONDS, Range
from simulator.randomness import Streams

STEP_SECONDS = 10
STEPS = DAY_SECONDS // STEP_SECONDS
_BLOCK = 60
"""Steps (ten minutes) over which volatility stays."""
_FREEDOM = 4.0
_FACTOR = 0.6
"""Correlation of each market with the common factor, squared root of its share of variance."""
_DAY_PERSISTENCE, _DAY_SPREAD = 0.95, 0.12
_BLOCK_PERSISTENCE, _BLOCK_SPREAD = 0.98, 0.14
_AFTERSHOCK = 1.0
"""By how much news raises the logarithm of the volatility; it fades with the persistence of blocks."""
_REVERSION = 0.01
"""Share of the log distance from the first price that is given back in a day, so that no market dies."""
NEWS_PER_DAY = 0.08
"""News an average market has a day."""
HYPES_PER_DAY = 0.06
"""Hypes an average small market has a day."""
_HYPE_SIZE: Range = (0.02, 0.25)
HYPE_RISE_SECONDS, HYPE_FADE_SECONDS = 240.0, 1_500.0


@dataclass(frozen=True)
class Hypes:
    """Sudden interest: one value each. `size` is the log price at the peak."""

    symbol: NDArray[np.int64]
    second: NDArray[np.float64]
    size: NDArray[np.float64]


@dataclass
class ReferencePath:
    """Goes from day to day; days must be asked for in order, each once."""

    market: Market
    streams: Streams
    log_price: NDArray[np.float64] = field(init=False)
    _day_volatility: NDArray[np.float64] = field(init=False)
    _block_volatility: NDArray[np.float64] = field(init=False)
    """Logarithms, as multiples of the market's own volatility."""

    def __post_init__(self) -> None:
        self.log_price = np.zeros(len(self.market))
        spread = _DAY_SPREAD / np.sqrt(1 - _DAY_PERSISTENCE**2)
        self._day_volatility = self.streams.of("volatility").normal(0, spread, len(self.market))
        self._block_volatility = np.zeros(len(self.market))

    def day(self, day: int, planted: Hypes) -> NDArray[np.float64]:
        """Fair prices in ticks, (markets, 8640): one per ten seconds. `planted`: pumps of this day."""
        random, count = self.streams.of("reference", day), len(self.market)
        self._day_volatility = _DAY_PERSISTENCE * self._day_volatility + random.normal(0, _DAY_SPREAD, count)
        jump = random.standard_t(3, count) * self.market.volatility * 0.7 * (random.poisson(NEWS_PER_DAY, count) > 0)
        at = random.integers(0, STEPS, count)
        returns = self._returns(np.where(jump == 0, STEPS, at) // _BLOCK, random)
        returns[np.arange(count), at] += jump
        returns[:, 0] -= _REVERSION * self.log_price
        path = self.log_price[:, None] + np.cumsum(returns, axis=1)
        self.log_price = path[:, -1].copy()
        for hypes in (self._hypes(random), planted):
            _add(path, hypes)
        return np.maximum(self.market.first_ticks[:, None] * np.exp(path), 20.0)

    def _returns(self, news: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float64]:
        """(markets, steps) log returns without jumps. `news`: the block of each market's news; past the last: none."""
        count, blocks = len(self.market), STEPS // _BLOCK
        shocks = random.normal(0, _BLOCK_SPREAD, (count, blocks)) + _AFTERSHOCK * (np.arange(blocks) == news[:, None])
        level = np.empty((count, blocks))
        for block in range(blocks):
            self._block_volatility = _BLOCK_PERSISTENCE * self._block_volatility + shocks[:, block]
            level[:, block] = self._block_volatility
        level -= _BLOCK_SPREAD**2 / (1 - _BLOCK_PERSISTENCE**2)
        common = random.standard_t(_FREEDOM, STEPS)
        own = random.standard_t(_FREEDOM, (count, STEPS))
        unit = (_FACTOR * common + np.sqrt(1 - _FACTOR**2) * own) / np.sqrt(_FREEDOM / (_FREEDOM - 2) * STEPS)
        scale = self.market.volatility[:, None] * np.exp(self._day_volatility[:, None] + level)
        return np.asarray(unit * np.repeat(scale, _BLOCK, axis=1))

    def _hypes(self, random: np.random.Generator) -> Hypes:
        small = self.market.tier == 2
        symbol = np.repeat(np.arange(len(small)), random.poisson(np.where(small, HYPES_PER_DAY, 0.0)))
        low, high = np.log(_HYPE_SIZE)
        return Hypes(symbol, random.random(len(symbol)) * DAY_SECONDS, np.exp(random.uniform(low, high, len(symbol))))


def _add(path: NDArray[np.float64], hypes: Hypes) -> None:
    """A steep rise to the peak, then an exponential fall, within the day."""
    since = np.arange(STEPS) * STEP_SECONDS - hypes.second[:, None]
    rise = np.clip(since / HYPE_RISE_SECONDS, 0, 1)
    fade = np.exp(-np.maximum(since - HYPE_RISE_SECONDS, 0) / HYPE_FADE_SECONDS)
    np.add.at(path, hypes.symbol, hypes.size[:, None] * rise * fade)
