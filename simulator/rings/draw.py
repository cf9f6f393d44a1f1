"""Rings of a world: members, habits and how well they hide. Acts are planned day by day elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from graph.errors import SettingsError
from simulator.parameters import Range, WorldParameters
from simulator.people.population import Population
from simulator.people.strata import Policy
from simulator.randomness import Streams

TYPOLOGIES = (
    "wash_trading",
    "spoofing",
    "pump_and_dump",
    "layering",
    "front_running",
    "quote_stuffing",
    "self_trading",
)
ROLES = ("organiser", "participant", "funder", "beneficiary")
LIFE_DAYS: Range = (3.0, 90.0)
MIXED_SHARE = 0.15
"""Rings that commit a second typology besides their first."""
MIGRATING_SHARE = 0.15
"""Rings that give up their first typology for a second one half way."""
ONE_OWNER_SHARE = 0.6
"""Rings whose accounts all belong to one person; the others are accomplices."""


class Habit(IntEnum):
    """How a ring uses its second typology."""

    SINGLE = 0
    MIXED = 1
    MIGRATING = 2


@dataclass(frozen=True)
class Rings:
    """One value per ring, and one per member (`account`, `ring`, `role`), members ordered by ring."""

    typology: NDArray[np.uint8]
    """Position in `TYPOLOGIES`."""
    second: NDArray[np.uint8]
    habit: NDArray[np.uint8]
    form: NDArray[np.uint8]
    """0 to 3: which form of its typology (two parties, cycle, hub, through a market maker; single or split roles)."""
    start: NDArray[np.int32]
    """First day."""
    end: NDArray[np.int32]
    """Day after the last."""
    acts: NDArray[np.float64]
    """Planted acts per participating member and day."""
    jitter: NDArray[np.float64]
    """Seconds between acts that belong together."""
    camouflage: NDArray[np.float64]
    hygiene: NDArray[np.float64]
    one_owner: NDArray[np.bool_]
    account: NDArray[np.int32]
    ring: NDArray[np.int32]
    role: NDArray[np.uint8]
    """Position in `ROLES`. Only participants and half of the organisers act on the market."""

    def __len__(self) -> int:
        return len(self.typology)

    def members(self, ring: int) -> NDArray[np.int32]:
        """Accounts of one ring, organiser first."""
        start, end = np.searchsorted(self.ring, [ring, ring + 1])
        return self.account[start:end]

    def organisers(self) -> NDArray[np.int64]:
        """The first account of each ring."""
        return self.account[np.searchsorted(self.ring, np.arange(len(self)))].astype(np.int64)

    def roles(self, ring: int) -> NDArray[np.uint8]:
        start, end = np.searchsorted(self.ring, [ring, ring + 1])
        return self.role[start:end]


def draw_rings(parameters: WorldParameters, streams: Streams, population: Population) -> Rings:
    """Choose members among all accounts but market makers and OTC desks, and draw each ring's habits.

    Raises SettingsError when the members do not fit.
    """
    random = streams.of("rings")
    sizes = _sizes(parameters, random)
    open_to = np.flatnonzero(~np.isin(population.policy, [Policy.MARKET_MAKER, Policy.OTC_DESK]))
    members = int(sizes.sum())
    if members > len(open_to):
        raise SettingsError(
            f"{members} ring members do not fit into {parameters.accounts} accounts", do="plant fewer, or add accounts"
        )
    count, last = len(sizes), parameters.days
    first = min(parameters.warm_up_days, last - 1)
    life = np.ceil(_log_uniform(LIFE_DAYS, count, random)).astype(np.int32)
    start = first + np.floor(random.random(count) * np.maximum(last - first - life + 1, 1)).astype(np.int32)
    ring = np.repeat(np.arange(count, dtype=np.int32), sizes)
    return Rings(
        typology=_dealt(count, random),
        second=_dealt(count, random),
        habit=random.choice(3, count, p=[1 - MIXED_SHARE - MIGRATING_SHARE, MIXED_SHARE, MIGRATING_SHARE]).astype(
            np.uint8
        ),
        form=random.integers(0, 4, count).astype(np.uint8),
        start=start,
        end=np.minimum(start + life, last).astype(np.int32),
        acts=_log_uniform(parameters.acts, count, random) / np.maximum(np.minimum(life, last - start), 1),
        jitter=_log_uniform(parameters.jitter, count, random),
        camouflage=random.uniform(*parameters.camouflage, count),
        hygiene=random.uniform(*parameters.hygiene, count),
        one_owner=random.random(count) < ONE_OWNER_SHARE,
        account=random.choice(open_to, members, replace=False).astype(np.int32),
        ring=ring,
        role=_roles(ring, random),
    )


def _sizes(parameters: WorldParameters, random: np.random.Generator) -> NDArray[np.int64]:
    """Log-uniform sizes that sum to the wanted number of members, the last ring taking what is left."""
    smallest, largest = parameters.ring_size
    wanted = parameters.ring_members
    if wanted < smallest:
        return np.zeros(0, np.int64)
    drawn = np.floor(_log_uniform((smallest, largest + 1), wanted // smallest + 1, random)).astype(np.int64)
    before = np.cumsum(drawn) - drawn
    sizes = np.minimum(drawn, wanted - before)
    return np.asarray(sizes[(before < wanted) & (sizes >= smallest)])


def _roles(ring: NDArray[np.int32], random: np.random.Generator) -> NDArray[np.uint8]:
    """The first member organises; large rings have a funder and a beneficiary who do not act on the market."""
    role = np.full(len(ring), ROLES.index("participant"), np.uint8)
    place = np.arange(len(ring)) - np.searchsorted(ring, ring)
    size = np.bincount(ring)[ring] if len(ring) else np.zeros(0, np.int64)
    lot = random.random(len(ring))
    role[place == 0] = ROLES.index("organiser")
    role[(place == 1) & (size >= 6) & (lot < 0.7)] = ROLES.index("funder")
    role[(place == 2) & (size >= 8) & (lot < 0.7)] = ROLES.index("beneficiary")
    return role


def _dealt(count: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Typologies dealt in shuffled hands of all seven, so that every larger world has each."""
    hands = -(-count // len(TYPOLOGIES))
    dealt = random.permuted(np.tile(np.arange(len(TYPOLOGIES), dtype=np.uint8), (hands, 1)), axis=1)
    return dealt.ravel()[:count]


def _log_uniform(bounds: Range, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    low, high = np.log(bounds)
    return np.asarray(np.exp(random.uniform(low, high, count)))
