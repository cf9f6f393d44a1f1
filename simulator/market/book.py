"""The order book: price levels as queues in arrays, compiled.

Orders are positions in the arrays of `Book`; a level is a doubly linked queue, oldest first. Side 0 bids, side 1 asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

NOBODY = -1
WAITING, RESTING, DONE = 0, 1, 2
"""States of an order: not placed yet, in the book, and nothing left of it."""
DEPTH_LEVELS = 5
_DEPTH_REACH = 200
"""Ticks behind the best price in which the best levels are looked for."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile on first use, keep the machine code on disk, release the interpreter lock while running."""
    return cast("_Function", njit(nogil=True, cache=True)(function))


class Book(NamedTuple):
    head: NDArray[np.int32]
    """(2, ticks): first order of each level."""
    tail: NDArray[np.int32]
    depth: NDArray[np.int64]
    """(2, ticks): lots of each level."""
    best: NDArray[np.int64]
    """(2): best price of each side; 0 and the last tick when empty."""
    orders: NDArray[np.int64]
    """(2): resting orders of each side."""
    queued: NDArray[np.int64]
    """(1): orders ever queued, which ranks them by age."""
    next: NDArray[np.int32]
    previous: NDArray[np.int32]
    rank: NDArray[np.int64]
    state: NDArray[np.uint8]
    tick: NDArray[np.int32]
    side: NDArray[np.int8]
    """+1 buy, -1 sell."""
    left: NDArray[np.int64]
    account: NDArray[np.int32]
    number: NDArray[np.int64]
    plan: NDArray[np.int32]
    due: NDArray[np.int64]
    kind: NDArray[np.uint8]
    lasting: NDArray[np.uint8]
    first_fill: NDArray[np.int64]
    """When an order first filled; -1: not yet."""


def empty_book(orders: int, ticks: int) -> Book:
    """Room for `orders` orders at prices 1 to `ticks` - 2."""
    return Book(
        head=np.full((2, ticks), NOBODY, np.int32),
        tail=np.full((2, ticks), NOBODY, np.int32),
        depth=np.zeros((2, ticks), np.int64),
        best=np.array([0, ticks - 1]),
        orders=np.zeros(2, np.int64),
        queued=np.zeros(1, np.int64),
        next=np.full(orders, NOBODY, np.int32),
        previous=np.full(orders, NOBODY, np.int32),
        rank=np.zeros(orders, np.int64),
        state=np.zeros(orders, np.uint8),
        tick=np.zeros(orders, np.int32),
        side=np.zeros(orders, np.int8),
        left=np.zeros(orders, np.int64),
        account=np.zeros(orders, np.int32),
        number=np.zeros(orders, np.int64),
        plan=np.zeros(orders, np.int32),
        due=np.zeros(orders, np.int64),
        kind=np.zeros(orders, np.uint8),
        lasting=np.zeros(orders, np.uint8),
        first_fill=np.full(orders, -1, np.int64),
    )


@compiled
def row_of(side: int) -> int:
    """Where a side lies in the book's arrays."""
    return 0 if side > 0 else 1


@compiled
def enqueue(book: Book, order: int) -> None:
    """Put an order behind all others at its price."""
    row, tick = row_of(book.side[order]), book.tick[order]
    last = book.tail[row, tick]
    book.previous[order], book.next[order] = last, NOBODY
    if last == NOBODY:
        book.head[row, tick] = order
    else:
        book.next[last] = order
    book.tail[row, tick] = order
    book.depth[row, tick] += book.left[order]
    book.state[order] = RESTING
    book.rank[order] = book.queued[0]
    book.queued[0] += 1
    book.orders[row] += 1
    if (row == 0 and tick > book.best[0]) or (row == 1 and tick < book.best[1]):
        book.best[row] = tick


@compiled
def unlink(book: Book, order: int) -> None:
    """Take an order out of its queue; its state is the caller's."""
    row, tick = row_of(book.side[order]), book.tick[order]
    before, after = book.previous[order], book.next[order]
    if before == NOBODY:
        book.head[row, tick] = after
    else:
        book.next[before] = after
    if after == NOBODY:
        book.tail[row, tick] = before
    else:
        book.previous[after] = before
    book.depth[row, tick] -= book.left[order]
    book.orders[row] -= 1
    if tick == book.best[row] and book.head[row, tick] == NOBODY:
        _find_best(book, row)


@compiled
def _find_best(book: Book, row: int) -> None:
    if book.orders[row] == 0:
        book.best[row] = 0 if row == 0 else book.head.shape[1] - 1
        return
    step = -1 if row == 0 else 1
    tick = book.best[row]
    while book.head[row, tick] == NOBODY:
        tick += step
    book.best[row] = tick


@compiled
def crosses(book: Book, side: int, limit: int) -> bool:
    """Whether an order of `side` with this price limit would take."""
    if side > 0:
        return bool(book.orders[1] > 0 and book.best[1] <= limit)
    return bool(book.orders[0] > 0 and book.best[0] >= limit)


@compiled
def imbalance(book: Book) -> float:
    """(bids - asks) / (bids + asks) over the five best levels of each side; 0 when nothing rests."""
    bids, asks = _near_depth(book, 0), _near_depth(book, 1)
    return (bids - asks) / (bids + asks) if bids + asks > 0 else 0.0


@compiled
def _near_depth(book: Book, row: int) -> int:
    if book.orders[row] == 0:
        return 0
    step = -1 if row == 0 else 1
    total, levels, tick = 0, 0, book.best[row]
    last = book.head.shape[1] - 1
    for _ in range(_DEPTH_REACH):
        if tick < 1 or tick >= last or levels == DEPTH_LEVELS:
            break
        if book.depth[row, tick] > 0:
            total += book.depth[row, tick]
            levels += 1
        tick += step
    return total
