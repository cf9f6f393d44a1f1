"""Rings of accounts that manipulate alike, and rings that share much and manipulate nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from graph.vocabulary import LinkKind
from models.conduct.authorship import DISPUTED
from models.coordination.alike import alike_pairs
from models.detect import detect
from models.detection import Detection
from models.links.entities import merge_entities
from models.parameters import CoordinationParameters
from models.rings.acting import acting_accounts
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd, ring


def graph(sharing: int = 12) -> Graph:
    made = Graph()
    if sharing:
        ring(made, "a", sharing)
    crowd(made, 300)
    return made


def rings_of(found: Detection) -> set[frozenset[str]]:
    return {frozenset(part["account_id"]) for part in found.members.partition_by("ring_id")}


SPOOF = ("spoofing", "BTC-USD", (0, 1, 2, 8, 9))
LAYER = ("layering", "ETH-USD", (0, 1, 2, 8, 9))
SPOOFERS, LAYERERS = ("c00001", "c00002", "c00003"), ("c00010", "c00011")
TWO_RINGS: Doing = {**dict.fromkeys(SPOOFERS, SPOOF), **dict.fromkeys(LAYERERS, LAYER)}
ELSEWHERE = ("spoofing", "BTC-USD", (21, 22, 23))


def test_who_manipulates_alike_is_a_ring_and_who_does_so_in_other_weeks_is_alone() -> None:
    found = detect(graph(0).snapshot(), conduct=conduct_of({**TWO_RINGS, "c00020": ELSEWHERE}))
    assert rings_of(found) == {frozenset(SPOOFERS), frozenset(LAYERERS)}
    assert found.individuals["account_id"].to_list() == ["c00020"]
    assert found.rings["summary"].str.contains("[23] accounts: they include [23] that manipulated").all()
    assert sorted(map(tuple, found.rings["typologies"].to_list())) == [("layering",), ("spoofing",)]


def test_the_row_that_puts_a_member_there_is_its_own_and_no_leg() -> None:
    found = detect(graph(0).snapshot(), conduct=conduct_of(TWO_RINGS))
    rows = found.evidence.filter(pl.col("kind") == "manipulated_alike")
    assert sorted(rows["account_id"]) == sorted(TWO_RINGS)
    assert (rows["author_account_id"] == rows["account_id"]).all()
    assert rows["leg"].null_count() == rows.height
    assert rows["decisive"].all()
    told = rows.filter(account_id="c00001")["sentence"].item()
    assert told == (
        "c00001 committed spoofing on 5 days, in markets and weeks in which 2 other members of the ring did too, "
        "alike by 1.0 of 1."
    )
    assert set(found.members["legs"].explode()) == {"conduct"}
    assert set(found.members["tier"]) == {"watch"}


def test_who_did_nothing_is_brought_in_by_nobody() -> None:
    found = detect(graph(0).snapshot(), conduct=conduct_of(TWO_RINGS))
    assert set(found.members["account_id"]) == set(TWO_RINGS)


@pytest.mark.parametrize(("acting", "told"), [(0, False), (1, False), (2, False), (3, True), (12, True)])
def test_a_ring_that_shares_much_is_told_only_if_a_quarter_of_it_acted(acting: int, told: bool) -> None:
    doing = {f"a{n:03d}": ("spoofing", f"M{n}", (7 * n, 7 * n + 1, 7 * n + 2)) for n in range(acting)}
    found = detect(graph().snapshot(), conduct=conduct_of(doing))
    assert found.rings.height == told
    assert found.individuals.height == (0 if told else acting)
    if told:
        score = dict(found.members.select("account_id", "score").iter_rows())
        assert all((score[account] > 0.5) == (account in doing) for account in score)


def test_where_conduct_cannot_be_seen_sharing_alone_makes_a_ring() -> None:
    assert detect(graph().snapshot(), conduct=conduct_of({}, looked=False)).rings.height == 1
    assert detect(graph().snapshot()).rings.height == 1


def test_who_acts_like_a_ring_of_shared_things_is_part_of_it() -> None:
    inside = dict.fromkeys([f"a{n:03d}" for n in range(4)], SPOOF)
    found = detect(graph().snapshot(), conduct=conduct_of({**inside, "c00001": SPOOF}))
    assert found.rings.height == 1
    assert "c00001" in set(found.members["account_id"])
    assert found.members.height == 13
    assert found.rings["summary"].str.contains("include 5 that manipulated the same markets").all()
    alike = found.evidence.filter(kind="manipulated_alike")
    assert alike["account_id"].to_list() == [*inside, "c00001"]
    assert alike["decisive"].all()


def test_without_its_decisive_rows_a_member_is_in_no_ring_and_without_some_it_still_is() -> None:
    """Detected again, without the acts and the links of one account."""
    doing = dict.fromkeys([f"a{n:03d}" for n in range(5)], SPOOF)
    rows = detect(graph().snapshot(), conduct=conduct_of(doing)).evidence.filter("decisive", account_id="a000")
    kinds = {LinkKind.USED_DEVICE: "used_shared_device", LinkKind.WITHDREW_TO: "withdrew_to_shared_address"}
    decisive = {(kind, target) for kind, target in rows.select("kind", "resource_id").iter_rows()}
    assert len(decisive) > 1

    def member(*, acts: bool, links: bool) -> bool:
        made = graph()
        for kind, name in kinds.items():
            made.links[kind] = [
                link for link in made.links[kind] if links or link[0] != "a000" or (name, link[1]) not in decisive
            ]
        did = {account: act for account, act in doing.items() if acts or account != "a000"}
        return "a000" in set(detect(made.snapshot(), conduct=conduct_of(did)).members["account_id"])

    assert member(acts=True, links=True)
    assert member(acts=True, links=False)
    assert member(acts=False, links=True)
    assert not member(acts=False, links=False)


def test_a_sibling_that_acts_elsewhere_is_told_for_itself() -> None:
    """Two accounts of one owner: only the one whose own acts are alike is a member."""
    made = graph(0)
    made.relation = "sub_account"
    made.add(LinkKind.DECLARED, ("c00001", "c00020"))
    found = detect(made.snapshot(), conduct=conduct_of({**TWO_RINGS, "c00020": ELSEWHERE}))
    assert rings_of(found) == {frozenset(SPOOFERS), frozenset(LAYERERS)}
    assert found.individuals["account_id"].to_list() == ["c00020"]


def test_a_family_that_manipulates_is_no_ring() -> None:
    made = graph(0)
    made.relation = "family"
    made.add(LinkKind.DECLARED, ("c00010", "c00011"))
    found = detect(made.snapshot(), conduct=conduct_of(TWO_RINGS))
    assert rings_of(found) == {frozenset(SPOOFERS)}
    assert found.individuals["account_id"].to_list() == list(LAYERERS)


def test_two_ways_of_acting_in_one_ring_are_told_apart() -> None:
    """Each row counts those who acted as its account did, and only the acts that were alike."""
    doing = {**dict.fromkeys([f"a{n:03d}" for n in range(3)], SPOOF)}
    doing |= dict.fromkeys([f"a{n:03d}" for n in range(6, 8)], LAYER)
    found = detect(graph().snapshot(), conduct=conduct_of(doing))
    rows = found.evidence.filter(pl.col("kind") == "manipulated_alike").sort("account_id")
    assert found.rings.height == 1
    assert rows["sentence"].str.extract(r"which (\d) other").to_list() == ["2", "2", "2", "1", "1"]
    assert rows["symbol"].to_list() == ["BTC-USD"] * 3 + ["ETH-USD"] * 2
    assert rows["decisive"].all()


def test_order_and_names_of_accounts_do_not_matter() -> None:
    made, doing = graph(), {**TWO_RINGS, **dict.fromkeys([f"a{n:03d}" for n in range(4)], SPOOF)}
    plain = detect(made.snapshot(), conduct=conduct_of(doing))
    shuffled = detect(made.snapshot(np.random.default_rng(1)), conduct=conduct_of(dict(reversed(doing.items()))))
    assert plain.members.equals(shuffled.members)
    assert plain.evidence.equals(shuffled.evidence)
    names = {name: f"z{number:05d}" for number, name in enumerate(reversed(made.accounts()))}
    renamed = detect(made.renamed(names).snapshot(), conduct=conduct_of({names[a]: did for a, did in doing.items()}))
    assert {frozenset(names[a] for a in each) for each in rings_of(plain)} == rings_of(renamed)


def test_strangers_in_a_popular_week_are_alike_in_nothing() -> None:
    """A key with more users than `most_users` says nothing, and a rare one more than a common one."""
    made = graph(0)
    snapshot = made.snapshot()
    entities = merge_entities(snapshot)
    doing = {f"c{n:05d}": ("spoofing", "BTC-USD", (0, 1, 2)) for n in range(20)}
    doing |= dict.fromkeys(["c00100", "c00101"], ("spoofing", "RARE-USD", (0, 1, 2)))
    days = acting_accounts(conduct_of(doing).days, snapshot, entities)
    pairs = alike_pairs(days, entities, CoordinationParameters(most_users=10))
    assert pairs.height == 1
    mixed = {**doing, "c00000": ("spoofing", "RARE-USD", (0, 1, 2))}
    days = pl.concat([days, acting_accounts(conduct_of(mixed).days, snapshot, entities)]).unique()
    weights = alike_pairs(days, entities, CoordinationParameters(least_affinity=0.0))
    both = entities.of_account[[snapshot.accounts["id"].index_of(name) for name in ("c00000", "c00001", "c00100")]]
    of = {(x, y): weight for x, y, weight in weights.iter_rows()}
    assert of[tuple(sorted((both[0], both[2])))] > of[tuple(sorted((both[0], both[1])))]  # type: ignore[index]


def test_the_times_are_those_of_the_acts() -> None:
    found = detect(graph(0).snapshot(), conduct=conduct_of(TWO_RINGS))
    assert found.rings["first_seen"].unique().to_list() == [datetime(2026, 1, 5, tzinfo=UTC)]
    assert found.rings["last_seen"].unique().to_list() == [datetime(2026, 1, 14, tzinfo=UTC)]


def test_what_members_share_beside_is_shown_and_moves_nothing() -> None:
    plain = graph(0)
    sharing = copy.deepcopy(plain).add(
        LinkKind.USED_DEVICE, *[(name, "one-phone") for name in (*SPOOFERS[:2], "c00200")]
    )
    conduct = conduct_of(TWO_RINGS)
    before, after = (detect(each.snapshot(), conduct=conduct) for each in (plain, sharing))
    rows = after.evidence.filter(kind="used_shared_device", resource_id="one-phone").sort("account_id")
    assert rows["account_id"].to_list() == list(SPOOFERS[:2])
    assert rows.select("weight", "decisive", "leg").unique().rows() == [(0.0, False, None)]
    assert rows["sentence"].str.contains("used by 1 other member of the ring and 1 outside it").all()
    assert after.rings["summary"].str.contains("share 1 device").sum() == 1
    assert after.members.equals(before.members)
    assert after.evidence["evidence_id"].is_unique().all()


def test_a_sibling_that_did_nothing_has_no_row() -> None:
    made = graph(0).add(LinkKind.OWNED_BY, ("c00001", "o1"), ("c00200", "o1"))
    made.add(LinkKind.USED_DEVICE, *[(name, "one-phone") for name in ("c00200", "c00002", "c00003")])
    found = detect(made.snapshot(), conduct=conduct_of(TWO_RINGS))
    assert "c00200" not in set(found.evidence["account_id"]) | set(found.members["account_id"])
    assert set(found.evidence.filter(resource_id="one-phone")["account_id"]) == {"c00002", "c00003"}


@pytest.mark.parametrize(("since", "leg"), [(1, False), (2, False), (9, False), (30, True)])
def test_acts_while_the_account_may_have_been_taken_over_are_no_leg(since: int, leg: bool) -> None:
    """Five days of acts, the last two a week later."""
    conduct = conduct_of(TWO_RINGS)
    began = int((datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=since)).timestamp()) * 1_000_000
    spans = pl.DataFrame([("c00001", began, 2**62)], schema=DISPUTED, orient="row")
    found = detect(graph(0).snapshot(), conduct=replace(conduct, disputed=spans))
    legs = dict(found.members.select("account_id", "legs").iter_rows())
    assert ("conduct" in legs.pop("c00001")) == leg
    assert all(shown == ["conduct"] for shown in legs.values())
    told = found.evidence.filter(kind="spoofing", account_id="c00001")["sentence"].item()
    assert ("disputed" in told) == (since < 30)
