"""What everybody can see on one day, and the ordinary ways to pick times, sizes and prices that all share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import NONE, Action, Anchor, Intents, intents
from simulator.market.reference import STEP_SECONDS
from simulator.market.symbols import Market
from simulator.parameters import DAY_SECONDS, MICROSECONDS
from simulator.people.population import Population
from simulator.randomness import Streams

_PEAK_HOUR = (12.0, 18.0, 23.0)
"""UTC hour in which each region is busiest: its evening."""
_SWING = 0.75
_MARKET_SHARE, _NEAR_SHARE = 0.08, 0.62
"""Styles of ordinary orders; what is left is placed far from the price."""
_ROUND_SHARE = 0.4
_CURIOUS_SHARE = 0.35
"""Orders in a market outside one's favourites."""
_LADDER_SHARE = 0.3
"""Limit orders that are spread over several prices."""
_AT_ONCE_SHARE = 0.15
"""Limit orders that take or go."""
_REGRET_SHARE = 0.2
"""Limit orders that are withdrawn within seconds."""
LARGEST_DEPTHS = 6
"""Nobody's order is larger than this many market makers' levels, but those of desks and large-order splitters."""
POST_ONLY_SHARE = 0.3
"""Limit orders of ordinary people that must not take."""

Accounts = NDArray[np.int64]
Seconds = NDArray[np.float64]


@dataclass(frozen=True)
class Wishes:
    """What somebody wants to trade and when, one value each; how it is placed is another matter."""

    account: Accounts
    symbol: NDArray[np.int64]
    side: NDArray[np.int8]
    second: Seconds
    lots: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> Wishes:
        return Wishes(self.account[kept], self.symbol[kept], self.side[kept], self.second[kept], self.lots[kept])


@dataclass(frozen=True)
class TradingDay:
    number: int
    start: int
    """First microsecond of the day."""
    population: Population
    market: Market
    fair: NDArray[np.float64]
    """Fair prices in ticks, (markets, 8640)."""
    streams: Streams

    @property
    def end(self) -> int:
        """First microsecond of the next day."""
        return self.start + DAY_SECONDS * MICROSECONDS

    def random(self, *key: str | int) -> np.random.Generator:
        """The stream of one part of this day."""
        return self.streams.of(*key, self.number)

    def awake(self, accounts: Accounts, random: np.random.Generator) -> Seconds:
        """A second of the day for each account, more likely in its region's evening."""
        hour = np.linspace(0, 24, 1_441)
        peak = np.array(_PEAK_HOUR)[:, None]
        done = hour - _SWING * 12 / np.pi * (np.sin(2 * np.pi * (peak - hour) / 24) - np.sin(2 * np.pi * peak / 24))
        done /= done[:, -1:]
        region, lot = self.population.region[accounts], random.random(len(accounts))
        second = np.empty(len(accounts))
        for number, share in enumerate(done):
            second[region == number] = np.interp(lot[region == number], share, hour) * 3_600
        return np.minimum(second, DAY_SECONDS - 1e-3)

    def instant(self, second: Seconds) -> NDArray[np.int64]:
        """Microseconds since 1970 of seconds of this day."""
        return self.start + np.asarray(second * MICROSECONDS).astype(np.int64)

    def fair_at(self, symbol: NDArray[np.int64], second: Seconds) -> NDArray[np.float64]:
        """Fair prices in ticks."""
        step = np.clip(second // STEP_SECONDS, 0, self.fair.shape[1] - 1).astype(np.int64)
        return np.asarray(self.fair[symbol, step])

    def favourite(self, accounts: Accounts, random: np.random.Generator) -> NDArray[np.int64]:
        """One of each account's markets, the first ones oftener; now and then another one."""
        favourites = self.population.favourites
        place = np.minimum(random.geometric(0.35, len(accounts)) - 1, favourites.shape[1] - 1)
        anything = random.choice(len(self.market), len(accounts), p=self.market.weight)
        curious = random.random(len(accounts)) < _CURIOUS_SHARE
        return np.where(curious, anything, favourites[accounts, place]).astype(np.int64)

    def lots(self, accounts: Accounts, symbol: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """An ordinary order size: a log-normal share of what the account has, often rounded, bounded by the depth."""
        usd = self.population.wealth[accounts] * np.exp(random.normal(-2.6, 1.0, len(accounts)))
        return self.lots_of(usd, symbol, random)

    def lots_of(
        self, usd: NDArray[np.float64], symbol: NDArray[np.int64], random: np.random.Generator
    ) -> NDArray[np.int64]:
        """Lots worth `usd`, as people choose them: at least one, two fifths rounded to one digit."""
        value = self.market.lot_value(self.fair[:, 0])[symbol]
        lots = np.clip(usd / value, 1, LARGEST_DEPTHS * self.market.depth[symbol])
        digit = 10.0 ** np.floor(np.log10(lots))
        rounded = np.where(random.random(len(lots)) < _ROUND_SHARE, np.round(lots / digit) * digit, lots)
        return np.maximum(rounded, 1).astype(np.int64)

    def width(self, symbol: NDArray[np.int64]) -> NDArray[np.float64]:
        """Half spread of a market maker's first level, in ticks."""
        return np.asarray(self.market.half_spread[symbol] * self.fair[symbol, 0])

    def at_market(self, wishes: Wishes, plan: NDArray[np.int64] | int = NONE) -> Intents:
        """Market orders; `plan` as in `INTENT`."""
        return intents(
            len(wishes.account),
            ts=self.instant(wishes.second),
            account=wishes.account,
            symbol=wishes.symbol,
            side=wishes.side,
            action=Action.MARKET,
            quantity=wishes.lots,
            lifetime=0,
            plan=plan,
        )

    def placed(self, wishes: Wishes, random: np.random.Generator) -> Intents:
        """Orders as people place them: at market, near the best price for minutes, far away for hours, or as a ladder
        of several prices; some change their mind within seconds."""
        rows = len(wishes.account)
        lot = random.random(rows)
        near = (lot >= _MARKET_SHARE) & (lot < _MARKET_SHARE + _NEAR_SHARE)
        at_market = lot < _MARKET_SHARE
        step = np.where(near, random.exponential(0.4, rows) - 0.2, random.lognormal(1.2, 0.8, rows))
        minutes = np.where(near, random.lognormal(3.3, 1.6, rows), random.lognormal(5.5, 1.0, rows))
        minutes = np.where(random.random(rows) < _REGRET_SHARE, random.lognormal(-3.0, 1.0, rows), minutes)
        patient = random.random(rows) < np.where(near, 0.3, 0.5)
        made = self.at_market(wishes)
        made["action"] = np.where(at_market, Action.MARKET, Action.LIMIT)
        made["anchor"] = np.where(near, Anchor.OWN_BEST, Anchor.FAIR)
        made["offset"] = np.round(step * self.width(wishes.symbol))
        made["lifetime"] = np.where(patient, _DAYS_AT_MOST, minutes * 60 * MICROSECONDS).astype(np.int64)
        at_once = at_market | (random.random(rows) < _AT_ONCE_SHARE)
        made["lifetime"][at_once] = 0
        made["expires"] = patient & ~at_once
        made["post_only"] = ~at_once & (random.random(rows) < POST_ONLY_SHARE)
        ladder = ~at_once & (random.random(rows) < _LADDER_SHARE)
        return np.concatenate([made[~ladder], self._ladders(made[ladder], random)])

    def _ladders(self, first: Intents, random: np.random.Generator) -> Intents:
        """Each order spread over three to seven prices, ever further away, one click after the other."""
        prices = random.integers(3, 8, len(first))
        row = np.repeat(np.arange(len(first)), prices)
        level = np.arange(len(row)) - np.repeat(np.cumsum(prices) - prices, prices)
        gap = np.exp(random.uniform(np.log(0.02), np.log(8.0), len(first)))
        made = first[row]
        made["ts"] = np.minimum(made["ts"] + (level * gap[row] * MICROSECONDS).astype(np.int64), self.end - 1)
        width = np.maximum(self.width(made["symbol"].astype(np.int64)) * random.uniform(0.2, 1.5, len(first))[row], 1)
        made["offset"] += np.round(level * width).astype(np.int32)
        made["quantity"] = np.maximum(made["quantity"] // prices[row], 1)
        return made


_DAYS_AT_MOST = 3 * DAY_SECONDS * MICROSECONDS
"""Patient orders are good till a date three days ahead."""
