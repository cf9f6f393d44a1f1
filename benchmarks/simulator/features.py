"""What a data scientist would compute first about every account: the committed list over which the gates are measured.

Each feature is one SQL expression over one grouping of the contract's tables; nothing here sees the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

MEMORY = "3GB"


@dataclass(frozen=True)
class Feature:
    """`expression` is an aggregate over the rows of `group` that belong to one account."""

    name: str
    group: str
    expression: str


def _features(group: str, **expressions: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, group, expression) for name, expression in expressions.items())


FEATURES: tuple[Feature, ...] = (
    *_features(
        "events",
        order_events="count(*)",
        orders="count(*) FILTER (event = 'new')",
        cancels="count(*) FILTER (event = 'cancel')",
        cancel_ratio="count(*) FILTER (event = 'cancel') / count(*) FILTER (event = 'new')",
        expiry_ratio="count(*) FILTER (event = 'expire') / count(*) FILTER (event = 'new')",
        market_order_share="avg((order_type = 'market')::INT) FILTER (event = 'new')",
        post_only_share="avg((order_type = 'post_only')::INT) FILTER (event = 'new')",
        buy_share="count(*) FILTER (side = 'buy') / count(*)",
        order_days="count(DISTINCT ts::DATE)",
        orders_per_day="count(*) / count(DISTINCT ts::DATE)",
        symbols="count(DISTINCT symbol)",
        first_order="min(epoch(ts))",
        last_order="max(epoch(ts))",
        night_share="count(*) FILTER (hour(ts) < 6) / count(*)",
        mean_quantity_usd="avg(quantity * price)",
        quantity_variation="stddev_pop(quantity * price) / avg(quantity * price)",
        largest_order_usd="max(quantity * price)",
        perpetual_share="count(*) FILTER (symbol LIKE '%PERP') / count(*)",
        small_market_share="count(*) FILTER (tier = 'small') / count(*)",
    ),
    *_features(
        "bursts",
        most_in_a_second="max(messages)",
        seconds_with_several="count(*) FILTER (messages > 2)",
        mean_in_a_second="avg(messages)",
    ),
    *_features(
        "lives",
        median_lifetime="median(life)",
        shortest_lifetime="min(life)",
        fleeting_share="count(*) FILTER (life < 1) / count(*)",
        under_a_minute_share="count(*) FILTER (life < 60) / count(*)",
    ),
    *_features(
        "fills",
        fills="count(*)",
        maker_share="count(*) FILTER (maker) / count(*)",
        volume_usd="sum(usd)",
        mean_fill_usd="avg(usd)",
        fill_days="count(DISTINCT ts::DATE)",
        net_over_gross="abs(sum(signed)) / sum(usd)",
        cash_flow="sum(-signed)",
        fees="sum(fee)",
        own_fills="count(*) FILTER (account_id = other)",
        counterparties="count(DISTINCT other)",
        fills_per_counterparty="count(*) / count(DISTINCT other)",
    ),
    *_features(
        "pairs",
        top_counterparty_fills="max(times)",
        top_counterparty_share="max(times) / sum(times)",
        repeated_counterparties="count(*) FILTER (times > 2)",
        both_roles="count(*) FILTER (as_maker > 0 AND as_taker > 0)",
    ),
    *_features(
        "logins",
        sessions="count(*)",
        session_days="count(DISTINCT ts::DATE)",
        devices="count(DISTINCT device_id)",
        ips="count(DISTINCT ip)",
        most_users_of_a_device="max(device_users)",
        most_users_of_an_ip="max(ip_users)",
        mean_users_of_an_ip="avg(ip_users)",
        credential_events="count(*) FILTER (event <> 'login')",
    ),
    *_features(
        "moves",
        deposits="count(*) FILTER (direction = 'deposit')",
        withdrawals="count(*) FILTER (direction = 'withdrawal')",
        internal_out="count(*) FILTER (direction = 'internal')",
        outside_addresses="count(DISTINCT address)",
        most_users_of_an_address="max(address_users)",
        moved_usd="sum(amount)",
    ),
    *_features("received", internal_in="count(*)", payers="count(DISTINCT account_id)"),
    *_features("closed", liquidations="count(*)"),
    *_features("referred", referrals="count(*)"),
    *_features("opened", opened_at="min(epoch(opened_at))", declared_volume="max(volume_usd)"),
)

_GROUPS = {
    "events": "SELECT o.*, s.tier FROM orders o JOIN symbols s USING (symbol)",
    "bursts": """
        SELECT account_id, count(*) AS messages FROM orders
        GROUP BY account_id, symbol, time_bucket(INTERVAL 1 second, ts)
    """,
    "lives": """
        SELECT n.account_id, epoch(g.ts) - epoch(n.ts) AS life
        FROM (SELECT order_id, account_id, ts FROM orders WHERE event = 'new') n
        JOIN (SELECT order_id, ts FROM orders WHERE event IN ('cancel', 'expire')) g USING (order_id)
    """,
    "fills": """
        SELECT maker_account_id AS account_id, taker_account_id AS other, true AS maker, ts, price * quantity AS usd,
               CASE taker_side WHEN 'buy' THEN -1 ELSE 1 END * price * quantity AS signed, maker_fee AS fee FROM trades
        UNION ALL
        SELECT taker_account_id, maker_account_id, false, ts, price * quantity,
               CASE taker_side WHEN 'buy' THEN 1 ELSE -1 END * price * quantity, taker_fee FROM trades
    """,
    "pairs": """
        SELECT account_id, other, count(*) AS times, count(*) FILTER (maker) AS as_maker,
               count(*) FILTER (NOT maker) AS as_taker FROM fills GROUP BY account_id, other
    """,
    "logins": """
        WITH devices AS (SELECT device_id, count(DISTINCT account_id) AS device_users FROM sessions GROUP BY device_id),
             ips AS (SELECT ip, count(DISTINCT account_id) AS ip_users FROM sessions GROUP BY ip)
        SELECT * FROM sessions JOIN devices USING (device_id) JOIN ips USING (ip)
    """,
    "moves": """
        SELECT t.*, a.users AS address_users FROM transfers t LEFT JOIN
        (SELECT address, count(DISTINCT account_id) AS users FROM transfers GROUP BY address) a USING (address)
    """,
    "received": "SELECT counterparty_account_id AS receiver, account_id FROM transfers WHERE direction = 'internal'",
    "closed": "SELECT * FROM liquidations",
    "referred": "SELECT referrer_account_id AS receiver FROM accounts WHERE referrer_account_id IS NOT NULL",
    "opened": "SELECT * FROM accounts",
}
_TABLES = ("orders", "trades", "liquidations", "sessions", "transfers", "accounts", "symbols", "known_services")


@contextmanager
def tape_of(world: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The contract's tables of a world's folder, as views."""
    with duckdb.connect() as tape:
        tape.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
        for table in _TABLES:
            files = world / table / "*.parquet" if (world / table).is_dir() else world / f"{table}.parquet"
            tape.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}')")
        yield tape


def account_features(tape: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per account, by `account_id`: every feature as a float; null where an account has no such rows."""
    features = frame(tape, "SELECT account_id FROM accounts ORDER BY account_id")
    for group, query in _GROUPS.items():
        tape.execute(f"CREATE VIEW {group} AS {query}")
        key = "receiver" if group in {"received", "referred"} else "account_id"
        columns = ", ".join(
            f"({feature.expression})::DOUBLE AS {feature.name}" for feature in FEATURES if feature.group == group
        )
        made = frame(tape, f"SELECT {key} AS account_id, {columns} FROM {group} GROUP BY {key}")
        features = features.join(made, on="account_id", how="left")
    return features.sort("account_id")


def frame(tape: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The rows of a query."""
    made = pl.from_arrow(tape.sql(query).to_arrow_table())
    assert isinstance(made, pl.DataFrame)
    return made
