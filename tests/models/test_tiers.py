"""What tiers would be, by thresholds that nobody has certified."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from models import tables
from models.parameters import TierParameters
from models.tiers import provisional_tiers

START = datetime(2026, 1, 5, tzinfo=UTC)


def tier(days: int, *legs: str, ring: str | None = "R", role: str = "participant", author: str = "ann") -> str:
    """Of ann, who spoofed on so many days and has these legs."""
    who = {"ring_id": ring, "account_id": "ann", "role": role}
    members = _rows(tables.MEMBERS, *([who] if ring else []))
    alone = _rows(tables.INDIVIDUALS, *([] if ring else [who]))
    kinds = {"conduct": "spoofing", "control": "used_members_device", "coordination": "followed_members"}
    rows = [
        {"ring_id": ring, "account_id": "ann", "author_account_id": author, "kind": kinds[leg], "leg": leg}
        for leg in legs
    ]
    own = _rows(tables.CONDUCT, {"account_id": "ann", "typology": "spoofing", "days": days})
    found = provisional_tiers(members, alone, _rows(tables.EVIDENCE, *rows), own, TierParameters())
    assert found.schema == tables.PROVISIONAL
    return str(found["tier"].item())


def _rows(schema: pl.Schema, *given: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in given], schema=schema)


@pytest.mark.parametrize(
    ("days", "legs", "expected"),
    [
        (3, ("conduct", "control"), "review"),
        (9, ("conduct", "control"), "review"),
        (10, ("conduct", "control"), "freeze"),
        (10, ("conduct", "control", "coordination"), "freeze"),
        (3, ("conduct", "coordination"), "review"),
        (60, ("conduct", "coordination"), "review"),
        (60, ("conduct",), "watch"),
        (60, ("control", "coordination"), "watch"),
        (60, (), "watch"),
    ],
)
def test_a_member(days: int, legs: tuple[str, ...], expected: str) -> None:
    assert tier(days, *legs) == expected


def test_who_is_merely_linked_and_what_others_authored() -> None:
    assert tier(60, "conduct", "control", role="linked") == "watch"
    assert tier(60, "conduct", "control", author="bob") == "watch"


@pytest.mark.parametrize(("days", "expected"), [(9, "watch"), (10, "review"), (60, "review")])
def test_who_acts_alone(days: int, expected: str) -> None:
    assert tier(days, "conduct", ring=None) == expected
