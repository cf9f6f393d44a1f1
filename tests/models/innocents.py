"""Accounts that follow nobody, and those who try to make them look as if they did: their e-values of following.

Each case is a number of markets, each with an account `v` that acts for reasons of its own and an account `a` that it
is said to follow; orders, trades and fills go through the real relations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from graph.tape.engine import tape_engine
from models.conduct.authorship import DISPUTED
from models.conduct.parameters import Placements
from models.conduct.placements import placements
from models.coordination.following import Following, Placed, e_values, following
from models.parameters import CoordinationParameters

PARAMETERS, SPACING = CoordinationParameters(), Placements()
MONDAY = 1_767_571_200
DAY, HOUR, MINUTE = 86_400, 3_600, 60
NOBODY = pl.DataFrame(schema={"account_id": pl.String, "leader": pl.String})
Random = np.random.Generator


@dataclass
class Market:
    """What happens in one market, in seconds after a Monday: `orders` (account, second), `prices` (second, price) and
    `fills` (account, second) of resting orders."""

    orders: list[tuple[str, float]] = field(default_factory=list)
    prices: list[tuple[float, float]] = field(default_factory=list)
    fills: list[tuple[str, float]] = field(default_factory=list)

    def flow(self, random: Random, begin: float, end: float, per_minute: float) -> None:
        """Orders and trades of three hundred strangers at a price that hardly moves."""
        at = random.uniform(begin, end, random.poisson(per_minute * (end - begin) / MINUTE))
        self.orders += [(f"bg{random.integers(300)}", float(t)) for t in at]
        self.prices += [(float(t), 100 + float(random.uniform(-0.05, 0.05))) for t in at]


Case = Callable[[Random, Market], None]


def seen(markets: list[Market]) -> Following:
    """Of `v` and `a` of each market, who are one group; market n has accounts of its own, `v-3` and so on."""
    placed = placed_in(markets)
    number = pl.col("account_id").str.extract(r"-(\d+)$").cast(pl.Int64)
    return following(placed, watched_in(markets).select(number.alias("group"), "account_id"), PARAMETERS)


def watched_in(markets: list[Market]) -> pl.DataFrame:
    return pl.DataFrame({"account_id": [f"{who}-{n}" for n in range(len(markets)) for who in ("v", "a")]})


def placed_in(markets: list[Market]) -> Placed:
    orders = [(f"{who}-{n}", f"M{n}", t) for n, each in enumerate(markets) for who, t in each.orders]
    trades = [(f"M{n}", t, price) for n, each in enumerate(markets) for t, price in each.prices]
    fills = [(f"{who}-{n}", t) for n, each in enumerate(markets) for who, t in each.fills]
    tables = {
        "orders": _table(orders, "account_id", "symbol").with_columns(
            order_id=pl.format("o{}", pl.int_range(pl.len())), event=pl.lit("new")
        ),
        "trades": _table(trades, "symbol", price=True),
        "fills": _table(fills, "account_id").with_columns(took=pl.lit(value=False)),
        "watched": watched_in(markets),
    }
    with tape_engine() as engine:
        for name, frame in tables.items():
            engine.connection.register(f"given_{name}", frame.to_arrow())
            engine.keep(name, f"SELECT * FROM given_{name}")
        placed, usual = placements(engine, SPACING)
    return Placed(placed, usual, NOBODY, pl.DataFrame(schema=DISPUTED), SPACING)


def _table(rows: list[tuple[object, ...]], *texts: str, price: bool = False) -> pl.DataFrame:
    names = pl.Schema(
        {**dict.fromkeys(texts, pl.String()), "t": pl.Float64(), **({"price": pl.Float64()} if price else {})}
    )
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(us=((pl.col("t") + MONDAY) * 1e6).round().cast(pl.Int64)).drop("t")


def markets_of(case: Case, number: int, seed: int = 1) -> list[Market]:
    random = np.random.default_rng(seed)
    markets = [Market() for _ in range(number)]
    for market in markets:
        case(random, market)
    return markets


def e_values_of(case: Case, number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of `v` in each of so many markets, if it is judged."""
    found = e_values(seen(markets_of(case, number)).days, PARAMETERS)
    return found.filter(pl.col("account_id").str.starts_with("v"))["e_value"].to_numpy()


def independent(days: int = 20, per_day: float = 3) -> Case:
    """Both at random instants of ten hours a day."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            market.flow(random, day * DAY, day * DAY + 10 * HOUR, 0.5)
            for who in ("v", "a"):
                at = random.uniform(0, 10 * HOUR, random.poisson(per_day))
                market.orders += [(who, day * DAY + float(t)) for t in at]

    return case


def chased(days: int, mean_gap: float, hours: float, per_minute: float = 1, series: int = 10**9) -> Case:
    """`v` begins at random in sessions; `a` orders every half minute from the end of each silence, at most `series`
    times, until `v` has begun: whoever watches can stop when it suits."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            begin = day * DAY + random.uniform(3, 18) * HOUR
            end = begin + hours * HOUR
            market.flow(random, begin - 2_400, end + 600, per_minute)
            own = [begin]
            while own[-1] < end:
                own.append(own[-1] + 300 + float(random.exponential(mean_gap)))
            market.orders += [("v", t) for t in own]
            for last, nxt in pairwise(own):
                at = np.arange(last + 301, nxt, 30.001)[:series]
                market.orders += [("a", float(t)) for t in at]

    return case


def news(days: int, per_minute: float, others: int, jump: float = 0.01) -> Case:
    """Both answer the same move of the price within half a minute, and so do some others; twice a day each orders for
    other reasons."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            at = day * DAY + random.uniform(2, 22) * HOUR
            market.flow(random, at - 2_400, at + 1_200, per_minute)
            market.prices += [(at, 100.0), (at + 0.5, 100 * (1 + jump)), (at + 40, 100 * (1 + jump))]
            who = ["v", "a", *[f"r{n}" for n in range(others)]]
            market.orders += [(each, at + float(random.uniform(1, 25))) for each in who]
            for each in ("v", "a"):
                market.orders += [(each, day * DAY + float(t)) for t in random.uniform(0, DAY, 2)]

    return case


def baited(days: int, per_minute: float, flood: int = 0) -> Case:
    """`v` answers every move of the price after two seconds; `a` moves it once a day, others three times."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            for who in ("a", "x", "y", "z"):
                at = day * DAY + random.uniform(1, 22) * HOUR
                market.flow(random, at - 1_900, at + 300, per_minute)
                market.prices += [(at - 1, 100.0), (at, 101.0)]
                market.orders += [(who, at), ("v", at + 2)]
                market.orders += [(f"f{n}", at - 1_800 + 2_100 / flood * n) for n in range(flood)]

    return case


def requoting(delay: float, days: int) -> Case:
    """`v` places its order anew `delay` seconds after it was taken; a third party takes it, and `a` orders five seconds
    before that. It orders for reasons of its own twice a day."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            at = day * DAY + random.uniform(1, 22) * HOUR
            market.flow(random, at - 1_900, at + 300, 1)
            market.fills.append(("v", at))
            market.orders += [("taker", at), ("a", at + delay - 5), ("v", at + delay)]
            market.orders += [("v", day * DAY + float(t)) for t in random.uniform(0, DAY, 2)]

    return case


def timetable(period: float, days: int, jitter: float = 3) -> Case:
    """`v` orders every `period` seconds, and `a`, who knows that, six seconds before."""

    def case(random: Random, market: Market) -> None:
        t = float(random.uniform(0, min(period, DAY)))
        while t < days * DAY:
            market.flow(random, t - 1_900, t + 200, 1)
            market.orders += [("v", t + float(random.uniform(0, jitter))), ("a", t - 6)]
            t += period

    return case


def weekly(weeks: int) -> Case:
    """`v` orders on three days of the week, each at an hour of its own; `a` six seconds before."""

    def case(random: Random, market: Market) -> None:
        hours = {day: float(random.uniform(1, 23)) for day in (0, 2, 4)}
        for week in range(weeks):
            for day, hour in hours.items():
                t = (7 * week + day) * DAY + hour * HOUR
                market.flow(random, t - 1_900, t + 200, 1)
                market.orders += [("v", t + float(random.uniform(0, 3))), ("a", t - 6)]

    return case


def bars(period: int, chance: float, days: int) -> Case:
    """Both order in the first seconds of bars of one public clock, each bar by a throw of its own."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            begin = day * DAY + random.uniform(0, 20) * HOUR
            market.flow(random, begin - 2_400, begin + 2 * HOUR, 1)
            for t in np.arange(np.ceil(begin / period) * period, begin + 2 * HOUR, period):
                for who in ("v", "a"):
                    if random.random() < chance:
                        market.orders.append((who, float(t + random.uniform(0, 12))))

    return case


def robots(period: float, days: int) -> Case:
    """Two of one interval, at phases of their own, for two hours a day."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            begin = day * DAY + random.uniform(0, 20) * HOUR
            market.flow(random, begin - 2_400, begin + 2 * HOUR, 1)
            for who in ("v", "a"):
                at = np.arange(begin + random.uniform(0, period), begin + 2 * HOUR, period)
                market.orders += [(who, float(t)) for t in at]

    return case


def answering(days: int, seconds: tuple[float, float], candle: int = 0, others: int = 0) -> Case:
    """Both answer the same moves of the price: some `seconds` after the move, or after the close of the `candle` (in
    minutes) that follows it. Each also orders twice a day for other reasons."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            at = day * DAY + random.uniform(2, 22) * HOUR
            market.flow(random, at - 3_600, at + 3_600, 1)
            market.prices += [(at, 100.0), (at + 0.5, 102.0), (at + 40, 102.0)]
            since = np.ceil(at / (candle * MINUTE)) * candle * MINUTE if candle else at
            who = ["v", "a", *[f"r{n}" for n in range(others)]]
            market.orders += [(each, float(since + random.uniform(*seconds))) for each in who]
            for each in ("v", "a"):
                market.orders += [(each, day * DAY + float(t)) for t in random.uniform(0, DAY, 2)]

    return case


def drifting(days: int, minutes: float, cycle: int = 1) -> Case:
    """`v` orders once a day, `minutes` later every day, or at the hours of a shift plan of so many days; and twice for
    other reasons. `a` is six seconds ahead of its daily order."""

    def case(random: Random, market: Market) -> None:
        hours = random.uniform(4, 12, cycle)
        for day in range(days):
            at = day * DAY + float(hours[day % cycle]) * HOUR + day * minutes * MINUTE
            market.flow(random, at - 1_900, at + 300, 1)
            market.orders += [("a", at - 6), ("v", at + float(random.uniform(0, 3)))]
            market.orders += [("v", day * DAY + float(t)) for t in random.uniform(0, DAY, 2)]

    return case


def follower(days: int = 12, seconds: float = 9) -> Case:
    """No innocent: `v` orders after `a`, and three times a day for reasons of its own."""

    def case(random: Random, market: Market) -> None:
        for day in range(days):
            at = day * DAY + random.uniform(1, 22) * HOUR
            market.flow(random, day * DAY, (day + 1) * DAY, 1)
            market.orders += [("a", at), ("v", at + seconds)]
            market.orders += [("v", day * DAY + float(t)) for t in random.uniform(0, DAY, 3)]

    return case
