"""Rings: sizes, habits, and planted acts that are what their typology says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import SettingsError
from simulator.exchange import Cast
from simulator.flow.intents import NONE, Action
from simulator.flow.trading_day import LARGEST_DEPTHS
from simulator.randomness import Streams
from simulator.rings.draw import ROLES, TYPOLOGIES, draw_rings
from simulator.rings.planned import typology_code
from tests.simulator.days import Intended, cast_of, days, parameters


@pytest.fixture(scope="module")
def cast() -> Cast:
    return cast_of(ring_members=400, ring_size=(2, 20), acts=(2.0, 8.0), warm_up_days=2)


@pytest.fixture(scope="module")
def fortnight(cast: Cast) -> list[Intended]:
    return days(cast, 12)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), members=st.integers(0, 900))
def test_members_are_as_many_as_wanted_and_in_one_ring_each(seed: int, members: int) -> None:
    wanted = parameters(ring_members=members)
    rings = draw_rings(wanted, Streams(seed), _CAST.population)
    assert 0 <= members - len(rings.account) < wanted.ring_size[0]
    assert len(np.unique(rings.account)) == len(rings.account)
    sizes = np.bincount(rings.ring, minlength=len(rings))
    assert ((sizes >= 2) & (sizes <= 60)).all()
    assert (rings.start >= wanted.warm_up_days).all()
    assert (rings.end <= wanted.days).all()
    assert (rings.start < rings.end).all()


def test_every_typology_is_dealt(cast: Cast) -> None:
    assert set(cast.rings.typology.tolist()) == set(range(len(TYPOLOGIES)))


def test_more_members_than_accounts_are_told() -> None:
    with pytest.raises(SettingsError, match="do not fit"):
        draw_rings(parameters(ring_members=3_000), Streams(1), _CAST.population)


def test_the_warm_up_is_free_of_acts(fortnight: list[Intended], cast: Cast) -> None:
    for made in fortnight[: cast.parameters.warm_up_days]:
        assert len(made.planned.episodes) == 0
        assert (made.flow["plan"] == NONE).all()
    assert sum(len(made.planned.episodes) for made in fortnight) > 500


def test_acts_are_by_members_who_act_within_the_life_of_their_ring(fortnight: list[Intended], cast: Cast) -> None:
    rings = cast.rings
    ring_of = np.full(len(cast.population), -1)
    ring_of[rings.account] = rings.ring
    silent = rings.account[np.isin(rings.role, [ROLES.index("funder"), ROLES.index("beneficiary")])]
    for made in fortnight:
        told, day = made.planned.episodes, made.day.number
        assert (ring_of[told["account"]] == told["ring"]).all()
        assert ((rings.start[told["ring"]] <= day) & (day < rings.end[told["ring"]])).all()
        assert not np.isin(told["account"], silent).any()
        planted = made.flow[made.flow["plan"] != NONE]
        assert set(np.unique(planted["plan"])) == set(np.unique(told["act"]))
        assert not np.isin(planted["account"], silent).any()


def test_acts_are_numbered_once_in_a_world(fortnight: list[Intended]) -> None:
    ranges = [made.planned.episodes["act"] for made in fortnight if len(made.planned.episodes)]
    assert all(before.max() < after.min() for before, after in pairwise(ranges))


def test_each_account_that_sends_an_act_has_its_episode(fortnight: list[Intended]) -> None:
    for made in fortnight:
        told = made.planned.episodes
        sent = {(int(r["plan"]), int(r["account"])) for r in made.flow[made.flow["plan"] != NONE]}
        assert sent == set(zip(told["act"].tolist(), told["account"].tolist(), strict=True))


def test_wash_orders_meet_at_one_price_on_two_sides(fortnight: list[Intended]) -> None:
    hits = 0
    for made in fortnight:
        flow, told = made.flow, made.planned.episodes
        washes = told["act"][told["typology"] == typology_code("wash_trading")]
        rows = np.flatnonzero(np.isin(flow["plan"], washes) & (flow["link"] >= 0))
        rests = flow["link"][rows]
        hits += len(rows)
        assert (flow["side"][rows] == -flow["side"][rests]).all()
        assert (flow["account"][rows] != flow["account"][rests]).all()
        assert (np.abs(flow["quantity"][rows] / flow["quantity"][rests] - 1) <= 0.5).all()
    assert hits > 50


def test_self_trades_meet_oneself(fortnight: list[Intended]) -> None:
    told = np.concatenate([made.planned.episodes for made in fortnight])
    own = told[told["typology"] == typology_code("self_trading")]
    assert len(own) > 20
    assert (own["account"] == own["other"]).all()


@pytest.mark.parametrize(("name", "fewest"), [("spoofing", 1), ("layering", 3)])
def test_pressing_orders_outweigh_the_genuine_one(name: str, fewest: int, fortnight: list[Intended]) -> None:
    seen = 0
    for made in fortnight:
        flow, told = made.flow, made.planned.episodes
        for act in np.unique(told["act"][told["typology"] == typology_code(name)]):
            rows = flow[flow["plan"] == act]
            pressing, genuine = rows[rows["link"] >= 0], rows[rows["link"] < 0]
            assert len(pressing) >= fewest
            assert len(genuine) == 1
            assert (pressing["side"] == -genuine["side"]).all()
            assert pressing["quantity"].sum() >= 4.5 * genuine["quantity"].sum()
            assert (pressing["ts"] < genuine["ts"]).any()
            seen += 1
    assert seen > 10


def test_pumps_are_bought_before_and_sold_after_the_peak(fortnight: list[Intended], cast: Cast) -> None:
    seen = 0
    for made in fortnight:
        pumps = cast.planner.pumps(made.day.number)
        flow, told = made.flow, made.planned.episodes
        for act in told[told["typology"] == typology_code("pump_and_dump")]:
            event = (pumps.ring == act["ring"]) & (pumps.hypes.symbol == act["symbol"])
            peak = pumps.hypes.second[event] * 1e6 + made.day.start
            rows = flow[(flow["plan"] == act["act"]) & (flow["account"] == act["account"])]
            sold, bought = rows[rows["side"] < 0], rows[rows["side"] > 0]
            assert sold["ts"].min() > peak.min()
            assert bought["ts"].min() < peak.max()
            assert sold["quantity"].sum() >= 0.7 * bought["quantity"].sum()
            seen += 1
    assert seen > 3


def test_front_runners_trade_before_a_large_order_of_somebody_else(fortnight: list[Intended]) -> None:
    seen = 0
    for made in fortnight:
        flow, told = made.flow, made.planned.episodes
        for act in told[told["typology"] == typology_code("front_running")]:
            own = flow[flow["plan"] == act["act"]]
            opening = own[np.argmin(own["ts"])]
            orders = flow[(flow["account"] == act["other"]) & (flow["symbol"] == act["symbol"])]
            after = orders[(orders["action"] == Action.MARKET) & (orders["ts"] > opening["ts"])]
            assert (after["side"] == opening["side"]).any()
            assert ((after["ts"] - opening["ts"]) <= 60_000_000).any()
            seen += 1
    assert seen > 10


_CAST = cast_of()


def test_nothing_in_an_act_is_of_a_size_or_lag_that_nobody_else_has() -> None:
    """Where acts are slowest no lag collapses to its bound; layers go one by one; no order is larger than anybody's,
    which rounding to one digit may raise by half."""
    slow = cast_of(ring_members=400, ring_size=(2, 20), acts=(20.0, 60.0), warm_up_days=2, jitter=(1_500.0, 1_800.0))
    gone, lags = [], []
    for made in days(slow, 8):
        planted = made.flow[made.flow["plan"] != NONE]
        limits = planted[planted["action"] == Action.LIMIT]
        assert (limits["quantity"] <= 1.52 * LARGEST_DEPTHS * slow.market.depth[limits["symbol"]]).all()
        gone.extend(planted["cancel_after_fill"][planted["cancel_after_fill"] >= 0].tolist())
        told = made.planned.episodes
        lags.extend((told["end"] - told["begin"])[told["typology"] == typology_code("self_trading")].tolist())
    assert len(gone) > 100
    assert len(set(gone)) > 0.95 * len(gone)
    assert len(lags) > 30
    assert len(set(lags)) > 0.95 * len(lags)
