"""Detections to publish: a small one in plain words, and any at all from hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from models.detection import SCHEMAS, Detection
from models.tables import TIERS

START = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)

ACCOUNTS = ["alice", "bob", "carol", "dave", "erin", "q/u?o%te\"d'", "zoë\n2"]


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of an output table; what a row leaves out is null."""
    schema = SCHEMAS[name]
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def member(ring: str, account: str, **other: Any) -> dict[str, Any]:
    plain = {"role": "participant", "score": 0.5, "tier": "watch", "legs": ["control"], "days_active": 4}
    return {"ring_id": ring, "account_id": account, **plain, **other}


def evidence(number: int, ring: str, account: str, other: str, **more: Any) -> dict[str, Any]:
    plain = {
        "evidence_id": f"e{number}",
        "ring_id": ring,
        "account_id": account,
        "other_account_id": other,
        "author_account_id": account,
        "kind": "shared_device",
        "leg": "control",
        "resource_kind": "device",
        "resource_id": "d-1",
        "weight": 1 / 3,
        "first_ts": START,
        "last_ts": START + timedelta(days=9, microseconds=1),
        "count": 12,
        "event_ids": ["s-1", "s-2"],
        "decisive": True,
        "sentence": f"{account} used the device of {other} on 9 days.",
    }
    return {**plain, **more}


def conduct(number: int, ring: str | None, account: str) -> dict[str, Any]:
    """An account's own manipulative acts, in a ring or alone."""
    own = {"kind": "spoofing", "leg": "conduct", "resource_kind": None, "resource_id": None, "weight": 0.0}
    sentence = f"{account} withdrew large orders right after a trade on the other side, 8 times on 4 days in BTC-USD."
    return {**evidence(number, "", account, ""), **own, "ring_id": ring, "other_account_id": None, "sentence": sentence}


def small_detection(score: float = 0.75) -> Detection:
    """Two rings: R1 of alice (organiser), bob and one awkward name; R2 of alice and carol. Erin acts alone."""
    ring = {"typologies": ["wash_trading"], "first_seen": START, "last_seen": START + timedelta(days=9)}
    unproven = {"certificate_kind": "none"}
    return Detection(
        rings=frame(
            "rings",
            [
                {"ring_id": "R1", "score": score, "tier": "review", "size": 3, **ring, **unproven, "summary": "Three."},
                {"ring_id": "R2", "score": 0.25, "tier": "watch", "size": 2, "typologies": [], **unproven},
            ],
        ),
        members=frame(
            "members",
            [
                member("R1", ACCOUNTS[0], role="organiser", score=score, tier="review", legs=["control", "conduct"]),
                member("R1", ACCOUNTS[1], score=0.6),
                member("R1", ACCOUNTS[5], role="linked"),
                member("R2", ACCOUNTS[0], score=0.2, legs=[]),
                member("R2", ACCOUNTS[2], score=0.1 + 0.2, legs=None),
            ],
        ),
        individuals=frame("individuals", [{"account_id": "erin", "score": 0.9, "tier": "review", "legs": ["conduct"]}]),
        evidence=frame(
            "evidence",
            [
                evidence(1, "R1", ACCOUNTS[0], ACCOUNTS[1]),
                evidence(2, "R1", ACCOUNTS[1], ACCOUNTS[0], weight=5e-324, p_value=1e-300),
                evidence(3, "R1", ACCOUNTS[5], ACCOUNTS[0], event_ids=['"', "\x00", "\n\\.\n", ""], symbol=""),
                evidence(4, "R2", ACCOUNTS[0], ACCOUNTS[2], leg=None, event_ids=[], decisive=False),
                evidence(5, "R2", ACCOUNTS[2], ACCOUNTS[0], decisive=None),
                conduct(6, "R1", ACCOUNTS[0]),
                conduct(7, None, "erin"),
            ],
        ),
        episodes=frame("episodes", [{"episode_id": "p1", "account_id": "erin", "typology": "spoofing", "gain": -0.0}]),
        harm=frame("harm", [{"episode_id": "p1", "harmed_account_id": "dave", "loss": 12.5, "kind": "fill"}]),
        lineage=frame(
            "lineage",
            [
                {"ring_id": "R1", "previous_ring_id": "Q1", "relation": "continue", "overlap": 2 / 3},
                {"ring_id": "R2", "relation": "new"},
            ],
        ),
        linked=pl.Series("account_id", ["alice", "bob", "carol"]),
        switched_off=("no sessions: nothing is known of devices",),
        abstained=("spoofing: 3 of 20 days",),
    )


def empty_detection() -> Detection:
    return Detection(**{name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()})  # type: ignore[arg-type]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "\x00", "\x1a0", "\x1ae", "\\.", "\n\\.\n", "\r\n", '"', ",", "NULL", "\\N", "'; DROP TABLE runs; --"]
)
_VALUES: dict[pl.DataType, st.SearchStrategy[Any]] = {
    pl.String(): TEXT,
    pl.Float64(): st.floats(allow_nan=False),
    pl.Int64(): st.integers(-(2**63), 2**63 - 1),
    pl.Boolean(): st.booleans(),
    pl.Datetime("us", "UTC"): st.datetimes(timezones=st.just(UTC)),
    pl.List(pl.String()): st.lists(TEXT, max_size=3),
}


@st.composite
def detections(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Detection:
    """Any strings, floats, times and lists, nulls where the ledger allows them."""
    rings = draw(st.lists(TEXT, unique=True, max_size=3))
    keys = [{"ring_id": ring, "account_id": draw(TEXT)} for ring in rings]
    count = st.integers(0, 3)
    rows: dict[str, list[dict[str, Any]]] = {
        "rings": [{"ring_id": ring} for ring in rings],
        "members": keys,
        "evidence": [key for key in keys for _ in range(1 + draw(count))],
        **{name: [{} for _ in range(draw(count))] for name in ("individuals", "episodes", "harm")},
        "lineage": [{"ring_id": ring} for ring in rings],
    }
    required = {"tier", "size", "score", "role", "evidence_id", "account_id", "kind", "sentence", "episode_id"}
    required |= {"typology", "harmed_account_id", "relation"}
    optional = {"harm": {"kind"}, "individuals": {"role"}}
    filled = {}
    for name, given in rows.items():
        complete = []
        for row in given:
            # what stands above watch on two legs is in `small_detection`
            values = {"tier": draw(st.sampled_from(TIERS)) if name == "rings" else "watch"}
            for column, dtype in SCHEMAS[name].items():
                strategy = _VALUES[dtype]
                needed = column in required and column not in optional.get(name, set())
                values.setdefault(column, draw(strategy if needed else strategy | st.none()))
            complete.append({**values, **row})
        filled[name] = frame(name, complete)
    return Detection(**filled, linked=pl.Series("account_id", draw(st.lists(TEXT, max_size=3)), dtype=pl.String))
