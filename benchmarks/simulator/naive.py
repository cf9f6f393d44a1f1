"""Three detectors that anybody would try first. On a fair world each of them accuses too many innocents.

Each gives a score per account (null: it says nothing); the gate asks how many innocents score at least as high as the
better half of the detectable members. Several forms of each are tried, and the best one counts. Declared market makers
and registered services are left out first, as anybody would. A form that says something of fewer than half of the
members never gets there: then it accuses everybody, and `reach` says how many it speaks of.
"""

from __future__ import annotations

import duckdb
import igraph
import numpy as np
import polars as pl

from benchmarks.simulator.features import frame

LARGEST_GROUP = 60
"""Groups above the largest ring size are not accused."""
LEAST_TRADES = (1, 3, 10)
"""Trades of a pair from which on it is an edge."""

_SHARED = {
    "device": "SELECT DISTINCT account_id, device_id AS thing FROM sessions",
    "address": "SELECT DISTINCT account_id, address AS thing FROM transfers WHERE address IS NOT NULL",
    "ip": "SELECT DISTINCT account_id, ip AS thing FROM sessions",
}
_FORMS = {"device": ["device"], "address": ["address"], "ip": ["ip"], "owned": ["device", "address"], "all": [*_SHARED]}
_NOT_KNOWN = "SELECT * FROM ({}) WHERE thing NOT IN (SELECT identifier FROM known_services)"
_PAIRS = """
    SELECT maker_account_id AS a, taker_account_id AS b, count(*) AS trades FROM trades
    WHERE maker_account_id NOT IN (SELECT account_id FROM accounts WHERE segment = 'market_maker')
      AND taker_account_id NOT IN (SELECT account_id FROM accounts WHERE segment = 'market_maker')
    GROUP BY ALL
"""


def naive_scores(tape: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per account: `components_*`, `trade_scc_*`, `degree_*`. `tape` has the contract's tables as views."""
    accounts = frame(tape, "SELECT account_id FROM accounts ORDER BY account_id")
    scores = accounts
    shared = {kind: frame(tape, _NOT_KNOWN.format(query)) for kind, query in _SHARED.items()}
    for name, kinds in _FORMS.items():
        uses = pl.concat([shared[kind] for kind in kinds])
        scores = scores.with_columns(_component_sizes(accounts, uses).alias(f"components_{name}"))
    pairs = frame(tape, _PAIRS)
    for least in LEAST_TRADES:
        inside = _trades_inside_components(accounts, pairs.filter(pl.col("trades") >= least))
        scores = scores.with_columns(inside.alias(f"trade_scc_{least}"))
    return _with_degrees(scores, pairs, pl.concat(list(shared.values())))


def fpr_at_half_recall(score: pl.Series, positive: np.ndarray, negative: np.ndarray) -> float:
    """Share of `negative` accounts that score at least as high as the upper half of `positive` ones."""
    values = score.cast(pl.Float64).fill_null(-np.inf).to_numpy()
    bar = np.sort(values[positive])[::-1][max(-(-int(positive.sum()) // 2) - 1, 0)]
    return float((values[negative] >= bar).mean())


def reach(score: pl.Series, positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Share of positives, and of negatives, of whom a detector says anything."""
    said = score.is_not_null().to_numpy()
    return float(said[positive].mean()), float(said[negative].mean())


def _component_sizes(accounts: pl.DataFrame, uses: pl.DataFrame) -> pl.Series:
    """Size of each account's component over shared things; null when alone or larger than a ring can be."""
    things = uses.select(pl.col("thing").unique()).with_row_index("place", offset=accounts.height)
    placed = accounts.with_row_index("account")
    edges = uses.join(placed, on="account_id").join(things, on="thing").select("account", "place")
    graph = igraph.Graph(accounts.height + things.height, edges.to_numpy().astype(np.int64))
    component = np.array(graph.connected_components().membership)[: accounts.height]
    return _accused(pl.Series(np.bincount(component)[component]))


def _trades_inside_components(accounts: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Trades of each account inside its strongly connected component of maker-to-taker edges; null as above."""
    placed = accounts.with_row_index("place")
    edges = pairs.join(placed, left_on="a", right_on="account_id").join(
        placed, left_on="b", right_on="account_id", suffix="_b"
    )
    ends = edges.select("place", "place_b").to_numpy().astype(np.int64)
    graph = igraph.Graph(accounts.height, ends, directed=True)
    component = np.array(graph.connected_components(mode="strong").membership)
    own = ends[:, 0] == ends[:, 1]
    size = np.bincount(component)[component]
    within = component[ends[:, 0]] == component[ends[:, 1]]
    trades = np.zeros(accounts.height)
    for side in (0, 1):
        np.add.at(trades, ends[within, side], edges["trades"].to_numpy()[within])
    several = (size > 1) & (size <= LARGEST_GROUP) | (np.bincount(ends[own, 0], minlength=accounts.height) > 0)
    return pl.Series(np.where(several, trades, np.nan)).fill_nan(None)


def _with_degrees(scores: pl.DataFrame, pairs: pl.DataFrame, things: pl.DataFrame) -> pl.DataFrame:
    ends = pl.concat([pairs.select(account_id="a", other="b"), pairs.select(account_id="b", other="a")]).unique()
    partners = ends.group_by("account_id").len("partners")
    sharers = things.with_columns(others=pl.len().over("thing") - 1).group_by("account_id").agg(pl.sum("others"))
    joined = scores.join(partners, on="account_id", how="left").join(sharers, on="account_id", how="left")
    return joined.with_columns(
        degree_trades=pl.col("partners"),
        degree_few_trades=-pl.col("partners").cast(pl.Int64),
        degree_shared=pl.col("others"),
        degree_all=pl.col("partners").fill_null(0) + pl.col("others").fill_null(0),
    ).drop("partners", "others")


def _accused(sizes: pl.Series) -> pl.Series:
    return pl.select(pl.when((sizes > 1) & (sizes <= LARGEST_GROUP)).then(sizes)).to_series()
