"""How much manipulative conduct there was in one period against another, per active account.

Rates are per 1,000 account-days, so that a busier month does not look like a worse one. The change is told with the
exact conditional interval of a ratio of two Poisson rates (Przyborowski and Wilenski 1940), which treats episodes as
independent: those of one ring are not, so read it as the least uncertainty there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from graph.errors import SettingsError
from models.scorecard.rates import Rate

PER_ACCOUNT_DAYS = 1_000


@dataclass(frozen=True)
class Period:
    """UTC days, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, text: str) -> Period:
        """`2026-01-21..2026-02-03`. Raises SettingsError."""
        first, separator, last = text.partition("..")
        try:
            period = cls(date.fromisoformat(first), date.fromisoformat(last))
        except ValueError:
            raise SettingsError(f"'{text}' is no period", do="write two days as 2026-01-21..2026-02-03") from None
        if not separator or period.last < period.first:
            raise SettingsError(f"the period '{text}' ends before it begins", do="write the earlier day first")
        return period


@dataclass(frozen=True)
class Activity:
    """`coordinated`: episodes that name a partner or whose account is in a ring. `accounts`, `rings`: distinct ones
    with a coordinated episode. `account_days`: active accounts summed over the days."""

    period: Period
    account_days: int
    episodes: int
    coordinated: int
    accounts: int
    rings: int

    @property
    def rate(self) -> float | None:
        """Coordinated episodes per 1,000 account-days."""
        return PER_ACCOUNT_DAYS * self.coordinated / self.account_days if self.account_days else None


@dataclass(frozen=True)
class Change:
    """Change of the rate of coordinated episodes (0.6: 60 % more) with its 95 % interval; None: not defined."""

    before: Activity
    after: Activity
    relative: float | None
    low: float | None
    high: float | None


def activity(episodes: pl.DataFrame, active: pl.DataFrame, period: Period) -> Activity:
    """`episodes`: `tables.EPISODES`; an episode belongs to the day on which it began. `active`: `day`, `accounts`.

    Raises SettingsError for days of which it is not known how many accounts were active.
    """
    days = active.filter(pl.col("day").is_between(period.first, period.last))
    if days.is_empty():
        raise SettingsError(
            f"the run has seen no trading from {period.first} to {period.last}", do="choose days of the run's own tape"
        )
    mine = episodes.filter(pl.col("from_ts").dt.date().is_between(period.first, period.last))
    together = mine.filter(pl.col("other_account_id").is_not_null() | pl.col("ring_id").is_not_null())
    return Activity(
        period=period,
        account_days=int(days["accounts"].sum()),
        episodes=mine.height,
        coordinated=together.height,
        accounts=together["account_id"].n_unique(),
        rings=together["ring_id"].drop_nulls().n_unique(),
    )


def change(before: Activity, after: Activity) -> Change:
    """From one period to another."""
    exposure = before.account_days / after.account_days
    share = Rate(after.coordinated, before.coordinated + after.coordinated)
    if share.value is None:
        return Change(before, after, None, None, None)
    low, high = share.interval
    relative, least, most = (_odds(value, exposure) for value in (after.coordinated / share.of, low, high))
    return Change(before, after, relative, least, most)


def _odds(share: float, exposure: float) -> float | None:
    return round(share / (1 - share) * exposure - 1, 6) if share < 1 else None
