"""Whose acts are disputed: after a strange device changed the credentials, until the owner is back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from graph.ingest.records import ingest_records
from graph.tape import Tape
from graph.tape.engine import tape_engine
from models import tables
from models.conduct.authorship import DISPUTED, disputed, disputed_days

START = datetime(2026, 1, 1, tzinfo=UTC)
Session = tuple[float, str, str]
"""Day, device, event."""
TAKEN: list[Session] = [(0, "own", "login"), (5, "own", "login"), (10, "strange", "password_reset")]


def spans(folder: Path, *sessions: Session, as_of: date | None = None) -> list[tuple[float, float]]:
    """From which day until which day it is disputed who acted for the account."""
    rows = [
        {"account_id": "a", "ts": START + timedelta(days=day), "device_id": device, "ip": "1.2.3.4", "event": event}
        for day, device, event in sessions
    ]
    (folder / "records").mkdir()
    pl.DataFrame(rows).write_parquet(folder / "records" / "sessions.parquet")
    pl.DataFrame({"account_id": ["a"]}).write_parquet(folder / "records" / "accounts.parquet")
    tape = Tape(folder / "tape")
    ingest_records(folder / "records", tape)
    with tape_engine() as engine:
        found = disputed(engine, tape, as_of)
    day_us = 86_400_000_000
    zero = int(START.timestamp()) * 1_000_000
    return [((since - zero) / day_us, min((until - zero) / day_us, 9999)) for _, since, until in found.rows()]


def test_a_reset_from_a_strange_device_disputes_what_comes_after(tmp_path: Path) -> None:
    assert spans(tmp_path, *TAKEN) == [(10, 9999)]


def test_the_owner_who_comes_back_later_ends_it_and_one_who_is_there_at_once_does_not(tmp_path: Path) -> None:
    assert spans(tmp_path, *TAKEN, (11, "own", "login"), (20, "own", "login")) == [(10, 20)]


def test_another_device_of_the_thief_is_not_the_owner(tmp_path: Path) -> None:
    thief: list[Session] = [(10, "x", "login"), (10.1, "y", "password_reset"), (17.6, "x", "login")]
    assert spans(tmp_path, *TAKEN[:2], *thief) == [(pytest.approx(10.1), 9999)]


@pytest.mark.parametrize(
    "sessions",
    [
        [(0, "own", "2fa_change"), (9, "own", "password_reset")],
        [(0, "own", "login"), (0.5, "second", "2fa_change")],
        [(0, "own", "login"), (10, "new", "login"), (12, "new", "api_key_created")],
        [(0, "own", "login"), (10, "new", "login"), (20, "own", "password_reset")],
    ],
    ids=["own device", "first day", "device in use for days", "from the old device"],
)
def test_what_an_owner_does_disputes_nothing(tmp_path: Path, sessions: list[Session]) -> None:
    assert spans(tmp_path, *sessions) == []


def test_nothing_is_known_before_it_happened(tmp_path: Path) -> None:
    assert spans(tmp_path, *TAKEN, as_of=date(2026, 1, 10)) == []


def test_without_sessions_nothing_is_disputed(tmp_path: Path) -> None:
    with tape_engine() as engine:
        assert disputed(engine, Tape(tmp_path / "tape"), None).equals(pl.DataFrame(schema=DISPUTED))


def test_days_within_a_span_are_counted_whole_and_once() -> None:
    of = [date(2026, 1, 10), date(2026, 1, 11), date(2026, 1, 12), date(2026, 1, 21)]
    days = pl.DataFrame(
        [("a", "spoofing", market, day) for day in of for market in ("X", "Y")],
        schema=tables.CONDUCT_DAYS,
        orient="row",
    )
    noon = int(datetime(2026, 1, 11, 12, tzinfo=UTC).timestamp()) * 1_000_000
    span = pl.DataFrame([("a", noon, noon + 9 * 86_400_000_000), ("b", 0, 2**62)], schema=DISPUTED, orient="row")
    assert disputed_days(days, span).rows() == [("a", "spoofing", 2)]
