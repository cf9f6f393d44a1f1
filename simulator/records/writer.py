"""Streams a world to disk: one Parquet part file per table and day, in the input contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.market.records import SymbolDay
from simulator.market.symbols import Market
from simulator.parameters import FIRST_DAY
from simulator.people.population import SEGMENTS, Population
from simulator.records.decimals import PLACES, decimals

MAKER_FEE, TAKER_FEE, MARKET_MAKER_REBATE = 0.0002, 0.0005, -0.00005
ROWS_PER_GROUP = 131_072
_EVENTS = ("new", "amend", "cancel", "expire")
_KINDS = ("limit", "market", "post_only", "liquidation")
_LASTING = ("GTC", "IOC", "GTD")

Amounts = NDArray[np.int64]


@dataclass(frozen=True)
class MarketRecords:
    """Turns what the engine returns for one day into contract tables."""

    population: Population
    market: Market

    def orders(self, days: list[SymbolDay]) -> pl.DataFrame:
        """Order events of all markets, by time."""
        events, symbol = _together([day.events for day in days])
        return pl.DataFrame(
            {
                "order_id": pl.Series(events["order"]).cast(pl.String),
                "account_id": self.population.ids.gather(events["account"]),
                "symbol": self._symbols(symbol),
                "event": _of(_EVENTS, events["event"]),
                "side": _side(events["side"]),
                "price": self._price(events["tick"], symbol),
                "quantity": self._quantity(events["quantity"], symbol),
                "ts": pl.Series(events["ts"]).cast(INSTANT),
                "order_type": _of(_KINDS, events["kind"]),
                "time_in_force": _of(_LASTING, events["lasting"]),
                "sequence": events["sequence"],
            }
        ).sort("ts", "symbol", "sequence")

    def trades(self, days: list[SymbolDay]) -> pl.DataFrame:
        """Fills of all markets, by time, with fees in US dollars."""
        trades, symbol = _together([day.trades for day in days])
        ids = self.population.ids
        return pl.DataFrame(
            {
                "trade_id": pl.Series(trades["trade"]).cast(pl.String),
                "symbol": self._symbols(symbol),
                "price": self._price(trades["tick"], symbol),
                "quantity": self._quantity(trades["quantity"], symbol),
                "ts": pl.Series(trades["ts"]).cast(INSTANT),
                "maker_account_id": ids.gather(trades["maker"]),
                "taker_account_id": ids.gather(trades["taker"]),
                "taker_side": _side(trades["taker_side"]),
                "maker_order_id": pl.Series(trades["maker_order"]).cast(pl.String),
                "taker_order_id": pl.Series(trades["taker_order"]).cast(pl.String),
                "maker_fee": self._fee(trades, symbol, self._maker_rate()[trades["maker"]]),
                "taker_fee": self._fee(trades, symbol, np.full(len(trades), TAKER_FEE)),
                "status": pl.repeat("normal", len(trades), eager=True),
            }
        ).sort("ts", "symbol", "trade_id")

    def liquidations(self, days: list[SymbolDay]) -> pl.DataFrame:
        """Positions closed by force, with the loss in US dollars."""
        closed, symbol = _together([day.liquidations for day in days])
        return pl.DataFrame(
            {
                "account_id": self.population.ids.gather(closed["account"]),
                "symbol": self._symbols(symbol),
                "side": _side(closed["side"]),
                "quantity": self._quantity(closed["quantity"], symbol),
                "price": self._price(closed["tick"], symbol),
                "ts": pl.Series(closed["ts"]).cast(INSTANT),
                "loss": decimals(np.rint(closed["loss"] * self._unit(symbol) * 10.0**PLACES).astype(np.int64)),
            }
        ).sort("ts", "symbol", "account_id", "side")

    def _symbols(self, symbol: NDArray[np.int64]) -> pl.Series:
        return pl.Series(self.market.names, dtype=pl.String).gather(symbol)

    def _price(self, tick: Amounts, symbol: NDArray[np.int64]) -> pl.Series:
        scaled = tick.astype(np.int64) * 10 ** (PLACES - self.market.price_places[symbol])
        return decimals(scaled, missing=tick == 0)

    def _quantity(self, lots: Amounts, symbol: NDArray[np.int64]) -> pl.Series:
        return decimals(lots * 10 ** (PLACES - self.market.lot_places[symbol]))

    def _unit(self, symbol: NDArray[np.int64]) -> NDArray[np.float64]:
        """US dollars of one lot at one tick."""
        return np.asarray(10.0 ** (-self.market.price_places - self.market.lot_places)[symbol])

    def _fee(self, trades: NDArray[np.void], symbol: NDArray[np.int64], rate: NDArray[np.float64]) -> pl.Series:
        usd = trades["tick"] * trades["quantity"] * self._unit(symbol)
        return decimals(np.rint(usd * rate * 10.0**PLACES).astype(np.int64))

    def _maker_rate(self) -> NDArray[np.float64]:
        maker = self.population.segment == SEGMENTS.index("market_maker")
        return np.where(maker, MARKET_MAKER_REBATE, MAKER_FEE)


def write_part(table: pl.DataFrame, folder: Path, name: str, day: int) -> None:
    """One day of a table; equal rows give equal bytes."""
    (folder / name).mkdir(exist_ok=True)
    _write(table, folder / name / f"{date_of(day)}.parquet")


def write_whole(table: pl.DataFrame, folder: Path, name: str) -> None:
    """A table that is one file."""
    _write(table, folder / f"{name}.parquet")


def date_of(day: int) -> date:
    return FIRST_DAY.date() + timedelta(days=day)


def _write(table: pl.DataFrame, path: Path) -> None:
    arrow = table.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    pq.write_table(arrow, path, row_group_size=ROWS_PER_GROUP, compression="zstd", compression_level=1, version="2.6")


def _together(parts: list[NDArray[np.void]]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """All markets' rows, and the market of each."""
    return np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])


def _of(names: tuple[str, ...], code: NDArray[np.uint8]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(code)


def _side(side: NDArray[np.int8]) -> pl.Series:
    return _of(("sell", "buy"), (side > 0).astype(np.uint8))
