"""Spoofing, layering and quote stuffing: orders that are not meant to trade."""

from __future__ import annotations

import numpy as np

from simulator.flow.intents import Action, Anchor, Intents, intents
from simulator.flow.trading_day import LARGEST_DEPTHS, POST_ONLY_SHARE, Wishes
from simulator.parameters import MICROSECONDS
from simulator.rings.planned import Longs, Planned, RingDay, of_both

SPLIT_ROLES = 2
"""Forms from here on: one account layers, another fills."""
_STUFFING_SHARE = 0.15
"""Bursts per planted act: one burst is hundreds of messages."""
_BURST: tuple[int, int] = (60, 200)


def spoofs(ring: RingDay) -> Planned:
    """One or two large orders near the best price, a genuine one on the other side, then the large ones go."""
    return _pressed(ring, fewest=1, most=2)


def layers(ring: RingDay) -> Planned:
    """The same with three to six prices on one side."""
    return _pressed(ring, fewest=3, most=6)


def bursts(ring: RingDay) -> Planned:
    """Up to four accounts send hundreds of orders within seconds, each withdrawn after milliseconds."""
    together = min(len(ring.actors), 4)
    rounds = int(ring.random.poisson(ring.acts * _STUFFING_SHARE * len(ring.actors) / together))
    start = ring.random.integers(0, len(ring.actors), rounds)
    place = np.tile(np.arange(together), rounds)
    who = ring.actors[(np.repeat(start, together) + place) % len(ring.actors)]
    late = ring.gaps(len(who)) * (place > 0)
    second = np.repeat(ring.seconds(rounds, float(late.max(initial=0)) + 4), together) + late
    symbol = np.repeat(ring.markets(rounds), together)
    messages = ring.random.integers(*_BURST, len(who))
    lasts = messages / ring.random.uniform(70, 160, len(who))
    row = np.repeat(np.arange(len(who)), messages)
    rows = len(row)
    flow = intents(
        rows,
        ts=ring.day.instant(second[row] + ring.random.random(rows) * lasts[row]),
        account=who[row],
        symbol=symbol[row],
        side=np.where(ring.random.random(rows) < 0.5, 1, -1),
        post_only=ring.random.random(rows) < POST_ONLY_SHARE,
        offset=np.round(ring.day.width(symbol[row]) * ring.random.uniform(3, 12, rows)) + 1,
        quantity=np.maximum(ring.day.market.depth[symbol[row]] * ring.random.uniform(0.01, 0.1, rows), 1),
        lifetime=(ring.random.uniform(0.001, 0.040, rows) * MICROSECONDS).astype(np.int64),
        plan=np.repeat(np.arange(rounds), together)[row],
    )
    partner = ring.actors[(np.repeat(start, together) + (place + 1) % together) % len(ring.actors)]
    other = np.where(partner == who, -1, partner)
    told = ring.episodes(who, other, symbol, second, second + lasts)
    told["act"] = np.repeat(np.arange(rounds), together)
    return Planned(flow, told)


def _pressed(ring: RingDay, fewest: int, most: int) -> Planned:
    split = ring.form >= SPLIT_ROLES and len(ring.actors) > 1
    count = ring.count(accounts_per_act=2 if split else 1)
    spoofer, filler = ring.pairs(count)
    if not split:
        filler = spoofer
    genuine_after = ring.gaps(count, most=15) + 0.2 + 4.0 * (most - 1)
    second, symbol = ring.seconds(count, 120), ring.markets(count)
    side = np.where(ring.random.random(count) < 0.5, 1, -1).astype(np.int8)
    most_meant = LARGEST_DEPTHS * fewest * ring.day.market.depth[symbol] // 5
    lots = np.clip(ring.day.lots(filler, symbol, ring.random), 1, np.maximum(most_meant, 1))
    genuine = _genuine(ring, Wishes(filler, symbol, side, second + genuine_after, lots))
    pressing = _pressing(
        ring, Wishes(spoofer, symbol, -side, second, lots), ring.random.integers(fewest, most + 1, count)
    )
    pressing["link"] += len(pressing)
    told = ring.episodes(spoofer, np.where(split, filler, -1), symbol, second, second + genuine_after + 10)
    return Planned(np.concatenate([pressing, genuine]), of_both(told) if split else told)


def _genuine(ring: RingDay, wishes: Wishes) -> Intents:
    """The orders that are meant: half take at the other side's best, half wait inside the spread."""
    rows = len(wishes.account)
    made = ring.day.at_market(wishes, np.arange(rows))
    takes = ring.random.random(rows) < 0.5
    inside = -np.maximum(np.round(ring.day.width(wishes.symbol) * 0.5), 1)
    made["action"], made["anchor"] = Action.LIMIT, np.where(takes, Anchor.OTHER_BEST, Anchor.OWN_BEST)
    made["post_only"] = ~takes & (ring.random.random(rows) < POST_ONLY_SHARE)
    made["offset"] = np.where(takes, 0, inside)
    made["lifetime"] = np.where(takes, 0, ring.random.uniform(20, 60, rows) * MICROSECONDS).astype(np.int64)
    return made


def _pressing(ring: RingDay, wishes: Wishes, prices: Longs) -> Intents:
    """Large orders on `prices` levels each, gone within seconds of the fill of the genuine order; `link` is the row of
    that order, `wishes.lots` its size."""
    random, acts = ring.random, len(prices)
    act = np.repeat(np.arange(acts), prices)
    level = np.arange(len(act)) - np.repeat(np.cumsum(prices) - prices, prices)
    step = np.maximum(np.round(ring.day.width(wishes.symbol[act]) * 0.3), 1)
    depth = ring.day.market.depth[wishes.symbol]
    total = np.maximum(wishes.lots * random.uniform(5, 14, acts), depth * random.uniform(0.2, 0.8, acts))
    gap = np.exp(random.uniform(np.log(0.02), np.log(4.0), acts))
    second = wishes.second[act] + level * gap[act]
    lots = np.clip(np.round(total / prices), 1, LARGEST_DEPTHS * depth).astype(np.int64)[act]
    made = ring.day.at_market(Wishes(wishes.account[act], wishes.symbol[act], wishes.side[act], second, lots), act)
    made["action"], made["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    made["post_only"] = random.random(len(act)) < POST_ONLY_SHARE
    made["offset"] = np.round(step * level) + 1
    made["lifetime"] = (random.uniform(60, 150, acts)[act] * MICROSECONDS).astype(np.int64)
    gone = random.uniform(0.2, 4.0, acts)[act] + random.exponential(0.5, len(act))
    made["cancel_after_fill"] = (gone * MICROSECONDS).astype(np.int64)
    made["link"] = act
    return made
