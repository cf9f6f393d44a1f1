from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from graph.errors import SettingsError
from models import tables
from models.conduct.activity import Period, activity, change

FIRST = date(2026, 1, 1)
ACTIVE = pl.DataFrame(
    {"day": [FIRST + timedelta(days=day) for day in range(20)], "accounts": [100] * 10 + [200] * 10},
    schema={"day": pl.Date, "accounts": pl.Int64},
)
BEFORE, AFTER = Period.of("2026-01-01..2026-01-10"), Period.of("2026-01-11..2026-01-20")


def _episodes(*rows: tuple[int, str, str | None, str | None]) -> pl.DataFrame:
    """Day after the first, account, partner, ring."""
    start = datetime(2026, 1, 1, 23, 59, tzinfo=UTC)
    made = pl.DataFrame(
        {
            "episode_id": [str(number) for number in range(len(rows))],
            "account_id": [account for _, account, _, _ in rows],
            "other_account_id": [partner for _, _, partner, _ in rows],
            "ring_id": [ring for _, _, _, ring in rows],
            "from_ts": [start + timedelta(days=day) for day, _, _, _ in rows],
        },
        schema_overrides={"other_account_id": pl.String, "ring_id": pl.String},
    )
    return pl.concat(
        [pl.DataFrame(schema=tables.EPISODES), made.cast({"from_ts": tables.EPISODES["from_ts"]})], how="diagonal"
    )


def test_only_what_is_coordinated_counts_and_per_account_day() -> None:
    episodes = _episodes((0, "a", "b", None), (0, "b", "a", None), (9, "c", None, "r1"), (9, "d", None, None))
    before = activity(episodes, ACTIVE, BEFORE)
    assert (before.episodes, before.coordinated, before.accounts, before.rings) == (4, 3, 3, 1)
    assert before.account_days == 1_000
    assert before.rate == 3.0


def test_the_change_is_of_rates_and_its_interval_holds_it() -> None:
    busy = [(day, "a", "b", None) for day in range(10) for _ in range(2)]
    later = [(day, "a", "b", None) for day in range(10, 20) for _ in range(8)]
    told = change(*[activity(_episodes(*busy, *later), ACTIVE, period) for period in (BEFORE, AFTER)])
    assert told.relative == pytest.approx(1.0)
    assert told.low is not None
    assert told.high is not None
    assert 0 < told.low < 1.0 < told.high


def test_nothing_before_leaves_the_change_open() -> None:
    told = change(*[activity(_episodes((15, "a", "b", None)), ACTIVE, period) for period in (BEFORE, AFTER)])
    assert (told.relative, told.high) == (None, None)
    nothing = change(*[activity(_episodes(), ACTIVE, period) for period in (BEFORE, AFTER)])
    assert (nothing.relative, nothing.low, nothing.high) == (None, None, None)


@pytest.mark.parametrize(
    "text", ["", "2026-01-01", "2026-01-02..2026-01-01", "yesterday..today", "2026-01-01..2026-02-31"]
)
def test_periods_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        Period.of(text)


def test_days_that_were_not_seen_are_refused() -> None:
    with pytest.raises(SettingsError, match="has seen no trading"):
        activity(_episodes(), ACTIVE, Period.of("2027-01-01..2027-01-02"))
