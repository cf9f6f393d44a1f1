"""How likely an account is to begin placing orders at an instant, whatever others do: an upper band of its own rate.

Everything is read off the account's other beginnings: how often it begins about that time of day, on that day of the
week, so long after its last beginning, at that phase of the hour and its parts, with the market so busy or so moved.
The largest of these is taken, times a caution, so that neither a timetable, nor a robot's interval, nor an answer to
what everybody can see in the book passes for following. The beginning that is judged is left out of what judges it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from models.conduct.placements import STEP_SECONDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SECOND_MS = 1_000
_DAY = 86_400 * _SECOND_MS
_EARLY, _LATE = 15 * _SECOND_MS, 45 * _SECOND_MS
"""Of a habit: how far before an instant, and after it, another is as good as at it."""
_REPEATED = 3
"""Beginnings that are a habit: what happened once or twice is none."""
_WIDE = 1_800 * _SECOND_MS
_WINDOW = STEP_SECONDS * _SECOND_MS
_LONGEST_LAG = 26 * 3_600 * _SECOND_MS
_PERIODS = tuple(minutes * 60 * _SECOND_MS for minutes in (5, 10, 15, 30, 60))
"""After which bars, robots and calendars repeat themselves."""
LONGEST_MS = 2**37
"""Milliseconds that can be told apart in one lane of keys: four years."""
_LANE = 2 * LONGEST_MS
"""Between lanes of keys, one for each account, or seven for each market of one: 4.7 million of those fit."""


@dataclass(frozen=True)
class Beginnings:
    """Beginnings of accounts, sorted by account and instant. `account`: numbers from 0; `market`: numbers from 0 of
    account and market; `ms`: milliseconds, at most `LONGEST_MS`; of one shape."""

    account: Ints
    market: Ints
    ms: Ints


@dataclass(frozen=True)
class Instants:
    """Instants at which a rate is asked for, of one shape. `last`: of the account's last beginning before, `next`: of
    its first after, -1 if there is none; `hit`: whether that one is what is judged; `answered`: whether the market was
    as busy, or as moved, as when the account likes to begin (`models.coordination.answering`)."""

    account: Ints
    market: Ints
    ms: Ints
    last: Ints
    next: Ints
    hit: npt.NDArray[np.bool_]
    answered: npt.NDArray[np.bool_]


def rates(begun: Beginnings, at: Instants) -> Floats:
    """Upper bands of beginnings a second, in the market of each instant; one in each window where a habit beyond chance
    says so."""
    days = _days(begun.account, begun.ms)[at.account]
    number = np.bincount(begun.market)[at.market] - at.hit
    even = number / (days * 86_400)
    daily = _on_other_days(begun.market, begun.ms, at.market, at.ms, (_WIDE, _WIDE)) / (days * 2 * _WIDE / _SECOND_MS)
    then = _on_other_days(begun.account, begun.ms, at.account, at.ms, (_EARLY, _LATE))
    by_chance = np.bincount(begun.account)[at.account] * (_EARLY + _LATE) / _DAY
    sure = at.answered | (then >= beyond_chance(by_chance)) | _recurring(begun, at)
    bands = [
        np.maximum(even, daily) * _rhythm(begun, at),
        _habit(then) / np.maximum(days - 1, 1) / STEP_SECONDS,
        _same_weekday(begun, at) / STEP_SECONDS,
        _interval(begun, at) / STEP_SECONDS,
        _habit(_just_before(begun, at)) / (_WIDE / _SECOND_MS),
        sure / STEP_SECONDS,
    ]
    return np.asarray(np.max(bands, axis=0), dtype=np.float64)


def beyond_chance(expected: Floats, deviations: float = 4.0) -> Floats:
    """The fewest that are more than chance gives, where it gives so many."""
    return np.asarray(np.maximum(_REPEATED, expected + deviations * np.sqrt(expected) + 1), dtype=np.float64)


def _days(account: Ints, ms: Ints) -> Ints:
    """Distinct days with beginnings of each account."""
    return np.bincount(np.unique(account * _LANE + ms // _DAY) // _LANE)


def _between(ordered: Ints, low: Ints, high: Ints) -> Ints:
    """How many of `ordered` lie in [low, high]."""
    return np.searchsorted(ordered, high, "right") - np.searchsorted(ordered, low, "left")


def _habit(number: Ints) -> Ints:
    return np.where(number >= _REPEATED, number, 0)


def _on_other_days(key: Ints, ms: Ints, at_key: Ints, at_ms: Ints, around: tuple[int, int]) -> Ints:
    """Beginnings of the same key from `around` before to `around` after the time of day, but not so near in time."""
    early, late = around
    time_of_day = np.concatenate([key * _LANE + ms % _DAY + turn * _DAY for turn in (1, 2, 3)])
    by_day, by_time = np.sort(time_of_day), np.sort(key * _LANE + ms)
    lane = at_key * _LANE
    then = lane + at_ms % _DAY + 2 * _DAY
    same = _between(by_time, np.maximum(lane + at_ms - early, lane), lane + at_ms + late)
    return _between(by_day, then - early, then + late) - same


def _same_weekday(begun: Beginnings, at: Instants) -> Floats:
    """Of the other days of that weekday with beginnings of the account, the share with one in the market about then."""
    lane = np.int64(7)
    key, at_key = begun.market * lane + begun.ms // _DAY % 7, at.market * lane + at.ms // _DAY % 7
    there = _on_other_days(key, begun.ms, at_key, at.ms, (_EARLY, _LATE))
    days = np.unique(begun.account * _LANE + begun.ms // _DAY)
    weekdays = np.bincount(days // _LANE * lane + days % _LANE % 7, minlength=int(begun.account.max() + 1) * 7)
    today = np.isin(at.account * _LANE + at.ms // _DAY, days)
    others = weekdays[at.account * lane + at.ms // _DAY % 7] - today
    return np.where(there >= _REPEATED - 1, np.minimum(there / np.maximum(others, 1), 1.0), 0.0)


def _interval(begun: Beginnings, at: Instants) -> Floats:
    """Of the account's other intervals between beginnings that are as long as this one is so far, the share that end
    about now."""
    gap = np.diff(begun.ms, prepend=0)
    within = np.diff(begun.account, prepend=-1) == 0
    ordered = np.sort(begun.account[within] * _LANE + gap[within])
    lane, so_far = at.account * _LANE, at.ms - at.last
    low, high = np.maximum(so_far - _EARLY, 0), so_far + _LATE
    own = at.next - at.last
    known = (at.last >= 0) & (at.next >= 0)
    ends = _between(ordered, lane + low, lane + high) - (known & (low <= own) & (own <= high))
    as_long = _between(ordered, lane + low, lane + _LANE - 1) - (known & (own >= low))
    return np.where(at.last >= 0, _habit(ends) / (as_long + 1), 0.0)


def _just_before(begun: Beginnings, at: Instants) -> Ints:
    """Beginnings of the account in the half hour before."""
    ordered, lane = begun.account * _LANE + begun.ms, at.account * _LANE
    return _between(ordered, np.maximum(lane + at.ms - _WIDE, lane), lane + at.ms)


def _rhythm(begun: Beginnings, at: Instants) -> Floats:
    """The most, over periods, of the account's other beginnings at this phase of the period beside what is even; at
    least 1."""
    number = np.bincount(begun.account)[at.account] - at.hit
    most = np.ones(len(at.ms))
    for period in _PERIODS:
        phases = np.sort(begun.account * _LANE + begun.ms % period)
        low = at.account * _LANE + at.ms % period
        here = _between(phases, low - _WINDOW, low + 2 * _WINDOW) - at.hit
        most = np.maximum(most, here / np.maximum(number, 1) * period / (3 * _WINDOW))
    return most


def _recurring(begun: Beginnings, at: Instants) -> npt.NDArray[np.bool_]:
    """Whether the account began so long before, within a day and two hours, as it did before other beginnings oftener
    than chance: robots, shifts and drifting timetables, whatever it does beside."""
    lags = _recurring_lags(begun)
    if lags.is_empty():
        return np.zeros(len(at.ms), dtype=np.bool_)
    own = pl.DataFrame({"account": begun.account, "ms": begun.ms})
    due = own.join(lags, on="account").select(pl.col("account") * _LANE + pl.col("ms") + pl.col("lag"))
    ordered, lane = np.sort(due.to_series().to_numpy()), at.account * _LANE + at.ms
    return _between(ordered, lane - _LATE, lane + _LATE) > 0


def _recurring_lags(begun: Beginnings) -> pl.DataFrame:
    """`account`, `lag`: middles of half minutes of time from one beginning to a later one that come beyond chance."""
    own = pl.DataFrame({"account": begun.account, "ms": begun.ms}).with_columns(bin=pl.col("ms") // _LONGEST_LAG)
    after = pl.concat(own.with_columns(pl.col("bin") - step) for step in (0, 1)).rename({"ms": "later"})
    gap = (pl.col("later") - pl.col("ms")).alias("lag")
    pairs = (
        own.join(after, on=["account", "bin"]).select("account", gap).filter(pl.col("lag").is_between(1, _LONGEST_LAG))
    )
    cells = pairs.group_by("account", cell=pl.col("lag") // _WINDOW).agg(n=pl.len())
    total = cells.group_by("account").agg(total=pl.col("n").sum())
    wide = pl.concat(cells.with_columns(pl.col("cell") + step) for step in (-1, 0, 1))
    wide = wide.group_by("account", "cell").agg(pl.col("n").sum()).join(total, on="account")
    # what is judged is among them: one more is asked for
    least = beyond_chance(wide["total"].to_numpy() * 3 * _WINDOW / _LONGEST_LAG) + 1
    told = wide.filter(pl.Series(wide["n"].to_numpy() >= least))
    return told.select("account", lag=pl.col("cell") * _WINDOW + _WINDOW // 2).unique()
