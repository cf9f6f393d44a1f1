"""Innocents who act together because they saw the same thing: price moves, hypes, signals, a leader's orders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import NONE, Intents, joined
from simulator.flow.retail import active
from simulator.flow.trading_day import TradingDay, Wishes
from simulator.market.reference import STEP_SECONDS, STEPS
from simulator.parameters import DAY_SECONDS, MICROSECONDS
from simulator.people.strata import Policy, stratum_code

_WINDOW = 30
"""Steps (five minutes) over which a move is noticed."""
_NOTICED = 3.0
"""Standard deviations from which on a move is noticed."""
EAGERNESS = {Policy.MOMENTUM: 0.00004, Policy.PUMP_CHASER: 0.001, Policy.DAY_TRADER: 0.0001, Policy.LEVERAGED: 0.0005}
"""Orders of an account of pace 1 per step of excess move in one of its markets."""
SIGNALS_PER_DAY = 0.8
_FOLLOW_SHARE = 0.6


def reactions(day: TradingDay) -> Intents:
    """Momentum buyers follow moves, dip buyers (every third) go against them; chasers buy hypes, late."""
    excess, sign = _excitement(day)
    total = excess.sum(axis=1)
    parts = []
    for policy, eagerness in EAGERNESS.items():
        random = day.random("reactions", policy.name)
        accounts = active(day, day.population.of(policy))
        symbol = day.favourite(accounts, random)
        mean = np.minimum(eagerness * total[symbol] * day.population.pace[accounts], 8.0)
        times = random.poisson(mean)
        accounts, symbol = np.repeat(accounts, times), np.repeat(symbol, times)
        step = _step_of(excess, symbol, random)
        second = step * STEP_SECONDS + random.lognormal(4.0, 0.9, len(accounts))
        seen = second < DAY_SECONDS
        side = np.where(accounts % 3 == 0, -sign[symbol, step], sign[symbol, step])
        if policy is Policy.PUMP_CHASER:
            side = np.ones(len(accounts), np.int8)
        lots = day.lots(accounts, symbol, random)
        parts.append(day.at_market(Wishes(accounts, symbol, side.astype(np.int8), second, lots).only(seen)))
    return joined(parts)


def signals(day: TradingDay) -> Intents:
    """Chat groups: somebody names a market; members buy within seconds to minutes, and sell within hours."""
    random, population = day.random("signals"), day.population
    accounts = active(day, population.of(Policy.SIGNAL_FOLLOWER))
    accounts = accounts[population.group[accounts] >= 0]
    groups, inverse = np.unique(population.group[accounts], return_inverse=True)
    parts = []
    for _ in range(3):
        called = random.random(len(groups)) < SIGNALS_PER_DAY / 3
        symbol = random.integers(0, len(day.market), len(groups))
        second = random.uniform(0, DAY_SECONDS * 0.7, len(groups))
        follows = called[inverse] & (random.random(len(accounts)) < _FOLLOW_SHARE)
        who, where = accounts[follows], symbol[inverse[follows]]
        bought = second[inverse[follows]] + random.lognormal(3.0, 1.0, len(who)).clip(1, 1_800)
        lots = day.lots(who, where, random)
        sold = bought + random.lognormal(8.2, 0.6, len(who))
        buying = np.ones(len(who), np.int8)
        parts.append(day.placed(Wishes(who, where, buying, bought, lots), random))
        parts.append(day.placed(Wishes(who, where, -buying, sold, lots).only(sold < DAY_SECONDS), random))
    return joined(parts)


def copies(day: TradingDay, placed: Intents) -> Intents:
    """Followers repeat their leader's orders after 0.2 to 3 seconds, scaled to what they have."""
    random, population = day.random("copies"), day.population
    followers = active(day, population.of(Policy.COPY_FOLLOWER))
    followers = followers[population.leader[followers] >= 0]
    followers = followers[np.argsort(population.leader[followers], kind="stable")]
    leaders = population.leader[followers]
    rows = np.flatnonzero((population.stratum[placed["account"]] == stratum_code("copy_leader")) & (placed["plan"] < 0))
    first = np.searchsorted(leaders, placed["account"][rows], "left")
    count = np.searchsorted(leaders, placed["account"][rows], "right") - first
    rows, first, count = rows[count > 0], first[count > 0], count[count > 0]
    source = np.repeat(rows, count)
    who = followers[np.repeat(first, count) + _counting(count)]
    kept = random.random(len(source)) < 0.9
    source, who = source[kept], who[kept]
    made = placed[source].copy()
    made["account"], made["link"] = who, NONE
    made["ts"] += (random.uniform(0.2, 3.0, len(who)) * MICROSECONDS).astype(np.int64)
    made["ts"] = np.minimum(made["ts"], day.start + DAY_SECONDS * MICROSECONDS - 1)
    ratio = population.wealth[who] / population.wealth[placed["account"][source]]
    made["quantity"] = np.maximum(made["quantity"] * np.minimum(ratio, 1.0), 1)
    return made


def _excitement(day: TradingDay) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """By market and step: how far a five-minute move lies above what is noticed, in standard deviations; its sign."""
    log_price = np.log(day.fair)
    move = np.zeros_like(log_price)
    move[:, _WINDOW:] = log_price[:, _WINDOW:] - log_price[:, :-_WINDOW]
    usual = day.market.volatility[:, None] * np.sqrt(_WINDOW / STEPS)
    return np.clip(np.abs(move) / usual - _NOTICED, 0, 10.0), np.sign(move).astype(np.int8)


def _step_of(excess: NDArray[np.float64], symbol: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """A step of the day for each row, as likely as its market was exciting then."""
    cumulated = np.cumsum(excess.ravel())
    ends = cumulated.reshape(excess.shape)[:, -1]
    starts = np.concatenate([[0.0], ends[:-1]])
    aim = starts[symbol] + random.random(len(symbol)) * (ends - starts)[symbol]
    found = np.searchsorted(cumulated, aim, side="right")
    return np.asarray(np.clip(found - symbol * excess.shape[1], 0, excess.shape[1] - 1))


def _counting(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... within each run of `count` rows."""
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
