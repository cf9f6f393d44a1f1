"""Account takeovers: innocents whose account a thief uses, or rents to a ring, for a few days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.parameters import DAY, FIRST_INSTANT, WorldParameters
from simulator.people.population import Population
from simulator.people.strata import Policy
from simulator.randomness import Streams
from simulator.rings.draw import Rings

TAKEN_OVER_SHARE = 0.003
"""Of all accounts, in sixty days."""
_RENTED_SHARE = 0.3
_DAYS = (1, 4)
_THIEVES = 40
THIEVES = 1 << 31
"""Owner numbers of what thieves own begin here."""


@dataclass(frozen=True)
class Takeovers:
    """One value per victim, by account."""

    account: NDArray[np.int64]
    first_day: NDArray[np.int64]
    last_day: NDArray[np.int64]
    """Day after the last."""
    second: NDArray[np.float64]
    """Of the first day: when the thief gets in."""
    thief: NDArray[np.int64]
    ring: NDArray[np.int64]
    """Ring that the thief rents the account to; -1: none."""

    def today(self, day: int) -> Takeovers:
        """Those that a thief uses on this day."""
        return self._only((self.first_day <= day) & (day < self.last_day))

    def begun(self, day: int) -> Takeovers:
        """Those that begin on this day."""
        return self._only(self.first_day == day)

    def _only(self, kept: NDArray[np.bool_]) -> Takeovers:
        return Takeovers(
            self.account[kept],
            self.first_day[kept],
            self.last_day[kept],
            self.second[kept],
            self.thief[kept],
            self.ring[kept],
        )


def draw_takeovers(parameters: WorldParameters, streams: Streams, population: Population, rings: Rings) -> Takeovers:
    """Choose victims among ordinary people outside rings, whenever they have been customers for a day."""
    random, days = streams.of("takeovers"), parameters.days
    possible = ~np.isin(population.policy, [Policy.MARKET_MAKER, Policy.OTC_DESK])
    possible[rings.account] = False
    share = TAKEN_OVER_SHARE * min(days / 60, 1.0)
    account = np.flatnonzero(possible & (random.random(len(population)) < share))
    opened_day = (population.opened[account] - FIRST_INSTANT) // DAY
    first = np.maximum(random.integers(0, days, len(account)), opened_day + 2)
    kept = first < days
    account, first = account[kept], first[kept]
    rented = (random.random(len(account)) < _RENTED_SHARE) & (len(rings) > 0)
    return Takeovers(
        account=account,
        first_day=first,
        last_day=np.minimum(first + random.integers(*_DAYS, len(account)), days),
        second=random.uniform(0, 80_000, len(account)),
        thief=random.integers(0, _THIEVES, len(account)),
        ring=np.where(rented, random.integers(0, max(len(rings), 1), len(account)), -1),
    )
