"""The matching engine: one call carries out one market's day of intents by price-time priority.

- A LIMIT order's price is its anchor less `side * offset`; FAIR is the reference price, with the impact of past trades
  and a lean towards the deeper side of the book. Post-only orders slide one tick behind the other side's best.
- It takes the best prices first and at each price the oldest order first, self-matches included; the rest waits in the
  book unless its lifetime is 0. MARKET orders never wait and stop at the protection band.
- What waits is withdrawn at the end of its lifetime or `cancel_after_fill` after the linked order's first fill,
  whichever is sooner; withdrawals go before intents of the same microsecond. Ties to another order end at midnight;
  resting orders, their age and their lifetimes do not.
- AMEND and CANCEL do nothing to an order that no longer rests. A smaller quantity keeps its place in the queue.
- In perpetual markets positions of leveraged accounts are closed at whole minutes when the fair price has used up their
  margin. A minute without liquidity leaves them for the next. At most `_CLOSINGS` closings a day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import Action, Anchor, Intents
from simulator.market import matching
from simulator.market.book import RESTING as IN_BOOK
from simulator.market.book import Book, empty_book
from simulator.market.holdings import Holdings
from simulator.market.matching import CLOSED, EVENTS, ORDER_NUMBER, SEQUENCE, TRADE_NUMBER, TRADES, Session
from simulator.market.records import (
    EVENT,
    HOLDING,
    LIQUIDATION,
    RESTING,
    TRADE,
    BookState,
    MarketConditions,
    Records,
    SymbolDay,
)
from simulator.market.timers import Timers, empty_timers

_HEADROOM = 1.3
"""Prices go up to this multiple of the day's highest fair price."""
_CLOSINGS = 20_000
_LARGEST = 2**31 - 1


def match_day(flow: Intents, conditions: MarketConditions, state: BookState) -> SymbolDay:
    """Match one market's UTC day. `flow`: its intents by time. Releases the GIL while matching.

    Raises ValueError for intents that make no sense.
    """
    _check(flow, conditions.start, conditions.start + len(conditions.fair) * matching.STEP)
    session = _session(flow, conditions, state)
    matching.match(session)
    count = session.counters
    return SymbolDay(
        events=session.events[: count[EVENTS]],
        trades=session.trades[: count[TRADES]],
        liquidations=session.closed[: count[CLOSED]],
        state=BookState(
            resting=_left_over(session.book),
            holdings=_held(session.holdings),
            orders=int(count[ORDER_NUMBER]),
            trades=int(count[TRADE_NUMBER]),
            events=int(count[SEQUENCE]),
            impact=float(session.mood[0]),
        ),
    )


def _check(flow: Intents, start: int, end: int) -> None:
    places = np.flatnonzero(flow["action"] <= Action.MARKET)
    linked = flow["link"] >= 0
    needs_link = (flow["action"] >= Action.AMEND) | ((flow["anchor"] == Anchor.LINK) & (flow["action"] == Action.LIMIT))
    wrong = (
        ("times must ascend within the day", (np.diff(flow["ts"]) < 0).any() or _outside(flow["ts"], start, end)),
        ("a side must be 1 or -1", ~np.isin(flow["side"], [1, -1]).all()),
        ("an order needs at least one lot", (flow["quantity"][places] <= 0).any()),
        ("a lifetime must not be negative", (flow["lifetime"] < 0).any()),
        ("a link must be another row", (flow["link"][linked] >= len(flow)).any() or _own(flow, linked)),
        ("a price or withdrawal by link must name an earlier row", _late(flow, needs_link)),
    )
    for what, is_wrong in wrong:
        if is_wrong:
            raise ValueError(f"intents make no sense: {what}")


def _outside(ts: NDArray[np.int64], start: int, end: int) -> bool:
    return len(ts) > 0 and bool(ts[0] < start or ts[-1] >= end)


def _own(flow: Intents, linked: NDArray[np.bool_]) -> bool:
    return bool((flow["link"][linked] == np.flatnonzero(linked)).any())


def _late(flow: Intents, needs_link: NDArray[np.bool_]) -> bool:
    rows = np.flatnonzero(needs_link)
    return bool(((flow["link"][rows] < 0) | (flow["link"][rows] >= rows)).any())


def _session(flow: Intents, conditions: MarketConditions, state: BookState) -> Session:
    rules, leverage = conditions.rules, conditions.leverage
    carried = len(state.resting)
    orders = carried + len(flow) + 1
    highest = max(float(conditions.fair.max()) * _HEADROOM, float(state.resting["tick"].max(initial=0)))
    book, timers = empty_book(orders, int(min(highest, _LARGEST)) + 3), empty_timers(2 * orders)
    _put_back(state.resting, book, timers)
    holdings, holder = _leveraged(flow, leverage if rules.perpetual else np.zeros_like(leverage), state)
    watched_by, next_watcher = _watchers(flow, carried, orders)
    return Session(
        flow=flow,
        carried=carried,
        fair=conditions.fair,
        start=conditions.start,
        protection=rules.protection,
        impact=rules.impact,
        half_life=rules.impact_half_life,
        tilt=rules.tilt,
        book=book,
        timers=timers,
        holdings=holdings,
        holder=holder,
        watched_by=watched_by,
        next_watcher=next_watcher,
        events=np.zeros(2 * orders + 2 * _CLOSINGS, EVENT),
        trades=np.zeros(2 * orders + _CLOSINGS, TRADE),
        closed=np.zeros(_CLOSINGS if len(holdings.account) else 0, LIQUIDATION),
        counters=np.array([0, 0, 0, state.orders, state.trades, state.events], np.int64),
        mood=np.array([state.impact, 0.0]),
    )


def _put_back(resting: Records, book: Book, timers: Timers) -> None:
    """Yesterday's orders, oldest first."""
    rows = slice(0, len(resting))
    book.number[rows], book.account[rows] = resting["order"], resting["account"]
    book.side[rows], book.tick[rows], book.left[rows] = resting["side"], resting["tick"], resting["quantity"]
    book.due[rows], book.kind[rows], book.lasting[rows] = resting["due"], resting["kind"], resting["lasting"]
    book.plan[rows] = resting["plan"]
    matching.queue_all(book, timers, len(resting))


def _left_over(book: Book) -> Records:
    rows = np.flatnonzero(book.state == IN_BOOK)
    rows = rows[np.argsort(book.rank[rows])]
    left = np.zeros(len(rows), RESTING)
    for name, values in (
        ("order", book.number),
        ("account", book.account),
        ("side", book.side),
        ("tick", book.tick),
        ("quantity", book.left),
        ("due", book.due),
        ("kind", book.kind),
        ("lasting", book.lasting),
        ("plan", book.plan),
    ):
        left[name] = values[rows]
    return left


def _leveraged(flow: Intents, leverage: NDArray[np.float32], state: BookState) -> tuple[Holdings, NDArray[np.int32]]:
    """Holdings of all leveraged accounts that may trade today, and each order's place in them."""
    acting = np.concatenate([state.resting["account"], flow["account"]])
    acting = acting[leverage[acting] > 0]
    account = np.unique(np.concatenate([acting, state.holdings["account"]])).astype(np.int32)
    lots, cost = np.zeros(len(account), np.int64), np.zeros(len(account), np.int64)
    before = np.searchsorted(account, state.holdings["account"])
    lots[before], cost[before] = state.holdings["lots"], state.holdings["cost"]
    everybody = np.concatenate([state.resting["account"], flow["account"], [-1]])
    holder = np.full(len(everybody), -1, np.int32)
    if len(account):
        place = np.minimum(np.searchsorted(account, everybody), len(account) - 1)
        holder = np.where(account[place] == everybody, place, -1).astype(np.int32)
    return Holdings(account, lots, cost, leverage[account]), holder


def _held(holdings: Holdings) -> Records:
    rows = np.flatnonzero(holdings.lots)
    held = np.zeros(len(rows), HOLDING)
    held["account"], held["lots"], held["cost"] = holdings.account[rows], holdings.lots[rows], holdings.cost[rows]
    return held


def _watchers(flow: Intents, carried: int, orders: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each order a linked list of those that go after it fills."""
    watched_by, next_watcher = np.full(orders, -1, np.int32), np.full(orders, -1, np.int32)
    rows = np.flatnonzero((flow["cancel_after_fill"] >= 0) & (flow["link"] >= 0))
    rows = rows[np.argsort(flow["link"][rows], kind="stable")]
    target = flow["link"][rows]
    same = np.zeros(len(rows), bool)
    same[:-1] = target[1:] == target[:-1]
    next_watcher[carried + rows[same]] = carried + rows[np.flatnonzero(same) + 1]
    first = ~np.roll(same, 1)
    watched_by[carried + target[first]] = carried + rows[first]
    return watched_by, next_watcher
