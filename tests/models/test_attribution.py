"""Whose a device is: its first established user's; using it says something of the user alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models.conduct.authorship import DISPUTED
from models.detect import detect
from models.detection import Detection
from models.links.attribution import borrowed_devices
from models.links.entities import merge_entities
from models.parameters import AttributionParameters
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import START, Graph, crowd

OWNER, USER, THIRD = "c00001", "c00002", "c00003"
Uses = dict[str, list[int]]
OWNED: Uses = {OWNER: [0, 10, 20, 31, 33, 35]}
BORROWED: Uses = {**OWNED, USER: [30, 32, 34, 36]}
NO_DISPUTE = pl.DataFrame(schema=DISPUTED)


def used(uses: Uses) -> Graph:
    """Who uses one device on which days; accounts are opened on the day on which they begin."""
    made = Graph()
    for account, days in uses.items():
        made.add(LinkKind.USED_DEVICE, (account, "it"))
        made.days[(account, "it")] = days
        made.opened[account] = START + timedelta(days=days[0])
    return made


def borrowers(graph: Graph, disputed: pl.DataFrame = NO_DISPUTE) -> list[tuple[str, str]]:
    """User and owner."""
    snapshot = graph.snapshot()
    entities = merge_entities(snapshot)
    first = {int(entity): snapshot.accounts["id"][n] for n, entity in reversed(list(enumerate(entities.of_account)))}
    rows = borrowed_devices(snapshot, entities, disputed, AttributionParameters())
    return [(snapshot.accounts["id"][account], first[owner]) for account, owner in rows["account", "owner"].rows()]


def test_the_first_established_user_is_the_owner_and_who_comes_later_a_borrower() -> None:
    assert borrowers(used(BORROWED)) == [(USER, OWNER)]


HIS = [30, 32, 34, 36]


@pytest.mark.parametrize(
    "uses",
    [
        {OWNER: [0, 10, 31, 33, 35], USER: HIS},
        {**OWNED, USER: [30, 32, 34]},
        {OWNER: [0, 10, 20, 31, 33, 35], USER: [0, *HIS]},
        {OWNER: [0, 10, 20, 31, 33, 35], THIRD: [1, 2, 20], USER: HIS},
        {**OWNED, **{f"c{n:05d}": [21] for n in range(10, 13)}, USER: HIS},
        {**OWNED, **{f"c{n:05d}": [30] for n in range(10, 13)}, USER: HIS},
        {OWNER: [0, 10, 20], USER: HIS},
        {OWNER: [0, 10, 20, 31], USER: [30, 32, 33, 34, 35, 36]},
        {OWNER: [0, 10, 20, 37, 38, 39], USER: HIS},
        {OWNER: [0, 10, 20, 30, 32, 34, 36], USER: HIS},
    ],
    ids=[
        "not established before the user came", "two returns", "both first", "two established on one day",
        "many before", "many on the same day", "handed on", "one visit afterwards", "back after the user's last day",
        "back on the same days only",
    ],
)  # fmt: skip
def test_what_is_no_borrowing(uses: Uses) -> None:
    assert USER not in {user for user, _ in borrowers(used(uses))}


def test_a_user_whose_beginning_is_not_on_record_borrows_nothing() -> None:
    graph = used(BORROWED)
    graph.opened[USER] = START - timedelta(days=300)
    assert borrowers(graph) == []
    graph.opened.pop(USER)
    assert borrowers(graph) == []
    known = copy.deepcopy(graph).add(LinkKind.USED_DEVICE, (USER, "own"))
    known.days[(USER, "own")] = [16, 26, 29]
    assert borrowers(known) == [(USER, OWNER)]
    known.days[(USER, "own")] = [17, 26, 29]
    assert borrowers(known) == []


def test_undated_uses_a_household_and_a_known_service_say_nothing() -> None:
    undated = used(OWNED).add(LinkKind.USED_DEVICE, (USER, "it"))
    assert borrowers(undated) == []
    family = used(BORROWED).add(LinkKind.DECLARED, (OWNER, USER))
    family.relation = "family"
    assert borrowers(family) == []
    siblings = used(BORROWED).add(LinkKind.OWNED_BY, (OWNER, "o"), (USER, "o"))
    assert borrowers(siblings) == []
    service = used(BORROWED)
    service.category["it"] = "other_service"
    assert borrowers(service) == []


@given(later=st.dictionaries(st.sampled_from([f"x{n}" for n in range(50)]), st.sets(st.integers(31, 90), min_size=1)))
@settings(max_examples=30, deadline=None)
def test_who_comes_later_changes_nothing_for_those_who_were_there(later: dict[str, set[int]]) -> None:
    more = used({**BORROWED, **{account: sorted(days) for account, days in later.items()}})
    there = {OWNER, USER}
    assert [pair for pair in borrowers(more) if pair[0] in there] == [(USER, OWNER)]


@given(days=st.sets(st.integers(37, 90)))
@settings(max_examples=20, deadline=None)
def test_what_an_owner_does_after_the_users_last_day_changes_nothing(days: set[int]) -> None:
    for before, told in (([0, 10, 20], []), (OWNED[OWNER], [(USER, OWNER)])):
        assert borrowers(used({OWNER: [*before, *sorted(days)], USER: HIS})) == told


def test_days_of_dispute_do_not_count() -> None:
    graph = used(BORROWED)
    for first, last, told in ((28, 29, [(USER, OWNER)]), (33, 34, [])):
        span = [(START + timedelta(days=day)).timestamp() * 1e6 for day in (first, last + 0.5)]
        disputed = pl.DataFrame([(USER, *map(int, span))], schema=DISPUTED, orient="row")
        assert borrowers(graph, disputed) == told


@given(days=st.sets(st.integers(8, 90), min_size=3))
@settings(max_examples=40, deadline=None)
def test_a_copied_device_is_no_evidence_against_its_owner(days: set[int]) -> None:
    """However long the copy is used: it begins after the owner did."""
    copied = used({OWNER: [7, 95, 96], USER: sorted(days)})
    assert OWNER not in {account for account, _ in borrowers(copied)}


def test_a_touch_long_ago_owns_nothing() -> None:
    """Somebody who was there once before anybody, and comes back, is no owner of what others established since."""
    uses = {"x1": [0, 40, 41], OWNER: [5, 10, 20, 31, 33, 35], USER: HIS}
    assert (USER, OWNER) in borrowers(used(uses))


def ring_of(graph: Graph, *members: str, disputed: str | None = None) -> Detection:
    doing: Doing = dict.fromkeys(members, ("spoofing", "BTC-USD", (0, 1, 2, 8, 9)))
    opened = dict(graph.opened)
    crowd(graph, 300)
    graph.opened |= opened
    rows = [(disputed, 0, 2**62)] if disputed else []
    spans = pl.DataFrame(rows, schema=DISPUTED, orient="row")
    return detect(graph.snapshot(), conduct=replace(conduct_of(doing), disputed=spans))


def legs(found: Detection) -> dict[str, list[str]]:
    return dict(found.members.select("account_id", "legs").iter_rows())


def test_a_member_on_another_members_device_has_both_legs_and_the_owner_one() -> None:
    found = ring_of(used(BORROWED), OWNER, USER, THIRD)
    assert legs(found) == {OWNER: ["conduct"], USER: ["conduct", "control"], THIRD: ["conduct"]}
    told = found.evidence.filter(leg="control")
    assert told.select("account_id", "author_account_id", "other_account_id", "kind", "resource_id").rows() == [
        (USER, USER, OWNER, "used_members_device", "it")
    ]
    assert told["sentence"].item() == (
        f"{USER} used device it again on 3 days on which it had been with member {OWNER}, whose it was before."
    )
    assert set(told["event_ids"].item()) == {f"{LinkKind.USED_DEVICE}:{USER}:it:{day}" for day in HIS}
    assert set(found.members["tier"]) == {"watch"}
    assert dict(found.provisional["account_id", "tier"].rows()) == {OWNER: "watch", USER: "review", THIRD: "watch"}


@pytest.mark.parametrize(("days", "leg"), [([30, 31], False), ([30, 31, 32], True)])
def test_transfers_to_another_member_on_three_days_are_a_leg_of_the_sender(days: list[int], leg: bool) -> None:
    graph = Graph().add(LinkKind.TRANSFERRED_TO, (USER, OWNER))
    graph.days[(USER, OWNER)] = days
    found = ring_of(graph, OWNER, USER, THIRD)
    assert legs(found) == {OWNER: ["conduct"], USER: ["conduct", "control"][: 1 + leg], THIRD: ["conduct"]}


def test_what_a_household_keeps_to_itself_is_no_leg() -> None:
    graph = Graph().add(LinkKind.TRANSFERRED_TO, (USER, OWNER)).add(LinkKind.DECLARED, (OWNER, USER))
    graph.days[(USER, OWNER)] = [30, 31, 32]
    graph.relation = "family"
    found = ring_of(graph, OWNER, USER, THIRD, "c00004")
    assert {OWNER, USER} <= set(found.members["account_id"])
    assert found.evidence.filter(kind="funded_member").is_empty()


def test_the_owner_must_be_in_the_ring() -> None:
    graph = used({"c00200": OWNED[OWNER], USER: HIS, THIRD: [33, 34]})
    found = ring_of(graph, OWNER, USER, THIRD)
    assert found.evidence.filter(kind="used_shared_device").height == 2
    assert all("control" not in shown for shown in legs(found).values())


def test_sessions_of_an_account_that_may_have_been_taken_over_are_no_leg() -> None:
    found = ring_of(used(BORROWED), OWNER, USER, THIRD, disputed=USER)
    assert "control" not in legs(found)[USER]


def test_nobody_gets_a_leg_by_what_others_do_on_its_device() -> None:
    before = legs(ring_of(used(OWNED), OWNER, USER, THIRD))
    attacked = used({**OWNED, **{f"x{n}": [25, 26, 27, 28] for n in range(5)}, USER: HIS})
    assert legs(ring_of(attacked, OWNER, USER, THIRD))[OWNER] == before[OWNER] == ["conduct"]
