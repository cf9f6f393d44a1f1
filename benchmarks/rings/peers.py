"""Five ways to find rings that anybody would try, or that are published, on the same records: groups with a score.

Each in several forms, of which the study takes the best by the truth, which nobody has: an advantage that we do not
give ourselves. Declared market makers and registered services are left out first, as anybody would.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import igraph
import numpy as np
import polars as pl

from benchmarks.rings.fraudar import dense_blocks
from benchmarks.simulator.features import frame
from graph.vocabulary import columns

GROUPS = columns(ring=pl.String, account_id=pl.String, score=pl.Float64)
SIZES = (2, 60)
"""Groups below and above are not accused: larger ones swallow whole worlds."""
SEED = 0
_SHARED = {
    "device": "SELECT DISTINCT account_id, device_id AS thing FROM sessions",
    "address": "SELECT DISTINCT account_id, address AS thing FROM transfers WHERE address IS NOT NULL",
    "ip": "SELECT DISTINCT account_id, ip AS thing FROM sessions",
}
_USES = """
    SELECT account_id, thing FROM ({query})
    WHERE thing NOT IN (SELECT identifier FROM known_services) AND account_id NOT IN ({makers})
    QUALIFY count(*) OVER (PARTITION BY thing) BETWEEN 2 AND {most}
"""
_MAKERS = "SELECT account_id FROM accounts WHERE segment = 'market_maker'"
_PAIRS = """
    SELECT maker_account_id AS a, taker_account_id AS b, count(*) AS trades FROM trades
    WHERE maker_account_id NOT IN ({makers}) AND taker_account_id NOT IN ({makers}) AND a <> b
    GROUP BY ALL HAVING count(*) >= {least}
"""
_ALIKE = """
    WITH acts AS (
        SELECT DISTINCT account_id, symbol, side, epoch_us(ts) // {bin_us} AS bin FROM orders
        WHERE event = 'new' AND account_id NOT IN ({makers})
    ),
    rare AS (
        SELECT *, count(*) OVER (PARTITION BY account_id) AS acts FROM acts
        QUALIFY count(*) OVER (PARTITION BY symbol, side, bin) <= 20
    )
    SELECT
        one.account_id AS a, other.account_id AS b, count(*) AS matched,
        any_value(one.acts) + any_value(other.acts) AS acts
    FROM rare one JOIN rare other USING (symbol, side, bin)
    WHERE one.account_id < other.account_id
    GROUP BY a, b HAVING count(*) >= {least}
"""


def peer_groups(tape: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """(peer, form, `GROUPS`). `tape` has the contract's tables as views."""
    for least in (3, 10, 30):
        pairs = frame(tape, _PAIRS.format(makers=_MAKERS, least=least))
        yield "Leiden on counterparties", f"{least} trades or more", _leiden(pairs)
        yield "strongly connected components of trades", f"{least} trades or more", _strong(pairs)
    for kinds in (("device",), ("address",), ("ip",), ("device", "address"), tuple(_SHARED)):
        for most in (10, 30):
            uses = _uses(tape, kinds, most)
            yield "components over shared things", f"{' and '.join(kinds)}, at most {most} users", _components(uses)
    for kinds in (("device", "address"), tuple(_SHARED)):
        blocks = dense_blocks(_uses(tape, kinds, 200))
        yield "FRAUDAR", " and ".join(kinds), _kept(blocks.select("ring", "account_id", "score"))
    for seconds in (10, 60):
        pairs = frame(tape, _ALIKE.format(makers=_MAKERS, bin_us=seconds * 1_000_000, least=3))
        jaccard = pl.col("matched") / (pl.col("acts") - pl.col("matched"))
        for bound in (0.02, 0.05, 0.1):
            close = pairs.with_columns(score=jaccard).filter(pl.col("score") >= bound)
            yield "SynchroTrap", f"bins of {seconds} s, Jaccard {bound}", _linked(close)


def _uses(tape: duckdb.DuckDBPyConnection, kinds: tuple[str, ...], most: int) -> pl.DataFrame:
    return pl.concat(frame(tape, _USES.format(query=_SHARED[kind], makers=_MAKERS, most=most)) for kind in kinds)


def _graph(pairs: pl.DataFrame, *, directed: bool) -> tuple[igraph.Graph, pl.Series]:
    """`pairs`: `a`, `b`. The graph, and the name of each of its vertices."""
    names = pl.concat([pairs["a"], pairs["b"].alias("a")]).unique().sort()
    ends = np.column_stack([names.search_sorted(pairs["a"]), names.search_sorted(pairs["b"])]).astype(np.int64)
    return igraph.Graph(len(names), ends.reshape(-1, 2), directed=directed), names


def _leiden(pairs: pl.DataFrame) -> pl.DataFrame:
    """Modularity, as it is mostly used; the score is the trades inside a group by its pairs."""
    graph, names = _graph(pairs, directed=False)
    graph.es["trades"] = pairs["trades"].to_numpy()
    state = random.getstate()
    random.seed(SEED)
    found = graph.simplify(combine_edges="sum").community_leiden("modularity", weights="trades", n_iterations=4)
    random.setstate(state)
    return _scored(names, found.membership, pairs.select("a", "b", weight=pl.col("trades").cast(pl.Float64)))


def _strong(pairs: pl.DataFrame) -> pl.DataFrame:
    graph, names = _graph(pairs, directed=True)
    found = graph.connected_components(mode="strong").membership
    return _scored(names, found, pairs.select("a", "b", weight=pl.col("trades").cast(pl.Float64)))


def _linked(pairs: pl.DataFrame) -> pl.DataFrame:
    """Single linkage, as published."""
    graph, names = _graph(pairs, directed=False)
    return _scored(names, graph.connected_components().membership, pairs.select("a", "b", weight="score"))


def _components(uses: pl.DataFrame) -> pl.DataFrame:
    """The score is the size."""
    accounts = uses.select("account_id", thing=pl.format("#{}", "thing"))
    graph, names = _graph(accounts.select(a="account_id", b="thing"), directed=False)
    found = pl.DataFrame({"account_id": names, "ring": graph.connected_components().membership})
    people = found.filter(pl.col("account_id").is_in(accounts["account_id"].implode()))
    sized = people.with_columns(pl.len().over("ring").cast(pl.Float64).alias("score"))
    return _kept(sized.select(pl.col("ring").cast(pl.String), "account_id", "score"))


def _scored(names: pl.Series, membership: list[int], pairs: pl.DataFrame) -> pl.DataFrame:
    found = pl.DataFrame({"account_id": names, "ring": membership})
    inside = pairs.join(found, left_on="a", right_on="account_id").join(
        found, left_on="b", right_on="account_id", suffix="_b"
    )
    weights = inside.filter(pl.col("ring") == pl.col("ring_b")).group_by("ring").agg(pl.col("weight").sum())
    sized = found.with_columns(size=pl.len().over("ring")).join(weights, on="ring", how="left")
    score = pl.col("weight").fill_null(0.0) / (pl.col("size") * (pl.col("size") - 1)).clip(lower_bound=1)
    return _kept(sized.select(pl.col("ring").cast(pl.String), "account_id", score=score))


def _kept(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.filter(pl.len().over("ring").is_between(*SIZES)).select(GROUPS.names()).cast(dict(GROUPS))  # type: ignore[arg-type]
