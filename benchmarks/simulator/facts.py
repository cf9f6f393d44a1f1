"""Stylised facts of the simulated market beside published ones; the ranges were fixed before anything was measured.

uv run python -m benchmarks.simulator.facts [--world base] [--seed 21] [--accounts N] [--days D] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks.simulator.estimators import (
    Floats,
    autocorrelation,
    benford_distance,
    decay_exponent,
    excess_kurtosis,
    hill,
)
from benchmarks.simulator.features import frame, tape_of
from benchmarks.simulator.tapes import books, flow_by_population, returns
from simulator.simulate import simulate
from simulator.worlds import make_parameters

RESULTS = Path(__file__).parents[1] / "results" / "simulator_facts.json"
HOUR = 12
"""Five-minute steps."""
TAIL_SHARE = 0.02

CONT = "Cont, Empirical properties of asset returns, Quantitative Finance 1, 2001"
LILLO = (
    "Lillo and Farmer, The long memory of the efficient market, Studies in Nonlinear Dynamics and Econometrics, 2004"
)
ALETI = "Aleti and Mizrach, Bitcoin spot and futures market microstructure, Journal of Futures Markets 41, 2021"
BRAUNEIS = "Brauneis et al., How to measure the liquidity of cryptocurrency markets?, J. Banking and Finance 124, 2021"
CONG = "Cong, Li, Tang and Yang, Crypto wash trading, Management Science 69, 2023 (regulated exchanges)"
NIGRINI = "Nigrini, Benford's law, Wiley, 2012 (above 0.015: nonconformity)"
HANSEN = "Hansen, Kim and Kimbrough, Periodicity in cryptocurrency volatility, J. Financial Econometrics 22, 2024"
OURS = "what this world was meant to have (no public measurement by account)"


@dataclass(frozen=True)
class Fact:
    name: str
    measured: float
    published: tuple[float, float]
    """Range; an open end is infinite."""
    source: str

    @property
    def met(self) -> bool:
        return self.published[0] <= self.measured <= self.published[1]


def facts(tape: duckdb.DuckDBPyConnection, truth: pl.DataFrame) -> list[Fact]:
    """All facts of one world. `tape`: its tables as views; `truth`: its `truth_members`, to name populations."""
    return [
        *_of_returns(*(returns(tape, "large", steps) for steps in (1, HOUR, 4 * HOUR))),
        *_of_books(books(tape)),
        *_of_trades(tape),
        *_of_populations(flow_by_population(tape, truth)),
    ]


def _of_returns(fine: Floats, hourly: Floats, coarse: Floats) -> Iterator[Fact]:
    lags = HOUR * np.array([1, 2, 4, 8, 16, 24])
    size = np.abs(fine)
    clustered = autocorrelation(size, lags)
    next_hour = float(autocorrelation(hourly, np.array([1]))[0])
    yield Fact("autocorrelation of hourly returns", next_hour, (-0.1, 0.1), f"{CONT}: none")
    yield Fact("tail index of five-minute returns", hill(size[size > 0], TAIL_SHARE), (2, 5), CONT)
    yield Fact("excess kurtosis of five-minute returns", excess_kurtosis(fine), (3, math.inf), CONT)
    yield Fact(
        "excess kurtosis of four hours over that of five minutes",
        excess_kurtosis(coarse) / excess_kurtosis(fine),
        (-math.inf, 1),
        f"{CONT}: closer to a Gaussian over longer times",
    )
    yield Fact("autocorrelation of absolute returns after an hour", float(clustered[0]), (0.05, 0.5), CONT)
    yield Fact("exponent of its decay over a day", decay_exponent(lags, clustered), (0.2, 0.4), CONT)


def _of_books(sampled: pl.DataFrame) -> Iterator[Fact]:
    medians = sampled.group_by("tier").agg(pl.median("spread_bps", "depth_usd"))
    tier = {row["tier"]: row for row in medians.iter_rows(named=True)}
    yield Fact("quoted spread of large markets, basis points", tier["large"]["spread_bps"], (1, 10), f"{ALETI}: 3.0")
    for wider, than in (("mid", "large"), ("small", "mid")):
        ratio = tier[wider]["spread_bps"] / tier[than]["spread_bps"]
        yield Fact(
            f"spread of {wider} over {than} markets", ratio, (1, math.inf), f"{BRAUNEIS}: wider where less is traded"
        )
        depth = tier[than]["depth_usd"] / tier[wider]["depth_usd"]
        yield Fact(f"depth within 1 % of {than} over {wider} markets", depth, (1, math.inf), BRAUNEIS)


def _of_trades(tape: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    usd = frame(tape, "SELECT (price * quantity)::DOUBLE AS usd, quantity::DOUBLE AS q FROM trades")
    yield Fact("median trade, US dollars", float(np.median(usd["usd"].to_numpy())), (0, 1_300), ALETI)
    yield Fact("tail exponent of trade sizes", hill(usd["usd"].to_numpy(), TAIL_SHARE), (1, 2), CONG)
    yield Fact("distance of trade sizes from Benford's law", benford_distance(usd["q"].to_numpy()), (0, 0.015), NIGRINI)
    signs = frame(
        tape,
        """
        SELECT CASE any_value(taker_side) WHEN 'buy' THEN 1.0 ELSE -1.0 END::DOUBLE AS sign FROM trades
        WHERE symbol = (SELECT min(symbol) FROM symbols) GROUP BY taker_order_id ORDER BY min(ts), taker_order_id
        """,
    )["sign"].to_numpy()
    lags = np.unique(np.geomspace(1, 200, 12).astype(np.int64))
    correlations = autocorrelation(signs, lags)
    yield Fact(
        "autocorrelation of the signs of taking orders, ten apart",
        float(correlations[lags >= 10][0]),
        (0.02, 0.6),
        LILLO,
    )
    yield Fact("exponent of its decay", decay_exponent(lags, correlations), (0.2, 0.9), LILLO)
    hours = frame(tape, "SELECT hour(ts) AS hour, count(*) AS trades FROM trades GROUP BY hour")["trades"]
    busiest, quietest = float(hours.max()), float(hours.min())  # type: ignore[arg-type]
    yield Fact(
        "trades of the busiest over the quietest hour", busiest / quietest, (1.2, math.inf), f"{HANSEN}: a daily period"
    )
    quick = frame(
        tape,
        """
        SELECT avg((epoch(g.ts) - epoch(n.ts) <= 0.05)::INT) AS share
        FROM orders g JOIN orders n USING (order_id) WHERE g.event = 'cancel' AND n.event = 'new'
        """,
    )["share"][0]
    yield Fact("cancellations within 50 ms", float(quick), (0.10, 0.20), f"{ALETI}: 0.155 on Coinbase")


def _of_populations(flow: pl.DataFrame) -> Iterator[Fact]:
    row = flow.with_columns(otr=pl.col("order_events") / pl.col("fills"), gone=pl.col("cancels") / pl.col("orders"))
    by_name = {one["population"]: one for one in row.iter_rows(named=True)}
    makers = by_name["market makers"]
    yield Fact("order-to-trade ratio of market makers", makers["otr"], (50, 500), OURS)
    yield Fact("share of market makers' orders that are cancelled", makers["gone"], (0.95, 1), OURS)
    retail = by_name["holders and other retail"]
    yield Fact("order-to-trade ratio of retail", retail["otr"], (1, 10), OURS)


def table(found: list[Fact]) -> pl.DataFrame:
    """One row per fact: `fact`, `measured`, `published`, `met`, `source`."""

    def ends(published: tuple[float, float]) -> str:
        low, high = published
        if math.isinf(high):
            return f"at least {low:g}"
        return f"at most {high:g}" if math.isinf(low) else f"{low:g} to {high:g}"

    return pl.DataFrame(
        {
            "fact": [fact.name for fact in found],
            "measured": [float(f"{fact.measured:.3g}") for fact in found],
            "published": [ends(fact.published) for fact in found],
            "met": [fact.met for fact in found],
            "source": [fact.source for fact in found],
        }
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="base")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    parameters = make_parameters(given.world, given.seed, accounts=given.accounts, days=given.days)
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder)
        simulate(parameters, world)
        with tape_of(world) as tape:
            found = table(facts(tape, pl.read_parquet(world / "truth_members.parquet")))
    report = {
        "command": "python -m benchmarks.simulator.facts",
        "parameters": asdict(parameters),
        "facts": found.to_dicts(),
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n")
    with pl.Config(tbl_rows=-1, fmt_str_lengths=60, tbl_hide_dataframe_shape=True):
        print(found.drop("source"))


if __name__ == "__main__":
    main()
