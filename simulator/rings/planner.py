"""The planted acts of a day, ring by ring; an act's day, market and partners follow from the ring's own habits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator.flow.intents import Intents
from simulator.flow.retail import genuine_orders
from simulator.flow.trading_day import TradingDay
from simulator.market.reference import Hypes
from simulator.market.symbols import Market
from simulator.parameters import DAY_SECONDS
from simulator.people.population import Population
from simulator.randomness import Streams
from simulator.rings import ahead_of_others, book_pressure, wash
from simulator.rings.draw import ROLES, TYPOLOGIES, Habit, Rings
from simulator.rings.planned import Longs, Planned, RingDay, gathered, typology_code

_EARLIEST_PEAK, _LATEST_PEAK = 4_000.0, DAY_SECONDS - 1_200.0
_PUMP_SIZE = (0.03, 0.25)
_MOST_GENUINE = 0.8
"""Genuine orders of a member a day, at most."""
_ORDERS_PER_ACT = 2.5
_ORGANISERS_ACT = 0.5
"""Share of organisers of larger rings who act on the market themselves."""

_ACTS: dict[str, Callable[[RingDay], Planned]] = {
    "wash_trading": wash.wash_trades,
    "self_trading": wash.self_trades,
    "spoofing": book_pressure.spoofs,
    "layering": book_pressure.layers,
    "quote_stuffing": book_pressure.bursts,
}


@dataclass(frozen=True)
class Pumps:
    """Pump events of one day, one value each."""

    ring: Longs
    hypes: Hypes


@dataclass(frozen=True)
class Planner:
    rings: Rings
    population: Population
    market: Market
    streams: Streams
    rotation: bool
    acts_of: Callable[[RingDay], Planned] | None = None
    """Plans a ring's day instead of the usual acts, pumps and running ahead included."""

    def pumps(self, day: int) -> Pumps:
        """Which rings pump today, when and what; known before the prices of the day are made."""
        pumps = typology_code("pump_and_dump")
        pumping = np.array([r for r in self._alive(day) if self._typology(r, day) == pumps and not self.acts_of], int)
        random = self.streams.of("pumps", day)
        small = np.flatnonzero(self.market.tier == 2)
        life = self.rings.end[pumping] - self.rings.start[pumping]
        chance = np.minimum(2 / life + 0.25 * self.rings.acts[pumping], 0.8)
        pumping = pumping[random.random(len(pumping)) < chance]
        low, high = np.log(_PUMP_SIZE)
        return Pumps(
            pumping,
            Hypes(
                symbol=random.choice(small, len(pumping)),
                second=random.uniform(_EARLIEST_PEAK, _LATEST_PEAK, len(pumping)),
                size=np.exp(random.uniform(low, high, len(pumping))),
            ),
        )

    def acts(self, day: TradingDay, pumps: Pumps, whales: Intents, first_act: int) -> Planned:
        """All planted acts of the day, numbered from `first_act`, with the members' camouflage."""
        return gathered(self._planned(day, pumps, whales), first_act)

    def _planned(self, day: TradingDay, pumps: Pumps, whales: Intents) -> Iterator[Planned]:
        for ring in self._alive(day.number):
            today = self.ring_day(ring, day)
            if not len(today.actors):
                continue
            name = TYPOLOGIES[today.typology]
            if self.acts_of is not None:
                yield self.acts_of(today)
            elif name == "front_running":
                yield ahead_of_others.runs_ahead(today, whales)
            elif name == "pump_and_dump":
                for event in np.flatnonzero(pumps.ring == ring):
                    symbol, peak = int(pumps.hypes.symbol[event]), float(pumps.hypes.second[event])
                    yield ahead_of_others.pump(today, symbol, peak)
            else:
                yield _ACTS[name](today)
            yield self._camouflage(ring, today)

    def _camouflage(self, ring: int, today: RingDay) -> Planned:
        share = self.rings.camouflage[ring]
        mean = min(self.rings.acts[ring] * _ORDERS_PER_ACT * share / (1 - share), _MOST_GENUINE)
        who = np.repeat(today.actors, today.random.poisson(mean, len(today.actors)))
        genuine = genuine_orders(today.day, who, f"ring {ring}")
        return replace(Planned.nothing(), intents=genuine)

    def _alive(self, day: int) -> Longs:
        return np.flatnonzero((self.rings.start <= day) & (day < self.rings.end))

    def _typology(self, ring: int, day: int) -> int:
        rings = self.rings
        half = day >= (rings.start[ring] + rings.end[ring]) / 2
        habit = rings.habit[ring]
        other = (habit == Habit.MIXED and day % 2 == 1) or (habit == Habit.MIGRATING and half)
        return int(rings.second[ring] if other else rings.typology[ring])

    def ring_day(self, ring: int, day: TradingDay) -> RingDay:
        """One ring on one day: who of it acts, where, how often. Equal days give equal answers."""
        rings, traits = self.rings, self.streams.of("ring traits", ring)
        weight = np.sqrt(self.market.weight)
        symbols = traits.choice(
            len(weight), int(traits.integers(1, min(3, len(weight)) + 1)), replace=False, p=weight / weight.sum()
        )
        both_roles, organiser_acts = traits.random() < 0.6, traits.random() < _ORGANISERS_ACT
        members, role = rings.members(ring), rings.roles(ring)
        acts = (role == ROLES.index("participant")) | (
            (role == ROLES.index("organiser")) & (organiser_acts or len(members) < 5)
        )
        actors = members[acts & (self.population.opened[members] < day.start)].astype(np.int64)
        if self.rotation and len(actors) > 3:
            actors = actors[(np.arange(len(actors)) + day.number // 2) % 2 == 0]
        return RingDay(
            day=day,
            ring=ring,
            typology=self._typology(ring, day.number),
            form=int(rings.form[ring]),
            actors=actors,
            symbols=symbols,
            acts=float(rings.acts[ring]),
            jitter=float(rings.jitter[ring]),
            both_roles=bool(both_roles),
            random=day.random("acts", ring),
        )
