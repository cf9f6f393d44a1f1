"""Laws of the whole way from snapshot to rings."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models.detect import detect
from models.detection import Detection
from models.parameters import Parameters, SimilarityParameters
from tests.models.graphs import START, Graph, crowd, ring


def two_rings(seed: int = 0) -> Graph:
    graph = Graph()
    ring(graph, "a", 12)
    ring(graph, "b", 15)
    crowd(graph, 300, seed)
    return graph


def rings_of(found: Detection) -> set[frozenset[str]]:
    grouped = found.members.group_by("ring_id").agg("account_id")
    return {frozenset(ids) for ids in grouped["account_id"]}


def planted(name: str, size: int) -> frozenset[str]:
    return frozenset(f"{name}{i:03d}" for i in range(size))


def tables(found: Detection) -> dict[str, pl.DataFrame]:
    return dict(found.tables())


def test_planted_rings_are_found_and_nobody_else() -> None:
    assert rings_of(detect(two_rings().snapshot())) == {planted("a", 12), planted("b", 15)}


def test_every_member_has_evidence_with_events_and_an_author() -> None:
    found = detect(two_rings().snapshot())
    assert found.members.height == 27
    rows = found.members.join(found.evidence, on=["ring_id", "account_id"])
    assert set(rows["account_id"]) == set(found.members["account_id"])
    assert rows["event_ids"].list.len().min() == 1
    assert (rows["author_account_id"] == rows["account_id"]).all()
    assert found.evidence["evidence_id"].is_unique().all()
    assert set(found.members["tier"]) == {"watch"}
    assert set(found.rings["certificate_kind"]) == {"none"}


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_order_of_rows_changes_nothing(seed: int) -> None:
    graph = two_rings()
    shuffled = detect(graph.snapshot(np.random.default_rng(seed)))
    for name, table in tables(detect(graph.snapshot())).items():
        assert table.equals(tables(shuffled)[name]), name


def tangle(seed: int, *, dated: bool) -> Graph:
    """Groups that overlap and have no clean borders, so that a community detection has choices to make."""
    rng = np.random.default_rng(seed)
    graph = Graph()
    for i in range(400):
        name = f"t{i:04d}"
        if dated:
            graph.opened[name] = START + timedelta(seconds=int(rng.integers(0, 10_000_000)))
            graph.volume[name] = float(rng.lognormal(7, 2))
        for n in range(5):
            group = i // 15 + int(rng.random() < 0.25)
            if rng.random() < 0.8:
                graph.add(LinkKind.WITHDREW_TO, (name, f"x{group}-{n}"))
    return graph


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_other_account_ids_give_the_same_rings(seed: int, *, dated: bool) -> None:
    graph = tangle(seed, dated=dated)
    names = graph.accounts()
    drawn = np.random.default_rng(seed).permutation(len(names))
    other = {name: f"z{int(n):06d}" for name, n in zip(names, drawn, strict=True)}
    found = rings_of(detect(graph.snapshot()))
    assert len(found) > 3
    assert rings_of(detect(graph.renamed(other).snapshot())) == {frozenset(other[a] for a in ids) for ids in found}


def test_an_unrelated_crowd_changes_no_ring() -> None:
    before = detect(two_rings().snapshot())
    graph = two_rings()
    crowd(graph, 50, seed=9, name="other")
    for n in range(100):
        ring(graph, f"family{n:03d}-", 2, resources=4)
    assert rings_of(detect(graph.snapshot())) == rings_of(before)


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (LinkKind.TRANSFERRED_TO, ("a000", "b000")),
        (LinkKind.USED_DEVICE, ("a000", "b-device0")),
        (LinkKind.WITHDREW_TO, ("b003", "a-address")),
    ],
)
def test_one_link_never_merges_two_rings(kind: LinkKind, link: tuple[str, str]) -> None:
    graph = two_rings().add(kind, link)
    groups = rings_of(detect(graph.snapshot()))
    assert len(groups) == 2
    assert not any(planted("a", 12) & group and planted("b", 15) & group for group in groups)


@pytest.mark.parametrize("kind", [LinkKind.WITHDREW_TO, LinkKind.TRANSFERRED_TO, LinkKind.DEPOSITED_FROM])
def test_a_fan_in_of_5000_accounts_makes_no_ring(kind: LinkKind) -> None:
    graph = Graph()
    people = crowd(graph, 5_000)
    graph.add(kind, *[(person, "everybody") for person in people])
    assert detect(graph.snapshot()).members.is_empty()


def test_a_known_service_links_nobody() -> None:
    graph = two_rings()
    for name in ("a", "b"):
        graph.category |= {f"{name}-device0": "public_device", f"{name}-device1": "office", f"{name}-address": "bridge"}
    assert detect(graph.snapshot()).members.is_empty()


def test_accounts_of_one_declared_owner_are_no_ring() -> None:
    graph = two_rings()
    graph.add(LinkKind.OWNED_BY, *[(member, "company") for member in planted("a", 12)])
    assert rings_of(detect(graph.snapshot())) == {planted("b", 15)}


@pytest.mark.parametrize("relation", ["family", "sub_account"])
def test_a_declared_relation_explains_what_is_shared(relation: str) -> None:
    graph = two_rings()
    graph.relation = relation
    graph.add(LinkKind.DECLARED, *[("a000", member) for member in sorted(planted("a", 12)) if member != "a000"])
    assert rings_of(detect(graph.snapshot())) == {planted("b", 15)}


def test_copy_trading_does_not_explain_a_shared_device() -> None:
    graph = two_rings()
    graph.relation = "copy_trading"
    graph.add(LinkKind.DECLARED, *[("a000", member) for member in sorted(planted("a", 12)) if member != "a000"])
    assert planted("a", 12) in rings_of(detect(graph.snapshot()))


def test_an_account_without_links_is_in_no_ring_however_alike() -> None:
    graph = two_rings()
    graph.opened["twin"] = START
    graph.volume["twin"] = 1000.0
    assert "twin" not in set(detect(graph.snapshot()).members["account_id"])


def test_removing_the_decisive_rows_takes_the_member_out() -> None:
    graph = two_rings()
    found = detect(graph.snapshot())
    for member in ("a000", "a007", "b014"):
        rows = found.evidence.filter((pl.col("account_id") == member) & pl.col("decisive"))
        assert rows.height > 0
        removed = {(row["kind"], row["resource_id"]) for row in rows.iter_rows(named=True)}
        less = two_rings()
        less.links[LinkKind.USED_DEVICE] = [
            link
            for link in less.links[LinkKind.USED_DEVICE]
            if link[0] != member or ("used_shared_device", link[1]) not in removed
        ]
        less.links[LinkKind.WITHDREW_TO] = [
            link
            for link in less.links[LinkKind.WITHDREW_TO]
            if link[0] != member or ("withdrew_to_shared_address", link[1]) not in removed
        ]
        after = detect(less.snapshot())
        assert member not in set(after.members["account_id"])
        assert after.members.height == found.members.height - 1


def test_evidence_weights_of_a_member_add_up_to_its_support() -> None:
    """Twelve members on three resources: eleven pairs each, three links a pair of 1 / log2(12), counted in full by
    corroboration but for the logistic's tail."""
    untaught = Parameters(similarity=SimilarityParameters(shrink=1e18))
    found = detect(two_rings().snapshot(), untaught)
    support = found.evidence.filter(pl.col("account_id") == "a000")["weight"].sum()
    assert support == pytest.approx(11 * 3 / np.log2(12) / (1 + np.exp(-3)), rel=1e-6)


def test_a_deposit_that_arrives_is_nobodys_own_act() -> None:
    graph = two_rings()
    graph.links[LinkKind.DEPOSITED_FROM] = graph.links.pop(LinkKind.USED_DEVICE)
    graph.links.pop(LinkKind.WITHDREW_TO)
    found = detect(graph.snapshot())
    assert set(found.evidence["author_account_id"]) <= {None}
    assert set(found.members["role"]) <= {"linked"}


def test_no_row_counts_for_a_leg_before_resources_are_attributed() -> None:
    """Strangers clone a victim's device and dust its wallets: whatever that nominates, it is no leg of the victim."""
    graph = two_rings()
    victim = "c00007"
    graph.add(LinkKind.WITHDREW_TO, (victim, "wallet-1"), (victim, "wallet-2"))
    for n in range(7):
        graph.add(LinkKind.USED_DEVICE, (f"stranger{n}", "c-own7"))
        graph.add(LinkKind.WITHDREW_TO, (f"stranger{n}", "wallet-1"), (f"stranger{n}", "wallet-2"))
    found = detect(graph.snapshot())
    assert found.evidence["leg"].null_count() == found.evidence.height
    assert found.members["legs"].list.len().sum() == 0
    assert set(found.members["tier"]) == {"watch"}


def test_what_arrives_takes_no_weight_from_ones_own_acts() -> None:
    graph = two_rings()
    plain = detect(graph.snapshot()).evidence
    graph.add(LinkKind.DEPOSITED_FROM, ("a000", "a-address"))
    dusted = detect(graph.snapshot()).evidence
    own = (pl.col("account_id") == "a000") & (pl.col("author_account_id") == "a000")
    columns = ["kind", "resource_id", "weight"]
    assert dusted.filter(own).select(columns).equals(plain.filter(own).select(columns))
    row = dusted.filter((pl.col("account_id") == "a000") & (pl.col("kind") == "deposited_from_shared_address"))
    assert row["weight"].to_list() == [0.0]


def test_networks_alone_link_nobody() -> None:
    graph = Graph()
    people = crowd(graph, 200)
    rng = np.random.default_rng(0)
    for person in people[:60]:
        graph.add(LinkKind.SEEN_AT_IP, *[(person, f"nat{n}") for n in rng.choice(8, 5, replace=False)])
    assert detect(graph.snapshot()).members.is_empty()


def test_a_declared_family_and_a_guest_are_no_ring() -> None:
    graph = Graph(relation="family")
    crowd(graph, 200)
    members = ring(graph, "f", 11)
    graph.add(LinkKind.DECLARED, *[(members[0], member) for member in members[1:10]])
    assert detect(graph.snapshot()).members.is_empty()


def test_one_transfer_on_two_books_is_one_transfer() -> None:
    graph = two_rings()
    graph.add(LinkKind.OWNS_ADDRESS, ("a001", "assigned"))
    graph.add(LinkKind.WITHDREW_TO, ("a000", "assigned"))
    graph.add(LinkKind.TRANSFERRED_TO, ("a000", "a001"))
    rows = detect(graph.snapshot()).evidence.filter(pl.col("kind") == "sent_to_member")
    assert rows.select("account_id", "other_account_id", "count").rows() == [("a000", "a001", 1)]


def test_what_arrives_from_an_assigned_address_is_not_its_owners_act() -> None:
    graph = two_rings()
    graph.add(LinkKind.OWNS_ADDRESS, ("a001", "assigned"))
    graph.add(LinkKind.DEPOSITED_FROM, ("a002", "assigned"))
    assert detect(graph.snapshot()).evidence.filter(pl.col("kind").str.contains("member")).is_empty()


def test_transfers_among_members_give_roles() -> None:
    graph = two_rings()
    graph.add(LinkKind.TRANSFERRED_TO, *[("a000", f"a{i:03d}") for i in range(1, 6)])
    graph.add(LinkKind.TRANSFERRED_TO, *[(f"b{i:03d}", "b000") for i in range(1, 6)])
    members = detect(graph.snapshot()).members
    roles = dict(members.select("account_id", "role").rows())
    assert roles["a000"] == "funder"
    assert roles["b000"] == "beneficiary"
    paid = two_rings()
    paid.links.pop(LinkKind.WITHDREW_TO)
    for n in range(3):
        paid.add(LinkKind.USED_DEVICE, *[(m, f"a-more{n}") for m in planted("a", 12)])
    paid.add(LinkKind.TRANSFERRED_TO, *[(f"a{i:03d}", "a000") for i in range(1, 6)])
    dusted = detect(paid.snapshot()).members
    assert dict(dusted.select("account_id", "role").rows())["a000"] == "participant"
    assert roles["a005"] == "participant"


def test_a_family_is_too_small_to_be_told_from_a_ring_by_sharing_alone() -> None:
    graph = Graph()
    crowd(graph, 200)
    ring(graph, "f", 5, resources=4)
    assert detect(graph.snapshot()).members.is_empty()


def test_nothing_in_nothing_out() -> None:
    found = detect(Graph().snapshot())
    assert all(table.is_empty() for table in tables(found).values())
    assert len(found.switched_off) > 0


def test_more_repetition_never_weakens_and_dates_are_kept() -> None:
    graph = two_rings()
    snapshot = graph.snapshot()
    dated = {
        kind: frame.with_columns(
            days=pl.lit(3, pl.Int32),
            first_ts=pl.lit(START).dt.cast_time_unit("us"),
            last_ts=pl.lit(START + timedelta(days=2)).dt.cast_time_unit("us"),
        )
        for kind, frame in snapshot.links.items()
    }
    found = detect(type(snapshot)(None, snapshot.nodes, dated))
    assert rings_of(found) == {planted("a", 12), planted("b", 15)}
    assert set(found.members["days_active"]) == {3}
    assert set(found.rings["first_seen"]) == {START}


def test_bytes_do_not_depend_on_the_number_of_threads() -> None:
    code = (
        "import hashlib\n"
        "from tests.models.test_detect import *\n"
        "frames = [t.write_ndjson().encode() for t in tables(detect(two_rings().snapshot())).values()]\n"
        "print(hashlib.sha256(b''.join(frames)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"POLARS_MAX_THREADS": threads},
            check=True,
            capture_output=True,
        ).stdout
        for threads in ("1", "2", "4")
    }
    assert len(digests) == 1
