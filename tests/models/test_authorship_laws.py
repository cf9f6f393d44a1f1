"""What nobody may be accused for, over the whole way from records to tiers: others' acts, company, and single acts.

Tiers are the provisional ones, for every published one is `watch`. Bob spoofs after ann on twelve days, on her phone
too: he is the one whom the laws are about, and the first test says that he would be found.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tables import TIERS
from tests.models.conduct.hand_made import OTHER_SIDE, SECOND, at
from tests.models.conduct.hand_made import Tape as Written
from tests.models.conduct.known_acts import AHEAD, LAYER, SPOOF, Form
from tests.models.lawful import (
    CROWD,
    DAYS,
    MARKET,
    PAIR,
    RING,
    SHARED,
    Records,
    Standing,
    acting,
    found_in,
    genuine,
    irregular,
    standing,
)

NOBODY = Standing((), (), 0.0)
EXAMPLES = settings(max_examples=5, deadline=None)
day_numbers = st.integers(0, len(DAYS) - 1)


def told(records: Records, account: str = "bob") -> Standing:
    with tempfile.TemporaryDirectory() as folder:
        return standing(found_in(records, Path(folder)), account)


@cache
def of_ring() -> Standing:
    return told(RING)


def following() -> Records:
    """Bob places an order of his own nine seconds after ann's, every day, and takes nothing back."""
    tape = Written()
    for day in DAYS:
        tape.order("bob", at(day, 10) + 5 * day * 60 * SECOND + irregular(day) - 11 * SECOND, "buy", 1, 50 + day)
    orders, trades, _ = tape.frames()
    return Records((orders,), (trades,))


COMPANY = CROWD + SHARED + acting("ann") + genuine("ann", "bob")
"""All of it but what bob ordered after ann."""


def test_who_acts_after_another_on_many_days_would_be_found() -> None:
    assert of_ring() == Standing(("freeze",), ("conduct", "control", "coordination"), of_ring().score)
    assert told(RING, "ann") == Standing(("watch",), ("conduct",), told(RING, "ann").score)


@pytest.mark.parametrize("without", ["control", "coordination"])
def test_either_second_leg_is_enough(without: str) -> None:
    later = acting("ann") + acting("bob", after=4 * 3600) + genuine("ann", "bob")
    records = CROWD + (PAIR if without == "control" else SHARED + later)
    found = told(records)
    assert found.above_watch
    assert set(found.legs) == {"conduct", "control", "coordination"} - {without}


@given(day=day_numbers, size=st.floats(10, 1e6), form=st.sampled_from([SPOOF, LAYER]))
@EXAMPLES
def test_a_single_act_of_any_size_is_never_above_watch(day: int, size: float, form: Form) -> None:
    found = told(COMPANY + following() + acting("bob", [day], after=9, form=form, wave=round(size, 3)))
    assert not found.above_watch
    assert "conduct" not in found.legs


@given(day=day_numbers, number=st.integers(4, 12))
@EXAMPLES
def test_a_single_day_of_many_acts_is_never_above_watch(day: int, number: int) -> None:
    acts = [acting(f"bob{n}", [day], after=n * 1_000) for n in range(number)]
    names = pl.col("account_id").str.replace(r"^bob\d+$", "bob")
    whole = Records(
        tuple(frame.with_columns(names) for each in acts for frame in each.orders),
        tuple(
            frame.with_columns(pl.col("maker_account_id", "taker_account_id").str.replace(r"^bob\d+$", "bob"))
            for each in acts
            for frame in each.trades
        ),
    )
    found = told(COMPANY + following() + whole)
    assert not found.above_watch
    assert "conduct" not in found.legs


@given(
    phone=st.sets(day_numbers, min_size=3),
    sent=st.sets(day_numbers, min_size=3),
    swept=st.sets(day_numbers, min_size=3),
)
@EXAMPLES
def test_company_alone_is_never_above_watch(phone: set[int], sent: set[int], swept: set[int]) -> None:
    """Bob uses ann's phone, sends to her, withdraws where she does, and begins after her, as often as anybody likes."""
    company = Records(
        sessions=tuple(("bob", "phone", day) for day in phone),
        transfers=(
            *[("bob", "internal", "ann", day) for day in sent],
            *[(who, "withdrawal", "sweep", day - 20 * (who == "ann")) for who in ("ann", "bob") for day in swept],
        ),
    )
    found = told(COMPANY + following() + company)
    assert not found.above_watch
    assert "conduct" not in found.legs


SOMEBODY = st.sampled_from(["ann", "c1", "c2", "x1", "x2"])
inbound = st.builds(
    lambda deposits, transfers, phones, referred: Records(
        sessions=tuple((who, "bobs", day + 0.7) for who, day in phones),
        transfers=(
            *[("bob", "deposit", address, day) for address, day in deposits],
            *[(who, "internal", "bob", day) for who, day in transfers],
            *[(who, "withdrawal", "bobs-wallet", day) for who, day in transfers],
        ),
        referrers=dict.fromkeys(referred, "bob"),
    ),
    st.lists(st.tuples(st.sampled_from(["sweep", "mixer", "dust"]), day_numbers), max_size=12),
    st.lists(st.tuples(SOMEBODY, day_numbers), max_size=12),
    st.lists(st.tuples(SOMEBODY, day_numbers), max_size=12),
    st.lists(SOMEBODY, max_size=3),
)
"""What others do to bob: deposits that arrive, transfers, dust to his wallet, his phone's id, his referral code."""
HIS = Records(
    sessions=tuple(("bob", "bobs", day) for day in (-5, -4, -3, 0, 6)),
    transfers=tuple(("bob", "withdrawal", "bobs-wallet", day) for day in (-5, -4, -3, 2)),
)


@given(more=inbound)
@EXAMPLES
def test_what_arrives_is_nobodys_guilt(more: Records) -> None:
    """An innocent account with a phone and a wallet of its own."""
    found = told(CROWD + acting("ann") + genuine("ann", "bob") + HIS + more)
    assert not found.above_watch
    assert found.legs == ()


@given(more=inbound)
@EXAMPLES
def test_what_arrives_changes_nothing_of_a_members_tier_and_legs(more: Records) -> None:
    plain, found = told_with_his(), told(RING + HIS + more)
    assert (found.tiers, found.legs) == (plain.tiers, plain.legs)


@cache
def told_with_his() -> Standing:
    return told(RING + HIS)


def after(seconds: list[float], who: str) -> Records:
    """Somebody's orders after bob's last order of each day."""
    tape = Written()
    for day, later in zip(DAYS, seconds, strict=False):
        us = at(day, 10) + 5 * day * 60 * SECOND + irregular(day) + round((20 + later) * SECOND)
        tape.order(who, us, "sell", 1, 150 + day)
    orders, trades, _ = tape.frames()
    return Records((orders,), (trades,))


@given(seconds=st.lists(st.floats(0.1, 900), min_size=6, max_size=12), who=st.sampled_from(["c1", "x1"]))
@EXAMPLES
def test_what_others_order_afterwards_changes_nothing(seconds: list[float], who: str) -> None:
    found = told(RING + after(seconds, who))
    assert (found.tiers, found.legs) == (of_ring().tiers, of_ring().legs)


@given(seconds=st.lists(st.floats(0.1, 900), min_size=6, max_size=12))
@EXAMPLES
def test_what_the_leader_orders_afterwards_raises_nothing(seconds: list[float]) -> None:
    """Her own conduct may be less for it, and with it the ring."""
    found = told(RING + after(seconds, "ann"))
    assert highest(found) <= highest(of_ring())
    assert set(found.legs) <= set(of_ring().legs)


def hit(orders: pl.DataFrame, by: str, seconds: float) -> Records:
    """Somebody takes every resting order in a market."""
    tape, rows = Written(), orders.filter(pl.col("event") == "new", pl.col("order_type") == "limit")
    for order_id, account, side, price, us in rows.select("order_id", "account_id", "side", "price", "us").rows():
        taker = tape.order(by, us + round(seconds * SECOND), OTHER_SIDE[side], 1)
        tape.trade_rows.append(
            (f"{by}-{order_id}", MARKET, price, 1, taker.us, account, by, taker.side, order_id, taker.order_id)
        )
    made, trades, _ = tape.frames()
    return Records((made,), (trades,))


@given(seconds=st.floats(1, 120), by=st.sampled_from(["ann", "x1"]))
@EXAMPLES
def test_who_is_hit_does_not_rise(seconds: float, by: str) -> None:
    """Of an innocent account that quotes, and of bob: every genuine resting order is taken."""
    quotes = genuine("bob", seed=5)
    innocent = told(CROWD + SHARED + acting("ann") + quotes + hit(quotes.orders[0], by, seconds))
    assert not innocent.above_watch
    assert "conduct" not in innocent.legs
    assert "coordination" not in innocent.legs
    his = genuine("ann", "bob").orders[0].filter(pl.col("account_id") == "bob")
    found = told(RING + hit(his, by, seconds))
    assert highest(found) <= highest(of_ring())
    assert set(found.legs) <= set(of_ring().legs)


def highest(found: Standing) -> int:
    return max(map(TIERS.index, found.tiers), default=0)


def without(records: Records, account: str) -> Records:
    """Less all that an account authored: its orders and what they traded, its sessions and transfers."""
    ends = (pl.col("maker_account_id") != account) & (pl.col("taker_account_id") != account)
    return Records(
        tuple(frame.filter(pl.col("account_id") != account) for frame in records.orders),
        tuple(frame.filter(ends) for frame in records.trades),
        tuple(each for each in records.sessions if each[0] != account),
        tuple(each for each in records.transfers if each[0] != account or each[1] == "deposit"),
        records.referrers,
    )


@given(more=inbound)
@EXAMPLES
def test_without_its_own_events_an_account_is_in_nothing(more: Records) -> None:
    found = told(without(RING + HIS, "bob") + more)
    assert found == NOBODY


@pytest.mark.parametrize("form", [AHEAD, LAYER], ids=["front running", "layering"])
def test_the_laws_hold_of_other_typologies_too(form: Form) -> None:
    once = told(COMPANY + following() + acting("bob", [3], after=9, form=form))
    assert not once.above_watch
    assert "conduct" not in once.legs
