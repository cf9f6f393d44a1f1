"""What every graph store must do, asked of both."""

from __future__ import annotations

import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date

import polars as pl
import pytest

from graph.errors import SettingsError, StoreError
from graph.store.neo4j import Neo4jGraphStore
from graph.store.opening import open_store
from graph.store.port import Bounds, GraphStore
from graph.store.sqlite import SqliteGraphStore
from graph.vocabulary import AccountId, LinkKind, NodeKind, RunId
from tests.graph.store.analyst import shown_members, watched_members
from tests.graph.store.records import Graph, link, links, nodes, noon, rings_of, same, shown, village

WILD_IDS = (
    "",
    " ",
    "null",
    "it's",
    '"quoted"',
    "back`tick\\slash",
    "two\nlines\r\n",
    "'; DROP TABLE node; --",
    "x'}) DETACH DELETE n //",
    "{label}",
    "$rows",
    "nul\x00inside",
    "e\u0301",
    "\u00e9",
    "\uff5e",
    "\U0001f600",
    "\u202eright to left",
    "x" * 5_000,
)


@pytest.mark.parametrize("adapter", [SqliteGraphStore, Neo4jGraphStore])
def test_adapter_has_the_signatures_of_the_port(adapter: type) -> None:
    for name, method in inspect.getmembers(GraphStore, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(adapter, name)) == inspect.signature(method), name


@pytest.mark.parametrize("as_of", [None, date(2022, 1, 1), date(2022, 1, 12), date(2022, 1, 15), date(2030, 1, 1)])
def test_snapshot_is_that_of_the_batches(graph_store: GraphStore, as_of: date | None) -> None:
    village().store(graph_store)
    assert same(graph_store.snapshot(as_of), village().snapshot(as_of=as_of))


def test_snapshot_of_nothing(graph_store: GraphStore) -> None:
    assert same(graph_store.snapshot(), Graph({}).snapshot())


def test_upserts_repeated_and_shuffled_change_nothing(graph_store: GraphStore) -> None:
    village().store(graph_store)
    before = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
    graph_store.prepare()
    shuffled = Graph(
        {kind: rows.reverse() for kind, rows in village().nodes.items()},
        {kind: rows.reverse() for kind, rows in village().links.items()},
    )
    shuffled.store(graph_store)
    after = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
    assert same(graph_store.snapshot(), village().snapshot())
    assert after.nodes.equals(before.nodes)
    assert after.links.equals(before.links)


def test_upserted_node_takes_the_new_attributes(graph_store: GraphStore) -> None:
    graph_store.upsert_nodes(NodeKind.ADDRESS, nodes(NodeKind.ADDRESS, ["0xa"], category="bridge", network="eth"))
    changed = nodes(NodeKind.ADDRESS, ["0xa"], category="custodian", network=None)
    graph_store.upsert_nodes(NodeKind.ADDRESS, changed)
    assert graph_store.snapshot().nodes[NodeKind.ADDRESS].equals(changed)


def test_upserted_link_takes_the_new_values(graph_store: GraphStore) -> None:
    village().store(graph_store)
    grown = links(link("a", "phone", [19_001, 19_005, 19_009], undated=1))
    graph_store.upsert_links(LinkKind.USED_DEVICE, grown)
    snapshot = graph_store.snapshot()
    row = snapshot.links[LinkKind.USED_DEVICE].row(0, named=True)
    assert (row["count"], row["days"], len(row["event_ids"])) == (4, 3, 4)
    assert snapshot.links[LinkKind.USED_DEVICE].height == 3


def test_removed_links_are_gone_and_forgotten_in_degrees(graph_store: GraphStore) -> None:
    """Also a link to itself, one that is not there, and one of nodes that are not there; twice is once."""
    village().store(graph_store)
    doomed = links(
        link("a", "b", qualifier="ETH-USD"),
        link("d", "d", qualifier="BTC-USD"),
        link("b", "a", qualifier="BTC-USD"),
        link("nobody", "a", qualifier="BTC-USD"),
    )
    for _ in range(2):
        graph_store.remove_links(LinkKind.TRADED_WITH, doomed)
        left = graph_store.snapshot().links[LinkKind.TRADED_WITH]
        assert left.select("source", "target", "qualifier").rows() == [(0, 1, "BTC-USD")]
    remaining = {kind: rows for kind, rows in village().links.items() if kind is not LinkKind.TRADED_WITH}
    remaining[LinkKind.TRADED_WITH] = (
        village().links[LinkKind.TRADED_WITH].filter((pl.col("source") == "a") & (pl.col("qualifier") == "BTC-USD"))
    )
    assert same(graph_store.snapshot(), Graph(village().nodes, remaining).snapshot())
    every = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
    ends = pl.concat([every.links["source"], every.links["target"]])
    assert every.nodes["hidden"].sum() == 0
    assert all(degree == (ends == name).sum() for name, degree in every.nodes.select("id", "degree").iter_rows())
    village().store(graph_store)
    assert same(graph_store.snapshot(), village().snapshot())


def test_empty_batches_are_nothing(graph_store: GraphStore) -> None:
    graph_store.upsert_nodes(NodeKind.DEVICE, nodes(NodeKind.DEVICE, []))
    graph_store.upsert_links(LinkKind.USED_DEVICE, links())
    graph_store.remove_links(LinkKind.USED_DEVICE, links())
    graph_store.mark_applied([])
    assert same(graph_store.snapshot(), Graph({}).snapshot())


def test_any_string_is_an_id(graph_store: GraphStore) -> None:
    accounts = nodes(NodeKind.ACCOUNT, WILD_IDS)
    pairs = [link(one, other, [19_000], qualifier=one) for one in WILD_IDS for other in WILD_IDS[:4]]
    graph = Graph({NodeKind.ACCOUNT: accounts}, {LinkKind.DECLARED: links(*pairs)})
    graph.store(graph_store)
    graph_store.mark_applied(WILD_IDS)
    assert same(graph_store.snapshot(), graph.snapshot())
    assert graph_store.applied_segments() == frozenset(WILD_IDS)
    for wild in WILD_IDS:
        assert wild in shown(graph_store.neighbourhood(AccountId(wild), Bounds(hops=1)))


def test_instants_before_the_epoch_and_with_microseconds(graph_store: GraphStore) -> None:
    row = links(link("a", "b", [-700, 19_000])).with_columns(
        pl.lit(-60_437_000_001).cast(pl.Datetime("us", "UTC")).alias("first_ts"),
        pl.lit(1_700_000_000_123_457).cast(pl.Datetime("us", "UTC")).alias("last_ts"),
    )
    graph = Graph({NodeKind.ACCOUNT: nodes(NodeKind.ACCOUNT, ["a", "b"])}, {LinkKind.TRANSFERRED_TO: row})
    graph.store(graph_store)
    assert same(graph_store.snapshot(), graph.snapshot())


def test_link_of_an_unknown_node_is_refused_whole(graph_store: GraphStore) -> None:
    village().store(graph_store)
    stray = links(link("c", "phone", [19_001]), link("nobody", "phone", [19_001]))
    with pytest.raises(StoreError, match=r"names? a node that the store does not have"):
        graph_store.upsert_links(LinkKind.USED_DEVICE, stray)
    assert same(graph_store.snapshot(), village().snapshot())


def test_applied_segments(graph_store: GraphStore) -> None:
    assert graph_store.applied_segments() == frozenset()
    graph_store.mark_applied(["2024-01-01", "2024-01-02"])
    graph_store.mark_applied(["2024-01-02", "2024-01-03"])
    assert graph_store.applied_segments() == {"2024-01-01", "2024-01-02", "2024-01-03"}


def test_stored_graph_outlives_its_connection(graph_url: str) -> None:
    with closing(open_store(graph_url)) as store:
        store.prepare()
        village().store(store)
    with closing(open_store(graph_url)) as store:
        assert same(store.snapshot(), village().snapshot())


def test_prepare_twice_at_once(graph_url: str) -> None:
    def prepare(_: int) -> None:
        with closing(open_store(graph_url)) as store:
            store.prepare()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(prepare, range(4))) == [None] * 4


def test_reader_and_writer_at_once(graph_url: str) -> None:
    with closing(open_store(graph_url)) as writer, closing(open_store(graph_url)) as reader:
        writer.prepare()
        village().store(writer)
        done = threading.Event()

        def write() -> None:
            for day in range(19_020, 19_040):
                writer.upsert_links(LinkKind.SEEN_AT_IP, links(link("d", "192.0.2.1", [19_009, day])))
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        while not done.is_set():
            assert reader.snapshot().links[LinkKind.SEEN_AT_IP].height == 1
        thread.join()
        assert reader.snapshot().links[LinkKind.SEEN_AT_IP]["last_ts"].item() == noon(19_039)


class TestNeighbourhood:
    def test_unknown_account(self, graph_store: GraphStore) -> None:
        found = graph_store.neighbourhood(AccountId("nobody"), Bounds())
        assert found.nodes.is_empty()
        assert found.links.is_empty()

    def test_hops(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        assert shown(graph_store.neighbourhood(AccountId("c"), Bounds(hops=1))) == {"c", "kiosk", "0xb", "a"}
        two = graph_store.neighbourhood(AccountId("c"), Bounds(hops=2))
        assert shown(two) == {"c", "kiosk", "0xb", "a", "b", "d", "phone", "owner", "0xa"}
        assert dict(two.nodes.select("id", "hop").iter_rows())["phone"] == 2

    def test_degrees_and_hidden_links_add_up(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        every = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
        ends = pl.concat([every.links["source"], every.links.filter(pl.col("source") != pl.col("target"))["target"]])
        for row in every.nodes.iter_rows(named=True):
            assert row["degree"] == row["hidden"] + (ends == row["id"]).sum(), row
        assert every.links.height == sum(rows.height for rows in village().links.values())
        assert every.nodes["hidden"].sum() == 0

    def test_time(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        early = graph_store.neighbourhood(AccountId("a"), Bounds(hops=1, until=noon(19_004)))
        assert shown(early) == {"a", "owner", "phone", "0xa", "c"}
        late = graph_store.neighbourhood(AccountId("a"), Bounds(hops=1, since=noon(19_006)))
        assert shown(late) == {"a", "owner", "0xa", "b", "d"}
        edge = graph_store.neighbourhood(AccountId("a"), Bounds(hops=1, since=noon(19_002), until=noon(19_002)))
        assert shown(edge) == {"a", "owner", "phone", "0xa", "c"}

    def test_bounded_nodes_are_the_most_telling(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        found = graph_store.neighbourhood(AccountId("a"), Bounds(hops=2, nodes=3))
        assert shown(found) == {"a", "phone", "0xa"}

    def test_one_node(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        found = graph_store.neighbourhood(AccountId("d"), Bounds(nodes=1))
        assert shown(found) == {"d"}
        assert found.links.select("source", "target").rows() == [("d", "d")]

    @pytest.mark.parametrize(
        "bounds",
        [
            Bounds(hops=0),
            Bounds(hops=5),
            Bounds(nodes=0),
            Bounds(links_per_node=0),
            Bounds(since=noon(1).replace(tzinfo=None)),
        ],
    )
    def test_bounds_that_make_no_sense(self, graph_store: GraphStore, bounds: Bounds) -> None:
        with pytest.raises(SettingsError):
            graph_store.neighbourhood(AccountId("a"), bounds)

    def test_ties_are_broken_by_code_point(self, graph_store: GraphStore) -> None:
        devices = sorted(name for name in WILD_IDS if len(name) < 100)
        graph = Graph(
            {NodeKind.ACCOUNT: nodes(NodeKind.ACCOUNT, ["a"]), NodeKind.DEVICE: nodes(NodeKind.DEVICE, devices)},
            {LinkKind.USED_DEVICE: links(*(link("a", device, [19_000]) for device in devices))},
        )
        graph.store(graph_store)
        for most in range(1, len(devices)):
            found = graph_store.neighbourhood(AccountId("a"), Bounds(hops=1, links_per_node=most))
            assert found.links["target"].to_list() == devices[:most]

    def test_hub_shows_its_rarest_links_at_once(self, graph_store: GraphStore) -> None:
        crowd = 100_000
        hub(crowd).store(graph_store)
        began = time.perf_counter()
        found = graph_store.neighbourhood(AccountId("00099999"), Bounds(hops=2, links_per_node=10))
        seconds = time.perf_counter() - began
        assert shown(found) == {"hub", *(f"{n:08d}" for n in range(crowd - 10, crowd))}
        assert found.nodes.filter(pl.col("id") == "hub")["degree"].item() == crowd
        assert found.nodes.filter(pl.col("id") == "hub")["hidden"].item() == crowd - 10
        fewest_then_most_days = graph_store.neighbourhood(AccountId("00000000"), Bounds(hops=2, links_per_node=12))
        assert {"00001000", "00001001"} <= shown(fewest_then_most_days)
        assert "00001002" not in shown(fewest_then_most_days)
        assert seconds < 10


def hub(crowd: int) -> Graph:
    """An IP address that a crowd was seen at: the last ten on two days; the first thousand have a device too."""
    ids = pl.DataFrame({"source": [f"{n:08d}" for n in range(crowd)]})
    once, twice = (links(link("", "hub", days)).drop("source") for days in ([19_000], [19_000, 19_001]))
    seen = pl.concat([ids.head(crowd - 10).join(once, how="cross"), ids.tail(10).join(twice, how="cross")])
    device = pl.concat_str(pl.lit("device "), "source").alias("target")
    return Graph(
        {
            NodeKind.ACCOUNT: nodes(NodeKind.ACCOUNT, ids["source"].to_list()),
            NodeKind.IP_ADDRESS: nodes(NodeKind.IP_ADDRESS, ["hub"]),
            NodeKind.DEVICE: nodes(NodeKind.DEVICE, [f"device {n:08d}" for n in range(1_000)]),
        },
        {LinkKind.SEEN_AT_IP: seen, LinkKind.USED_DEVICE: seen.head(1_000).with_columns(device)},
    )


class TestRings:
    def test_no_run_at_first(self, graph_store: GraphStore) -> None:
        assert graph_store.mirrored_run() is None

    def test_shown_run_is_the_last(self, graph_store: GraphStore, graph_url: str) -> None:
        village().store(graph_store)
        for run in ("one", "two", "two", "three"):
            graph_store.mirror_rings(RunId(run), *rings_of(run))
            assert graph_store.mirrored_run() == run
            assert shown_members(graph_url) == {(a, f"{run} ring {n}", run) for a in "ab" for n in range(2)}

    def test_no_rings(self, graph_store: GraphStore, graph_url: str) -> None:
        village().store(graph_store)
        graph_store.mirror_rings(RunId("one"), *rings_of("one"))
        graph_store.mirror_rings(RunId("two"), *rings_of("two", count=0))
        assert graph_store.mirrored_run() == "two"
        assert shown_members(graph_url) == set()

    def test_rings_are_no_links(self, graph_store: GraphStore) -> None:
        village().store(graph_store)
        before = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
        graph_store.mirror_rings(RunId("one"), *rings_of("one"))
        after = graph_store.neighbourhood(AccountId("a"), Bounds(hops=4))
        assert after.nodes.equals(before.nodes)
        assert after.links.equals(before.links)
        assert same(graph_store.snapshot(), village().snapshot())

    def test_member_of_no_account_or_no_ring_leaves_the_old_rings(
        self, graph_store: GraphStore, graph_url: str
    ) -> None:
        village().store(graph_store)
        graph_store.mirror_rings(RunId("one"), *rings_of("one"))
        before = shown_members(graph_url)
        rings, members = rings_of("two")
        with pytest.raises(StoreError, match="a node that the store does not have"):
            graph_store.mirror_rings(RunId("two"), rings, members.with_columns(pl.lit("nobody").alias("account_id")))
        with pytest.raises(StoreError, match="no ring of the run"):
            graph_store.mirror_rings(RunId("two"), rings.head(1), members)
        assert graph_store.mirrored_run() == "one"
        assert shown_members(graph_url) == before

    def test_reader_sees_one_run_at_any_moment(self, graph_store: GraphStore, graph_url: str) -> None:
        village().store(graph_store)
        graph_store.mirror_rings(RunId("0"), *rings_of("0", count=40, size=4))
        stop = threading.Event()
        seen: list[tuple[int, set[str]]] = []

        def watch() -> None:
            watched = watched_members(graph_url, stop)
            seen.extend((len(members), {run for _, _, run in members}) for members in watched)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for run in map(str, range(1, 15)):
                graph_store.mirror_rings(RunId(run), *rings_of(run, count=40, size=4))
                await_reads(seen, 2)
        finally:
            stop.set()
            watcher.join()
        assert {count for count, _ in seen} == {160}
        assert all(len(runs) == 1 for _, runs in seen)
        assert len({run for _, runs in seen for run in runs}) > 10


def await_reads(seen: list[tuple[int, set[str]]], more: int) -> None:
    """So that no read lasts from one mirroring to the one after the next."""
    enough, deadline = len(seen) + more, time.monotonic() + 60
    while len(seen) < enough:
        assert time.monotonic() < deadline, "the reader does not get on"
        time.sleep(0.005)
