"""Small worlds for the tests of what people intend and what rings plan; nothing is matched."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.exchange import Cast, draw_cast, intended
from simulator.flow.intents import Intents
from simulator.flow.trading_day import TradingDay
from simulator.market.reference import ReferencePath
from simulator.parameters import DAY, FIRST_INSTANT, WorldParameters
from simulator.rings.planned import Planned
from simulator.worlds import make_parameters


@dataclass(frozen=True)
class Intended:
    day: TradingDay
    flow: Intents
    planned: Planned


def parameters(**changed: object) -> WorldParameters:
    """A small base world, with some of its parameters changed."""
    small = make_parameters("base", 5, accounts=3_000, days=12, ring_members=120)
    return replace(small, **changed)  # type: ignore[arg-type]


def days(cast: Cast, count: int) -> list[Intended]:
    """What everybody intends on the first `count` days."""
    reference, first_act, made = ReferencePath(cast.market, cast.streams), 0, []
    for number in range(count):
        pumps = cast.planner.pumps(number)
        fair = reference.day(number, pumps.hypes)
        day = TradingDay(number, FIRST_INSTANT + number * DAY, cast.population, cast.market, fair, cast.streams)
        flow, planned = intended(cast, day, pumps, first_act)
        first_act = int(planned.episodes["act"].max(initial=first_act - 1)) + 1
        made.append(Intended(day, flow, planned))
    return made


def cast_of(**changed: object) -> Cast:
    return draw_cast(parameters(**changed))
