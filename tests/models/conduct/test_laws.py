"""Laws: what must not matter does not matter, and what moves one account moves its acts alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from models.conduct.detect import DEFAULTS
from models.conduct.parameters import ConductParameters, Repetition
from tests.models.conduct.hand_made import DAY, HOUR, MINUTE, OTHER_SIDE, SECOND, WEEK, Tape, acts_on, at
from tests.models.conduct.known_acts import (
    ACCOUNTS,
    AHEAD,
    ANN,
    BURST,
    FORMS,
    LAYER,
    MET,
    ORDER_IDS,
    SELF,
    SPOOF,
    Form,
    Frames,
    a_crowd,
    everything,
    market,
)

SAME = ("typology", "account_id", "other_account_id", "form", "symbol", "from_us", "to_us", "magnitude", "own_act")


def every_act_counts() -> ConductParameters:
    """However seldom, and however likely."""
    own = {f.name: getattr(DEFAULTS, f.name) for f in fields(DEFAULTS)}
    once = {
        name: replace(each, least_acts=1, least_days=1, most_chance=1.0)
        for name, each in own.items()
        if isinstance(each, Repetition)
    }
    return replace(
        DEFAULTS, **once | {
            "arrangement": replace(
                DEFAULTS.arrangement,
                rare=1.0, least_with_partner=1, least_way_share=0.0, least_comparison=1),
            "quote_stuffing": replace(
                DEFAULTS.quote_stuffing, least_acts=1, least_days=1, least_messages=2, deviations=0.5),
            "pressure": replace(
                DEFAULTS.pressure, least_levels=2, size_ratio=1.0, withdrawal_seconds=120, suspect_chance=1.0),
            "front_running": replace(
                DEFAULTS.front_running, least_acts=1, least_days=1, most_chance=1.0, share=0.5, lead_seconds=600),
            "pump_and_dump": replace(
                DEFAULTS.pump_and_dump, least_acts=1, least_days=1, most_chance=1.0, chunk_seconds=300, least_buyers=1),
        },
    )  # fmt: skip


LOOSE = every_act_counts()


def random_tape(seed: int, orders: int = 250) -> Frames:
    """Six accounts in one market in which little happens twice at the same instant; with `LOOSE`, full of acts."""
    random, tape, resting = np.random.default_rng(seed), Tape(), {"buy": [], "sell": []}
    tape.owned("o1", "a0", "a1")
    instants = np.sort(random.choice(2 * HOUR // 1_000, orders, replace=False)) * 1_000
    for us in at(0, 9) + instants + random.integers(0, 3, orders).cumsum() // 90 * DAY:
        side, account = str(random.choice(["buy", "sell"])), f"a{random.integers(6)}"
        size, price = int(random.choice([1, 2, 10])), int(random.integers(97, 104))
        stand = resting[OTHER_SIDE[side]]
        if stand and random.random() < 0.4:
            maker = stand.pop(int(random.integers(len(stand))))
            tape.trade(maker, tape.order(account, int(us), side, size, price if random.random() < 0.5 else None))
        elif random.random() < 0.5:
            tape.order(account, int(us), side, size, price, gone=int(us + random.integers(SECOND, 20 * MINUTE)))
        else:
            resting[side].append(tape.order(account, int(us), side, size, price))
    return tape.frames()


@cache
def all_acts() -> pl.DataFrame:
    return acts_on(*everything())


def worlds(seed: int) -> Iterator[tuple[Frames, ConductParameters, pl.DataFrame]]:
    """Two tapes with their parameters and acts."""
    yield everything(), DEFAULTS, all_acts()
    tape = random_tape(seed)
    yield tape, LOOSE, acts_on(*tape, parameters=LOOSE)


def renamed(frame: pl.DataFrame, columns: tuple[str, ...], names: pl.DataFrame) -> pl.DataFrame:
    """With other ids, null where there is none."""
    new = dict(names.rows())
    here = [column for column in columns if column in frame.columns]
    return frame.with_columns(pl.col(here).replace_strict(new, default=None, return_dtype=pl.String))


def fresh_names(seed: int, frames: Frames, columns: tuple[str, ...]) -> pl.DataFrame:
    """Old and new ids; the new are in an order of their own."""
    ids = pl.concat([f.get_column(c).rename("id") for f in frames for c in columns if c in f.columns])
    old = ids.drop_nulls().unique().sort()
    return pl.DataFrame({"id": old, "new": [f"n{n}" for n in np.random.default_rng(seed).permutation(len(old))]})


def assert_same(one: pl.DataFrame, other: pl.DataFrame, *columns: str) -> None:
    names = list(columns or SAME)
    assert_frame_equal(one.select(names).sort(names), other.select(names).sort(names), rel_tol=1e-9)


def test_of_a_market_for_every_form_all_culprits_are_told_and_nobody_else() -> None:
    told = {
        (f"{name}/{account}", form.typology, form.form) for name, form in FORMS.items() for account in form.culprits
    }
    assert set(all_acts().select("account_id", "typology", "form").iter_rows()) == told


def test_random_tapes_have_acts_of_nearly_every_typology() -> None:
    found = pl.concat([acts_on(*random_tape(seed), parameters=LOOSE) for seed in range(6)])
    assert set(found["typology"]) >= {"self_trading", "wash_trading", "front_running", "spoofing", "layering"}
    assert found.height > 100


@given(seed=st.integers(0, 2**20))
@settings(max_examples=5, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    for frames, parameters, told in worlds(seed):
        shuffled = [frame.sample(fraction=1.0, shuffle=True, seed=seed) for frame in frames]
        assert_frame_equal(acts_on(*shuffled, parameters=parameters), told, rel_tol=1e-9)


@given(seed=st.integers(0, 2**20))
@settings(max_examples=5, deadline=None)
def test_ids_of_orders_do_not_matter(seed: int) -> None:
    for frames, parameters, told in worlds(seed):
        names = fresh_names(seed, frames, ORDER_IDS)
        found = acts_on(*[renamed(frame, ORDER_IDS, names) for frame in frames], parameters=parameters)
        assert_same(found, told)


def test_of_two_orders_of_equal_size_both_are_large_or_none() -> None:
    found = []
    for name in ("a", "z"):
        tape = AHEAD.tape()
        for day in AHEAD.days:
            order = tape.order(f"{name}{day}", at(day, 18), "buy", 100)
            for n in range(3):
                tape.hit(order, at(day, 18), 100 / 3, 101 + n)
        found.append(tape.culprits())
    assert found[0] == found[1]


@given(seed=st.integers(0, 2**20))
@settings(max_examples=5, deadline=None)
def test_ids_of_accounts_do_not_matter(seed: int) -> None:
    for frames, parameters, told in worlds(seed):
        names = fresh_names(seed, frames, ACCOUNTS)
        found = acts_on(*[renamed(frame, ACCOUNTS, names) for frame in frames], parameters=parameters)
        told = renamed(told, ACCOUNTS, names)
        alike = [name for name in SAME if name != "other_account_id"]
        assert_same(found, told, *alike)


def test_ids_of_trades_do_not_matter() -> None:
    orders, trades, owners = AHEAD.tape().frames()
    backwards = trades.with_columns(trade_id=pl.format("t{}", 9_999 - pl.int_range(pl.len())))
    assert_same(acts_on(orders, backwards, owners), acts_on(orders, trades, owners))


ALONE = {"self": SELF, "spoofing": SPOOF, "layering": LAYER, "quote stuffing": BURST}


@pytest.mark.parametrize("name", ALONE)
@given(weeks=st.integers(-30, 30))
@settings(max_examples=5, deadline=None)
def test_an_account_weeks_later_acts_weeks_later(name: str, weeks: int) -> None:
    orders, trades, owners = shifted(ALONE[name].tape().frames(), ANN, weeks)
    before, after = ALONE[name].tape().acts(), acts_on(orders, trades, owners)
    assert set(before["account_id"]) == {ANN}
    moved = before.with_columns(pl.col("from_us", "to_us") + weeks * WEEK)
    assert_same(after, moved, *SAME, "p_value")


def shifted(frames: Frames, account: str, weeks: int) -> Frames:
    """What this account ordered and traded, so many weeks later."""
    orders, trades, owners = frames
    own = (pl.col("maker_account_id") == account) | (pl.col("taker_account_id") == account)
    later = pl.col("us") + weeks * WEEK
    return (
        orders.with_columns(us=pl.when(pl.col("account_id") == account).then(later).otherwise("us")),
        trades.with_columns(us=pl.when(own).then(later).otherwise("us")),
        owners,
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_who_has_no_orders_has_no_act(form: Form) -> None:
    """Whatever trades say of it."""
    orders, trades, owners = form.tape().frames()
    mute = orders.filter(~pl.col("account_id").is_in(form.culprits))
    told = acts_on(mute, trades, owners)
    assert told.is_empty()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_without_what_it_did_itself_it_has_no_act(form: Form) -> None:
    orders, trades, owners = form.tape().frames()
    gone = form.culprits[-1]
    told = acts_on(
        orders.filter(pl.col("account_id") != gone),
        trades.filter(pl.col("maker_account_id") != gone, pl.col("taker_account_id") != gone),
        owners,
    )
    assert gone not in set(told["account_id"])


def others_in_another_market(tape: Tape) -> None:
    other = Tape("ETH-USD")
    a_crowd(other)
    tape.more += [
        (orders.with_columns(pl.format("x{}", "account_id").alias("account_id"), pl.format("x{}", "order_id")), trades)
        for orders, trades in other.more
    ]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_strangers_in_another_market_change_no_act(form: Form) -> None:
    assert_same(form.tape(scene=others_in_another_market).acts(), form.tape().acts())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_market_seen_twice_under_two_names_has_every_act_twice(form: Form) -> None:
    one, two = market("one", form.tape()), market("two", form.tape())
    told = acts_on(*[pl.concat(pair) for pair in zip(one, two, strict=True)])
    assert_same(told.filter(pl.col("account_id").str.starts_with("one/")), acts_on(*one))
    assert told.height == 2 * acts_on(*one).height


CLOSE: dict[str, Callable[[], Tape]] = {"met": MET.tape, "self": SELF.tape}


@pytest.mark.parametrize("name", CLOSE)
def test_what_an_act_says_of_itself(name: str) -> None:
    tape = CLOSE[name]()
    placed = {row[0]: row[7] for row in tape.order_rows}
    for first, last, events in tape.acts().select("from_us", "to_us", "event_ids").iter_rows():
        assert sorted(placed[event] for event in events) == [first, last]
