"""Wash trading and self-trading: orders that meet by arrangement."""

from __future__ import annotations

import numpy as np

from simulator.flow.intents import Action, Anchor, Intents, joined
from simulator.flow.trading_day import POST_ONLY_SHARE, Wishes
from simulator.parameters import MICROSECONDS
from simulator.rings.planned import Longs, Planned, RingDay, Seconds, of_both

TWO_PARTIES, CYCLE, HUB, THROUGH_MAKER = range(4)
_LONGEST_CYCLE = 6


def wash_trades(ring: RingDay) -> Planned:
    """Two parties, a cycle of three to six, a hub with changing partners, or both against a market maker's quotes."""
    if len(ring.actors) < 2:
        return Planned.nothing()
    if ring.form == CYCLE and len(ring.actors) > 2:
        return _cycles(ring)
    count = ring.count(accounts_per_act=2)
    maker, taker = ring.pairs(count)
    if ring.form == TWO_PARTIES:
        place = ring.random.integers(0, len(ring.actors) // 2, count) * 2
        maker, taker = ring.actors[place], ring.actors[place + 1]
    elif ring.form == HUB:
        maker = np.repeat(ring.actors[:1], count)
        taker = ring.actors[1 + ring.random.integers(0, len(ring.actors) - 1, count)]
    swapped = ring.both_roles & (ring.random.random(count) < 0.5)
    maker, taker = np.where(swapped, taker, maker), np.where(swapped, maker, taker)
    gap = ring.gaps(count)
    second, symbol = ring.seconds(count, float(gap.max(initial=0))), ring.markets(count)
    meet = _through_maker if ring.form == THROUGH_MAKER else _met
    side = np.where(ring.random.random(count) < 0.5, 1, -1).astype(np.int8)
    lots = ring.day.lots(maker, symbol, ring.random)
    flow = meet(ring, Wishes(maker, symbol, side, second, lots), taker, gap)
    return Planned(flow, of_both(ring.episodes(maker, taker, symbol, second, second + gap)))


def self_trades(ring: RingDay) -> Planned:
    """Each actor meets its own order, several of them in the same markets at about the same time."""
    together = min(len(ring.actors), 3)
    rounds = ring.count(accounts_per_act=together)
    count = rounds * together
    who = ring.actors[
        (np.repeat(ring.random.integers(0, len(ring.actors), rounds), together) + _tile(together, rounds))
        % len(ring.actors)
    ]
    gap = ring.gaps(count, most=600)
    late = ring.gaps(count) * _tile(together, rounds)
    lasting = float((gap + late).max(initial=0))
    second = np.repeat(ring.seconds(rounds, lasting), together) + late
    symbol = np.repeat(ring.markets(rounds), together)
    side = np.where(ring.random.random(count) < 0.5, 1, -1).astype(np.int8)
    flow = _met(ring, Wishes(who, symbol, side, second, ring.day.lots(who, symbol, ring.random)), who, gap)
    return Planned(flow, ring.episodes(who, who, symbol, second, second + gap))


def _cycles(ring: RingDay) -> Planned:
    """Each account sells on to the next, the last to the first: all end as they began."""
    length = min(len(ring.actors), int(ring.random.integers(3, _LONGEST_CYCLE + 1)))
    rounds = ring.count(accounts_per_act=length)
    start = np.repeat(ring.random.integers(0, len(ring.actors), rounds), length)
    place = _tile(length, rounds)
    maker = ring.actors[(start + place) % len(ring.actors)]
    taker = ring.actors[(start + (place + 1) % length) % len(ring.actors)]
    gap = ring.gaps(len(maker), most=3_000)
    begin = np.repeat(ring.seconds(rounds, float(gap.max(initial=0) * (length + 1))), length)
    steps = np.cumsum(gap.reshape(rounds, length), axis=1).ravel()
    symbol = np.repeat(ring.markets(rounds), length)
    lots = np.repeat(ring.day.lots(maker[::length], symbol[::length], ring.random), length)
    side = np.full(len(maker), -1, np.int8)
    flow = _met(ring, Wishes(maker, symbol, side, begin + steps - gap, lots), taker, gap)
    return Planned(flow, of_both(ring.episodes(maker, taker, symbol, begin + steps - gap, begin + steps)))


def _met(ring: RingDay, resting: Wishes, taker: Longs, gap: Seconds) -> Intents:
    """A resting order inside the spread, and after `gap` seconds the partner's order at the same price."""
    random, act = ring.random, np.arange(len(taker))
    inside = np.round(ring.day.width(resting.symbol) * random.uniform(0.2, 0.8, len(act)))
    made = ring.day.at_market(resting, act)
    made["action"], made["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    made["post_only"] = random.random(len(act)) < POST_ONLY_SHARE
    made["offset"] = -np.maximum(inside, 1)
    made["lifetime"] = ((gap + random.uniform(1, 120, len(act))) * MICROSECONDS).astype(np.int64)
    differs = np.where(random.random(len(act)) < 0.5, 1.0, random.uniform(0.99, 1.01, len(act)))
    lots = np.maximum(np.round(resting.lots * differs), 1).astype(np.int64)
    hitting = ring.day.at_market(Wishes(taker, resting.symbol, -resting.side, resting.second + gap, lots), act)
    hitting["action"], hitting["anchor"], hitting["link"] = Action.LIMIT, Anchor.LINK, act
    return np.concatenate([made, hitting])


def _through_maker(ring: RingDay, buying: Wishes, seller: Longs, gap: Seconds) -> Intents:
    """One takes at market, the other takes as much the other way: market makers stand between them."""
    back = Wishes(seller, buying.symbol, -buying.side, buying.second + gap, buying.lots)
    act = np.arange(len(seller))
    return joined([ring.day.at_market(buying, act), ring.day.at_market(back, act)])


def _tile(length: int, rounds: int) -> Longs:
    return np.tile(np.arange(length), rounds)
