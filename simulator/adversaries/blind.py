"""A ring planned by somebody who knows what an exchange records and nothing of how rings are looked for.

Written from the input contract alone, before any detector of trading conduct existed (decision 15). The idea
throughout: leave no pair, second, size or price level that repeats. Work goes in unequal pieces at human delays,
everybody takes every part in turn, strangers get a share of each fill, and pressure on a book comes from several
accounts' ordinary ladders.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.flow.intents import NONE, Action, Anchor, Intents, joined
from simulator.flow.trading_day import Wishes
from simulator.parameters import MICROSECONDS
from simulator.rings.draw import TYPOLOGIES
from simulator.rings.planned import Episodes, Longs, Planned, RingDay, Seconds, of_both, typology_code

_LONGEST_DELAY, _LONGEST_PAUSE = 240.0, 90.0
_MOST_PIECES = 4
_OVERSHOOT = (1.0, 1.4)
"""What the partner asks for over what it is offered: the rest meets strangers."""
_DECOYS = 0.4
"""Ordinary orders of the same accounts per act, which are not meant for anybody."""
_HELPERS = 4
_PRESSURE = (5.0, 10.0)
"""Size of all pressing orders over that of the one that is meant."""
_STUFFING_SHARE = 0.15
"""Rounds per act: a round is hundreds of messages."""


def blind_acts(today: RingDay) -> Planned:
    """Everything that one ring does on one day. Pumps and running ahead need knowledge that it lacks: it washes."""
    name = TYPOLOGIES[today.typology]
    if name in {"spoofing", "layering"}:
        return _leaned_on(today, most_levels=2 if name == "spoofing" else 6)
    if name == "quote_stuffing":
        return _chatter(today)
    if name == "self_trading" or len(today.actors) < 2:
        return _passed_on(replace(today, typology=typology_code("self_trading")), alone=True)
    return _passed_on(replace(today, typology=typology_code("wash_trading")), alone=False)


def _passed_on(ring: RingDay, *, alone: bool) -> Planned:
    """Volume by arrangement: one account offers in two to four unequal pieces, a tick or two inside the spread; another
    (or itself) takes each after a delay such as people have, up to that price and for somewhat more, so that strangers
    are in the fills of both. The next act has other partners, so what goes round comes back after many."""
    random = ring.random
    count = ring.count(accounts_per_act=1 if alone else 2)
    offers, takes = ring.pairs(count)
    if alone:
        takes = offers
    pieces = random.integers(2, _MOST_PIECES + 1, count)
    act = np.repeat(np.arange(count), pieces)
    weight = random.exponential(1.0, len(act)) + 0.2
    share = weight / np.bincount(act, weight, minlength=count)[act]
    pause, delay = _human(ring, len(act), 15.0, _LONGEST_PAUSE), _human(ring, len(act), 20.0, _LONGEST_DELAY)
    since = np.cumsum(pause) - np.repeat(np.cumsum(pause)[np.cumsum(pieces) - pieces], pieces)
    begin = ring.seconds(count, _LONGEST_PAUSE * _MOST_PIECES + _LONGEST_DELAY)
    symbol = ring.markets(count)
    lots = np.maximum(ring.day.lots(offers, symbol, random)[act] * share, 1).astype(np.int64)
    side = np.where(random.random(count) < 0.5, 1, -1).astype(np.int8)
    offered = ring.day.at_market(Wishes(offers[act], symbol[act], side[act], begin[act] + since, lots), act)
    offered["action"], offered["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    offered["offset"] = -random.integers(1, 3, len(act))
    offered["lifetime"] = ((delay + random.uniform(5, 400, len(act))) * MICROSECONDS).astype(np.int64)
    asked = np.maximum(lots * random.uniform(*_OVERSHOOT, len(act)), 1).astype(np.int64)
    taken = ring.day.at_market(Wishes(takes[act], symbol[act], -side[act], begin[act] + since + delay, asked), act)
    taken["action"], taken["anchor"], taken["link"] = Action.LIMIT, Anchor.LINK, np.arange(len(act))
    taken["lifetime"] = np.where(random.random(len(act)) < 0.5, 0, random.uniform(1, 30, len(act)) * MICROSECONDS)
    end = np.zeros(count)
    np.maximum.at(end, act, begin[act] + since + delay)
    told = of_both(ring.episodes(offers, takes, symbol, begin, end))
    return Planned(joined([np.concatenate([offered, taken]), _decoys(ring, count)]), told)


def _leaned_on(ring: RingDay, most_levels: int) -> Planned:
    """A book that looks deep on one side: up to four accounts each put an ordinary ladder there, one after another, and
    take it away at different moments after another member's small order on the other side was filled."""
    random, count = ring.random, ring.count(accounts_per_act=min(len(ring.actors), _HELPERS))
    helpers = np.minimum(random.integers(1, _HELPERS + 1, count), len(ring.actors))
    first = random.integers(0, len(ring.actors), count)
    ladder = np.repeat(np.arange(count), helpers)
    place = np.arange(len(ladder)) - np.repeat(np.cumsum(helpers) - helpers, helpers)
    who = ring.actors[(first[ladder] + place) % len(ring.actors)]
    meant_by = ring.actors[(first + helpers) % len(ring.actors)]
    symbol, side = ring.markets(count), np.where(random.random(count) < 0.5, 1, -1).astype(np.int8)
    begin, lots = ring.seconds(count, 600.0), ring.day.lots(meant_by, symbol, random)
    late = _human(ring, len(ladder), 4.0, 40.0)
    ready = begin + np.bincount(ladder, late, minlength=count) + 8.0
    meant = ring.day.at_market(Wishes(meant_by, symbol, side, ready, lots), np.arange(count))
    meant["action"], meant["anchor"], meant["offset"] = Action.LIMIT, Anchor.OWN_BEST, -1
    meant["lifetime"] = (random.uniform(30, 150, count) * MICROSECONDS).astype(np.int64)
    pressing = _ladders(
        ring, Wishes(who, symbol[ladder], -side[ladder], begin[ladder] + late, lots[ladder]), most_levels
    )
    row = pressing["plan"].copy()
    pressing["quantity"] = np.maximum(pressing["quantity"] // helpers[ladder[row]], 1)
    pressing["plan"], pressing["link"] = ladder[row], len(pressing) + ladder[row]
    act = np.concatenate([ladder, np.arange(count)])
    told = _told(ring.episodes(np.concatenate([who, meant_by]), NONE, symbol[act], begin[act], ready[act] + 60), act)
    return Planned(joined([np.concatenate([pressing, meant]), _decoys(ring, count)]), told)


def _ladders(ring: RingDay, wishes: Wishes, most_levels: int) -> Intents:
    """For each wish a ladder away from the best price, several times as large as `wishes.lots` in all; `plan` is the
    wish, withdrawal follows the fill of the order that is still to be linked."""
    random, rows = ring.random, len(wishes.account)
    levels = random.integers(max(most_levels // 2, 1), most_levels + 1, rows)
    wish = np.repeat(np.arange(rows), levels)
    level = np.arange(len(wish)) - np.repeat(np.cumsum(levels) - levels, levels)
    click = np.exp(random.uniform(np.log(0.3), np.log(6.0), rows))
    size = wishes.lots * random.uniform(*_PRESSURE, rows) / levels
    lots = np.maximum(size[wish] * random.uniform(0.6, 1.4, len(wish)), 1).astype(np.int64)
    symbol = wishes.symbol[wish]
    one = Wishes(wishes.account[wish], symbol, wishes.side[wish], wishes.second[wish] + level * click[wish], lots)
    made = ring.day.at_market(one, wish)
    made["action"], made["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    made["offset"] = np.round(ring.day.width(symbol) * (level + 1) * random.uniform(0.2, 0.8, rows)[wish])
    made["lifetime"] = (random.uniform(120, 600, len(wish)) * MICROSECONDS).astype(np.int64)
    made["cancel_after_fill"] = (_human(ring, len(wish), 12.0, 120.0) * MICROSECONDS).astype(np.int64)
    return made


def _chatter(ring: RingDay) -> Planned:
    """Messages that slow a market, by all members at once: each sends few enough, over most of a minute, to pass for a
    machine with a bad day; together they are hundreds."""
    random, together = ring.random, min(len(ring.actors), 12)
    rounds = int(random.poisson(ring.acts * _STUFFING_SHARE * len(ring.actors) / together))
    who = ring.actors[
        (np.repeat(random.integers(0, len(ring.actors), rounds), together) + _places(together, rounds))
        % len(ring.actors)
    ]
    act = np.repeat(np.arange(rounds), together)
    symbol, begin = ring.markets(rounds)[act], ring.seconds(rounds, 120.0)[act]
    messages = random.integers(200 // together + 10, 400 // together + 20, len(who))
    lasting = random.uniform(20, 60, len(who))
    row = np.repeat(np.arange(len(who)), messages)
    second = begin[row] + random.random(len(row)) * lasting[row]
    side = np.where(random.random(len(row)) < 0.5, 1, -1).astype(np.int8)
    lots = np.maximum(ring.day.market.depth[symbol[row]] * random.uniform(0.02, 0.3, len(row)), 1).astype(np.int64)
    flow = ring.day.at_market(Wishes(who[row], symbol[row], side, second, lots), act[row])
    flow["action"], flow["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    flow["offset"] = np.round(ring.day.width(symbol[row]) * random.uniform(1, 6, len(row))) + 1
    flow["lifetime"] = (np.exp(random.uniform(np.log(0.04), np.log(0.9), len(row))) * MICROSECONDS).astype(np.int64)
    return Planned(flow, _told(ring.episodes(who, NONE, symbol, begin, begin + lasting), act))


def _decoys(ring: RingDay, acts: int) -> Intents:
    """Ordinary orders of the same people in the same markets, which belong to no act."""
    count = int(ring.random.poisson(_DECOYS * acts))
    who, symbol = ring.actors[ring.random.integers(0, len(ring.actors), count)], ring.markets(count)
    side = np.where(ring.random.random(count) < 0.55, 1, -1).astype(np.int8)
    second, lots = ring.day.awake(who, ring.random), ring.day.lots(who, symbol, ring.random)
    return ring.day.placed(Wishes(who, symbol, side, second, lots), ring.random)


def _told(episodes: Episodes, act: Longs) -> Episodes:
    """One episode per act and account that took part; `act` numbers the rows."""
    episodes["act"] = act
    _, first = np.unique(np.stack([act, episodes["account"]]), axis=1, return_index=True)
    return np.asarray(episodes[np.sort(first)])


def _human(ring: RingDay, count: int, median: float, most: float) -> Seconds:
    """Seconds that people take: log-normal."""
    return np.asarray(np.clip(ring.random.lognormal(np.log(median), 0.8, count), 0.5, most))


def _places(length: int, rounds: int) -> Longs:
    return np.tile(np.arange(length), rounds)
