"""The matching engine against its naive twin, and the laws that hold for any flow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.flow.intents import NEVER, NONE, Action, Anchor, Intents, intents
from simulator.market.engine import match_day
from simulator.market.records import (
    NUMBERS_PER_MARKET,
    BookState,
    Event,
    MarketConditions,
    MarketRules,
    OrderKind,
    SymbolDay,
)
from tests.simulator.market.naive_exchange import NaiveExchange

DAY, ACCOUNTS, LEVEL = 86_400_000_000, 12, 60
SPOT = MarketRules(perpetual=False, protection=0.1, impact=0.05, impact_half_life=900.0, tilt=2.0)
PERPETUAL = MarketRules(perpetual=True, protection=0.1, impact=0.0, impact_half_life=900.0, tilt=0.0)


def conditions(rules: MarketRules = SPOT, fair: float = LEVEL, day: int = 0) -> MarketConditions:
    leverage = np.zeros(ACCOUNTS, np.float32)
    leverage[ACCOUNTS // 2 :] = 10
    return MarketConditions(rules, np.full(8_640, float(fair)), day * DAY, leverage)


def random_flow(seed: int, rows: int, day: int = 0) -> Intents:
    """Orders of every kind, close together in price and time so that queues form."""
    random = np.random.default_rng(seed)
    made = intents(
        rows,
        ts=np.sort(random.integers(0, 40, rows) * 7_000_000) + day * DAY,
        account=random.integers(0, ACCOUNTS, rows),
        side=random.choice([1, -1], rows),
        action=random.choice([0, 0, 0, 0, 1, 2, 3], rows),
        anchor=random.integers(0, 4, rows),
        post_only=random.random(rows) < 0.2,
        offset=random.integers(-4, 8, rows),
        quantity=random.integers(1, 9, rows),
        lifetime=random.choice([0, 5_000_000, 60_000_000, NEVER], rows),
        expires=random.random(rows) < 0.5,
        plan=np.arange(rows),
    )
    earlier = (random.random(rows) * np.arange(rows)).astype(np.int64)
    made["link"] = np.where((np.arange(rows) > 0) & (random.random(rows) < 0.7), earlier, NONE)
    unlinked = made["link"] == NONE
    made["anchor"][unlinked & (made["anchor"] == Anchor.LINK)] = Anchor.FAIR
    made["action"][unlinked & (made["action"] >= Action.AMEND)] = Action.LIMIT
    tied = (random.random(rows) < 0.3) & (made["anchor"] != Anchor.LINK) & (made["action"] <= Action.MARKET) & ~unlinked
    made["cancel_after_fill"] = np.where(tied, random.integers(0, 30_000_000, rows), NONE)
    later = np.flatnonzero(tied & (random.random(rows) < 0.5) & (np.arange(rows) < rows - 1))
    made["link"][later] = later + 1
    return made


def matched(flow: Intents, given_: MarketConditions | None = None, state: BookState | None = None) -> SymbolDay:
    return match_day(flow, given_ or conditions(), state or BookState.empty(0))


def told(day: SymbolDay) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    first = NUMBERS_PER_MARKET
    events = [(int(e["ts"]), int(e["order"]) - first, int(e["event"]), int(e["quantity"])) for e in day.events]
    trades = [
        (int(t["ts"]), int(t["tick"]), int(t["quantity"]), int(t["maker_order"]) - first, int(t["taker_order"]) - first)
        for t in day.trades
    ]
    return events, trades


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 120))
def test_price_time_priority_is_that_of_the_naive_exchange(seed: int, rows: int) -> None:
    flow, given_ = random_flow(seed, rows), conditions()
    naive = NaiveExchange(given_, ticks=int(LEVEL * 1.3) + 3)
    naive.day(flow)
    events, trades = told(matched(flow, given_))
    kinds = {event.name.lower(): event.value for event in Event}
    assert trades == naive.trades
    assert events == [(ts, order, kinds[event], quantity) for ts, order, event, quantity in naive.events]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 300))
def test_nothing_is_made_or_lost(seed: int, rows: int) -> None:
    """Over two days what was ordered was filled, withdrawn or rests; what one buys another sells, for the same cash."""
    first = matched(random_flow(seed, rows))
    second = matched(random_flow(seed + 1, rows, day=1), conditions(day=1), first.state)
    events, trades = (np.concatenate([getattr(day, name) for day in (first, second)]) for name in ("events", "trades"))
    orders = NUMBERS_PER_MARKET
    size = int(second.state.orders - orders)
    new = events[events["event"] == Event.NEW]
    assert (np.sort(new["order"]) == orders + np.arange(size)).all()
    left = np.zeros(size, np.int64)
    left[new["order"] - orders] = new["quantity"]
    bought, cash = np.zeros(ACCOUNTS, np.int64), np.zeros(ACCOUNTS, np.int64)
    for trade in trades:
        left[[trade["maker_order"] - orders, trade["taker_order"] - orders]] -= trade["quantity"]
        for account, side in ((trade["taker"], trade["taker_side"]), (trade["maker"], -trade["taker_side"])):
            bought[account] += int(side) * int(trade["quantity"])
            cash[account] -= int(side) * int(trade["quantity"]) * int(trade["tick"])
    assert bought.sum() == 0
    assert cash.sum() == 0
    gone = events[np.isin(events["event"], [Event.CANCEL, Event.EXPIRE])]
    assert len(np.unique(gone["order"])) == len(gone)
    amended = set(events["order"][events["event"] == Event.AMEND].tolist())
    resting = dict(zip(second.state.resting["order"].tolist(), second.state.resting["quantity"].tolist(), strict=True))
    withdrawn = dict(zip(gone["order"].tolist(), gone["quantity"].tolist(), strict=True))
    for order in range(size):
        if orders + order not in amended:
            assert left[order] == withdrawn.get(orders + order, 0) + resting.get(orders + order, 0)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 300))
def test_every_trade_has_two_orders_that_were_placed_and_not_withdrawn(seed: int, rows: int) -> None:
    day = matched(random_flow(seed, rows))
    born = {int(e["order"]): int(e["ts"]) for e in day.events if e["event"] == Event.NEW}
    gone = {int(e["order"]): int(e["ts"]) for e in day.events if e["event"] in (Event.CANCEL, Event.EXPIRE)}
    for trade in day.trades:
        assert trade["maker_order"] != trade["taker_order"]
        for order in (int(trade["maker_order"]), int(trade["taker_order"])):
            assert born[order] <= trade["ts"]
            assert gone.get(order, trade["ts"]) >= trade["ts"]
    assert (np.diff(day.events["sequence"]) == 1).all()
    assert (np.diff(day.events["ts"]) >= 0).all()


def test_resting_orders_keep_their_place_over_midnight() -> None:
    evening = intents(3, ts=[1, 2, 3], account=[0, 1, 2], side=1, offset=[5, 5, 5], quantity=4)
    untilted = MarketRules(perpetual=False, protection=0.5, impact=0.0, impact_half_life=900.0, tilt=0.0)
    first = matched(evening, conditions(untilted))
    morning = intents(1, ts=DAY + 1, account=3, side=-1, action=Action.MARKET, quantity=6, lifetime=0)
    second = matched(morning, conditions(untilted, day=1), first.state)
    assert second.trades["maker"].tolist() == [0, 1]
    assert second.trades["quantity"].tolist() == [4, 2]
    assert second.state.resting["quantity"].tolist() == [2, 4]


@pytest.mark.parametrize(("side", "fair", "wins"), [(1, 40.0, -1), (-1, 90.0, 1)])
def test_a_position_whose_margin_is_gone_is_closed(side: int, fair: float, wins: int) -> None:
    """Ten times borrowed, so nine per cent against it are enough."""
    borrower = ACCOUNTS - 1
    opening = intents(2, ts=[1, 2], account=[0, borrower], side=[-side, side], offset=0, quantity=10)
    first = matched(opening, conditions(PERPETUAL))
    assert first.state.holdings["lots"].tolist() == [10 * side]
    other = intents(1, ts=DAY + 1, account=1, side=side, offset=0, quantity=7)
    second = matched(other, conditions(PERPETUAL, fair, day=1), first.state)
    closed = second.liquidations
    assert closed["account"].tolist() == [borrower]
    assert closed["side"].tolist() == [-side]
    assert closed["quantity"].tolist() == [7]
    assert closed["loss"].tolist() == [int(7 * abs(LEVEL - fair))]
    assert second.state.holdings["lots"].tolist() == [3 * side]
    forced = second.events[second.events["kind"] == OrderKind.LIQUIDATION]
    assert forced["account"][0] == borrower
    assert wins == -side


def test_spot_positions_are_never_closed() -> None:
    opening = intents(2, ts=[1, 2], account=[0, ACCOUNTS - 1], side=[-1, 1], offset=0, quantity=10)
    first = matched(opening)
    assert len(first.state.holdings) == 0
    assert len(matched(intents(0), conditions(fair=30.0, day=1), first.state).liquidations) == 0


def test_two_threads_match_as_one() -> None:
    flows = [random_flow(seed, 400) for seed in range(8)]
    alone = [told(matched(flow)) for flow in flows]
    with ThreadPoolExecutor(2) as pool:
        assert [told(day) for day in pool.map(matched, flows)] == alone


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ts": [5, 4]}, "ascend"),
        ({"ts": [1, DAY]}, "within the day"),
        ({"side": 0}, "side"),
        ({"quantity": 0}, "at least one lot"),
        ({"lifetime": -1}, "lifetime"),
        ({"link": [NONE, 2]}, "another row"),
        ({"link": [0, 0]}, "another row"),
        ({"anchor": Anchor.LINK}, "earlier row"),
        ({"action": Action.CANCEL, "link": [1, 0]}, "earlier row"),
    ],
)
def test_intents_that_make_no_sense_are_told(wrong: dict[str, object], said: str) -> None:
    flow = intents(2, **{"ts": [1, 2], "side": 1, "quantity": 1, **wrong})
    with pytest.raises(ValueError, match=said):
        matched(flow)
