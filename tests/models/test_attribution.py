"""Whose a device is: its first established user's, and using another's says something of the user alone."""

from __future__ import annotations

import copy
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models.conduct.authorship import DISPUTED
from models.detect import detect
from models.detection import Detection
from models.links.attribution import devices_of_others
from models.links.entities import merge_entities
from models.parameters import AttributionParameters
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd

PARAMETERS = AttributionParameters()
OWNER, USER, THIRD = "c00001", "c00002", "c00003"
Uses = dict[str, list[int]]
OWNED: Uses = {OWNER: [0, 10, 20]}
BORROWED: Uses = {**OWNED, USER: [30, 31, 32]}


def used(uses: Uses, graph: Graph | None = None) -> Graph:
    """Who uses one phone on which days; one other session begins the records."""
    made = graph or Graph()
    made.days[("c00250", "first-of-all")] = [0]
    made.add(LinkKind.USED_DEVICE, ("c00250", "first-of-all"))
    for account, days in uses.items():
        made.add(LinkKind.USED_DEVICE, (account, "phone"))
        made.days[(account, "phone")] = days
    return made


def borrowers(graph: Graph) -> list[tuple[str, str]]:
    """User and owner."""
    snapshot = graph.snapshot()
    entities = merge_entities(snapshot)
    first = {int(entity): snapshot.accounts["id"][n] for n, entity in reversed(list(enumerate(entities.of_account)))}
    rows = devices_of_others(snapshot, entities, PARAMETERS).select("account", "owner").rows()
    return [(snapshot.accounts["id"][account], first[owner]) for account, owner in rows]


def test_the_first_established_user_is_the_owner_and_who_comes_later_a_borrower() -> None:
    assert borrowers(used(BORROWED)) == [(USER, OWNER)]


@pytest.mark.parametrize(
    "uses",
    [
        {OWNER: [0, 10], USER: [30, 31, 32]},
        {**OWNED, USER: [30, 31]},
        {OWNER: [0, 10, 20], USER: [0, 31, 32]},
        {OWNER: [-5, 1, 2], USER: [1, 31, 32]},
        {**OWNED, **{f"c{n:05d}": [21] for n in range(10, 13)}, USER: [30, 31, 32]},
    ],
    ids=["an owner of two days", "a use of two days", "both first", "since the records began", "many before"],
)
def test_what_is_no_borrowing(uses: Uses) -> None:
    assert borrowers(used(uses)) == []


def test_undated_uses_a_household_and_a_known_service_say_nothing() -> None:
    undated = used(OWNED).add(LinkKind.USED_DEVICE, (USER, "phone"))
    assert borrowers(undated) == []
    family = used(BORROWED).add(LinkKind.DECLARED, (OWNER, USER))
    family.relation = "family"
    assert borrowers(family) == []
    siblings = used(BORROWED).add(LinkKind.OWNED_BY, (OWNER, "o"), (USER, "o"))
    assert borrowers(siblings) == []
    service = used(BORROWED)
    service.category["phone"] = "other_service"
    assert borrowers(service) == []


NEWCOMERS = st.sampled_from(["c00009", "c00010", "x1", "x2"])


@given(later=st.dictionaries(NEWCOMERS, st.sets(st.integers(31, 90), min_size=1)))
@settings(max_examples=40, deadline=None)
def test_who_comes_later_changes_nothing_for_those_who_were_there(later: dict[str, set[int]]) -> None:
    more = used({**BORROWED, **{account: sorted(days) for account, days in later.items()}})
    there = {OWNER, USER}
    assert [pair for pair in borrowers(more) if pair[0] in there] == [(USER, OWNER)]


@given(days=st.sets(st.integers(8, 90), min_size=3))
@settings(max_examples=40, deadline=None)
def test_a_copied_device_is_no_evidence_against_its_owner(days: set[int]) -> None:
    """However long the copy is used: it begins after the owner did."""
    copied = used({OWNER: [7, 95, 96], USER: sorted(days)})
    assert OWNER not in {account for account, _ in borrowers(copied)}


def ring_of(graph: Graph, *members: str, disputed: str | None = None) -> Detection:
    doing: Doing = dict.fromkeys(members, ("spoofing", "BTC-USD", (0, 1, 2, 8, 9)))
    crowd(graph, 300)
    rows = [(disputed, 0, 2**62)] if disputed else []
    spans = pl.DataFrame(rows, schema=DISPUTED, orient="row")
    return detect(graph.snapshot(), conduct=replace(conduct_of(doing), disputed=spans))


def legs(found: Detection) -> dict[str, list[str]]:
    return dict(found.members.select("account_id", "legs").iter_rows())


def test_a_member_on_another_members_device_has_both_legs_and_the_owner_one() -> None:
    found = ring_of(used(BORROWED), OWNER, USER, THIRD)
    assert legs(found) == {OWNER: ["conduct"], USER: ["conduct", "control"], THIRD: ["conduct"]}
    row = found.evidence.filter(leg="control")
    assert row.select("account_id", "author_account_id", "kind", "resource_id").rows() == [
        (USER, USER, "used_shared_device", "phone")
    ]
    assert set(found.members["tier"]) == {"watch"}


def test_the_owner_must_be_in_the_ring() -> None:
    graph = used({"c00200": [0, 10, 20], USER: [30, 31, 32], THIRD: [33, 34]})
    found = ring_of(graph, OWNER, USER, THIRD)
    assert found.evidence.filter(kind="used_shared_device").height == 2
    assert all("control" not in shown for shown in legs(found).values())


def test_sessions_of_an_account_that_may_have_been_taken_over_are_no_leg() -> None:
    found = ring_of(used(BORROWED), OWNER, USER, THIRD, disputed=USER)
    assert "control" not in legs(found)[USER]


def test_nobody_gets_a_leg_by_what_others_do_on_its_device() -> None:
    graph = used(OWNED)
    before = legs(ring_of(copy.deepcopy(graph), OWNER, USER, THIRD))
    attacked = used({**OWNED, **{f"x{n}": [25, 26, 27, 28] for n in range(5)}, USER: [29, 30, 31]})
    assert legs(ring_of(attacked, OWNER, USER, THIRD))[OWNER] == before[OWNER] == ["conduct"]
