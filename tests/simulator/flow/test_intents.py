"""Intents keep their links through joining and splitting; ordinary flow is well formed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.flow import machines
from simulator.flow.intents import NONE, Action, by_symbol, intents, joined
from simulator.parameters import DAY, DAY_SECONDS
from simulator.people.strata import Policy, stratum_code
from tests.simulator.days import Intended, cast_of, days


@pytest.fixture(scope="module")
def week() -> list[Intended]:
    return days(cast_of(), 7)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 5))
def test_links_mean_the_same_orders_after_joining_and_splitting(seed: int, rows: int, symbols: int) -> None:
    random = np.random.default_rng(seed)
    parts, meant = [], {}
    for part in range(3):
        made = intents(rows, symbol=random.integers(0, symbols, rows), ts=random.integers(0, 9, rows))
        made["account"] = part * rows + np.arange(rows)
        for row in range(1, rows):
            earlier = np.flatnonzero(
                (made["symbol"][:row] == made["symbol"][row]) & (made["ts"][:row] <= made["ts"][row])
            )
            if len(earlier) and random.random() < 0.5:
                made["link"][row] = random.choice(earlier)
                meant[int(made["account"][row])] = int(made["account"][made["link"][row]])
        parts.append(made)
    for symbol, market in enumerate(by_symbol(joined(parts), symbols)):
        assert (market["symbol"] == symbol).all()
        assert (np.diff(market["ts"]) >= 0).all()
        for row in market:
            linked = market["account"][row["link"]] if row["link"] != NONE else None
            assert linked == meant.get(int(row["account"]))


def test_joining_nothing_is_nothing() -> None:
    assert len(joined([])) == 0
    assert [len(market) for market in by_symbol(joined([]), 3)] == [0, 0, 0]


def test_quotes_of_the_last_microsecond_stay_within_the_day(
    week: list[Intended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh is eight orders, one after the other; of one so late the later ones fell into the next day."""
    day = week[0].day
    monkeypatch.setattr(machines, "_when", lambda _day, symbol, _random: np.full(len(symbol), DAY_SECONDS - 1e-6))
    made = machines.quotes(day)
    assert len(made)
    assert set(made["ts"]) == {day.end - 1}


def test_every_order_is_well_formed(week: list[Intended]) -> None:
    for made in week:
        flow, orders = made.flow, made.flow["action"] <= Action.MARKET
        assert (flow["ts"] >= made.day.start).all()
        assert (flow["ts"] < made.day.start + DAY).all()
        assert (flow["quantity"][orders] >= 1).all()
        assert np.isin(flow["side"], [-1, 1]).all()
        assert (flow["lifetime"] >= 0).all()
        linked = np.flatnonzero(flow["link"] >= 0)
        target = flow["link"][linked]
        assert (flow["symbol"][linked] == flow["symbol"][target]).all()
        waits = flow["cancel_after_fill"][linked] >= 0
        assert (flow["ts"][linked] >= flow["ts"][target])[~waits].all()


def test_nobody_trades_before_the_account_is_open(week: list[Intended]) -> None:
    for made in week:
        assert (made.day.population.opened[made.flow["account"]] < made.flow["ts"]).all()


def test_savings_plans_buy_on_the_same_second_every_day(week: list[Intended]) -> None:
    population = week[0].day.population
    seconds: dict[int, set[int]] = {}
    for made in week:
        rows = made.flow[population.policy[made.flow["account"]] == Policy.SCHEDULED]
        for row in rows[rows["plan"] == NONE]:
            if not np.isin(row["account"], _members(made)):
                minute = int((row["ts"] - made.day.start) // 60_000_000)
                seconds.setdefault(int(row["account"]), set()).add(minute)
    daily = list(seconds.values())
    assert len(daily) > 50
    assert sum(len(minutes) == 1 for minutes in daily) / len(daily) > 0.95


def test_followers_trade_their_leader_s_market_within_seconds(week: list[Intended]) -> None:
    population = week[0].day.population
    follows = population.leader >= 0
    copied = 0
    for made in week:
        flow = made.flow[made.flow["plan"] == NONE]
        leading = flow[population.stratum[flow["account"]] == stratum_code("copy_leader")]
        for row in flow[follows[flow["account"]]][:200]:
            own = leading[leading["account"] == population.leader[row["account"]]]
            late = (row["ts"] - own["ts"]) / 1e6
            copied += bool(((late >= 0.2) & (late <= 3.0) & (own["symbol"] == row["symbol"])).any())
    assert copied > 50


def _members(made: Intended) -> np.ndarray:
    return np.unique(made.planned.episodes["account"])
