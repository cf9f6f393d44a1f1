"""Who shares devices, networks and wallets, and how often: innocents by their group, rings by their hygiene.

A sharing is one extra resource that an account sometimes uses instead of its own. Innocents and rings have the same
kind of value, and the same functions choose between it and what is one's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.parameters import WorldParameters
from simulator.people.population import Population
from simulator.people.strata import stratum_code
from simulator.randomness import Streams
from simulator.rings.draw import Rings

_FOREVER = 1 << 20
_EPOCH_DAYS = 5
"""Rotating rings change what they share every so many days."""
_RING_BASE = 1 << 30
"""Owner numbers of what rings share begin here; the text of a resource does not show it."""
_MEMBERS_PER_DEVICE = 4
_EXPONENT = {"device": 1.5, "network": 0.7, "wallet": 0.8}
"""A ring shares a kind with chance (1 - hygiene) to the power of this."""
_ACCOMPLICES_SHARE = 0.6


@dataclass(frozen=True)
class Uses:
    """Something is used once by each of `accounts` (repeats allowed) on one day."""

    accounts: NDArray[np.int64]
    day: int
    random: np.random.Generator


@dataclass(frozen=True)
class Sharing:
    """One value per account."""

    owner: NDArray[np.int64]
    """Number of the shared resource; -1: none."""
    rate: NDArray[np.float64]
    """Chance that it is used instead of one's own."""
    spread: NDArray[np.int64]
    """How many resources of this owner there are: one of them is met at random."""
    first_day: NDArray[np.int64]
    last_day: NDArray[np.int64]
    """Day after the last on which it is used."""
    epoch_days: int = 0
    """Days after which it is another one; 0: never."""

    @classmethod
    def nothing(cls, accounts: int) -> Sharing:
        zeros = np.zeros(accounts, np.int64)
        return cls(zeros - 1, np.zeros(accounts), zeros + 1, zeros, zeros + _FOREVER)

    def grant(self, accounts: NDArray[np.bool_], owner: NDArray[np.int64], rate: float, spread: int = 1) -> None:
        """Let `accounts` share; `owner`: (accounts of the exchange,)."""
        self.owner[accounts], self.rate[accounts], self.spread[accounts] = owner[accounts], rate, spread

    def used(self, uses: Uses) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """For each use: whether it is of the shared resource, and its owner number."""
        accounts, count = uses.accounts, len(uses.accounts)
        alive = (self.first_day[accounts] <= uses.day) & (uses.day < self.last_day[accounts])
        shared = (self.owner[accounts] >= 0) & alive & (uses.random.random(count) < self.rate[accounts])
        one = (uses.random.random(count) * self.spread[accounts]).astype(np.int64)
        return shared, np.maximum(self.owner[accounts], 0) * 64 + np.minimum(one, 63)

    def epoch(self, day: int) -> int:
        return day // self.epoch_days if self.epoch_days else 0


@dataclass(frozen=True)
class Sharings:
    """By kind of resource: what innocent groups share, and what rings share."""

    devices: tuple[Sharing, Sharing]
    networks: tuple[Sharing, Sharing]
    wallets: tuple[Sharing, Sharing]


def draw_sharings(parameters: WorldParameters, streams: Streams, population: Population, rings: Rings) -> Sharings:
    """Devices, networks and wallets of innocent groups and of rings."""
    devices, networks, wallets = _of_groups(population, streams.of("sharing"))
    of_rings = [_of_rings(parameters, streams, rings, len(population), kind) for kind in _EXPONENT]
    return Sharings((devices, of_rings[0]), (networks, of_rings[1]), (wallets, of_rings[2]))


def _of_groups(population: Population, random: np.random.Generator) -> tuple[Sharing, Sharing, Sharing]:
    n, group = len(population), population.group.astype(np.int64)
    lot = random.random(max(int(group.max(initial=-1)) + 1, 1))[group]
    devices, networks, wallets = (Sharing.nothing(n) for _ in range(3))

    def members(stratum: str) -> NDArray[np.bool_]:
        return np.asarray((population.stratum == stratum_code(stratum)) & (group >= 0))

    devices.grant(members("family") & (lot < 0.8), group, 0.35)
    networks.grant(members("family"), group, 0.75)
    wallets.grant(members("family") & (lot < 0.4), group, 0.4)
    networks.grant(members("office"), group, 0.5)
    networks.grant(members("campus"), group, 0.6, spread=3)
    devices.grant(members("campus"), group, 0.1, spread=40)
    networks.grant(members("carrier_nat"), group, 0.7, spread=6)
    devices.grant(members("internet_cafe"), group, 0.5, spread=12)
    networks.grant(members("internet_cafe"), group, 0.5)
    devices.grant(members("sub_account"), group, 0.6, spread=2)
    networks.grant(members("sub_account"), group, 0.7)
    wallets.grant(members("sub_account"), group, 0.9)
    wallets.grant(members("custody_client"), group, 0.9)
    networks.grant(members("grid_bot"), group, 0.8, spread=3)
    makers = population.stratum == stratum_code("market_maker")
    networks.grant(makers, np.full(n, _RING_BASE - 1), 0.8, spread=5)
    return devices, networks, wallets


def _of_rings(parameters: WorldParameters, streams: Streams, rings: Rings, accounts: int, kind: str) -> Sharing:
    random, count = streams.of("ring sharing", kind), len(rings)
    made = Sharing.nothing(accounts)
    chance = (1 - rings.hygiene) ** _EXPONENT[kind] * np.where(rings.one_owner, 1.0, _ACCOMPLICES_SHARE)
    shares = random.random(count) < chance
    covered, rate = random.uniform(0.5, 1.0, count), random.uniform(0.2, 0.9, count)
    member, ring = rings.account, rings.ring
    takes_part = shares[ring] & (random.random(len(member)) < covered[ring])
    per_resource = _MEMBERS_PER_DEVICE if kind == "device" else 60
    place = (np.arange(len(member)) - np.searchsorted(ring, ring)) // per_resource
    owner = _RING_BASE // 64 + ring.astype(np.int64) * 16 + np.minimum(place, 15)
    made.owner[member] = np.where(takes_part, owner, -1)
    made.rate[member] = rate[ring]
    made.first_day[member] = np.maximum(rings.start[ring] - 15, 0)
    made.last_day[member] = rings.end[ring] + 10
    rotating = _EPOCH_DAYS if parameters.rotation else 0
    return Sharing(made.owner, made.rate, made.spread, made.first_day, made.last_day, rotating)
