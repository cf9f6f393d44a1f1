"""One act of each typology and form on a day of its own, of about ten rows; what it takes is a keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import floor

import polars as pl

from tests.models.conduct.hand_made import HOUR, MINUTE, OTHER_SIDE, SECOND, Culprit, Tape, at

ANN = "ann"
LATER = 5
"""Minutes that a day's act is later than the day before's, so that no act is a habit."""
BOTH = (ANN, "bob")
Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
"""Orders, trades and owners."""
ACCOUNTS = ("account_id", "other_account_id", "maker_account_id", "taker_account_id")
ORDER_IDS = ("order_id", "maker_order_id", "taker_order_id")


def turned(day: int) -> str:
    """Two days one side, two days the other."""
    return "sell" if day % 4 > 1 else "buy"


def crosses_itself(
    tape: Tape, day: int, *, price: float = 100, size: float = 5, after: float = 120, opposite: bool = True,
    withdrawn: bool = False, filled: bool = False, second: str = ANN, symbol: str = "",
    later: int = LATER,
) -> None:  # fmt: skip
    """An order at exactly the price and of the size of one's own on the other side."""
    us, side = at(day, 10, later * day), turned(day)
    first = tape.order(ANN, us, side, 5, 100, gone=us + 60 * SECOND if withdrawn else None)
    answer = tape.order(
        second, us + round(after * SECOND), OTHER_SIDE[side] if opposite else side, size, price, symbol=symbol
    )
    if filled:
        tape.fill(first, us + SECOND)
    elif not withdrawn and opposite and price == 100 and not symbol:
        tape.trade(first, answer)


def size_of(day: int) -> float:
    """Another size each day, for who orders one size again and again has a habit."""
    return round(5.123 + day / 2, 9)


def meets(
    tape: Tape, day: int, *, price: float = 100, ratio: float = 1, after: float = 1_200, opposite: bool = True,
    withdrawn: bool = False, filled: bool = False, alternating: bool = True, strangers: bool = False,
    later: int = LATER, one_way: bool = False, varied: bool = True,
) -> None:  # fmt: skip
    """One rests, the other answers at the same price and of the same size; they take turns, and so do the sides."""
    maker, taker = BOTH if day % 2 or not alternating else BOTH[::-1]
    us, side = at(day, 10, later * day), "buy" if one_way else turned(day)
    who, size = f"{maker}{day}" if strangers else maker, size_of(varied * day)
    first = tape.order(who, us, side, size, 100, gone=us + 9 if withdrawn else None)
    back = OTHER_SIDE[side] if opposite else side
    answer = tape.order(taker, us + round(after * SECOND), back, round(ratio * size, 9), price)
    if filled:
        tape.fill(first, us + SECOND)
    elif not withdrawn and opposite and price == 100:
        tape.trade(first, answer)


def takes_opposite(
    tape: Tape, day: int, *, after: float = 30, off: float = 0, opposite: bool = True, alone: bool = False,
    alternating: bool = True, symbol: str = "", varied: bool = True,
) -> None:  # fmt: skip
    """What one bought from a market maker, the other sells to it; they take turns, and so do the sides."""
    one, other = BOTH if day % 2 or not alternating else BOTH[::-1]
    us, size, side = at(day, 10, LATER * day), size_of(varied * day), turned(day)
    back = OTHER_SIDE[side] if opposite else side
    tape.take(one, us, side, size, 100)
    tape.take(one if alone else other, us + round(after * SECOND), back, round(size + off, 9), 99, symbol=symbol)


def pumps(
    tape: Tape, day: int, *, buys: float = 0, sells: float = 23, share: float = 1.0, peak: float = 104,
    rushers: int = 3, alone: bool = False, quotes: float = 0, short: float = 0,
) -> None:  # fmt: skip
    """Two buy at ten; at 10:20 strangers rush in; at 10:23 the two sell."""
    late = LATER * day
    tape.take("early", at(day, 9, 58 + late), "buy", 0.1, 100)
    for n, insider in enumerate(BOTH):
        if short:
            tape.take(insider, at(day, 9, 59 + late, n), "sell", short, 100)
        tape.take(insider, at(day, 10, buys + late, n), "buy", 10, 100)
    for n in range(rushers):
        tape.take(f"rusher{n}", at(day, 10, 20 + late, n), "buy", 3, peak - 1 + n / 2)
    for n, insider in enumerate(BOTH[: 1 if alone else 2]):
        tape.order(insider, at(day, 10, sells + late, n), "sell", 10 * share, peak)
        if quotes:
            tape.order(insider, at(day, 10, sells + late, n), "buy", quotes, peak - 2)


def runs_ahead(
    tape: Tape, day: int, *, lead: float = 30, side: str = "buy", large: float = 100, impact: float = 3,
    closes: float = 2, closed: float = 1.0, whale: str = "",
) -> None:  # fmt: skip
    """Half a minute before somebody's large order one buys; two minutes later one sells into its price."""
    us = at(day, 10, LATER * day)
    tape.take("early", at(day, 9), "buy", 0.1, 100)
    tape.take("other", at(day, 15), "sell", 20, 100)
    tape.take(ANN, us - round(lead * SECOND), side, 1, 100)
    order = tape.order(whale or f"whale{day}", us, "buy", large)
    for n in range(3):
        tape.hit(order, us + n, large / 3, 100 + impact * (n + 1) / 3)
    tape.take(ANN, us + round(closes * MINUTE), "sell" if side == "buy" else "buy", closed, 100 + impact)


def stuffs(
    tape: Tape, day: int, *, messages: int = 240, seconds: float = 1, fills: int = 0, again: bool = False
) -> None:  # fmt: skip
    """Orders placed and withdrawn within milliseconds, far from the market."""
    us = at(day, 10, LATER * day)
    for begin in (us, us + 20 * SECOND)[: 2 if again else 1]:
        for n in range(messages // 2):
            sent = begin + round(n * 2 * seconds * SECOND / messages)
            tape.order(ANN, sent, "buy", 1, 50 + n / 100, gone=sent + 1_000)
    for n in range(fills):
        tape.take(ANN, us + round(seconds * SECOND / 2) + n, "buy", 0.01, 100)


def leans(
    tape: Tape, day: int, *, gone: float = 2, wave: float = 10, left: float = 1.0, side: str = "buy",
    placed: float = -10, rests: float = -20, end: str = "cancel", levels: int = 1, split: bool = False,
    always: bool = False, others: int = 0, shrunk: bool = False, nibbled: bool = False,
    dust: tuple[float, float] | None = None,
) -> None:  # fmt: skip
    """A small order to sell waits; a wave of orders to buy comes, is withdrawn right after the small one traded."""
    lays, trades = BOTH if split and (always or day % 2) else BOTH[::-1]
    if not split:
        lays = trades = ANN
    us = at(day, 10, LATER * day)
    small = tape.order(trades, us + round(rests * SECOND), "sell", 1, 101)
    if nibbled:
        tape.fill(small, us - 15 * SECOND, 0.1)
    for n in range(levels):
        size, withdrawn = wave / levels, us + round((gone + n / 10) * SECOND)
        order = tape.order(
            lays, us + round(placed * SECOND), side, size, (100 if side == "buy" else 102) - n / 10,
            gone=withdrawn + shrunk * SECOND, left=0.01 if shrunk else left * size, end=end,
        )  # fmt: skip
        if shrunk:
            tape.event(order, "amend", withdrawn, 0.01)
        elif left < 1:
            tape.fill(order, us - 3 * SECOND, floor(round((1 - left) * size * 1e9, 3)) / 1e9)
    if dust:
        came, went = (us + round(second * SECOND) for second in dust)
        tape.order(lays, came, side, 0.001, 90, gone=went)
    for n in range(others):
        tape.order(lays, us + HOUR + 40 * n * SECOND, "buy", 0.1, 90, gone=us + HOUR + (40 * n + 9) * SECOND)
        tape.take(trades, us + HOUR + (40 * n + 20) * SECOND, "sell", 0.1, 100)
    tape.fill(small, us, 0.9 if nibbled else 1)


Scene = Callable[[Tape], None]


def nobody_else(tape: Tape) -> None:
    """The act needs no background."""


def a_crowd(tape: Tape) -> None:
    """Forty accounts with orders of their own."""
    tape.crowd(4_000, range(8))


@dataclass(frozen=True)
class Form:
    """`act`, always done in the same way, on each of `days`, in front of a `scene`: `acts` for each of the culprits."""

    typology: str
    form: str
    act: Callable[..., None]
    culprits: tuple[str, ...] = (ANN,)
    acts: int = 8
    always: Mapping[str, object] = field(default_factory=dict)
    days: tuple[int, ...] = tuple(range(8))
    scene: Scene = nobody_else

    def tape(self, days: tuple[int, ...] = (), scene: Scene = nobody_else, **change: object) -> Tape:
        """With one thing different."""
        tape = Tape()
        self.scene(tape)
        scene(tape)
        for day in days or self.days:
            self.act(tape, day, **{**self.always, **change})
        return tape

    def told(self, *accounts: str) -> set[Culprit]:
        return {(account, self.typology, self.form) for account in accounts or self.culprits}


_SPLIT = {"split": True, "rests": -5}
_LAYERS = {"levels": 3}

SELF = Form("self_trading", "own orders", crosses_itself, scene=a_crowd)
MET = Form("wash_trading", "met", meets, BOTH, 4, scene=a_crowd)
OPPOSITE = Form("wash_trading", "opposite", takes_opposite, BOTH, 4)
PUMP = Form("pump_and_dump", "insider", pumps, BOTH, 4, days=(0, 1, 2, 3))
AHEAD = Form("front_running", "ahead", runs_ahead)
BURST = Form("quote_stuffing", "burst", stuffs, acts=3, days=(0, 1, 2), scene=a_crowd)
SPOOF = Form("spoofing", "alone", leans)
SPOOF_SPLIT = Form("spoofing", "split", leans, BOTH, always=_SPLIT)
LAYER = Form("layering", "alone", leans, always=_LAYERS)
LAYER_SPLIT = Form("layering", "split", leans, BOTH, always={**_SPLIT, **_LAYERS})
FORMS = {
    "self": SELF, "wash met": MET, "wash opposite": OPPOSITE, "pump": PUMP, "front running": AHEAD,
    "quote stuffing": BURST, "spoofing alone": SPOOF, "spoofing split": SPOOF_SPLIT, "layering alone": LAYER,
    "layering split": LAYER_SPLIT,
}  # fmt: skip


def market(name: str, tape: Tape) -> Frames:
    """The tape as that of a market and of people of its own."""
    texts = (*ACCOUNTS, *ORDER_IDS, "trade_id", "symbol", "owner_id")
    return tuple(
        frame.with_columns(
            pl.format("{}/{}", pl.lit(name), column).alias(column) for column in texts if column in frame
        )
        for frame in tape.frames()
    )  # type: ignore[return-value]


@cache
def everything() -> Frames:
    """One market for every form, with its acts."""
    parts = [market(name, form.tape()) for name, form in FORMS.items()]
    return tuple(pl.concat(frames) for frames in zip(*parts, strict=True))  # type: ignore[return-value]
