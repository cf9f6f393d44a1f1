"""Uses, pairs, membership and support against naive re-implementations."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from math import log2

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models.links.entities import merge_entities
from models.links.pairs import pair_links, pair_strength
from models.links.similarity import Behaviour, behaviour, random_pairs, similarity
from models.links.transfers import account_transfers
from models.links.uses import resource_uses
from models.parameters import LinkParameters, RingParameters, SimilarityParameters
from models.rings.membership import peel
from models.rings.support import support_shares
from tests.models.graphs import START, Graph

links_between = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=40)


def graph_of(devices: list[tuple[int, int]], transfers: list[tuple[int, int]]) -> Graph:
    graph = Graph()
    for i in range(13):
        graph.opened[f"u{i:02d}"] = START.replace(hour=i)
    graph.add(LinkKind.USED_DEVICE, *[(f"u{a:02d}", f"d{d}") for a, d in devices])
    graph.add(LinkKind.TRANSFERRED_TO, *[(f"u{a:02d}", f"u{b:02d}") for a, b in transfers if a != b])
    return graph


def strengths(graph: Graph, parameters: LinkParameters) -> dict[tuple[int, int], tuple[float, int]]:
    snapshot = graph.snapshot()
    entities = merge_entities(snapshot)
    transfers = account_transfers(snapshot, entities)
    uses = resource_uses(snapshot, entities, transfers, parameters)
    seniority = behaviour(snapshot, entities).seniority
    pairs = pair_strength(uses, transfers, seniority, entities, parameters)
    one_by_one = pair_links(uses, transfers, seniority, entities, parameters)
    assert one_by_one.height == pairs["links"].sum()
    return {(x, y): (w, n) for x, y, w, n in pairs.select("x", "y", "weight", "links").rows()}


def naive_strengths(
    devices: list[tuple[int, int]], transfers: list[tuple[int, int]]
) -> dict[tuple[int, int], list[float]]:
    """All links of all pairs, one by one, when the window is wider than any resource."""
    users: dict[tuple[str, int], set[int]] = defaultdict(set)
    partners: dict[int, set[int]] = defaultdict(set)
    for account, device in devices:
        users["device", device].add(account)
    for a, b in transfers:
        if a != b:
            users["account", b].add(a)
            users["account", a].add(b)
            partners[a].add(b)
            partners[b].add(a)
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for group in users.values():
        for pair in combinations(sorted(group), 2):
            found[pair].append(1 / log2(len(group)))
    for pair in {(min(p), max(p)) for p in transfers if p[0] != p[1]}:
        found[pair].append(1 / log2(1 + max(len(partners[pair[0]]), len(partners[pair[1]]))))
    return found


@given(devices=links_between, transfers=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=25))
@settings(max_examples=60, deadline=None)
def test_pair_strength_equals_the_naive_sum(devices: list[tuple[int, int]], transfers: list[tuple[int, int]]) -> None:
    expected = naive_strengths(devices, transfers)
    found = strengths(graph_of(devices, transfers), LinkParameters(window=50))
    assert set(found) == set(expected)
    for pair, (weight, count) in found.items():
        assert count == len(expected[pair])
        assert weight == pytest.approx(sum(expected[pair]), abs=1e-9)


def test_the_window_bounds_the_pairs_of_a_hub() -> None:
    devices = [(account, 0) for account in range(13)]
    found = strengths(graph_of(devices, []), LinkParameters(window=3))
    assert set(found) == {(a, b) for a in range(13) for b in range(a + 1, min(a + 4, 13))}


def test_a_rarer_resource_weighs_more_and_a_far_out_one_nothing() -> None:
    few = strengths(graph_of([(0, 0), (1, 0)], []), LinkParameters())
    more = strengths(graph_of([(a, 0) for a in range(5)], []), LinkParameters())
    assert few[0, 1][0] == 1.0
    assert 0 < more[0, 1][0] < few[0, 1][0]
    assert (
        strengths(
            graph_of([(a, 0) for a in range(5)], []),
            LinkParameters(most_users=(("device", 4), ("ip", 1), ("address", 1), ("account", 1))),
        )
        == {}
    )


def test_repetition_on_distinct_days_counts() -> None:
    snapshot = graph_of([(0, 0), (1, 0)], []).snapshot()
    entities = merge_entities(snapshot)
    transfers = account_transfers(snapshot, entities)

    def weight(days: int) -> float:
        links = dict(snapshot.links)
        links[LinkKind.USED_DEVICE] = links[LinkKind.USED_DEVICE].with_columns(days=pl.lit(days, pl.Int32))
        changed = type(snapshot)(None, snapshot.nodes, links)
        return float(resource_uses(changed, entities, transfers, LinkParameters())["weight"][0])

    assert weight(1) < weight(2) < weight(5) < weight(0) == 1.0


def test_similar_pairs_count_more_once_seeds_have_taught_it() -> None:
    rng = np.random.default_rng(0)
    n = 4_000
    opened = rng.uniform(0, 300, n)
    opened[:2_000:2] = opened[1:2_000:2] + rng.uniform(0, 0.01, 1_000)
    profile = behaviour(graph_of([], [(0, 1)]).snapshot(), merge_entities(graph_of([], [(0, 1)]).snapshot())).profile
    known = Behaviour(opened, np.full(n, np.nan), type(profile)(np.ones((n, 1))))
    alike = pl.DataFrame({"x": range(0, 2_000, 2), "y": range(1, 2_000, 2), "links": 3})
    unlike = pl.DataFrame({"x": range(2_000, 3_000), "y": range(3_000, 4_000), "links": 1})
    counted = similarity(known, pl.concat([alike, unlike]), SimilarityParameters())
    assert np.median(counted[:1_000]) > 0.8
    assert np.median(counted[1_000:]) < 0.1


def test_without_seeds_one_link_counts_next_to_nothing_and_three_in_full() -> None:
    known = Behaviour(
        np.full(4, np.nan),
        np.full(4, np.nan),
        behaviour(graph_of([], []).snapshot(), merge_entities(graph_of([], []).snapshot())).profile[:4],
    )
    pairs = pl.DataFrame({"x": [0, 0, 1], "y": [1, 2, 2], "links": [1, 2, 2]})
    one, two, _ = similarity(known, pairs, SimilarityParameters())
    assert one < 0.06
    assert two == pytest.approx(0.5)


def test_random_pairs_do_not_depend_on_the_numbering() -> None:
    graph = graph_of([], [(a, (a + 1) % 13) for a in range(13)])
    known = behaviour(graph.snapshot(), merge_entities(graph.snapshot()))
    x, y = random_pairs(known, 100)
    assert (x != y).all()
    turned = Behaviour(known.opened[::-1].copy(), known.volume[::-1].copy(), known.profile[::-1])
    a, b = random_pairs(turned, 100)
    assert np.array_equal(known.opened[x], turned.opened[a])
    assert np.array_equal(known.opened[y], turned.opened[b])


def naive_peel(pairs: list[tuple[int, int, float]], members: set[int], least: float) -> dict[int, float]:
    while True:
        support = {m: sum(w for x, y, w in pairs if m in (x, y) and {x, y} <= members) for m in members}
        kept = {m for m in members if support[m] >= least}
        if kept == members:
            return support
        members = kept


@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.125, 0.25, 0.5])), max_size=30)
)
@settings(max_examples=100, deadline=None)
def test_peeling_equals_the_naive_loop(pairs: list[tuple[int, int, float]]) -> None:
    distinct = {(min(x, y), max(x, y)): w for x, y, w in pairs if x != y}
    rows = [(x, y, w) for (x, y), w in distinct.items()]
    frame = pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.Int64, "weight": pl.Float64}, orient="row")
    groups = pl.DataFrame({"entity": range(10), "group": [0] * 10}, schema={"entity": pl.Int64, "group": pl.Int64})
    parameters = RingParameters(least_support=0.5)
    found = peel(frame, groups, parameters)
    assert dict(found.select("entity", "support").rows()) == naive_peel(rows, set(range(10)), 0.5)


@given(shares=st.lists(st.sampled_from([0.0625, 0.125, 0.25, 0.5]), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_the_decisive_links_are_the_fewest_that_matter(shares: list[float]) -> None:
    """By exhaustion over every set of links of one member."""
    rows = [(0, n + 1, "device", n, share) for n, share in enumerate(shares)]
    schema = {"x": pl.Int64, "y": pl.Int64, "kind": pl.String, "resource": pl.Int64, "weight": pl.Float64}
    links = pl.DataFrame(rows, schema=schema, orient="row")
    inner = links.select("x", "y", similarity=pl.lit(1.0))
    found = support_shares(links, inner, RingParameters(least_support=0.3)).filter(pl.col("entity") == 0)
    chosen = found.filter("decisive")
    enough = [
        size
        for size in range(len(shares) + 1)
        if any(sum(shares) - sum(part) < 0.3 for part in combinations(shares, size))
    ]
    assert chosen.height == min(enough)
    assert sum(shares) - chosen["share"].sum() < 0.3
