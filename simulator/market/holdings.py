"""Leveraged positions in one perpetual market: what each account holds, its cost, and when it is closed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.market.book import compiled

MARGIN_USED = 0.9
"""A position is closed when this share of its margin is lost."""


class Holdings(NamedTuple):
    """One value per leveraged account of the market."""

    account: NDArray[np.int32]
    lots: NDArray[np.int64]
    cost: NDArray[np.int64]
    """Signed ticks times lots of what is held."""
    leverage: NDArray[np.float32]


@compiled
def hold(holdings: Holdings, holder: int, lots: int, tick: int) -> None:
    """Book signed `lots` bought at `tick`; closing gives back the average cost."""
    held = holdings.lots[holder]
    if held != 0 and (held > 0) != (lots > 0):
        closing = min(abs(lots), abs(held))
        sign = 1 if held > 0 else -1
        holdings.cost[holder] -= sign * (abs(holdings.cost[holder]) * closing // abs(held))
        holdings.lots[holder] -= sign * closing
        lots += sign * closing
    holdings.lots[holder] += lots
    holdings.cost[holder] += lots * tick


@compiled
def ruined(holdings: Holdings, holder: int, fair: float) -> bool:
    """Whether the loss at the fair price uses up the margin."""
    lots = holdings.lots[holder]
    if lots == 0:
        return False
    entry = holdings.cost[holder] / lots
    room = entry * MARGIN_USED / holdings.leverage[holder]
    return bool(fair <= entry - room) if lots > 0 else bool(fair >= entry + room)
