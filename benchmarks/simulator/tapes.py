"""What the stylised facts are measured on: returns, books at sampled instants, and the flow of populations."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from benchmarks.simulator.estimators import Floats, last_prices
from benchmarks.simulator.features import frame

STEP_SECONDS = 300
POPULATIONS = {
    "market makers": ("market_maker",),
    "arbitrage": ("arbitrage",),
    "grid bots": ("grid_bot",),
    "day traders": ("day_trader", "leveraged", "copy_leader"),
    "holders and other retail": ("holder", "momentum", "scheduled", "dormant", "family", "office", "campus"),
}
_SAMPLED_HOURS = 24
_BOOKS = """
    WITH moments AS (
        SELECT symbol, last_day::TIMESTAMPTZ - INTERVAL 1 day + INTERVAL 1 hour * hour AS moment
        FROM symbols, range({hours}) h(hour), (SELECT max(ts)::DATE AS last_day FROM orders)
    ),
    gone AS (SELECT order_id, min(ts) AS ts FROM orders WHERE event IN ('cancel', 'expire') GROUP BY order_id),
    alive AS (
        SELECT m.symbol, m.moment, n.order_id, n.side, n.price, n.quantity
        FROM moments m JOIN orders n ON n.symbol = m.symbol AND n.ts <= m.moment AND n.ts > m.moment - INTERVAL 4 day
        LEFT JOIN gone g ON g.order_id = n.order_id
        WHERE n.event = 'new' AND n.price > 0 AND coalesce(g.ts > m.moment, true)
    ),
    filled AS (
        SELECT a.moment, a.order_id, sum(t.quantity) AS quantity
        FROM alive a JOIN (
            SELECT maker_order_id AS order_id, ts, quantity FROM trades
            UNION ALL SELECT taker_order_id, ts, quantity FROM trades
        ) t ON t.order_id = a.order_id AND t.ts <= a.moment GROUP BY ALL
    ),
    book AS (
        SELECT a.symbol, a.moment, a.side, a.price::DOUBLE AS price,
               (a.quantity - coalesce(f.quantity, 0))::DOUBLE AS remaining
        FROM alive a LEFT JOIN filled f ON f.moment = a.moment AND f.order_id = a.order_id
        WHERE a.quantity > coalesce(f.quantity, 0)
    ),
    best AS (
        SELECT symbol, moment, max(price) FILTER (side = 'buy') AS bid, min(price) FILTER (side = 'sell') AS ask
        FROM book GROUP BY symbol, moment
    )
    SELECT s.tier, b.symbol, b.moment, 2e4 * (b.ask - b.bid) / (b.ask + b.bid) AS spread_bps,
           sum(k.remaining * k.price) FILTER (abs(2 * k.price / (b.ask + b.bid) - 1) <= 0.01) AS depth_usd
    FROM best b JOIN symbols s USING (symbol) JOIN book k ON k.symbol = b.symbol AND k.moment = b.moment
    WHERE b.bid < b.ask GROUP BY ALL ORDER BY ALL
"""


def books(tape: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every hour of the last day but one, per market: `tier`, `spread_bps`, `depth_usd` within 1 % of the middle."""
    return frame(tape, _BOOKS.format(hours=_SAMPLED_HOURS))


def returns(tape: duckdb.DuckDBPyConnection, tier: str, steps: int) -> Floats:
    """(markets, n) log returns of last trade prices over `steps` times five minutes, markets of one tier by name."""
    trades = frame(
        tape,
        f"""
        SELECT symbol, (epoch(ts - (SELECT min(ts)::DATE FROM trades)::TIMESTAMPTZ) / {STEP_SECONDS})::BIGINT AS step,
               arg_max(price, ts)::DOUBLE AS price
        FROM trades JOIN symbols USING (symbol) WHERE tier = '{tier}' GROUP BY ALL ORDER BY ALL
        """,
    )
    last = int(trades["step"].max() or 0) + 1  # type: ignore[call-overload]
    prices = np.array(
        [
            last_prices(one["step"].to_numpy(), one["price"].to_numpy(), last)
            for one in trades.partition_by("symbol", maintain_order=True)
        ]
    )
    known = prices[:, np.isnan(prices).sum(axis=1).max() :]
    return np.diff(np.log(known[:, ::steps]), axis=1)


def flow_by_population(tape: duckdb.DuckDBPyConnection, truth: pl.DataFrame) -> pl.DataFrame:
    """Per population: `orders`, `order_events`, `cancels`, `fills`, of innocent accounts. `truth`: `truth_members`."""
    names = {stratum: name for name, strata in POPULATIONS.items() for stratum in strata}
    who = truth.filter(pl.col("ring").is_null() & pl.col("stratum").is_in(list(names))).select(
        "account_id", population=pl.col("stratum").replace_strict(names)
    )
    events = frame(
        tape,
        """
        SELECT account_id, count(*) AS order_events, count(*) FILTER (event = 'new') AS orders,
               count(*) FILTER (event = 'cancel') AS cancels FROM orders GROUP BY account_id
        """,
    )
    fills = frame(
        tape,
        """
        SELECT account_id, count(*) AS fills FROM (
            SELECT maker_account_id AS account_id FROM trades UNION ALL SELECT taker_account_id FROM trades
        ) GROUP BY account_id
        """,
    )
    joined = who.join(events, on="account_id").join(fills, on="account_id", how="left")
    return joined.group_by("population").agg(pl.sum("order_events", "orders", "cancels", "fills")).sort("population")
