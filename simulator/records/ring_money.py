"""How money moves inside a ring: a funder before it starts, collections while it lives, at the times and in the amounts
of everybody's transfers. The more careful a ring is, the less of it is on the exchange's books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.flow.trading_day import TradingDay
from simulator.people.resources import Resources
from simulator.randomness import Streams
from simulator.records.transfers import DEPOSIT, WITHDRAWAL, Transfers, joined_transfers, moved, paid
from simulator.rings.draw import ROLES, Rings

_EXPONENT = 0.8
_ACCOMPLICES_SHARE = 0.5
_FUNDING_DAYS = 10
_COLLECTION_DAYS = 7
_OWN_BOOKS, _CHAINED = 0.5, 0.3


@dataclass(frozen=True)
class RingMoney:
    """One value per ring, and one per member in the order of `Rings.account`."""

    funds: NDArray[np.bool_]
    """Members get their money from one of them."""
    collects: NDArray[np.bool_]
    """Gains go to one of them."""
    internal: NDArray[np.bool_]
    """By internal transfers rather than through a shared wallet outside."""
    chained: NDArray[np.bool_]
    """From one to the next rather than all from one."""
    funded_day: NDArray[np.int64]
    """Per member."""


def draw_ring_money(streams: Streams, rings: Rings) -> RingMoney:
    random, count = streams.of("ring money"), len(rings)
    chance = (1 - rings.hygiene) ** _EXPONENT * np.where(rings.one_owner, 1.0, _ACCOMPLICES_SHARE)
    before = random.integers(1, _FUNDING_DAYS + 1, len(rings.account))
    return RingMoney(
        funds=random.random(count) < chance,
        collects=random.random(count) < chance,
        internal=random.random(count) < _OWN_BOOKS,
        chained=random.random(count) < _CHAINED,
        funded_day=np.maximum(rings.start[rings.ring] - before, 0).astype(np.int64),
    )


def ring_transfers(day: TradingDay, resources: Resources, rings: Rings, money: RingMoney) -> Transfers:
    """Funding and collections of one day."""
    opened = day.population.opened[rings.account] < day.start
    member = np.arange(len(rings.account))
    first = np.searchsorted(rings.ring, rings.ring)
    source = np.where(money.chained[rings.ring], np.maximum(member - 1, first), _with_role(rings, "funder", first))
    sink = _with_role(rings, "beneficiary", first)
    due = opened & money.funds[rings.ring] & (money.funded_day == day.number)
    age = day.number - rings.start[rings.ring]
    alive = (age > 0) & (day.number < rings.end[rings.ring] + _COLLECTION_DAYS)
    gains = opened & money.collects[rings.ring] & alive & (age % _COLLECTION_DAYS == member % _COLLECTION_DAYS)
    inside, account = money.internal[rings.ring], rings.account.astype(np.int64)
    funded, collected = due & inside & (source != member), gains & inside & (sink != member)
    funded &= day.population.opened[account[source]] < day.start
    collected &= day.population.opened[account[sink]] < day.start
    return joined_transfers(
        [
            paid(day, account[source[funded]], account[funded], "funding"),
            paid(day, account[collected], account[sink[collected]], "collection"),
            moved(day, resources, account[due & ~inside], DEPOSIT, "funding"),
            moved(day, resources, account[gains & ~inside], WITHDRAWAL, "collection"),
        ]
    )


def _with_role(rings: Rings, role: str, otherwise: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each member the place of its ring's first member with a role; `otherwise` where there is none."""
    places = np.flatnonzero(rings.role == ROLES.index(role))
    found = np.full(len(rings), -1, np.int64)
    found[rings.ring[places][::-1]] = places[::-1]
    return np.where(found[rings.ring] >= 0, found[rings.ring], otherwise)
