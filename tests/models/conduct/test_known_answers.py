"""An act of about ten rows, done often enough, is told; its nearest innocent twin, where one thing differs, is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from tests.models.conduct.hand_made import DAY, HOUR, MINUTE, SECOND, Culprit, Tape, at
from tests.models.conduct.known_acts import (
    AHEAD,
    ANN,
    BOTH,
    BURST,
    FORMS,
    LATER,
    LAYER,
    LAYER_SPLIT,
    MET,
    OPPOSITE,
    PUMP,
    SELF,
    SPOOF,
    SPOOF_SPLIT,
    Form,
    Scene,
    nobody_else,
    size_of,
)

NOBODY: set[Culprit] = set()
TWO_DAYS = (0, 1) * 4

Twin = Callable[[], Tape]


def twin(form: Form, days: tuple[int, ...] = (), scene: Scene = nobody_else, **change: object) -> Twin:
    return lambda: form.tape(days, scene, **change)


def others_cross_themselves_too(tape: Tape) -> None:
    """Fifty others do so eight times each."""
    n = np.arange(50 * 8)
    name, us, price = (
        np.char.add("d", (n % 50).astype(str)),
        at(0, 15) + n // 50 * (DAY + 11 * MINUTE) + n % 50 * MINUTE,
        100_000 + n,
    )
    tape.resting(name, us, price, np.full(len(n), "buy"))
    tape.resting(name, us + 5 * MINUTE, price, np.full(len(n), "sell"))


def others_take_that_size_too(tape: Tape) -> None:
    n = np.arange(500)
    name, side = np.char.add("d", (n % 50).astype(str)), np.where(n % 2, "buy", "sell")
    for day in range(8):
        tape.takes(name, at(0, 0) + n * (8 * DAY // 500), side, size=size_of(day), price=100)


def all_take_it_at_ten(tape: Tape) -> None:
    """The market wakes for an hour a day."""
    n, random = np.arange(8 * 12), np.random.default_rng(0)
    us = at(0, 10) + n % 8 * DAY + random.integers(0, HOUR, len(n))
    for day in range(8):
        size, today = size_of(day), n % 8 == day
        name, side = np.char.add("d", n[today].astype(str)), random.choice(["buy", "sell"], today.sum())
        tape.takes(name, us[today], side, size=size, price=100)


def both_trade_like_that_all_day(tape: Tape) -> None:
    n = np.arange(4 * 60)
    us = at(0, 12) + n // 60 * DAY + n % 60 * 5 * MINUTE
    for insider in BOTH:
        tape.takes(np.full(240, insider), us, np.full(240, "buy"), size=1, price=100)
        tape.takes(np.full(240, insider), us + 4 * MINUTE, np.full(240, "sell"), size=1, price=100)


def she_takes_all_day(tape: Tape) -> None:
    n = np.arange(8 * 900)
    us = at(0, 7) + n // 900 * DAY + n % 900 * 45 * SECOND
    tape.takes(np.full(len(n), ANN), us, np.where(n % 2, "buy", "sell"), size=0.5, price=100)


def she_always_sends_one_or_nineteen(tape: Tape) -> None:
    n = np.arange(150 * 20)
    us = at(0, 14) + n // 20 % 3 * DAY + n // 20 * MINUTE + np.where(n % 20, 30 * SECOND + n % 20, 0)
    tape.resting(np.full(len(n), ANN), us, 30 + n * 0, np.full(len(n), "buy"))


def makers(tape: Tape, messages: int) -> None:
    """She is a market maker among ten, who send so much in each of their busy seconds."""
    tape.owned("maker", ANN, *[f"m{n}" for n in range(10)], segment="market_maker")
    n = np.arange(10 * 100 * messages)
    name, second = np.char.add("m", (n % 10).astype(str)), n // 10 // messages
    tape.resting(name, at(0, 14) + second * 97 * SECOND, 40_000 + n, np.full(len(n), "buy"))


def all_makers_requote(tape: Tape) -> None:
    """News make every market maker send forty orders in a second of the minute of her burst; else they send one."""
    makers(tape, 1)
    n = np.arange(3 * 10 * 40)
    day, name = n // 400, np.char.add("m", (n % 10).astype(str))
    us = at(0, 10, 0, 7) + day * (DAY + LATER * MINUTE) + n % 400
    tape.resting(name, us, 60_000 + n, np.full(len(n), "buy"))


TWINS: dict[str, Twin] = {
    "self: at another price": twin(SELF, price=100.01),
    "self: of another size": twin(SELF, size=5.1),
    "self: after ten minutes": twin(SELF, after=601),
    "self: the first was withdrawn": twin(SELF, withdrawn=True),
    "self: others had filled the first": twin(SELF, filled=True),
    "self: on the same side": twin(SELF, opposite=False),
    "self: in another market": twin(SELF, symbol="ETH-USD"),
    "self: others do so as often": twin(SELF, scene=others_cross_themselves_too),
    "self: many acts on two days": twin(SELF, TWO_DAYS),
    "self: three acts": twin(SELF, (0, 1, 2)),
    "met: at another price": twin(MET, price=100.01),
    "met: of another size": twin(MET, ratio=1.02),
    "met: after three quarters of an hour": twin(MET, after=2_701),
    "met: the first was withdrawn": twin(MET, withdrawn=True),
    "met: others had filled the first, of her usual size": twin(MET, filled=True, varied=False),
    "met: on the same side": twin(MET, opposite=False),
    "met: another stranger each time": twin(MET, strangers=True),
    "met: one always buys, the other always sells": twin(MET, alternating=False, one_way=True),
    "met: many acts on two days": twin(MET, TWO_DAYS),
    "met: two acts each": twin(MET, (0, 1, 2, 3)),
    "opposite: in the last digit": twin(OPPOSITE, off=1e-9),
    "opposite: after three quarters of an hour": twin(OPPOSITE, after=2_701),
    "opposite: on the same side": twin(OPPOSITE, opposite=False),
    "opposite: one account, in and out": twin(OPPOSITE, alone=True),
    "opposite: in another market": twin(OPPOSITE, symbol="ETH-USD"),
    "opposite: a size that others take": twin(OPPOSITE, scene=others_take_that_size_too),
    "opposite: a size that all take in one busy hour": twin(OPPOSITE, scene=all_take_it_at_ten),
    "opposite: two acts each": twin(OPPOSITE, (0, 1, 2, 3)),
    "opposite: of her usual size": twin(OPPOSITE, varied=False),
    "pump: bought in the rush": twin(PUMP, buys=20.3),
    "pump: bought an hour before": twin(PUMP, buys=-41),
    "pump: sells after a quarter of an hour": twin(PUMP, sells=36.1),
    "pump: sells half": twin(PUMP, share=0.5),
    "pump: rises less than a per cent": twin(PUMP, peak=101.4),
    "pump: one buyer in the rush": twin(PUMP, rushers=1),
    "pump: an insider alone": twin(PUMP, alone=True),
    "pump: quotes both sides": twin(PUMP, quotes=4),
    "pump: had sold more before": twin(PUMP, short=11),
    "pump: two days": twin(PUMP, (0, 1)),
    "pump: who trades like that all day": twin(PUMP, scene=both_trade_like_that_all_day),
    "ahead: the large order came first": twin(AHEAD, lead=-1),
    "ahead: a minute and a second": twin(AHEAD, lead=61),
    "ahead: on the other side": twin(AHEAD, side="sell"),
    "ahead: of an order that is not large": twin(AHEAD, large=10),
    "ahead: of an order that moves nothing": twin(AHEAD, impact=0),
    "ahead: closes half": twin(AHEAD, closed=0.5),
    "ahead: closes after ten minutes": twin(AHEAD, closes=10.1),
    "ahead: four acts": twin(AHEAD, (0, 1, 2, 3)),
    "ahead: who takes all day": twin(AHEAD, scene=she_takes_all_day),
    "burst: over half a minute": twin(BURST, seconds=30),
    "burst: eighteen messages": twin(BURST, messages=18),
    "burst: that trades": twin(BURST, fills=3),
    "burst: two days": twin(BURST, (0, 1, 1)),
    "burst: little more than her habit": twin(BURST, scene=she_always_sends_one_or_nineteen, messages=60),
    "burst: news make all market makers requote": twin(BURST, scene=all_makers_requote),
    "burst: a market maker as loud as others": twin(BURST, scene=lambda tape: makers(tape, 240)),
    "spoofing: who does so all day": twin(SPOOF, others=400),
    "spoofing split: only one withdraws": twin(SPOOF_SPLIT, always=True),
    "spoofing split: the order stood before": twin(SPOOF_SPLIT, rests=-20),
    "layering split: only one withdraws": twin(LAYER_SPLIT, always=True),
    "layering split: the order stood before": twin(LAYER_SPLIT, rests=-20),
}
PRESSED = {"spoofing": SPOOF, "spoofing split": SPOOF_SPLIT, "layering": LAYER, "layering split": LAYER_SPLIT}
for _name, _form in PRESSED.items():
    TWINS |= {
        f"{_name}: withdrawn after six seconds": twin(_form, gone=6),
        f"{_name}: hardly larger than the order": twin(_form, wave=4.9),
        f"{_name}: on the same side": twin(_form, side="sell"),
        f"{_name}: a fifth of it filled": twin(_form, left=0.8),
        f"{_name}: placed after the trade": twin(_form, placed=1),
        f"{_name}: gone in less than half a second": twin(_form, placed=-0.01, gone=0.2),
        f"{_name}: it expired": twin(_form, end="expire"),
        f"{_name}: many acts on two days": twin(_form, TWO_DAYS),
        f"{_name}: three acts": twin(_form, (0, 1, 2)),
    }
NOT_YET = {
    "spoofing: the small order was nibbled at before": "only the first fill of an order is looked at",
    "spoofing: dust was withdrawn a second before": "a withdrawal before the trade joins the wave and begins it early",
    "spoofing: dust was placed after": "one order placed after the trade joins the wave and dates it late",
    "met: at the same minute every day": "what is a habit counts for nothing",
    "self: at the same minute every day": "what is a habit counts for nothing",
}
EDGES: dict[str, tuple[Form, Twin]] = {
    "self: within one per cent, at ten minutes": (SELF, twin(SELF, size=5.05, after=600)),
    "met: within one per cent, at three quarters of an hour": (MET, twin(MET, ratio=0.99, after=2_700)),
    "met: others had filled the first, sizes vary": (MET, twin(MET, filled=True)),
    "opposite: at three quarters of an hour": (OPPOSITE, twin(OPPOSITE, after=2_700)),
    "pump: a per cent": (PUMP, twin(PUMP, peak=101.5)),
    "pump: bought just before the rush": (PUMP, twin(PUMP, buys=19.9)),
    "pump: sells seven tenths, a quarter of an hour later": (PUMP, twin(PUMP, share=0.7, sells=35.9)),
    "pump: hardly quotes the other side": (PUMP, twin(PUMP, quotes=3)),
    "ahead: at a minute": (AHEAD, twin(AHEAD, lead=60)),
    "ahead: closes seven tenths after ten minutes": (AHEAD, twin(AHEAD, closed=0.7, closes=10)),
    "burst: twenty messages": (BURST, twin(BURST, messages=20)),
    "burst: two fills": (BURST, twin(BURST, fills=2)),
    "burst: spread over six seconds": (BURST, twin(BURST, seconds=6)),
    "burst: a market maker among quiet ones": (BURST, twin(BURST, scene=lambda tape: makers(tape, 2))),
    **{
        f"{name}: five times as large, a tenth filled, five seconds": (form, twin(form, wave=5, left=0.9, gone=5))
        for name, form in PRESSED.items()
    },
    "spoofing: the small order was nibbled at before": (SPOOF, twin(SPOOF, nibbled=True)),
    "spoofing: shrunk to a sliver, then withdrawn": (SPOOF, twin(SPOOF, shrunk=True)),
    "spoofing: dust was withdrawn a second before": (SPOOF, twin(SPOOF, dust=(-9, -1))),
    "spoofing: dust was placed after": (SPOOF, twin(SPOOF, dust=(0.5, 3))),
    "met: at the same minute every day": (MET, twin(MET, later=0)),
    "self: at the same minute every day": (SELF, twin(SELF, later=0)),
}  # fmt: skip


def not_yet(name: str) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.xfail(strict=True, reason=NOT_YET[name]),) if name in NOT_YET else ()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_act_repeated_is_told_of_its_authors_alone(form: Form) -> None:
    tape = form.tape()
    found = tape.acts()
    assert set(found.select("account_id", "typology", "form").iter_rows()) == form.told()
    own = found.filter("own_act")
    assert dict(own.group_by("account_id").len().iter_rows()) == dict.fromkeys(form.culprits, form.acts)
    assert own.select("account_id", pl.col("from_us") // DAY).is_unique().all()
    assert ((found["to_us"] - found["from_us"]) < HOUR).all()
    placed = {row[0]: row[1] for row in tape.order_rows}
    for account, other, events in found.select("account_id", "other_account_id", "event_ids").iter_rows():
        authors = {placed[event] for event in events}
        assert authors & {account, other}
        assert authors <= {account, other, "rusher0"} | {f"whale{day}" for day in form.days}


@pytest.mark.parametrize(("form", "edge"), [pytest.param(*EDGES[name], id=name, marks=not_yet(name)) for name in EDGES])
def test_just_within_its_bounds_an_act_is_told(form: Form, edge: Twin) -> None:
    assert edge().culprits() == form.told()


@pytest.mark.parametrize("innocent", [pytest.param(TWINS[name], id=name, marks=not_yet(name)) for name in TWINS])
def test_of_its_innocent_twin_nothing_is_told(innocent: Twin) -> None:
    assert innocent().culprits() == NOBODY


def test_at_two_prices_it_is_spoofing_and_at_three_layering() -> None:
    assert LAYER.tape(levels=2).culprits() == SPOOF.told()
    assert LAYER_SPLIT.tape(levels=2).culprits() == SPOOF_SPLIT.told()


def test_orders_of_nothing_answer_nobody_and_stop_nothing() -> None:
    """The contract allows a size of 0; whoever meets such an order at its price met nothing."""

    def of_nothing(tape: Tape) -> None:
        for day in range(8):
            tape.order("cat", at(day, 15, 7 * day), "buy", 0, 90)
            tape.order("dan", at(day, 15, 7 * day + 1), "sell", 0, 90)

    assert MET.tape(scene=of_nothing).culprits() == MET.told()


def test_who_only_rests_or_comes_first_has_no_act() -> None:
    assert MET.tape(alternating=False).culprits() == MET.told("bob")
    assert OPPOSITE.tape(alternating=False).culprits() == OPPOSITE.told("bob")


def test_where_both_answer_each_act_is_told_of_both() -> None:
    for form in (MET, OPPOSITE):
        told = form.tape().acts().select("account_id", "other_account_id", "own_act").unique().rows()
        assert set(told) == {(*pair, own) for pair in (BOTH, BOTH[::-1]) for own in (True, False)}


def test_two_accounts_of_one_owner_trade_with_themselves() -> None:
    assert SELF.tape(second="bob").culprits() == MET.told("bob")
    assert SELF.tape(scene=lambda tape: tape.owned("o1", *BOTH), second="bob").culprits() == SELF.told("bob")
    assert SELF.tape(scene=lambda tape: tape.owned("o1", ANN), second="bob").culprits() == MET.told("bob")


def test_bursts_within_half_a_minute_are_one() -> None:
    assert BURST.tape().acts().height == BURST.tape(again=True).acts().height == 3


def test_one_huge_act_is_no_conduct() -> None:
    for tape in (SPOOF.tape((0,), wave=1e6), LAYER.tape((0,), wave=1e6), BURST.tape((0,), messages=20_000)):
        assert tape.culprits() == NOBODY


def test_where_no_chance_is_computed_none_is_told() -> None:
    assert BURST.tape().acts()["p_value"].null_count() == 3
