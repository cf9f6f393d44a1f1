"""Intents: orders as their authors decide them, before a book has priced them.

One row of `INTENT` is one instruction to the exchange. Its price is relative, so that the matching engine resolves it
against the book of that instant: nobody needs a loop over the market to react to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).max
NONE = -1


class Action(IntEnum):
    LIMIT = 0
    MARKET = 1
    AMEND = 2
    """Set the remaining quantity of the linked order; less keeps its place in the queue, more loses it."""
    CANCEL = 3


class Anchor(IntEnum):
    """What `offset` counts from. A positive offset is always more passive: lower for a buy, higher for a sell."""

    FAIR = 0
    """The reference price of the instant with the impact of past trades."""
    OWN_BEST = 1
    """The best resting price on the order's own side; FAIR when that side is empty."""
    OTHER_BEST = 2
    """The best resting price on the other side; FAIR when that side is empty."""
    LINK = 3
    """The price of the linked order (whether it still rests or not); when that was refused this order is dropped."""


INTENT = np.dtype(
    [
        ("ts", "i8"),  # microseconds since 1970
        ("account", "i4"),
        ("symbol", "i2"),
        ("side", "i1"),  # +1 buy, -1 sell
        ("action", "u1"),
        ("anchor", "u1"),
        ("post_only", "?"),  # never takes: priced one tick behind the other side's best instead
        ("offset", "i4"),  # ticks
        ("quantity", "i8"),  # lots
        ("lifetime", "i8"),  # microseconds until what rests is withdrawn; 0 takes or goes; NEVER rests on
        ("expires", "?"),  # the withdrawal at the end of its life is the exchange's (expire), not the author's (cancel)
        ("link", "i8"),  # row of another intent of the same symbol in the same array, earlier in time; NONE
        ("cancel_after_fill", "i8"),  # microseconds after the linked order's first fill; NONE: not tied to it
        ("plan", "i4"),  # planted act that it belongs to; NONE: an ordinary order; below: part of an attack on somebody
    ]
)

Intents = NDArray[np.void]


def intents(rows: int, **fields: Any) -> Intents:
    """`rows` limit orders that take or rest for ever at FAIR, overwritten by `fields` (scalars or one value a row)."""
    made = np.zeros(rows, INTENT)
    made["lifetime"] = NEVER
    made["link"] = made["cancel_after_fill"] = made["plan"] = NONE
    for name, value in fields.items():
        made[name] = value
    return made


def joined(parts: Iterable[Intents]) -> Intents:
    """The parts one after another, links still pointing at the rows they meant."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return intents(0)
    start = np.repeat(np.cumsum([0, *(len(part) for part in parts[:-1])]), [len(part) for part in parts])
    whole = np.concatenate(parts)
    whole["link"] = np.where(whole["link"] >= 0, whole["link"] + start, NONE)
    return whole


def by_symbol(whole: Intents, symbols: int) -> list[Intents]:
    """One array a symbol in order of time (equal times keep the order of `whole`), links as rows of that array."""
    order = np.lexsort((whole["ts"], whole["symbol"]))
    ordered = whole[order]
    cut = np.searchsorted(ordered["symbol"], np.arange(symbols + 1))
    row = np.empty(len(whole), np.int64)
    row[order] = np.arange(len(whole))
    linked = ordered["link"] >= 0
    ordered["link"][linked] = row[ordered["link"][linked]] - cut[ordered["symbol"][linked]]
    return [ordered[start:end] for start, end in pairwise(cut)]
