"""Professional flow: market makers, one vendor's grid bots, large-order splitters and OTC desks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import NEVER, Action, Anchor, Intents, intents
from simulator.flow.retail import active, drawn
from simulator.flow.trading_day import Accounts, TradingDay, Wishes
from simulator.market.reference import STEP_SECONDS, STEPS
from simulator.parameters import DAY_SECONDS, MICROSECONDS
from simulator.people.strata import Policy

QUOTES_PER_MAKER = 190.0
"""Refreshes of one maker a day, over all its markets."""
LEVELS = 4
_BEHIND = 3.5
"""Half spreads at which makers quote first: most of what trades inside is other people's orders."""
_QUIET = 0.3
"""Share of refreshes that come by the clock; the others come when the price moves."""
PARENTS_PER_DAY = 0.3
"""Large orders of a splitter of pace 1."""
_WHALE_SHARE = 0.35
"""Large orders that are not split but sent at once."""
_DESK_TRADES = 1.5
_GRID_LEVELS = 5


def quotes(day: TradingDay) -> Intents:
    """Market makers: four levels a side, replaced when the price moves; each quotes every so many-th market."""
    random, market = day.random("quotes"), day.market
    makers = active(day, day.population.of(Policy.MARKET_MAKER))
    if not len(makers):
        return intents(0)
    desks, symbol = _desks(makers, market.weight, day)
    refreshes = np.maximum(random.poisson(_refreshes(symbol, market.weight, len(makers))), 2)
    desk = np.repeat(np.arange(len(desks)), refreshes)
    second = _when(day, symbol[desk], random)
    order = np.lexsort((second, desk))
    desk, second = desk[order], second[order]
    last = np.append(desk[1:] != desk[:-1], True)
    until = np.where(last, DAY_SECONDS, np.append(second[1:], 0.0))
    life = np.maximum((until - second) * MICROSECONDS, 1_000).astype(np.int64)
    rows, sides = len(desk), np.array([1, -1], np.int8)
    repeat = LEVELS * 2
    level = np.tile(np.repeat(np.arange(LEVELS), 2), rows)
    who, where = np.repeat(desks[desk], repeat), np.repeat(symbol[desk], repeat)
    width = day.width(where) * np.repeat(random.uniform(0.8, 1.3, rows), repeat)
    return intents(
        rows * repeat,
        ts=np.minimum(np.repeat(day.instant(second), repeat) + np.tile(np.arange(repeat) * 150, rows), day.end - 1),
        account=who,
        symbol=where,
        side=np.tile(sides, rows * LEVELS),
        post_only=True,
        offset=np.maximum(np.round(width * (_BEHIND + level)), 1),
        quantity=np.maximum(market.depth[where] * (1 + level) * random.uniform(0.4, 1.2, rows * repeat), 1),
        lifetime=np.repeat(life, repeat),
    )


def grids(day: TradingDay) -> Intents:
    """One vendor's bots: the same levels on the same seconds for all customers of a template."""
    random, population = day.random("grids"), day.population
    bots = active(day, population.of(Policy.GRID_BOT))
    bots = bots[population.group[bots] >= 0]
    template = population.group[bots].astype(np.int64) % len(day.market)
    times = 1 + template % 3
    who = np.repeat(bots, times)
    start = np.repeat(template * 997 % 28_800, times) + _counting(times) * 28_800
    step = np.round(day.width(np.repeat(template, times)) * (0.4 + 0.3 * np.repeat(template % 4, times)))
    repeat = _GRID_LEVELS * 2
    level = np.tile(np.repeat(np.arange(1, _GRID_LEVELS + 1), 2), len(who))
    where = np.repeat(np.repeat(template, times), repeat).astype(np.int64)
    usd = population.wealth[who] * 0.02
    lots = np.maximum(usd / day.market.lot_value(day.fair[:, 0])[np.repeat(template, times)], 1)
    return intents(
        len(who) * repeat,
        ts=np.minimum(day.instant(np.repeat(start + random.uniform(0.0, 2.0, len(who)), repeat)), day.end - 1),
        account=np.repeat(who, repeat),
        symbol=where,
        side=np.tile(np.array([1, -1], np.int8), len(who) * _GRID_LEVELS),
        post_only=True,
        offset=np.maximum(np.repeat(step, repeat) * level, 1),
        quantity=np.repeat(lots, repeat),
        lifetime=28_800 * MICROSECONDS,
    )


def large_orders(day: TradingDay) -> tuple[Intents, Intents]:
    """Split orders (30 to 90 small children over an hour or more), and whales sent at once: (children, whales)."""
    random = day.random("large orders")
    parents = drawn(day, active(day, day.population.of(Policy.SPLITTER)), PARENTS_PER_DAY, random)
    symbol, side = day.favourite(parents, random), np.where(random.random(len(parents)) < 0.5, 1, -1).astype(np.int8)
    second = day.awake(parents, random)
    lots = np.maximum(day.market.depth[symbol] * random.uniform(4, 12, len(parents)), 2).astype(np.int64)
    parent = Wishes(parents, symbol, side, second, lots)
    whole = random.random(len(parents)) < _WHALE_SHARE
    return _children(day, parent.only(~whole), random), day.at_market(parent.only(whole))


def desk_orders(day: TradingDay) -> Intents:
    """OTC desks lay off what they took from customers: few, large, patient orders."""
    random = day.random("desks")
    desks = drawn(day, active(day, day.population.of(Policy.OTC_DESK)), _DESK_TRADES, random)
    symbol = day.favourite(desks, random)
    return intents(
        len(desks),
        ts=day.instant(day.awake(desks, random)),
        account=desks,
        symbol=symbol,
        side=np.where(random.random(len(desks)) < 0.5, 1, -1),
        anchor=Anchor.OWN_BEST,
        quantity=np.maximum(day.market.depth[symbol] * random.uniform(0.5, 3, len(desks)), 1),
        lifetime=NEVER,
    )


def _children(day: TradingDay, parents: Wishes, random: np.random.Generator) -> Intents:
    """Slices at the own best price, each replaced by a market order's worth when its time is up."""
    count = len(parents.account)
    slices = random.integers(30, 90, count)
    gap = random.lognormal(3.6, 0.5, count)
    row = np.repeat(np.arange(count), slices)
    at = parents.second[row] + _counting(slices) * gap[row] * random.uniform(0.9, 1.1, len(row))
    row, at = row[at < DAY_SECONDS], at[at < DAY_SECONDS]
    lots = np.maximum(parents.lots[row] / slices[row] * random.uniform(0.7, 1.3, len(row)), 1).astype(np.int64)
    made = day.at_market(Wishes(parents.account[row], parents.symbol[row], parents.side[row], at, lots))
    waits = random.random(len(row)) < 0.85
    made["action"][waits], made["anchor"][waits] = Action.LIMIT, Anchor.OWN_BEST
    made["lifetime"][waits] = (gap[row] * MICROSECONDS).astype(np.int64)[waits]
    return made


def _desks(makers: Accounts, weight: NDArray[np.float64], day: TradingDay) -> tuple[Accounts, NDArray[np.int64]]:
    """(maker, market) pairs: at least two makers a market, more where it is popular."""
    symbols = len(weight)
    wanted = np.maximum(np.round(weight * len(makers) * 2), 2).astype(np.int64)
    symbol = np.repeat(np.arange(symbols), np.minimum(wanted, len(makers)))
    shuffled = day.streams.of("desks").permutation(makers)
    return shuffled[np.arange(len(symbol)) % len(makers)], symbol


def _refreshes(symbol: NDArray[np.int64], weight: NDArray[np.float64], makers: int) -> NDArray[np.float64]:
    """Mean refreshes a day of each (maker, market): shares of all, by the root of popularity."""
    share = np.sqrt(weight)[symbol]
    return np.asarray(QUOTES_PER_MAKER * makers * share / share.sum())


def _when(day: TradingDay, symbol: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float64]:
    """Seconds of refreshes: half by the clock, half where the price moves."""
    move = np.abs(np.diff(np.log(day.fair), axis=1, prepend=np.log(day.fair[:, :1])))
    cumulated = np.cumsum(_QUIET / STEPS + (1 - _QUIET) * move / np.maximum(move.sum(axis=1), 1e-12)[:, None], axis=1)
    flat = (cumulated / cumulated[:, -1:] + np.arange(len(cumulated))[:, None]).ravel()
    step = np.searchsorted(flat, symbol + random.random(len(symbol))) - symbol * STEPS
    return np.asarray((np.clip(step, 0, STEPS - 1) + random.random(len(symbol))) * STEP_SECONDS)


def _counting(count: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
