"""Estimators of stylised facts on series with a known answer, and facts on a book made by hand."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.simulator.estimators import (
    autocorrelation,
    benford_distance,
    decay_exponent,
    excess_kurtosis,
    hill,
    last_prices,
)
from benchmarks.simulator.facts import Fact, table
from benchmarks.simulator.tapes import books, flow_by_population

RANDOM = np.random.default_rng(0)


def test_autocorrelation_of_an_autoregressive_series() -> None:
    shocks = RANDOM.normal(size=(3, 20_000))
    series = np.zeros_like(shocks)
    for step in range(1, shocks.shape[1]):
        series[:, step] = 0.6 * series[:, step - 1] + shocks[:, step]
    assert autocorrelation(series, np.array([1, 2, 5])) == pytest.approx([0.6, 0.36, 0.6**5], abs=0.02)


def test_autocorrelation_of_something_constant_is_unknown() -> None:
    assert np.isnan(autocorrelation(np.ones((2, 10)), np.array([1]))).all()


@pytest.mark.parametrize("index", [1.5, 3.0])
def test_hill_on_pareto(index: float) -> None:
    assert hill(RANDOM.pareto(index, 200_000) + 1, 0.05) == pytest.approx(index, rel=0.05)


def test_kurtosis_of_gauss_and_laplace() -> None:
    assert excess_kurtosis(RANDOM.normal(size=200_000)) == pytest.approx(0, abs=0.05)
    assert excess_kurtosis(RANDOM.laplace(size=200_000)) == pytest.approx(3, abs=0.3)


@given(exponent=st.floats(0.05, 2.0))
def test_decay_of_a_power_law(exponent: float) -> None:
    lags = np.array([1, 2, 5, 10, 50])
    assert decay_exponent(lags, 0.4 * lags**-exponent) == pytest.approx(exponent)


def test_decay_needs_three_positive_correlations() -> None:
    assert math.isnan(decay_exponent(np.array([1, 2, 3]), np.array([0.1, 0.1, -0.1])))


def test_benford_on_a_log_uniform_series_and_on_ones() -> None:
    assert benford_distance(10 ** RANDOM.uniform(0, 6, 200_000)) < 0.002
    assert benford_distance(np.ones(10)) == pytest.approx(2 * (1 - math.log10(2)) / 9)


def test_last_prices_wait_for_the_first() -> None:
    prices = last_prices(np.array([1, 3, 3]), np.array([5.0, 6.0, 7.0]), 5)
    assert prices.tolist()[1:] == [5.0, 5.0, 7.0, 7.0]
    assert math.isnan(prices[0])


def test_a_fact_is_met_within_its_range() -> None:
    facts = [Fact("a", 1.5, (1, 2), "x"), Fact("b", 2.5, (1, 2), "x"), Fact("c", 9, (1, math.inf), "x")]
    told = table(facts)
    assert told["met"].to_list() == [True, False, True]
    assert told["published"].to_list() == ["1 to 2", "1 to 2", "at least 1"]


def test_a_book_is_rebuilt_from_order_events() -> None:
    """Bids 99.4 (half filled) and 100 (withdrawn), asks 100.6 and 105; the last order makes its day the last."""
    with duckdb.connect() as tape:
        tape.execute("SET TimeZone = 'UTC'")
        tape.sql("CREATE TABLE symbols AS SELECT 'A' AS symbol, 'large' AS tier")
        tape.sql(
            """
            CREATE TABLE orders AS SELECT order_id, event, side, price::DECIMAL(18, 4) AS price,
                   quantity::DECIMAL(18, 4) AS quantity, ts::TIMESTAMPTZ AS ts, 'A' AS symbol FROM (VALUES
                ('1', 'new', 'buy', 99.4, 10, '2026-01-01 10:00'), ('2', 'new', 'buy', 100, 10, '2026-01-01 10:00'),
                ('2', 'cancel', 'buy', 100, 10, '2026-01-01 11:00'), ('3', 'new', 'sell', 100.6, 4, '2026-01-01 10:00'),
                ('4', 'new', 'sell', 105, 4, '2026-01-01 10:00'), ('5', 'new', 'buy', 98, 1, '2026-01-02 10:00')
            ) t(order_id, event, side, price, quantity, ts)
            """
        )
        tape.sql(
            """
            CREATE TABLE trades AS SELECT '1' AS maker_order_id, '9' AS taker_order_id, 5::DECIMAL(18, 4) AS quantity,
                   '2026-01-01 12:30'::TIMESTAMPTZ AS ts
            """
        )
        told = books(tape)
    assert told["moment"].dt.hour().to_list() == list(range(10, 24))
    before, after = told.row(1, named=True), told.row(4, named=True)
    assert told["spread_bps"][0] == pytest.approx(2e4 * 0.6 / 200.6)
    assert before["spread_bps"] == pytest.approx(120.0)
    assert before["depth_usd"] == pytest.approx(99.4 * 10 + 100.6 * 4)
    assert after["depth_usd"] == pytest.approx(99.4 * 5 + 100.6 * 4)


def test_flow_counts_innocents_by_population() -> None:
    truth = pl.DataFrame(
        {
            "account_id": ["m", "h", "r"],
            "stratum": ["market_maker", "holder", "holder"],
            "ring": [None, None, "ring-0000"],
        }
    )
    with duckdb.connect() as tape:
        tape.sql(
            "CREATE TABLE orders AS SELECT * FROM (VALUES ('m', 'new'), ('m', 'cancel'), ('m', 'new'), ('h', 'new'),"
            " ('r', 'new')) t(account_id, event)"
        )
        tape.sql("CREATE TABLE trades AS SELECT 'm' AS maker_account_id, 'h' AS taker_account_id")
        flow = {row["population"]: row for row in flow_by_population(tape, truth).iter_rows(named=True)}
    assert set(flow) == {"market makers", "holders and other retail"}
    makers = flow["market makers"]
    assert (makers["order_events"], makers["orders"], makers["cancels"], makers["fills"]) == (3, 2, 1, 1)
