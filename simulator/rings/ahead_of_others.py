"""Front running and pump and dump: profit from what others will do."""

from __future__ import annotations

import numpy as np

from simulator.flow.intents import Intents, joined
from simulator.flow.trading_day import Wishes
from simulator.market.reference import HYPE_RISE_SECONDS
from simulator.parameters import DAY_SECONDS, MICROSECONDS
from simulator.rings.planned import Planned, RingDay

_LEAK_SECONDS = (3.0, 55.0)
_CLOSE_SECONDS = (30.0, 540.0)
_ACCUMULATION_SECONDS = 3_500.0
_DUMP_SECONDS = (60.0, 780.0)


def runs_ahead(ring: RingDay, whales: Intents) -> Planned:
    """Buy what a whale is about to buy, seconds before it; sell into its impact minutes later.

    `whales`: the large market orders of the day, which the ring knows of in advance (leaked flow).
    """
    begin = ring.day.start
    known = whales[
        (whales["ts"] > begin + 120 * MICROSECONDS) & (whales["ts"] < begin + (DAY_SECONDS - 700) * MICROSECONDS)
    ]
    known = known[~np.isin(known["account"], ring.actors)]
    count = min(ring.count(), 4 * len(known))
    if not count:
        return Planned.nothing()
    random = ring.random
    victim = known[random.integers(0, len(known), count)]
    who, symbol = ring.actors[random.integers(0, len(ring.actors), count)], victim["symbol"].astype(np.int64)
    at = (victim["ts"] - begin) / MICROSECONDS
    opened = at - random.uniform(*_LEAK_SECONDS, count)
    closed = at + random.uniform(*_CLOSE_SECONDS, count)
    lots = ring.day.lots(who, symbol, random)
    close = np.maximum(np.round(lots * random.uniform(0.75, 1.0, count)), 1).astype(np.int64)
    side, act = victim["side"], np.arange(count)
    opening, closing = Wishes(who, symbol, side, opened, lots), Wishes(who, symbol, -side, closed, close)
    flow = joined([ring.day.at_market(opening, act), ring.day.at_market(closing, act)])
    return Planned(flow, ring.episodes(who, victim["account"], symbol, opened, closed))


def pump(ring: RingDay, symbol: int, peak: float) -> Planned:
    """One pump that begins at second `peak`: insiders buy within the hour before, rush in, and sell within a quarter
    of an hour. The market's own rise is planted as a hype."""
    random = ring.random
    who = ring.actors[random.random(len(ring.actors)) < 0.85]
    if not len(who):
        return Planned.nothing()
    buys = random.integers(2, 5, len(who))
    sells = buys + random.integers(1, 3, len(who))
    buyer, seller = np.repeat(np.arange(len(who)), buys), np.repeat(np.arange(len(who)), sells)
    early = random.random(len(who)) * 0.6
    bought = peak - 60 - _ACCUMULATION_SECONDS * (early[buyer] * random.random(len(buyer)))
    where = np.full(len(who), symbol, np.int64)
    lots = ring.day.lots(who, where, random)
    rushed = peak + random.uniform(0.5, 25, len(who))
    sold = peak + HYPE_RISE_SECONDS * 0.5 + random.uniform(*_DUMP_SECONDS, len(seller))
    hurried = np.maximum(lots // 4, 1)
    total = np.ceil((lots * buys + hurried) * random.uniform(0.8, 1.0, len(who))).astype(np.int64)
    place = np.arange(len(seller)) - np.repeat(np.cumsum(sells) - sells, sells)
    parts = (total // sells)[seller] + (place < (total % sells)[seller])
    buying = np.ones(len(who), np.int8)
    early_buys = Wishes(who[buyer], where[buyer], buying[buyer], bought, lots[buyer])
    rush = Wishes(who, where, buying, rushed, hurried)
    dump = Wishes(who[seller], where[seller], -buying[seller], sold, parts)
    flow = joined([ring.day.at_market(wishes, 0) for wishes in (early_buys, rush, dump)])
    flow = flow[flow["quantity"] > 0]
    last = np.full(len(who), peak + HYPE_RISE_SECONDS + _DUMP_SECONDS[1])
    told = ring.episodes(who, np.full(len(who), -1), where, np.full(len(who), peak - _ACCUMULATION_SECONDS), last)
    told["act"] = 0
    return Planned(flow, told)
