"""Withdrawals that are due: a binary heap of (time, order), earliest first, equal times in the order of orders."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.market.book import compiled


class Timers(NamedTuple):
    due: NDArray[np.int64]
    order: NDArray[np.int32]
    size: NDArray[np.int64]
    """(1)"""


def empty_timers(room: int) -> Timers:
    return Timers(np.zeros(room, np.int64), np.zeros(room, np.int32), np.zeros(1, np.int64))


@compiled
def push(timers: Timers, due: int, order: int) -> None:
    place = timers.size[0]
    timers.size[0] += 1
    timers.due[place], timers.order[place] = due, order
    while place > 0:
        parent = (place - 1) // 2
        if not _before(timers, place, parent):
            break
        _swap(timers, place, parent)
        place = parent


@compiled
def pop(timers: Timers) -> None:
    """Remove the earliest."""
    timers.size[0] -= 1
    size = timers.size[0]
    _swap(timers, 0, size)
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and _before(timers, child + 1, child):
            child += 1
        if not _before(timers, child, place):
            break
        _swap(timers, place, child)
        place = child


@compiled
def _before(timers: Timers, one: int, other: int) -> bool:
    if timers.due[one] != timers.due[other]:
        return bool(timers.due[one] < timers.due[other])
    return bool(timers.order[one] < timers.order[other])


@compiled
def _swap(timers: Timers, one: int, other: int) -> None:
    due, order = timers.due[one], timers.order[one]
    timers.due[one], timers.order[one] = timers.due[other], timers.order[other]
    timers.due[other], timers.order[other] = due, order
