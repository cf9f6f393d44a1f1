"""What the matching engine takes and returns, as array types.

Order numbers are unique over the exchange: (market + 1) * 10**12 and a running number; so are trade numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NUMBERS_PER_MARKET = 10**12


class Event(IntEnum):
    NEW = 0
    AMEND = 1
    CANCEL = 2
    EXPIRE = 3


class OrderKind(IntEnum):
    LIMIT = 0
    MARKET = 1
    POST_ONLY = 2
    LIQUIDATION = 3


class Lasting(IntEnum):
    GTC = 0
    IOC = 1
    GTD = 2


EVENT = np.dtype(
    [
        ("ts", "i8"),
        ("sequence", "i8"),  # running number of the market's events, over all days
        ("order", "i8"),
        ("account", "i4"),
        ("event", "u1"),
        ("side", "i1"),
        ("tick", "i4"),  # 0: no price
        ("quantity", "i8"),  # lots: ordered, new remaining, or what remained
        ("kind", "u1"),
        ("lasting", "u1"),
        ("plan", "i4"),
    ]
)
TRADE = np.dtype(
    [
        ("trade", "i8"),
        ("ts", "i8"),
        ("tick", "i4"),
        ("quantity", "i8"),
        ("maker", "i4"),
        ("taker", "i4"),
        ("maker_order", "i8"),
        ("taker_order", "i8"),
        ("taker_side", "i1"),
        ("maker_plan", "i4"),
        ("taker_plan", "i4"),
    ]
)
LIQUIDATION = np.dtype(
    [
        ("ts", "i8"),
        ("account", "i4"),
        ("side", "i1"),  # of the closing order
        ("quantity", "i8"),
        ("tick", "i4"),  # average price, rounded
        ("loss", "i8"),  # ticks times lots, at least 0
    ]
)
RESTING = np.dtype(
    [
        ("order", "i8"),
        ("account", "i4"),
        ("side", "i1"),
        ("tick", "i4"),
        ("quantity", "i8"),
        ("due", "i8"),  # microseconds since 1970 at which it is withdrawn
        ("kind", "u1"),
        ("lasting", "u1"),
        ("plan", "i4"),
    ]
)
HOLDING = np.dtype([("account", "i4"), ("lots", "i8"), ("cost", "i8")])  # signed; cost in ticks times lots

Records = NDArray[np.void]


@dataclass(frozen=True)
class MarketRules:
    """How one market matches."""

    perpetual: bool
    protection: float
    """Market orders trade no further than this share from the fair price."""
    impact: float
    """Ticks by which the fair price moves per lot taken, towards the taker's side."""
    impact_half_life: float
    """Seconds."""
    tilt: float
    """Ticks by which the fair price leans towards the deeper side when all of the five best levels are on one side."""


@dataclass(frozen=True)
class MarketConditions:
    """What is given from outside on one day."""

    rules: MarketRules
    fair: NDArray[np.float64]
    """Reference prices in ticks, one per ten seconds of the day."""
    start: int
    """First microsecond of the day."""
    leverage: NDArray[np.float32]
    """Of each account of the exchange; 0: none."""


@dataclass(frozen=True)
class BookState:
    """What one day hands to the next."""

    resting: Records
    """`RESTING`, oldest first."""
    holdings: Records
    """`HOLDING` of leveraged accounts in a perpetual market, by account."""
    orders: int
    """Next order number."""
    trades: int
    events: int
    impact: float
    """Ticks, at the end of the day."""

    @classmethod
    def empty(cls, market: int) -> BookState:
        """The first morning of the market at position `market`."""
        first = (market + 1) * NUMBERS_PER_MARKET
        return cls(np.zeros(0, RESTING), np.zeros(0, HOLDING), first, first, 0, 0.0)


@dataclass(frozen=True)
class SymbolDay:
    """One market's day, by time."""

    events: Records
    trades: Records
    liquidations: Records
    state: BookState
