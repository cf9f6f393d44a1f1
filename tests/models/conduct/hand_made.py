"""Tapes written by hand: who ordered and traded what and when, and which acts on them count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from graph.tape.engine import DuckTape, tape_engine
from models.conduct.detect import DEFAULTS, repeated_acts
from models.conduct.parameters import ConductParameters

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * SECOND

NUMBER = pl.Decimal(38, 18)
ORDERS = pl.Schema(
    {"order_id": pl.String, "account_id": pl.String, "symbol": pl.String, "event": pl.String, "side": pl.String,
     "price": NUMBER, "quantity": NUMBER, "us": pl.Int64, "order_type": pl.String}
)  # fmt: skip
TRADES = pl.Schema(
    {"trade_id": pl.String, "symbol": pl.String, "price": NUMBER, "quantity": NUMBER, "us": pl.Int64,
     "maker_account_id": pl.String, "taker_account_id": pl.String, "taker_side": pl.String,
     "maker_order_id": pl.String, "taker_order_id": pl.String}
)  # fmt: skip
OWNERS = pl.Schema({"account_id": pl.String, "owner_id": pl.String, "segment": pl.String})

OTHER_SIDE = {"buy": "sell", "sell": "buy"}

Culprit = tuple[str, str, str]
"""Account, typology, form."""


def at(day: int, hour: float = 12, minute: float = 0, second: float = 0) -> int:
    """Microseconds of an instant, days counted from a Monday."""
    return MONDAY + day * DAY + round(hour * HOUR + minute * MINUTE + second * SECOND)


class Order(NamedTuple):
    order_id: str
    account: str
    symbol: str
    side: str
    size: float
    price: float | None
    us: int


@dataclass
class Tape:
    """Rows in the order in which they were told. An order's id is its account's name and a number."""

    symbol: str = "BTC-USD"
    order_rows: list[tuple[object, ...]] = field(default_factory=list)
    trade_rows: list[tuple[object, ...]] = field(default_factory=list)
    owners: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    more: list[tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)

    def order(
        self,
        account: str,
        us: int,
        side: str,
        size: float,
        price: float | None = None,
        *,
        gone: int | None = None,
        left: float | None = None,
        end: str = "cancel",
        symbol: str = "",
    ) -> Order:
        """A limit order, or a market order where it has no price; `gone` at an instant with `left` unfilled (all)."""
        self.placed[account] += 1
        order = Order(f"{account}-{self.placed[account]:04d}", account, symbol or self.symbol, side, size, price, us)
        self.event(order, "new", us, size)
        if gone is not None:
            self.event(order, end, gone, size if left is None else left)
        return order

    def event(self, order: Order, event: str, us: int, size: float, price: float | None = None) -> None:
        kind = "market" if order.price is None else "limit"
        limit = order.price if price is None else price
        row = (order.order_id, order.account, order.symbol, event, order.side, limit, size, us, kind)
        self.order_rows.append(row)

    def trade(self, maker: Order, taker: Order, *, us: int = 0, size: float = 0, price: float = 0) -> None:
        """`taker` hits what `maker` rests: when it comes, for the smaller of the two sizes, at the maker's price."""
        self.trade_rows.append(
            (f"t{len(self.trade_rows):06d}", maker.symbol, price or maker.price, size or min(maker.size, taker.size),
             us or taker.us, maker.account, taker.account, taker.side, maker.order_id, taker.order_id)
        )  # fmt: skip

    def take(self, account: str, us: int, side: str, size: float, price: float, *, symbol: str = "") -> Order:
        """A market order that hits the house, an account of which nothing but its name is known."""
        order = self.order(account, us, side, size, symbol=symbol)
        self.hit(order, us, size, price)
        return order

    def hit(self, order: Order, us: int, size: float, price: float) -> None:
        """A fill of a market order against the house."""
        self.trade_rows.append(
            (f"t{len(self.trade_rows):06d}", order.symbol, price, size, us, "house", order.account, order.side, None,
             order.order_id)
        )  # fmt: skip

    def fill(self, order: Order, us: int, size: float = 0, by: str = "passer-by") -> Order:
        """Somebody takes from a resting order."""
        taker = self.order(by, us, OTHER_SIDE[order.side], size or order.size, symbol=order.symbol)
        self.trade(order, taker)
        return taker

    def owned(self, owner: str, *accounts: str, segment: str = "retail") -> None:
        self.owners |= dict.fromkeys(accounts, (owner, segment))

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Orders, trades and owners."""
        orders = pl.concat([typed(self.order_rows, ORDERS), *[orders for orders, _ in self.more]])
        trades = pl.concat([typed(self.trade_rows, TRADES), *[trades for _, trades in self.more]])
        owners = [(account, owner, segment) for account, (owner, segment) in self.owners.items()]
        return orders, trades, typed(owners, OWNERS)

    def acts(self, parameters: ConductParameters = DEFAULTS) -> pl.DataFrame:
        return acts_on(*self.frames(), parameters=parameters)

    def culprits(self, parameters: ConductParameters = DEFAULTS) -> set[Culprit]:
        """Who has acts that count, of which typology and form."""
        return set(self.acts(parameters).select("account_id", "typology", "form").iter_rows())

    # Background, by the thousand.

    def crowd(self, rows: int, days: Sequence[int], *, accounts: int = 40, price: int = 1_000) -> None:
        """Limit orders of many accounts that nobody ever fills, withdraws or answers: each at a price of its own, and
        each in another minute of its account."""
        n = np.arange(rows)
        minute = n // accounts
        day = np.array(days)[minute % len(days)]
        us = at(0, 0) + day * DAY + (minute // len(days)) * MINUTE % DAY + (n % accounts) * SECOND
        self.resting(np.char.add("c", (n % accounts).astype(str)), us, price + n, np.where(n % 2, "buy", "sell"))

    def resting(self, account: np.ndarray, us: np.ndarray, price: np.ndarray, side: np.ndarray) -> None:
        """Limit orders of size 1 that rest for good."""
        orders = pl.DataFrame({"account_id": account, "us": us, "price": price, "side": side}).select(
            pl.format("bulk-{}-{}", pl.lit(len(self.more)), pl.int_range(pl.len())).alias("order_id"), "account_id",
            symbol=pl.lit(self.symbol), event=pl.lit("new"), side="side", price=pl.col("price").cast(NUMBER),
            quantity=pl.lit(1).cast(NUMBER), us="us", order_type=pl.lit("limit"),
        )  # fmt: skip
        self.more.append((orders, pl.DataFrame(schema=TRADES)))

    def takes(self, account: np.ndarray, us: np.ndarray, side: np.ndarray, *, size: float, price: float) -> None:
        """Market orders that hit the house."""
        taken = pl.DataFrame({"account_id": account, "us": us, "side": side}).with_columns(
            pl.format("bulk-{}-{}", pl.lit(len(self.more)), pl.int_range(pl.len())).alias("order_id"),
            symbol=pl.lit(self.symbol), quantity=pl.lit(str(size)).cast(NUMBER),
        )  # fmt: skip
        orders = taken.select(
            "order_id", "account_id", "symbol", pl.lit("new").alias("event"), "side",
            pl.lit(None, NUMBER).alias("price"), "quantity", "us", pl.lit("market").alias("order_type"),
        )  # fmt: skip
        trades = taken.select(
            pl.format("t-{}", "order_id").alias("trade_id"), "symbol", pl.lit(str(price)).cast(NUMBER).alias("price"),
            "quantity", "us", pl.lit("house").alias("maker_account_id"), pl.col("account_id").alias("taker_account_id"),
            pl.col("side").alias("taker_side"), pl.lit(None, pl.String).alias("maker_order_id"),
            pl.col("order_id").alias("taker_order_id"),
        )  # fmt: skip
        self.more.append((orders, trades))


def typed(rows: Sequence[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Numbers travel as text, so that 0.1 is 0.1."""
    numbers = [name for name, kind in schema.items() if kind == NUMBER]
    told = pl.Schema({name: pl.String if name in numbers else kind for name, kind in schema.items()})
    places = [schema.names().index(name) for name in numbers]
    texts = [
        tuple(str(v) if i in places and v is not None else v for i, v in enumerate(row)) for row in rows
    ]  # fmt: skip
    return pl.DataFrame(texts, schema=told, orient="row").cast(dict(schema))


def show(engine: DuckTape, orders: pl.DataFrame, trades: pl.DataFrame, owners: pl.DataFrame) -> None:
    """The relations that the definitions read."""
    for name, frame in (("orders", orders), ("trades", trades), ("owners", owners)):
        engine.connection.register(name, frame.to_arrow())


def acts_on(
    orders: pl.DataFrame, trades: pl.DataFrame, owners: pl.DataFrame, *, parameters: ConductParameters = DEFAULTS
) -> pl.DataFrame:
    """All acts that count, in an order of their own."""
    with tape_engine() as engine:
        show(engine, orders, trades, owners)
        found = repeated_acts(engine, parameters)
    return found.sort("typology", "account_id", "form", "from_us", "to_us", "other_account_id", "episode_id", "own_act")
