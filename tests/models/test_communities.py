"""Communities and bridges against known optima and networkx."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from models.communities.bridges import cut_bridges
from models.communities.leiden import communities
from models.links.similarity import Behaviour
from models.parameters import RingParameters

PARAMETERS = RingParameters(density=0.1)
UNKNOWN = Behaviour(np.full(40, np.nan), np.full(40, np.nan), csr_array((40, 1)))
NO_USES = pl.DataFrame(schema={"entity": pl.Int64, "kind": pl.String, "resource": pl.Int64})

Edge = tuple[int, int]


def weighted(edges: list[Edge], weight: float = 1.0) -> pl.DataFrame:
    rows = [(min(e), max(e), weight) for e in edges]
    return pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.Int64, "weight": pl.Float64}, orient="row")


def clique(nodes: range) -> list[Edge]:
    return list(combinations(nodes, 2))


def partition(groups: pl.DataFrame) -> set[frozenset[int]]:
    return {frozenset(ids) for ids in groups.group_by("group").agg("entity")["entity"]}


def cut(groups: list[range], edges: list[Edge], least: float) -> set[frozenset[int]]:
    rows = [(entity, group) for group, members in enumerate(groups) for entity in members]
    frame = pl.DataFrame(rows, schema={"entity": pl.Int64, "group": pl.Int64}, orient="row")
    sent = pl.DataFrame(edges, schema={"sender": pl.Int64, "receiver": pl.Int64}, orient="row")
    return partition(cut_bridges(frame, NO_USES, sent, least))


def test_two_cliques_and_a_bridge_are_two_communities() -> None:
    edges = [*clique(range(5)), *clique(range(5, 10)), (4, 5)]
    assert partition(communities(weighted(edges), UNKNOWN, PARAMETERS, 0)) == {
        frozenset(range(5)),
        frozenset(range(5, 10)),
    }


def test_communities_never_join_what_is_not_connected() -> None:
    edges = [*clique(range(4)), *clique(range(4, 8))]
    graph = nx.Graph(edges)
    found = partition(communities(weighted(edges), UNKNOWN, PARAMETERS, 0))
    assert found == {frozenset(part) for part in nx.connected_components(graph)}


def test_no_pairs_no_communities() -> None:
    assert communities(weighted([]), UNKNOWN, PARAMETERS, 0).is_empty()
    assert cut([], [], 3).__len__() == 0


def test_a_bridge_between_two_whole_rings_is_cut() -> None:
    edges = [*clique(range(7)), *clique(range(7, 14)), (0, 13)]
    assert cut([range(14)], edges, 6.5) == {frozenset(range(7)), frozenset(range(7, 14))}


def test_two_links_are_no_bridge() -> None:
    edges = [*clique(range(7)), *clique(range(7, 14)), (0, 13), (1, 12)]
    assert cut([range(14)], edges, 6.5) == {frozenset(range(14))}


def test_a_star_and_a_short_chain_stay_whole() -> None:
    star = [(0, leaf) for leaf in range(1, 30)]
    chain = [(n, n + 1) for n in range(30, 41)]
    assert cut([range(30), range(30, 42)], [*star, *chain], 6.5) == {frozenset(range(30)), frozenset(range(30, 42))}


def test_a_shared_resource_holds_its_users_together_but_not_two_rings() -> None:
    rows = [(entity, "device", 0) for entity in range(8)] + [(entity, "device", 1) for entity in range(8, 16)]
    uses = pl.DataFrame([*rows, (0, "device", 1)], schema=NO_USES.schema, orient="row")
    groups = pl.DataFrame({"entity": range(16), "group": [0] * 16}, schema={"entity": pl.Int64, "group": pl.Int64})
    sent = pl.DataFrame(schema={"sender": pl.Int64, "receiver": pl.Int64})
    assert partition(cut_bridges(groups, uses, sent, 6.5)) == {frozenset(range(8)), frozenset(range(8, 16))}


@given(
    edges=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=45),
    least=st.sampled_from([2, 3, 5]),
)
@settings(max_examples=150, deadline=None)
def test_no_cuttable_bridge_is_left_and_only_bridges_were_cut(edges: list[Edge], least: int) -> None:
    edges = [(a, b) for a, b in edges if a != b]
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(26))
    groups = [sorted(part) for part in nx.connected_components(graph)]
    rows = [(entity, group) for group, members in enumerate(groups) for entity in members]
    frame = pl.DataFrame(rows, schema={"entity": pl.Int64, "group": pl.Int64}, orient="row")
    sent = pl.DataFrame(edges, schema={"sender": pl.Int64, "receiver": pl.Int64}, orient="row")
    parts = partition(cut_bridges(frame, NO_USES, sent, least))
    assert set().union(*parts) == set(range(26))
    for part in parts:
        assert nx.is_connected(graph.subgraph(part))
        inside = graph.subgraph(part)
        for a, b in nx.bridges(inside):
            rest = nx.Graph(inside)
            rest.remove_edge(a, b)
            assert min(len(side) for side in nx.connected_components(rest)) < least
    for a, b in graph.edges:
        together = any({a, b} <= part for part in parts)
        assert together or (a, b) in set(nx.bridges(graph)) or (b, a) in set(nx.bridges(graph))
