"""The tape into a graph store, in one go and segment by segment: always the graph of the whole tape."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from graph.aggregate import link_batches, node_batches
from graph.ingest import Keying, ingest_records
from graph.load import load_graph, snapshot_of
from graph.snapshot import Snapshot
from graph.store.opening import open_store
from graph.store.port import Bounds
from graph.tape import Tape
from graph.vocabulary import LINK_SCHEMA, NODE_SCHEMAS, AccountId, LinkKind, NodeKind
from tests.graph.snapshots import same_snapshot
from tests.graph.worlds import START, Row, World, hand_over, world

DAY = START.date()


def parts_of(records: World, count: int) -> list[World]:
    """Records handed over bit by bit; the services come last, so that they change what is stored already."""
    parts = [{name: rows[place::count] for name, rows in records.items()} for place in range(count)]
    for part in parts:
        part["accounts"] = part["accounts"] or records["accounts"][:1]
        part["known_services"] = []
    parts[-1]["known_services"] = records["known_services"]
    return parts


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("as_of", [None, DAY + timedelta(days=2)])
def test_a_store_fed_by_segments_equals_the_tape(seed: int, as_of: date | None, tmp_path: Path) -> None:
    records = world(seed)
    expires = {**records["known_services"][1], "identifier": "10.0.0.0/17", "category": "vpn"}
    records["known_services"].append({**expires, "expires_at": START + timedelta(days=3)})
    tape = Tape(tmp_path / "tape")
    with closing(open_store(str(tmp_path / "graph.sqlite"))) as store:
        store.prepare()
        for place, part in enumerate(parts_of(records, 3)):
            ingest_records(hand_over(part, tmp_path / str(place)), tape)
            assert load_graph(tape, store) == (tape.segments()[-1].name,)
            same_snapshot(store.snapshot(as_of), snapshot_of(tape, as_of))
        assert load_graph(tape, store) == ()
    whole = Tape(tmp_path / "whole")
    ingest_records(hand_over(records, tmp_path / "input"), whole)
    same_snapshot(snapshot_of(whole, as_of), snapshot_of(tape, as_of))


def test_neither_an_expiry_nor_a_date_in_the_future_makes_evidence(tmp_path: Path) -> None:
    """What was done under a declaration stays explained; one that ended before the first event never explained it."""
    session = {"account_id": "a", "device_id": "X", "ip": "10.0.0.1"}
    first: World = {
        "accounts": [{"account_id": "a"}],
        "sessions": [{**session, "ts": START}],
        "known_services": [
            {"kind": kind, "identifier": name, "category": "office", "expires_at": START + timedelta(days=1)}
            for kind, name in (("device", "X"), ("ip", "10.0.0.0/8"))
        ],
    }
    first["known_services"].append(
        {"kind": "device", "identifier": "Y", "category": "office", "expires_at": START - timedelta(days=1)}
    )
    later: World = {
        "accounts": [{"account_id": "b"}],
        "sessions": [{"account_id": "b", "device_id": "Y", "ip": "10.0.0.2", "ts": START + timedelta(days=20_000)}],
    }
    earlier: World = {
        "accounts": [{"account_id": "c"}],
        "sessions": [{"account_id": "c", "device_id": "Z", "ts": START - timedelta(days=2)}],
    }
    tape = Tape(tmp_path / "tape")
    steps = ((first, ["office"]), (later, ["office", None]), (earlier, ["office", "office", None]))
    with closing(open_store(str(tmp_path / "graph.sqlite"))) as store:
        store.prepare()
        for place, (records, wanted) in enumerate(steps):
            ingest_records(hand_over(records, tmp_path / str(place)), tape)
            load_graph(tape, store)
            snapshot = store.snapshot()
            assert snapshot.nodes[NodeKind.DEVICE]["category"].to_list() == wanted
            assert set(snapshot.nodes[NodeKind.IP_ADDRESS]["category"]) == {"office"}


def fill(trade: str, maker: str, taker: str, status: str | None = None, **others: object) -> Row:
    ends = {"maker_account_id": maker, "taker_account_id": taker, "taker_side": "buy"}
    return {
        "trade_id": trade,
        "symbol": "X",
        "price": 2,
        "quantity": 1,
        "ts": START,
        **ends,
        "status": status,
        **others,
    }


SAID = {
    "normal": [
        *(fill(f"ab{n}", "a", "b") for n in range(3)),
        *(fill(f"bc{n}", "b", "c") for n in range(2)),
        *(fill(f"ca{n}", "c", "a") for n in range(2)),
        *(fill(f"de{n}", "d", "e") for n in range(3)),
    ],
    "corrected": [
        fill("ab0", "a", "b", "corrected", price=5, ts=START + timedelta(days=3)),
        fill("ab1", "c", "b", "corrected"),
        fill("ca0", "c", "b", "corrected"),
        fill("bc0", "b", "c", "corrected", price=7),
        fill("de0", "e", "d", "corrected"),
    ],
    "busted": [fill("bc0", "b", "c", "busted"), fill("bc1", "b", "c", "busted"), fill("never", "a", "c", "busted")],
}
LINKED = [("a", "b", 2, 7.0), ("c", "b", 2, 4.0), ("d", "e", 2, 4.0)]
"""Two of a and b stand, one of them at another price; two of others became c's and b's; b's and c's are undone; of d's
and e's three, one was the other way round."""


def linked(snapshot: Snapshot) -> list[tuple[str, str, int, float]]:
    names = snapshot.nodes[NodeKind.ACCOUNT]["id"]
    rows = snapshot.links[LinkKind.TRADED_WITH].select("source", "target", "count", "volume").rows()
    return [(names[source], names[target], count, volume) for source, target, count, volume in rows]


@pytest.mark.parametrize("arrival", [*permutations(SAID), ("all",)])
def test_revisions_reach_links_that_are_stored(arrival: tuple[str, ...], tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape")
    with closing(open_store(str(tmp_path / "graph.sqlite"))) as store:
        store.prepare()
        for word in arrival:
            rows = SAID.get(word, [row for rows in SAID.values() for row in rows])
            ingest_records(hand_over({"accounts": [{"account_id": "a"}], "trades": rows}, tmp_path / word), tape)
            load_graph(tape, store)
            same_snapshot(store.snapshot(), snapshot_of(tape))
        assert linked(store.snapshot()) == LINKED
        around = store.neighbourhood(AccountId("b"), Bounds()).nodes
        assert dict(around.select("id", "degree").iter_rows()) == {"a": 1, "b": 2, "c": 1}
    assert tape.quarantine().is_empty()


def test_a_revision_reaches_links_of_a_load_that_was_interrupted(tmp_path: Path) -> None:
    """Its segment counts as lacking, so everything is fresh; its links are in the store all the same."""
    tape = Tape(tmp_path / "tape")
    with closing(open_store(str(tmp_path / "graph.sqlite"))) as store:
        store.prepare()
        accounts = [{"account_id": "a"}]
        ingest_records(hand_over({"accounts": accounts, "trades": SAID["normal"]}, tmp_path / "1"), tape)
        for node in (NodeKind.ACCOUNT, NodeKind.SYMBOL):
            store.upsert_nodes(node, pl.concat(node_batches(tape, node)))
        store.upsert_links(LinkKind.TRADED_WITH, pl.concat(link_batches(tape, LinkKind.TRADED_WITH)))
        ingest_records(hand_over({"accounts": accounts, "trades": SAID["busted"]}, tmp_path / "2"), tape)
        load_graph(tape, store)
        assert linked(store.snapshot()) == [("a", "b", 3, 6.0), ("c", "a", 2, 4.0), ("d", "e", 3, 6.0)]
        same_snapshot(store.snapshot(), snapshot_of(tape))


def test_segments_give_only_what_they_touch(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape")
    for place, part in enumerate(parts_of(world(2), 3)):
        ingest_records(hand_over(part, tmp_path / str(place)), tape)
    last = [tape.segments()[-1].name]
    fewer = 0
    for link in LinkKind:
        whole = pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *link_batches(tape, link)])
        touched = pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *link_batches(tape, link, last)])
        fewer += whole.height - touched.height
        keys = touched.select("source", "target", "qualifier")
        assert whole.join(keys, on=keys.columns, how="semi", maintain_order="left").equals(touched)
    assert fewer > 0
    for node in NodeKind:
        nodes = pl.concat([pl.DataFrame(schema=NODE_SCHEMAS[node]), *node_batches(tape, node)])
        some = pl.concat([pl.DataFrame(schema=NODE_SCHEMAS[node]), *node_batches(tape, node, last)])
        assert nodes.join(some.select("id"), on="id", how="semi", maintain_order="left").equals(some)


def test_keyed_records_make_the_same_graph(tmp_path: Path) -> None:
    """Keying renames resources and moves nothing else."""
    source = hand_over(world(9), tmp_path / "input")
    plain, keyed = Tape(tmp_path / "plain"), Tape(tmp_path / "keyed")
    ingest_records(source, plain)
    ingest_records(source, keyed, keying=Keying(b"0123456789abcdef"))
    left, right = snapshot_of(plain), snapshot_of(keyed)
    for kind in (NodeKind.ACCOUNT, NodeKind.ENTITY, NodeKind.SYMBOL):
        assert left.nodes[kind].equals(right.nodes[kind])
    for link in LinkKind:
        shape = ["source", "qualifier", "count", "days", "first_ts", "last_ts"]
        assert left.links[link].select(shape).sort(shape).equals(right.links[link].select(shape).sort(shape))
        degrees = [snap.links[link].group_by("target").len()["len"].sort().to_list() for snap in (left, right)]
        assert degrees[0] == degrees[1]
