"""Closed sets against networkx and a naive reading of the definition."""

from __future__ import annotations

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.tape.engine import tape_engine
from models import tables
from models.conduct.closed_sets import closed_prefixes, closed_sets, layered_components
from models.conduct.parameters import ClosedSets

HOUR = 3_600_000_000
EDGES = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda edge: edge[0] != edge[1]),
    st.integers(1, 5),
    max_size=20,
)


def _naive_layers(edges: dict[tuple[int, int], int]) -> dict[frozenset[int], int]:
    found: dict[frozenset[int], int] = {}
    left = dict(edges)
    while left:
        graph = nx.DiGraph(list(left))
        for component in nx.strongly_connected_components(graph):
            if len(component) > 1:
                found[frozenset(component)] = found.get(frozenset(component), 0) + 1
        left = {edge: weight - 1 for edge, weight in left.items() if weight > 1}
    return found


@settings(deadline=None)
@given(EDGES)
def test_layers_are_those_of_networkx(edges: dict[tuple[int, int], int]) -> None:
    maker, taker = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    weight = np.array(list(edges.values()), np.int64)
    found = {frozenset(members.tolist()): layers for members, layers in layered_components(maker, taker, weight, 7)}
    assert found == _naive_layers(edges)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3), st.integers(-3, 3)), max_size=12),
    st.sampled_from([0.1, 0.5, 1.0]),
)
def test_prefixes_are_the_longest_in_which_nobody_moves(rows: list[tuple[int, int, int, int]], balance: float) -> None:
    rows = sorted((row for row in rows if row[1] != row[2] and row[3]), key=lambda row: row[0])
    window, maker, taker, taken = (np.array([row[place] for row in rows]) for place in range(4))
    expected = []
    for number in dict.fromkeys(row[0] for row in rows):
        mine, longest = [row for row in rows if row[0] == number], 0
        for length in range(2, len(mine) + 1):
            position = dict.fromkeys(range(4), 0)
            for _, sold, bought, size in mine[:length]:
                position[bought] += size
                position[sold] -= size
            mean = sum(abs(row[3]) for row in mine[:length]) / length
            if max(map(abs, position.values())) <= balance * mean * (1 + 1e-9):
                longest = length
        expected.append(longest)
    found = closed_prefixes(
        window.astype(np.int64), maker.astype(np.int64), taker.astype(np.int64), taken.astype(float), balance
    )
    assert found.tolist() == expected


def _found(rows: list[tuple[str, str, int, float]], least_layers: int = 2) -> pl.DataFrame:
    """Maker, taker, instant, what the taker bought."""
    trades = pl.DataFrame(
        {
            "trade_id": [str(number) for number in range(len(rows))],
            "symbol": ["S"] * len(rows),
            "us": [us for _, _, us, _ in rows],
            "quantity": [abs(size) for *_, size in rows],
            "taker_side": ["buy" if size > 0 else "sell" for *_, size in rows],
            "maker_account_id": [maker for maker, *_ in rows],
            "taker_account_id": [taker for _, taker, *_ in rows],
        }
    )
    with tape_engine() as engine:
        engine.connection.register("given", trades.to_arrow())
        engine.show("trades", "SELECT * FROM given")
        return closed_sets(engine, ClosedSets(least_layers=least_layers))


def test_a_circle_that_ends_as_it_began_is_found() -> None:
    circle = [("a", "b"), ("b", "c"), ("c", "a")]
    rows = [(m, t, lap * 24 * HOUR + step, 5.0) for lap in range(3) for step, (m, t) in enumerate(circle)]
    found = _found(rows)
    assert found.schema == tables.CLOSED_SETS
    assert found.select("symbol", "accounts", "layers", "window_hours", "windows", "trades").rows() == [
        ("S", ["a", "b", "c"], 3, 1, 3, 9)
    ]


def test_one_way_trade_and_circles_that_move_positions_are_not() -> None:
    assert _found([("a", "b", lap * HOUR, 5.0) for lap in range(9)]).is_empty()
    growing = [(m, t, lap * HOUR, s) for lap in range(4) for m, t, s in (("a", "b", 5.0), ("b", "a", 1.0))]
    assert _found(growing).is_empty()


def test_a_circle_met_too_seldom_is_not() -> None:
    rows = [("a", "b", 0, 5.0), ("b", "a", 1, 5.0)]
    assert _found(rows, least_layers=2).is_empty()
    assert _found(rows, least_layers=1).height == 1
