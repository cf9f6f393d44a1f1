"""Planted acts: what a ring does on one day, as intents and as the episodes that are true by construction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.flow.intents import NONE, Intents, intents, joined
from simulator.flow.trading_day import TradingDay
from simulator.parameters import DAY_SECONDS
from simulator.rings.draw import TYPOLOGIES

EPISODE = np.dtype(
    [
        ("act", "i8"),  # numbers the planted acts of a world; an act has one row per account that took part
        ("ring", "i4"),
        ("account", "i4"),
        ("other", "i4"),  # the partner, or the account that was run ahead of; -1: none
        ("typology", "u1"),
        ("symbol", "i2"),
        ("begin", "i8"),  # microseconds since 1970
        ("end", "i8"),
    ]
)

Episodes = NDArray[np.void]
Longs = NDArray[np.int64]
Seconds = NDArray[np.float64]


@dataclass(frozen=True)
class Planned:
    """Intents and episodes; `plan` of the one is `act` of the other."""

    intents: Intents
    episodes: Episodes

    @classmethod
    def nothing(cls) -> Planned:
        return cls(intents(0), np.zeros(0, EPISODE))


@dataclass(frozen=True)
class RingDay:
    """One ring on one day."""

    day: TradingDay
    ring: int
    typology: int
    form: int
    actors: Longs
    """Members that act on the market today, at least one."""
    symbols: Longs
    """Markets of the ring."""
    acts: float
    """Acts per actor and day."""
    jitter: float
    """Seconds."""
    both_roles: bool
    """Partners take turns as maker and taker."""
    random: np.random.Generator

    def count(self, accounts_per_act: float = 1.0) -> int:
        """How many acts today."""
        return int(self.random.poisson(self.acts * len(self.actors) / accounts_per_act))

    def seconds(self, count: int, lasting: float) -> Seconds:
        """Starts of acts, at hours when the organiser is awake, such that `lasting` seconds still fit into the day."""
        awake = self.day.awake(np.repeat(self.actors[:1], count), self.random)
        return np.asarray(awake * (1 - (lasting + 1) / DAY_SECONDS))

    def markets(self, count: int) -> Longs:
        return self.symbols[self.random.integers(0, len(self.symbols), count)]

    def pairs(self, count: int) -> tuple[Longs, Longs]:
        """Two different actors an act."""
        size = len(self.actors)
        first = self.random.integers(0, size, count)
        second = (first + self.random.integers(1, max(size, 2), count)) % size
        return self.actors[first], self.actors[second]

    def gaps(self, shape: int | tuple[int, ...], most: float = np.inf) -> Seconds:
        """Seconds between two steps of an act."""
        return np.maximum(min(self.jitter, most / 1.5) * self.random.uniform(0.2, 1.5, shape), 0.05)

    def episodes(self, account: ArrayLike, other: ArrayLike, symbol: Longs, begin: Seconds, end: Seconds) -> Episodes:
        """One episode a row, of the ring's typology; `act` counts the rows."""
        made = np.zeros(len(symbol), EPISODE)
        made["act"] = np.arange(len(symbol))
        made["ring"], made["typology"] = self.ring, self.typology
        made["account"], made["other"], made["symbol"] = account, other, symbol
        made["begin"], made["end"] = self.day.instant(begin), self.day.instant(end)
        return made


def of_both(episodes: Episodes) -> Episodes:
    """The same acts told once by each of the two partners."""
    mirrored = episodes.copy()
    mirrored["account"], mirrored["other"] = episodes["other"], episodes["account"]
    return np.concatenate([episodes, mirrored[mirrored["account"] != episodes["account"]]])


def gathered(parts: Iterable[Planned], first_act: int) -> Planned:
    """All parts as one, acts numbered on from `first_act`."""
    flows, told = [], []
    for part in parts:
        flow, episodes = part.intents.copy(), part.episodes.copy()
        flow["plan"] = np.where(flow["plan"] >= 0, flow["plan"] + first_act, NONE)
        episodes["act"] += first_act
        first_act = int(episodes["act"].max(initial=first_act - 1)) + 1
        flows.append(flow)
        told.append(episodes)
    return Planned(joined(flows), np.concatenate([np.zeros(0, EPISODE), *told]))


def typology_code(name: str) -> int:
    """Position of `name` in `TYPOLOGIES`."""
    return TYPOLOGIES.index(name)
