"""Ordinary people: holders, momentum and dip buyers, scheduled buyers, day traders, leveraged traders, arbitrage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import Anchor, Intents, intents, joined
from simulator.flow.trading_day import Accounts, TradingDay, Wishes
from simulator.parameters import DAY_SECONDS
from simulator.people.strata import Policy

ORDERS_PER_DAY = {
    Policy.HOLDER: 0.20,
    Policy.MOMENTUM: 0.40,
    Policy.DORMANT: 0.004,
    Policy.SIGNAL_FOLLOWER: 0.30,
    Policy.PUMP_CHASER: 0.15,
    Policy.GRID_BOT: 0.05,
    Policy.COPY_FOLLOWER: 0.05,
    Policy.SPLITTER: 0.05,
}
"""Single orders of an account of pace 1; round trips and machines come on top."""
ROUND_TRIPS_PER_DAY = {Policy.DAY_TRADER: 0.7, Policy.LEVERAGED: 0.8, Policy.SIGNAL_FOLLOWER: 0.1}
_BUYER_SHARE = {Policy.HOLDER: 0.75, Policy.DORMANT: 0.5}
_HOLD_MINUTES = 70.0
BUSY_SHARE = 0.35
"""Days on which an account looks at the market at all."""
ARBITRAGE_PER_DAY = 4.0


def active(day: TradingDay, accounts: Accounts) -> Accounts:
    """Those of `accounts` that are open already."""
    return accounts[day.population.opened[accounts] < day.start]


def drawn(
    day: TradingDay, accounts: Accounts, rate: float | NDArray[np.float64], random: np.random.Generator
) -> Accounts:
    """Accounts repeated by how often each acts today: nothing on most days, Poisson with its rate times its pace on
    the others."""
    mean = np.minimum(rate * day.population.pace[accounts] / BUSY_SHARE, 80.0)
    busy = random.random(len(accounts)) < BUSY_SHARE
    return np.repeat(accounts, random.poisson(mean * busy))


def single_orders(day: TradingDay) -> Intents:
    """One-way orders of people of every policy that has a rate."""
    random = day.random("single orders")
    parts = []
    for policy, rate in ORDERS_PER_DAY.items():
        accounts = drawn(day, active(day, day.population.of(policy)), rate, random)
        buys = random.random(len(accounts)) < _BUYER_SHARE.get(policy, 0.52)
        parts.append(_ordinary(day, accounts, np.where(buys, 1, -1).astype(np.int8), random))
    return joined(parts)


def genuine_orders(day: TradingDay, accounts: Accounts, name: str) -> Intents:
    """One ordinary order of each account named (repeats allowed), for whoever wants to look ordinary."""
    random = day.random("genuine", name)
    side = np.where(random.random(len(accounts)) < 0.55, 1, -1).astype(np.int8)
    return _ordinary(day, accounts, side, random)


def round_trips(day: TradingDay) -> Intents:
    """In and out again after minutes or hours, either way round."""
    random = day.random("round trips")
    parts = []
    for policy, rate in ROUND_TRIPS_PER_DAY.items():
        accounts = drawn(day, active(day, day.population.of(policy)), rate, random)
        symbol = day.favourite(accounts, random)
        if policy is Policy.LEVERAGED:
            symbol = nearest_perpetual(day, symbol)
        side = np.where(random.random(len(accounts)) < 0.6, 1, -1).astype(np.int8)
        second = day.awake(accounts, random)
        lots = day.lots(accounts, symbol, random)
        parts.append(day.placed(Wishes(accounts, symbol, side, second, lots), random))
        out = second + random.exponential(_HOLD_MINUTES * 60, len(accounts))
        closing = Wishes(accounts, symbol, -side, out, lots)
        parts.append(day.placed(closing.only(out < DAY_SECONDS), random))
    return joined(parts)


def scheduled_buys(day: TradingDay) -> Intents:
    """Savings plans: the same market, amount and cron second every day or week, many on the same second."""
    accounts, random = active(day, day.population.of(Policy.SCHEDULED)), day.random("scheduled")
    plan = day.streams.of("savings plans")
    n = len(day.population)
    cron = plan.choice(24, n) * 3_600 + plan.choice([0, 0, 0, 900, 1_800], n)
    weekday, weekly = plan.integers(0, 7, n), plan.random(n) < 0.75
    usd = day.population.wealth * np.exp(plan.normal(-4.0, 0.7, n))
    due = accounts[(~weekly | (weekday == day.number % 7))[accounts]]
    symbol = day.population.favourites[due, 0].astype(np.int64)
    value = day.market.lot_value(day.fair[:, 0])[symbol]
    lots = np.maximum(usd[due] / value, 1).astype(np.int64)
    second = cron[due] + random.lognormal(-2.0, 0.8, len(due)).clip(0.005, 5)
    return day.at_market(Wishes(due, symbol, np.ones(len(due), np.int8), second, lots))


def arbitrage(day: TradingDay) -> Intents:
    """Machines that take stale quotes at the fair price, most of which find nothing: half are immediate-or-cancel, half
    are withdrawn after milliseconds."""
    random = day.random("arbitrage")
    accounts = drawn(day, active(day, day.population.of(Policy.ARBITRAGE)), ARBITRAGE_PER_DAY, random)
    symbol = day.favourite(accounts, random)
    second, withdrawn = random.random(len(accounts)) * DAY_SECONDS, random.random(len(accounts)) < 0.5
    life = np.exp(random.uniform(np.log(1_000), np.log(400_000), len(accounts)))
    return intents(
        len(accounts),
        ts=day.instant(second),
        account=accounts,
        symbol=symbol,
        side=np.where(random.random(len(accounts)) < 0.5, 1, -1),
        anchor=Anchor.FAIR,
        offset=np.round(day.width(symbol) * random.uniform(0.0, 1.0, len(accounts))),
        quantity=day.lots(accounts, symbol, random),
        lifetime=np.where(withdrawn, life, 0),
        expires=~withdrawn,
    )


def nearest_perpetual(day: TradingDay, symbol: NDArray[np.int64]) -> NDArray[np.int64]:
    """The perpetual market next in popularity; the market itself where there is none."""
    perpetual = np.flatnonzero(day.market.perpetual)
    if not len(perpetual):
        return symbol
    place = np.searchsorted(perpetual, symbol)
    return perpetual[np.minimum(place, len(perpetual) - 1)]


def _ordinary(day: TradingDay, accounts: Accounts, side: NDArray[np.int8], random: np.random.Generator) -> Intents:
    symbol = day.favourite(accounts, random)
    lots = day.lots(accounts, symbol, random)
    return day.placed(Wishes(accounts, symbol, side, day.awake(accounts, random), lots), random)
