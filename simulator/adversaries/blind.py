"""A second hand at planting acts, by somebody who knows the market and its people but not who watches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import NONE, Action, Anchor, Intents, intents, joined
from simulator.flow.trading_day import POST_ONLY_SHARE, Wishes
from simulator.parameters import MICROSECONDS
from simulator.rings.draw import TYPOLOGIES
from simulator.rings.planned import Episodes, Longs, Planned, RingDay, Seconds, typology_code

INSTEAD = {"pump_and_dump": "spoofing", "front_running": "layering"}
"""What a ring commits that lacks the knowledge for its own trade."""


def blind_acts(today: RingDay) -> Planned:
    """Everything that one ring does on one day."""
    name = INSTEAD.get(TYPOLOGIES[today.typology], TYPOLOGIES[today.typology])
    today = replace(today, typology=typology_code(name))
    planned = _WAYS[name](today) if len(today.actors) else Planned.nothing()
    if not len(planned.episodes):
        return Planned.nothing()
    decoys = _decoys(today, int(planned.episodes["act"].max()) + 1)
    return replace(planned, intents=joined([planned.intents, decoys]))


def _relay(today: RingDay) -> Planned:
    """Wash trading: goods wander round a shuffled circle of all actors, hours a lap, unequal lots a step; neighbours
    meet once a lap, by turns as maker and taker, through an ordinary ladder that strangers may share."""
    if len(today.actors) < 2:
        return Planned.nothing()
    crew, act, symbol, _, second = _staffed(today, 2)
    symbol, second = np.repeat(symbol[:1], len(act)), np.sort(second)
    rests = today.random.integers(0, 2, len(act))
    maker, side = crew[act, rests], np.where(rests == 1, 1, -1).astype(np.int8)
    lots = np.maximum(*(today.day.lots(crew[:, place], symbol, today.random) for place in (0, 1)))
    flow, lasts = _met(today, Wishes(maker, symbol, side, second, lots), crew[act, 1 - rests])
    return Planned(flow, _told(today, crew, symbol, second, second + lasts))


def _changed_minds(today: RingDay) -> Planned:
    """Self-trading: somebody turns round, forgets the own ladder, runs through it and on into others' orders, notices,
    and withdraws what is left of its deepest price."""
    crew, act, symbol, side, second = _staffed(today, 1)
    who, lots = crew[:, 0], today.day.lots(crew[:, 0], symbol, today.random)
    flow, lasts = _met(today, Wishes(who, symbol, side, second, lots), who)
    withdrawing = flow[len(flow) - len(act) :].copy()
    withdrawing["action"], withdrawing["side"] = Action.CANCEL, side
    withdrawing["ts"] += (today.random.uniform(0.8, 6, len(act)) * MICROSECONDS).astype(np.int64)
    told = _told(today, crew, symbol, second, second + lasts)
    told["other"] = told["account"]
    return Planned(np.concatenate([flow, withdrawing]), told)


def _crowd(today: RingDay) -> Planned:
    """Spoofing: ordinary ladders of one or two members crowd one side while another member's small order waits or takes
    on the other; each presser leaves at an own human pace, the farthest price minutes later."""
    random, (crew, act, symbol, side, second) = today.random, _staffed(today, 3)
    count, pressers, lead = len(act), max(crew.shape[1] - 1, 1), today.random.uniform(40, 80, len(act))
    wishes = Wishes(crew[:, 0], symbol, side, second + lead, act)
    meant, lots = _meant(today, wishes, random.random(count) < 0.65)
    each, who = np.repeat(act, pressers), crew[:, -pressers:].ravel()
    begin = second[each] + random.uniform(0, 8, len(each)) * (np.arange(len(each)) % pressers)
    lots = lots[each] * random.uniform(0.8, 1.2, len(each)) / pressers
    wishes = Wishes(who, symbol[each], -side[each], begin, np.maximum(lots, 1).astype(np.int64))
    made, ladder, last = _ladders(today, wishes, random.integers(3, 6, len(each)), each, random.uniform(0, 0.4))
    leaves = np.clip(random.lognormal(np.log(7), 0.7, len(each)), 1, 45)[ladder] + random.uniform(0, 0.6, len(ladder))
    leaves[last] += random.lognormal(np.log(90), 0.8, len(last))
    made["link"], made["cancel_after_fill"] = each[ladder], leaves * MICROSECONDS
    made["lifetime"] = (lead[each][ladder] + random.uniform(60, 150, len(ladder))) * MICROSECONDS
    return Planned(np.concatenate([meant, made]), _told(today, crew, symbol, second, second + lead + 60))


def _shrinking(today: RingDay) -> Planned:
    """Layering: a two-sided quoter, heavy on one side, built click by click; when the partner has taken, most layers
    shrink to slivers by amendment, at scattered seconds, and the slivers end quietly."""
    random, (crew, act, symbol, side, second) = today.random, _staffed(today, 2)
    count, lead = len(act), today.random.uniform(47, 90, len(act))
    meant, lots = _meant(today, Wishes(crew[:, -1], symbol, side, second + lead, act), np.ones(count, bool))
    wishes = Wishes(crew[:, 0], symbol, -side, second, lots)
    layers, ladder, _ = _ladders(today, wishes, random.integers(4, 8, count), act, random.uniform(0, 0.4))
    layers["lifetime"] = (lead + random.uniform(60, 240, count))[ladder] * MICROSECONDS
    layers["expires"] = (random.random(count) < 0.5)[ladder]
    shrunk = layers.copy()
    shrunk["action"] = np.where(random.random(len(layers)) < 0.25, Action.CANCEL, Action.AMEND)
    after = np.clip(random.lognormal(np.log(5), 0.6, count), 1.5, 30)[ladder] * random.uniform(0.5, 1.5, len(layers))
    shrunk["ts"], shrunk["link"] = today.day.instant((second + lead)[ladder] + after), np.arange(len(layers))
    shrunk["quantity"] = np.maximum(layers["quantity"] * random.uniform(0.02, 0.08, len(layers)), 1)
    small = Wishes(crew[:, 0], symbol, side, second + random.uniform(1, 10, count), meant["quantity"] // 3 + 1)
    quotes, _, _ = _ladders(today, small, random.integers(1, 3, count), np.full(count, NONE), 1.0)
    flow = joined([np.concatenate([layers, shrunk]), meant, quotes])
    return Planned(flow, _told(today, crew, symbol, second, second + lead + 45))


def _fidgets(today: RingDay) -> Planned:
    """Quote stuffing: up to four accounts quote both sides of one market far out, like bots, and change the sizes of
    the same few orders several times a second each: nothing lives for milliseconds, only together it is a flood."""
    random, (crew, act, symbol, _, second) = today.random, _staffed(today, 4)
    lasts, bots, act = random.uniform(8, 25, len(act)), crew.size, np.repeat(act, crew.shape[1])
    orders, changes = random.integers(6, 13, bots), random.integers(90, 180, bots)
    bot, changing = np.repeat(np.arange(bots), orders), np.repeat(np.arange(bots), changes)
    where = symbol[act][bot]
    flow = intents(
        len(bot),
        ts=today.day.instant(second[act][bot] + random.uniform(0, 1.5, len(bot))),
        account=crew.ravel()[bot],
        symbol=where,
        side=_sides(today, len(bot)),
        post_only=True,
        offset=np.maximum(np.round(today.day.width(where) * random.uniform(2, 9, len(bot))), 1),
        quantity=np.maximum(today.day.market.depth[where] * random.uniform(0.02, 0.15, len(bot)), 2),
        lifetime=(lasts[act][bot] + random.uniform(5, 120, len(bot))) * MICROSECONDS,
        plan=act[bot],
    )
    link = np.repeat(np.cumsum(orders) - orders, changes) + random.integers(0, np.repeat(orders, changes))
    changed = flow[link]
    changed["action"], changed["link"] = Action.AMEND, link
    changed["ts"] = today.day.instant((second + 1.6)[act][changing] + random.random(len(link)) * lasts[act][changing])
    changed["quantity"] = np.maximum(changed["quantity"] * random.uniform(0.5, 1.3, len(link)), 1)
    return Planned(np.concatenate([flow, changed]), _told(today, crew, symbol, second, second + 1.6 + lasts))


def _met(today: RingDay, resting: Wishes, taker: Longs) -> tuple[Intents, Seconds]:
    """A ladder from the spread outwards; after a human pause, shorter in busy markets, one order takes about as much.
    The takers' rows come last, linked to the deepest price. Also the seconds from the first order to the last."""
    random, act, symbol = today.random, np.arange(len(taker)), resting.symbol
    made, ladder, last = _ladders(today, resting, random.integers(2, 4, len(act)), act, 0)
    best = np.append(-1, last[:-1])[: len(last)] + 1
    made["anchor"][best], made["offset"][best] = Anchor.OTHER_BEST, 1
    pause = np.clip(0.04 / today.day.market.weight[symbol], 0.25, 1) * min(max(today.jitter, 10), 40)
    lasts = (made["ts"][last] - today.day.instant(resting.second)) / MICROSECONDS
    lasts += np.clip(pause * random.lognormal(0, 0.6, len(act)), 3, 400)
    made["lifetime"] = (lasts + random.lognormal(np.log(200), 0.9, len(act)))[ladder] * MICROSECONDS
    lots = np.bincount(ladder, made["quantity"], len(act)) * random.uniform(0.75, 1.4, len(act)) + 0.5
    wishes = Wishes(taker, symbol, -resting.side, resting.second + lasts, np.maximum(lots, 1).astype(np.int64))
    taking, priced = today.day.at_market(wishes, act), random.random(len(act)) < 0.75
    taking["action"] = np.where(priced, Action.LIMIT, Action.MARKET)
    taking["anchor"], taking["link"] = Anchor.LINK, last
    taking["offset"] = -np.round(today.day.width(symbol) * random.uniform(0, 0.4, len(act)))
    taking["lifetime"] = np.where(priced, random.uniform(5, 90, len(act)) * MICROSECONDS, 0)
    return np.concatenate([made, taking]), lasts


def _ladders(today: RingDay, wishes: Wishes, prices: Longs, plan: Longs, first: float) -> tuple[Intents, Longs, Longs]:
    """Each wish as unequal orders at `prices` prices, one click after the other, the best `first` half spreads behind
    the own side's best; also each row's wish, and each wish's last row."""
    random, ladder, last = today.random, np.repeat(np.arange(len(prices)), prices), np.cumsum(prices) - 1
    level = np.arange(len(ladder)) - (last - prices + 1)[ladder]
    weight = random.uniform(0.4, 1.6, len(ladder))
    weight *= (wishes.lots / np.maximum(np.bincount(ladder, weight, len(prices)), 0.1))[ladder]
    pause = np.exp(random.uniform(np.log(0.4), np.log(7.0), len(prices)))[ladder]
    at = wishes.second[ladder] + level * pause * random.uniform(0.9, 1.1, len(ladder))
    lots, symbol = np.maximum(np.round(weight), 1).astype(np.int64), wishes.symbol[ladder]
    made = today.day.at_market(Wishes(wishes.account[ladder], symbol, wishes.side[ladder], at, lots), plan[ladder])
    width = today.day.width(symbol)
    step = np.maximum(np.round(width * random.uniform(0.1, 0.5, len(prices))[ladder]), 1)
    made["action"], made["anchor"] = Action.LIMIT, Anchor.OWN_BEST
    made["offset"] = np.maximum(np.round(width * first), 1) + step * level
    made["post_only"] = (random.random(len(prices)) < POST_ONLY_SHARE)[ladder]
    made["lifetime"] = int(random.uniform(120, 900) * MICROSECONDS)
    return made, ladder, last


def _decoys(today: RingDay, acts: int) -> Intents:
    """Ordinary orders in the members' favourite markets, two for five acts; some lose a little."""
    who = today.random.choice(today.actors, int(today.random.poisson(0.4 * acts)))
    symbol, side = today.day.favourite(who, today.random), _sides(today, len(who))
    second, lots = today.day.awake(who, today.random), today.day.lots(who, symbol, today.random)
    return today.day.placed(Wishes(who, symbol, side, second, lots), today.random)


def _meant(today: RingDay, wishes: Wishes, takes: NDArray[np.bool_]) -> tuple[Intents, Longs]:
    """The orders that are meant, one an act: less than usual, at the other side's best or inside the spread; also the
    lots on the other side, many times as many, and to be seen in the book."""
    random, rows, depth = today.random, len(takes), today.day.market.depth[wishes.symbol]
    made = today.day.at_market(wishes, np.arange(rows))
    lots = today.day.lots(wishes.account, wishes.symbol, random) * random.uniform(0.3, 0.7, rows)
    inside = np.maximum(np.round(today.day.width(wishes.symbol) * random.uniform(0.2, 0.7, rows)), 1)
    made["action"], made["anchor"] = Action.LIMIT, np.where(takes, Anchor.OTHER_BEST, Anchor.OWN_BEST)
    made["offset"], made["quantity"] = np.where(takes, 0, -inside), np.maximum(lots, 1)
    made["lifetime"] = random.uniform(40, 150, rows) * MICROSECONDS
    pressure = np.maximum(made["quantity"] * random.uniform(6, 11, rows), depth * random.uniform(0.3, 0.8, rows))
    return made, pressure.astype(np.int64)


def _staffed(today: RingDay, most: int) -> tuple[Longs, Longs, Longs, NDArray[np.int8], Seconds]:
    """Crew, number, market (the less busy ones oftener), side and first second of each act of `most` accounts, or as
    many as there are; roles move on by one from act to act in an order drawn for the day."""
    order, team = today.random.permutation(today.actors), min(len(today.actors), most)
    count = today.count(accounts_per_act=team)
    crew = order[(np.arange(count)[:, None] + np.arange(team)) % len(order)]
    symbol = np.maximum(today.markets(count), today.markets(count))
    return crew, np.arange(count), symbol, _sides(today, count), today.seconds(count, 900)


def _told(today: RingDay, crew: Longs, symbol: Longs, begin: Seconds, end: Seconds) -> Episodes:
    """One row for each account of each act, told with the next of the crew as its partner."""
    act, other = np.repeat(np.arange(len(crew)), crew.shape[1]), np.roll(crew, -1, axis=1).ravel()
    made = today.episodes(crew.ravel(), other if crew.shape[1] > 1 else NONE, symbol[act], begin[act], end[act])
    made["act"] = act
    return made


def _sides(today: RingDay, count: int) -> NDArray[np.int8]:
    """Buys (1) and sells (-1), as many of one as of the other."""
    return np.where(today.random.random(count) < 0.5, 1, -1).astype(np.int8)


_WAYS: dict[str, Callable[[RingDay], Planned]] = {
    "wash_trading": _relay,
    "self_trading": _changed_minds,
    "spoofing": _crowd,
    "layering": _shrinking,
    "quote_stuffing": _fidgets,
}
