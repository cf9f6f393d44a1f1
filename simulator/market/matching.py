"""One market's day in compiled code: intents are priced against the book of their instant and matched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.market.book import (
    DONE,
    NOBODY,
    RESTING,
    WAITING,
    Book,
    compiled,
    crosses,
    enqueue,
    imbalance,
    row_of,
    unlink,
)
from simulator.market.holdings import Holdings, hold, ruined
from simulator.market.timers import Timers, pop, push

NEVER = np.iinfo(np.int64).max
STEP = 10_000_000
"""Microseconds per fair price."""
MINUTE = 60_000_000
_LIMIT, _MARKET, _AMEND, _CANCEL = 0, 1, 2, 3
_FAIR, _OWN_BEST, _OTHER_BEST, _LINK = 0, 1, 2, 3
_NEW, _AMENDED, _CANCELLED, _EXPIRED = 0, 1, 2, 3
_GTC, _IOC, _GTD = 0, 1, 2
_POST_ONLY, _LIQUIDATION = 2, 3
EVENTS, TRADES, CLOSED, ORDER_NUMBER, TRADE_NUMBER, SEQUENCE = 0, 1, 2, 3, 4, 5
"""Places in `Session.counters`."""


class Session(NamedTuple):
    """All that a day's matching reads and writes; orders are positions, carried ones first, then the flow's rows."""

    flow: NDArray[np.void]
    carried: int
    fair: NDArray[np.float64]
    start: int
    protection: float
    impact: float
    half_life: float
    tilt: float
    book: Book
    timers: Timers
    holdings: Holdings
    holder: NDArray[np.int32]
    """Place in `holdings` of each order's account; -1: not leveraged."""
    watched_by: NDArray[np.int32]
    """First order that goes after this one fills; `next_watcher` continues the list."""
    next_watcher: NDArray[np.int32]
    events: NDArray[np.void]
    trades: NDArray[np.void]
    closed: NDArray[np.void]
    counters: NDArray[np.int64]
    mood: NDArray[np.float64]
    """(2): impact in ticks, and the microsecond of the day at which it was that."""


@compiled
def queue_all(book: Book, timers: Timers, orders: int) -> None:
    """Put the first `orders` orders into the book, in their order, and set their timers."""
    for order in range(orders):
        enqueue(book, order)
        if book.due[order] != NEVER:
            push(timers, book.due[order], order)


@compiled
def match(s: Session) -> None:
    """Carry out the whole day."""
    end = s.start + s.fair.shape[0] * STEP
    minute = s.start + MINUTE
    for row in range(len(s.flow)):
        ts = s.flow[row].ts
        while minute <= ts:
            _each_minute(s, minute)
            minute += MINUTE
        _run_timers(s, ts)
        _carry_out(s, row, ts)
    while minute < end:
        _each_minute(s, minute)
        minute += MINUTE
    _run_timers(s, end - 1)


@compiled
def _each_minute(s: Session, ts: int) -> None:
    _run_timers(s, ts)
    fair = _fair(s, ts)
    for holder in range(len(s.holdings.account)):
        if ruined(s.holdings, holder, fair) and s.counters[CLOSED] < len(s.closed):
            _liquidate(s, holder, ts)


@compiled
def _fair(s: Session, ts: int) -> float:
    """Reference price with what is left of the impact of past trades."""
    step = min((ts - s.start) // STEP, s.fair.shape[0] - 1)
    passed = (ts - s.start - s.mood[1]) / 1e6
    s.mood[0] *= 0.5 ** (passed / s.half_life)
    s.mood[1] = ts - s.start
    return float(s.fair[step] + s.mood[0])


@compiled
def _run_timers(s: Session, until: int) -> None:
    while s.timers.size[0] > 0 and s.timers.due[0] <= until:
        due, order = s.timers.due[0], s.timers.order[0]
        pop(s.timers)
        if s.book.state[order] == RESTING:
            ends = s.book.lasting[order] == _GTD and due == s.book.due[order]
            _withdraw(s, order, due, _EXPIRED if ends else _CANCELLED)


@compiled
def _withdraw(s: Session, order: int, ts: int, event: int) -> None:
    unlink(s.book, order)
    s.book.state[order] = DONE
    _tell(s, order, ts, event, s.book.left[order])


@compiled
def _tell(s: Session, order: int, ts: int, event: int, quantity: int) -> None:
    place, book = s.counters[EVENTS], s.book
    told = s.events[place]
    told.ts, told.sequence, told.order = ts, s.counters[SEQUENCE], book.number[order]
    told.account, told.event, told.side = book.account[order], event, book.side[order]
    told.tick, told.quantity = book.tick[order], quantity
    told.kind, told.lasting, told.plan = book.kind[order], book.lasting[order], book.plan[order]
    s.counters[EVENTS] += 1
    s.counters[SEQUENCE] += 1


@compiled
def _carry_out(s: Session, row: int, ts: int) -> None:
    intent = s.flow[row]
    if intent.action >= _AMEND:
        linked = s.carried + intent.link
        if intent.link >= 0 and s.book.state[linked] == RESTING:
            if intent.action == _CANCEL or intent.quantity <= 0:
                _withdraw(s, linked, ts, _CANCELLED)
            else:
                _amend(s, linked, ts, intent.quantity)
        return
    if intent.anchor == _LINK and intent.action == _LIMIT:
        linked = s.carried + intent.link
        if s.book.state[linked] == WAITING or s.book.tick[linked] == 0:
            return
    _place(s, row, ts)


@compiled
def _amend(s: Session, order: int, ts: int, quantity: int) -> None:
    if quantity <= s.book.left[order]:
        s.book.depth[row_of(s.book.side[order]), s.book.tick[order]] -= s.book.left[order] - quantity
        s.book.left[order] = quantity
    else:
        unlink(s.book, order)
        s.book.left[order] = quantity
        enqueue(s.book, order)
    _tell(s, order, ts, _AMENDED, quantity)


@compiled
def _place(s: Session, row: int, ts: int) -> None:
    intent, order, book = s.flow[row], s.carried + row, s.book
    fair = _fair(s, ts)
    at_market = intent.action == _MARKET
    limit = _band(s, intent.side, fair) if at_market else _price(s, row, fair)
    book.side[order], book.account[order], book.plan[order] = intent.side, intent.account, intent.plan
    book.left[order], book.tick[order] = intent.quantity, 0 if at_market else limit
    book.number[order] = s.counters[ORDER_NUMBER]
    s.counters[ORDER_NUMBER] += 1
    book.kind[order] = _MARKET if at_market else (_POST_ONLY if intent.post_only else _LIMIT)
    takes_or_goes = at_market or intent.lifetime == 0
    ends = intent.expires and intent.lifetime != NEVER
    book.lasting[order] = _IOC if takes_or_goes else (_GTD if ends else _GTC)
    book.state[order] = DONE
    _tell(s, order, ts, _NEW, intent.quantity)
    _take(s, order, ts, limit)
    if book.left[order] == 0:
        return
    if takes_or_goes:
        _tell(s, order, ts, _EXPIRED, book.left[order])
        return
    book.due[order] = NEVER if intent.lifetime > NEVER - ts else ts + intent.lifetime
    enqueue(book, order)
    _set_timers(s, row, order, ts)


@compiled
def _set_timers(s: Session, row: int, order: int, ts: int) -> None:
    if s.book.due[order] != NEVER:
        push(s.timers, s.book.due[order], order)
    delay, link = s.flow[row].cancel_after_fill, s.flow[row].link
    if delay >= 0 and link >= 0 and s.book.first_fill[s.carried + link] >= 0:
        push(s.timers, ts + delay, order)


@compiled
def _price(s: Session, row: int, fair: float) -> int:
    """The limit price in ticks of an order, inside the book's range, behind the other side when it must not take."""
    intent, book = s.flow[row], s.book
    own, other = row_of(intent.side), row_of(-intent.side)
    if intent.anchor == _LINK:
        anchor = float(book.tick[s.carried + intent.link])
    elif intent.anchor == _OWN_BEST and book.orders[own] > 0:
        anchor = float(book.best[own])
    elif intent.anchor == _OTHER_BEST and book.orders[other] > 0:
        anchor = float(book.best[other])
    else:
        anchor = np.rint(fair + s.tilt * imbalance(book))
    tick = _inside(s, int(anchor) - intent.side * intent.offset)
    if intent.post_only and crosses(book, intent.side, tick):
        tick = _inside(s, book.best[other] - intent.side)
        # at the very edge of the range no price is behind the other side
        if crosses(book, intent.side, tick):
            tick = 1 if intent.side > 0 else book.head.shape[1] - 2
    return tick


@compiled
def _inside(s: Session, tick: int) -> int:
    return int(min(max(tick, 1), s.book.head.shape[1] - 2))


@compiled
def _band(s: Session, side: int, fair: float) -> int:
    return _inside(s, int(fair * (1.0 + side * s.protection)))


@compiled
def _take(s: Session, order: int, ts: int, limit: int) -> None:
    """Match with the best prices first, at each price with the oldest order first."""
    book = s.book
    side = book.side[order]
    other = row_of(-side)
    while book.left[order] > 0 and crosses(book, side, limit):
        maker = book.head[other, book.best[other]]
        lots = min(book.left[order], book.left[maker])
        _fill(s, maker, order, ts, lots)
        book.depth[other, book.tick[maker]] -= lots
        book.left[maker] -= lots
        book.left[order] -= lots
        if book.left[maker] == 0:
            unlink(book, maker)
            book.state[maker] = DONE
        s.mood[0] += s.impact * side * lots


@compiled
def _fill(s: Session, maker: int, taker: int, ts: int, lots: int) -> None:
    book, tick = s.book, s.book.tick[maker]
    trade = s.trades[s.counters[TRADES]]
    trade.trade, trade.ts, trade.tick, trade.quantity = s.counters[TRADE_NUMBER], ts, tick, lots
    trade.maker, trade.taker = book.account[maker], book.account[taker]
    trade.maker_order, trade.taker_order = book.number[maker], book.number[taker]
    trade.taker_side = book.side[taker]
    trade.maker_plan, trade.taker_plan = book.plan[maker], book.plan[taker]
    s.counters[TRADES] += 1
    s.counters[TRADE_NUMBER] += 1
    _filled(s, maker, ts, lots, tick)
    _filled(s, taker, ts, lots, tick)


@compiled
def _filled(s: Session, order: int, ts: int, lots: int, tick: int) -> None:
    if s.holder[order] >= 0:
        hold(s.holdings, s.holder[order], s.book.side[order] * lots, tick)
    _first_fill(s, order, ts)


@compiled
def _first_fill(s: Session, order: int, ts: int) -> None:
    if s.book.first_fill[order] >= 0:
        return
    s.book.first_fill[order] = ts
    watcher = s.watched_by[order]
    while watcher != NOBODY:
        if s.book.state[watcher] == RESTING:
            push(s.timers, ts + s.flow[watcher - s.carried].cancel_after_fill, watcher)
        watcher = s.next_watcher[watcher]


@compiled
def _liquidate(s: Session, holder: int, ts: int) -> None:
    """Close the whole position at market, by the order that is kept free for this; what the band leaves unfilled
    stays and is tried again."""
    book, order = s.book, len(s.book.left) - 1
    held, before = s.holdings.lots[holder], s.holdings.cost[holder]
    side = -1 if held > 0 else 1
    book.side[order], book.account[order], book.plan[order] = side, s.holdings.account[holder], -1
    book.left[order], book.tick[order], book.number[order] = abs(held), 0, s.counters[ORDER_NUMBER]
    s.counters[ORDER_NUMBER] += 1
    book.kind[order], book.lasting[order], s.holder[order] = _LIQUIDATION, _IOC, holder
    _tell(s, order, ts, _NEW, abs(held))
    first = s.counters[TRADES]
    _take(s, order, ts, _band(s, side, _fair(s, ts)))
    if book.left[order] > 0:
        _tell(s, order, ts, _EXPIRED, book.left[order])
    lots = abs(held) - book.left[order]
    if lots == 0:
        return
    paid = 0
    for place in range(first, s.counters[TRADES]):
        paid += s.trades[place].tick * s.trades[place].quantity
    entry = abs(before) * lots // abs(held)
    closed = s.closed[s.counters[CLOSED]]
    closed.ts, closed.account, closed.side, closed.quantity = ts, s.holdings.account[holder], side, lots
    closed.tick = int(paid / lots + 0.5)
    closed.loss = max(entry - paid if held > 0 else paid - entry, 0)
    s.counters[CLOSED] += 1
