"""Nobody is above `watch` on too little, and nobody by what others did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DetectionError
from models import tables
from models.conduct.find import Conduct
from models.detect import detect
from models.legs import LEAST_CONDUCT_DAYS, Leg, check_legs
from models.rings.conduct_rows import CONDUCT_KINDS
from tests.models.graphs import Graph, crowd, ring

START = datetime(2026, 1, 5, tzinfo=UTC)


def rows(schema: pl.Schema, *given: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in given], schema=schema)


def evidence(leg: str | None, ring_id: str | None = "R", author: str = "ann") -> dict[str, object]:
    days = {"first_ts": START, "last_ts": START + timedelta(days=2)}
    return {"ring_id": ring_id, "account_id": "ann", "author_account_id": author, "leg": leg, **days}


def refused(tier: str, *shown: dict[str, object], role: str = "participant", alone: bool = False) -> bool:
    who = {"ring_id": "R", "account_id": "ann", "tier": tier, "role": role}
    members = rows(tables.MEMBERS, *([] if alone else [who]))
    individuals = rows(tables.INDIVIDUALS, *([who] if alone else []))
    try:
        check_legs(members, individuals, rows(tables.EVIDENCE, *shown))
    except DetectionError:
        return True
    return False


@pytest.mark.parametrize("tier", ["review", "freeze"])
def test_a_member_needs_conduct_and_another_leg_of_its_own(tier: str) -> None:
    assert not refused(tier, evidence("conduct"), evidence("control"))
    assert not refused(tier, evidence("conduct"), evidence("coordination"))
    assert refused(tier)
    assert refused(tier, evidence("conduct"), evidence("conduct"))
    assert refused(tier, evidence("control"), evidence("coordination"))
    assert refused(tier, evidence("conduct"), evidence(None))
    assert refused(tier, evidence("conduct"), evidence("control", author="bob"))
    assert refused(tier, evidence("conduct"), evidence("control", ring_id="S"))
    assert refused(tier, evidence("conduct"), evidence("control"), role="linked")


def test_who_acts_alone_needs_conduct_and_is_never_frozen() -> None:
    assert not refused("review", evidence("conduct", ring_id=None), alone=True)
    assert refused("review", evidence("control", ring_id=None), alone=True)
    assert refused("review", evidence("conduct"), alone=True)
    assert refused("review", evidence("conduct", ring_id=None, author="bob"), alone=True)
    assert refused("freeze", evidence("conduct", ring_id=None), evidence("control", ring_id=None), alone=True)


def test_on_watch_nothing_is_asked() -> None:
    assert not refused("watch")
    assert not refused("watch", alone=True)


def conduct_of(*accounts: str, days: int = LEAST_CONDUCT_DAYS, typology: str = "spoofing") -> Conduct:
    own = rows(
        tables.CONDUCT,
        *(
            {"account_id": account, "typology": typology, "symbols": ["BTC-USD"], "count": 2 * days, "days": days,
             "first_ts": START, "last_ts": START, "p_value": 1e-9, "event_ids": [f"{account}-1"]}
            for account in sorted(accounts)
        ),
    )  # fmt: skip
    return Conduct(own=own)


def one_ring() -> Graph:
    graph = Graph()
    ring(graph, "a", 12)
    crowd(graph, 300)
    return graph


def test_conduct_is_a_leg_of_a_member_and_a_finding_of_who_acts_alone() -> None:
    found = detect(one_ring().snapshot(), conduct=conduct_of("a001", "a002", "c00007"))
    legs = dict(found.members.select("account_id", "legs").iter_rows())
    assert [account for account, shown in legs.items() if shown] == ["a001", "a002"]
    assert legs["a001"] == [Leg.CONDUCT]
    assert found.rings["typologies"].to_list() == [["spoofing"]]
    assert found.individuals["account_id"].to_list() == ["c00007"]
    assert found.individuals["score"].to_list() == [0.5]
    told = found.evidence.filter(pl.col("kind").is_in(CONDUCT_KINDS))
    assert (told["author_account_id"] == told["account_id"]).all()
    assert told["sentence"][-1] == (
        "c00007 withdrew large orders right after a trade on the other side, 6 times on 3 days in BTC-USD."
    )
    assert set(found.members["tier"]) | set(found.individuals["tier"]) == {"watch"}
    assert found.evidence["evidence_id"].is_unique().all()


def test_what_one_member_does_is_not_what_the_ring_does() -> None:
    found = detect(one_ring().snapshot(), conduct=conduct_of("a001"))
    assert found.rings["typologies"].to_list() == [[]]


@given(days=st.integers(1, LEAST_CONDUCT_DAYS - 1), typology=st.sampled_from(CONDUCT_KINDS))
@settings(max_examples=5, deadline=None)
def test_fewer_days_are_no_leg_whatever_the_parameters(days: int, typology: str) -> None:
    found = detect(one_ring().snapshot(), conduct=conduct_of("a001", "c00007", days=days, typology=typology))
    assert found.members["legs"].list.len().sum() == 0
    assert found.evidence["leg"].null_count() == found.evidence.height


def test_conduct_moves_nobody_into_a_ring_and_nobodys_score() -> None:
    graph = one_ring()
    plain, with_conduct = detect(graph.snapshot()), detect(graph.snapshot(), conduct=conduct_of("a001", "c00007"))
    assert plain.members.drop("legs").equals(with_conduct.members.drop("legs"))
