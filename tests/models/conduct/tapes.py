"""Seeded tapes: innocent trading, and acts of every typology that count, some of them exactly at a threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.tape.engine import TapeEngine
from models.conduct.parameters import ConductParameters

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
DAYS = 12
START = 1_767_571_200 * SECOND
PRICE_DIGITS = 4
SIZE_DIGITS = 8
UNIT = 10**SIZE_DIGITS

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]
Bools = npt.NDArray[np.bool_]


def orders_schema() -> pl.Schema:
    number = pl.Decimal(38, 18)
    texts = dict.fromkeys(("order_id", "account_id", "symbol", "event", "side"), pl.String())
    return pl.Schema({**texts, "price": number, "quantity": number, "us": pl.Int64(), "order_type": pl.String()})


def trades_schema() -> pl.Schema:
    number = pl.Decimal(38, 18)
    ends = ("maker_account_id", "taker_account_id", "taker_side", "maker_order_id", "taker_order_id")
    first = {"trade_id": pl.String(), "symbol": pl.String(), "price": number, "quantity": number, "us": pl.Int64()}
    return pl.Schema({**first, **dict.fromkeys(ends, pl.String())})


OWNERS = pl.Schema({"account_id": pl.String(), "owner_id": pl.String(), "segment": pl.String()})


@dataclass(frozen=True)
class Tape:
    orders: pl.DataFrame
    trades: pl.DataFrame
    owners: pl.DataFrame

    def show(self, engine: TapeEngine, folder: Path) -> None:
        """As Parquet files in `folder`, `orders` in two."""
        half = self.orders.height // 2
        parts = {"orders": [self.orders[:half], self.orders[half:]], "trades": [self.trades], "owners": [self.owners]}
        for name, frames in parts.items():
            paths = [folder / f"{name}-{number}.parquet" for number in range(len(frames))]
            for path, frame in zip(paths, frames, strict=True):
                frame.write_parquet(path)
            engine.load(name, paths, frames[0].schema)


@dataclass
class Ledger:
    """Orders and trades as they are planted: prices in ticks (0: none), sizes in the smallest unit."""

    lives: list[pl.DataFrame] = field(default_factory=list)
    fills: list[pl.DataFrame] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    used: int = 0

    def fresh(self, count: int) -> Ints:
        """Numbers that nobody got before."""
        self.used += count
        return np.arange(self.used - count, self.used)

    def place(
        self,
        account: Texts | str,
        symbol: str,
        side: Texts | str,
        price: Ints | int,
        size: Ints | int,
        us: Ints,
        *,
        gone: Ints | int = 0,
        left: Ints | int | None = None,
        end: Texts | str = "cancel",
        amended: Ints | int = 0,
        told: Bools | bool = True,
    ) -> Texts:
        """Their ids. `gone`: when cancelled or expired (0: never) with `left` unfilled. Who is not `told` has no id."""
        ids = named("o", self.fresh(len(us)), 6)
        columns = {
            "order_id": ids, "account_id": account, "symbol": symbol, "side": side, "price": price, "size": size,
            "us": us, "gone": gone, "left": size if left is None else left, "end": end, "amended": amended,
            "told": told,
        }  # fmt: skip
        self.lives.append(pl.DataFrame({name: np.broadcast_to(value, ids.shape) for name, value in columns.items()}))
        return ids

    def trade(self, maker: Texts, taker: Texts, price: Ints | int, size: Ints | int, us: Ints) -> None:
        columns = {"maker": maker, "taker": taker, "price": price, "size": size, "us": us}
        self.fills.append(pl.DataFrame({name: np.broadcast_to(value, us.shape) for name, value in columns.items()}))

    def tape(self, rng: np.random.Generator) -> Tape:
        """All rows, shuffled."""
        lives = pl.concat(self.lives)
        orders, trades = _events(lives), _trades(lives, pl.concat(self.fills))
        shuffled = [frame[rng.permutation(frame.height)] for frame in (orders, trades)]
        return Tape(*shuffled, self._owners(lives))

    def _owners(self, lives: pl.DataFrame) -> pl.DataFrame:
        """Declared owners as told; some accounts are their own owner, some have none, some are not in the list."""
        account, number = pl.col("account_id"), pl.int_range(pl.len()) % 3
        other = pl.when(number == 0).then(pl.lit("owner of ") + account)
        return (
            lives.select(account.unique().sort())
            .filter(account != "n01")
            .with_columns(
                owner_id=account.replace_strict(self.owners, default=other, return_dtype=pl.String),
                segment=pl.when(account.str.starts_with("h")).then(pl.lit("market_maker")).otherwise(pl.lit("retail")),
            )
            .cast(dict(OWNERS))  # type: ignore[arg-type]
        )


@dataclass(frozen=True)
class Plan:
    """What a planted act needs to know. `nudged`: the tie that is moved off its threshold by the smallest step."""

    ledger: Ledger
    rng: np.random.Generator
    parameters: ConductParameters
    nudged: str = ""

    def step(self, tie: str) -> int:
        return int(bool(tie) and tie == self.nudged)

    def sides(self, count: int) -> tuple[Texts, Texts]:
        """One and the other."""
        buys = self.rng.random(count) < 0.5
        return np.where(buys, "buy", "sell"), np.where(buys, "sell", "buy")

    def between(self, low: float, high: float, count: int) -> Ints:
        return self.rng.integers(round(low), round(high), count, endpoint=True)

    def take(
        self,
        account: Texts | str,
        symbol: str,
        side: Texts | str,
        price: Ints | int,
        size: Ints | int,
        us: Ints,
        *,
        parts: int = 1,
        climb: int = 1,
        told: Bools | bool = True,
    ) -> None:
        """Market orders that meet `parts` resting orders of market makers, each `climb` ticks dearer to the taker."""
        count = len(us)
        takers = self.ledger.place(account, symbol, side, 0, size, us, told=told)
        dearer = np.where(np.broadcast_to(side, (count,)) == "buy", 1, -1)
        whole = np.broadcast_to(size, (count,))
        for part in range(parts):
            share = whole // parts if part else whole - whole // parts * (parts - 1)
            makers = self.ledger.place(
                named("h", self.rng.integers(0, 8, count), 1),
                symbol,
                np.where(dearer > 0, "sell", "buy"),
                price + dearer * climb * part,
                share,
                us - self.between(SECOND, 5 * MINUTE, count),
                told=told,
            )
            self.ledger.trade(makers, takers, price + dearer * climb * part, share, us)

    def noise(self, symbol: str, price: int, *, resting: int, takes: int, jitter: int = 500) -> None:
        """Innocent orders that rest, are amended, taken back or expire, and others that trade."""
        rng, count = self.rng, resting
        sides, _ = self.sides(count)
        us = START + self.between(MINUTE, DAYS * DAY - MINUTE, count)
        below = np.where(sides == "buy", -1, 1) * np.where(rng.random(count) < 0.9, 1, -1)
        size = self.between(1, 30, count) * (UNIT // 10) + self.between(0, 9, count) * (UNIT // 1000)
        lived = rng.exponential(5 * MINUTE, count).astype(np.int64) + SECOND
        self.ledger.place(
            named("n", rng.integers(0, 40, count), 2),
            symbol,
            sides,
            price + below * self.between(1, 2000, count),
            size,
            us,
            gone=np.where(rng.random(count) < 0.9, us + lived, 0),
            end=rng.choice(["cancel", "cancel", "expire"], count),
            amended=np.where(rng.random(count) < 0.05, size + size // 4, 0),
        )
        sides, _ = self.sides(takes)
        taken = START + self.between(10 * MINUTE, DAYS * DAY - MINUTE, takes)
        near = price + np.where(sides == "buy", 1, -1) * self.between(1, jitter, takes)
        size = self.between(UNIT // 20, 2 * UNIT, takes) // 1000 * 1000
        who = named("n", rng.integers(0, 40, takes), 2)
        self.take(who, symbol, sides, near, size, taken, parts=1, told=rng.random(takes) < 0.97)


def exact(value: float) -> Fraction:
    """What the decimal says that stands in the SQL."""
    return Fraction(repr(value))


def named(prefix: str, numbers: Ints, digits: int) -> Texts:
    return np.char.add(prefix, np.char.zfill(numbers.astype(str), digits))


def schedule(plan: Plan, count: int) -> Ints:
    """Instants of `count` acts, far from each other and from midnight, one act a day as long as there are days."""
    number = np.arange(count)
    a_day = -(-count // DAYS)
    room = 18 * HOUR // a_day
    return START + number % DAYS * DAY + 3 * HOUR + number // DAYS * room + plan.between(0, room // 8, count)


def on_fewest_days(plan: Plan, acts: int, days: int, tie: str, step: int = 1) -> Ints:
    """Acts on exactly `days` days: all that are too many for one a day on the first, the last exactly at midnight."""
    number = np.arange(max(acts, days))
    day = np.maximum(0, number - max(acts - days, 0))
    us = START + (1 + day) * DAY + 10 * HOUR + number * 90 * MINUTE
    us[-1] = START + (1 + day[-1]) * DAY - step * plan.step(tie)
    return us


def _decimal(column: str, digits: int) -> pl.Expr:
    whole, rest = pl.col(column) // 10**digits, pl.col(column) % 10**digits
    text = whole.cast(pl.String) + pl.lit(".") + rest.cast(pl.String).str.zfill(digits)
    return text.cast(pl.Decimal(38, 18))


def _events(lives: pl.DataFrame) -> pl.DataFrame:
    told = lives.filter(pl.col("told")).with_columns(
        order_type=pl.when(pl.col("price") > 0).then(pl.lit("limit")).otherwise(pl.lit("market"))
    )
    new = told.with_columns(event=pl.lit("new"), quantity=pl.col("size"))
    amended = told.filter(pl.col("amended") > 0).with_columns(
        event=pl.lit("amend"), quantity=pl.col("amended"), us=pl.col("us") + SECOND // 2
    )
    gone = told.filter(pl.col("gone") > 0).with_columns(event=pl.col("end"), quantity=pl.col("left"), us=pl.col("gone"))
    return (
        pl.concat([new, amended, gone])
        .with_columns(
            price=pl.when(pl.col("price") > 0).then(_decimal("price", PRICE_DIGITS)),
            quantity=_decimal("quantity", SIZE_DIGITS),
        )
        .select(orders_schema().names())
    )


def _trades(lives: pl.DataFrame, fills: pl.DataFrame) -> pl.DataFrame:
    known = lives.select("order_id", "account_id", "symbol", "side", "told")
    sides = fills.join(known, left_on="maker", right_on="order_id").join(
        known, left_on="taker", right_on="order_id", suffix="_taker"
    )
    return (
        sides.sort("us", "maker", "taker")
        .with_row_index()
        .select(
            trade_id=pl.lit("t") + pl.col("index").cast(pl.String).str.zfill(6),
            symbol="symbol",
            price=_decimal("price", PRICE_DIGITS),
            quantity=_decimal("size", SIZE_DIGITS),
            us="us",
            maker_account_id="account_id",
            taker_account_id="account_id_taker",
            taker_side="side_taker",
            maker_order_id=pl.when("told").then("maker"),
            taker_order_id=pl.when("told_taker").then("taker"),
        )
        .cast(dict(trades_schema()))  # type: ignore[arg-type]
    )
