"""A world day by day, in memory: prices, what everybody intends, and what the order books make of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.adversaries.blind import INSTEAD, blind_acts
from simulator.adversaries.framing import Framing, draw_framing, framed_orders
from simulator.flow import machines, reactions, retail
from simulator.flow.intents import Intents, by_symbol, joined
from simulator.flow.trading_day import TradingDay
from simulator.market.engine import match_day
from simulator.market.records import BookState, MarketConditions, SymbolDay
from simulator.market.reference import ReferencePath
from simulator.market.symbols import Market, draw_market
from simulator.parameters import DAY, FIRST_INSTANT, WorldParameters
from simulator.people.population import Population, draw_population
from simulator.people.resources import Resources, draw_resources
from simulator.people.takeovers import Takeovers, draw_takeovers
from simulator.randomness import Streams
from simulator.records.ring_money import RingMoney, draw_ring_money
from simulator.rings.draw import TYPOLOGIES, Rings, draw_rings
from simulator.rings.planned import Episodes, Planned, typology_code
from simulator.rings.planner import Planner, Pumps


@dataclass(frozen=True)
class Cast:
    """Everybody and everything that a world starts with."""

    parameters: WorldParameters
    streams: Streams
    market: Market
    population: Population
    rings: Rings
    planner: Planner
    resources: Resources
    money: RingMoney
    takeovers: Takeovers
    framing: Framing


@dataclass(frozen=True)
class DayOfTrading:
    """What one day leaves behind."""

    day: TradingDay
    active: NDArray[np.bool_]
    """(accounts,) who meant to trade, attacks aside: nobody logs in otherwise because somebody is attacked."""
    markets: list[SymbolDay]
    episodes: Episodes


def draw_cast(parameters: WorldParameters) -> Cast:
    """Draw markets, accounts and rings; nothing has happened yet."""
    streams = Streams(parameters.seed)
    market = draw_market(parameters, streams)
    population = draw_population(parameters, streams, market.weight)
    rings = draw_rings(parameters, streams, population)
    if parameters.blind:
        rings = _without_knowledge(rings)
    population.pace[rings.account] *= rings.camouflage[rings.ring]
    acts_of = blind_acts if parameters.blind else None
    planner = Planner(rings, population, market, streams, parameters.rotation, acts_of)
    return Cast(
        parameters,
        streams,
        market,
        population,
        rings,
        planner,
        resources=draw_resources(parameters, streams, population, rings),
        money=draw_ring_money(streams, rings),
        takeovers=draw_takeovers(parameters, streams, population, rings),
        framing=draw_framing(parameters, streams, population, rings),
    )


def _without_knowledge(rings: Rings) -> Rings:
    """The same rings, each with what it commits where it cannot commit its own typology."""
    names = [INSTEAD.get(name, name) for name in TYPOLOGIES]
    code = np.array([typology_code(name) for name in names], np.uint8)
    return replace(rings, typology=code[rings.typology], second=code[rings.second])


def trading_days(cast: Cast, threads: int) -> Iterator[DayOfTrading]:
    """Every day of the world in order. The answer does not depend on `threads`."""
    reference = ReferencePath(cast.market, cast.streams)
    states = [BookState.empty(symbol) for symbol in range(len(cast.market))]
    first_act = 0
    with ThreadPoolExecutor(threads) as pool:
        for number in range(cast.parameters.days):
            pumps = cast.planner.pumps(number)
            fair = reference.day(number, pumps.hypes)
            day = TradingDay(number, FIRST_INSTANT + number * DAY, cast.population, cast.market, fair, cast.streams)
            flow, planned = intended(cast, day, pumps, first_act)
            active = np.zeros(len(cast.population), bool)
            active[flow["account"]] = True
            flow = _with_attacks(cast, day, flow)
            markets = _matched(cast, day, flow, states, pool)
            states = [market.state for market in markets]
            first_act = int(planned.episodes["act"].max(initial=first_act - 1)) + 1
            yield DayOfTrading(day, active, markets, planned.episodes)


def intended(cast: Cast, day: TradingDay, pumps: Pumps, first_act: int) -> tuple[Intents, Planned]:
    """All orders that anybody means to place today, and the planted acts among them."""
    children, whales = machines.large_orders(day)
    trips = retail.round_trips(day)
    planned = cast.planner.acts(day, pumps, whales, first_act)
    flow = joined(
        [
            machines.quotes(day),
            machines.grids(day),
            machines.desk_orders(day),
            children,
            whales,
            retail.single_orders(day),
            trips,
            reactions.copies(day, trips),
            retail.scheduled_buys(day),
            retail.arbitrage(day),
            reactions.reactions(day),
            reactions.signals(day),
            planned.intents,
        ]
    )
    return flow, planned


def _with_attacks(cast: Cast, day: TradingDay, flow: Intents) -> Intents:
    today = cast.framing.today(day.number, cast.rings, cast.streams)
    attacks = framed_orders(day.start, flow, today, day.random("framed orders"))
    return np.concatenate([flow, attacks])


def _matched(
    cast: Cast, day: TradingDay, flow: Intents, states: list[BookState], pool: ThreadPoolExecutor
) -> list[SymbolDay]:
    """Each market's day, matched side by side."""

    def match(symbol: int, orders: Intents) -> SymbolDay:
        rules = cast.market.rules(symbol)
        conditions = MarketConditions(rules, day.fair[symbol], day.start, cast.population.leverage)
        return match_day(orders, conditions, states[symbol])

    orders = by_symbol(flow, len(cast.market))
    return list(pool.map(match, range(len(orders)), orders))
