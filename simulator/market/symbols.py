"""The markets of a world: popularity, tick and lot sizes, how wide and how deep they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.market.records import MarketRules
from simulator.parameters import DAY, FIRST_INSTANT, WorldParameters
from simulator.randomness import Streams

TIERS = ("large", "mid", "small")
_TIER_SHARES = (0.1, 0.3)
ZIPF = 1.0
"""Popularity of the k-th market falls as k to the minus this; measured exponents of volumes by rank lie about 1."""
PROTECTION = 0.05
_PRICE_TICKS = (40_000, 6_000, 2_500)
_PRICE_PLACES = (0, 3, 5)
_HALF_SPREAD = (0.0006, 0.0015, 0.004)
"""As a share of the price, by tier."""
_DAILY_VOLATILITY = (0.02, 0.035, 0.055)
_DEPTH_USD = (20_000.0, 4_000.0, 1_000.0)
"""What one market maker shows on one level."""
_LOT_USD = 10.0
_IMPACT_DEPTHS = 3.0
"""Taking this many levels' depth moves the fair price by one half spread."""


@dataclass(frozen=True)
class Market:
    """One value per market in each array, most popular first."""

    tier: NDArray[np.uint8]
    perpetual: NDArray[np.bool_]
    weight: NDArray[np.float64]
    """Popularity, summing to 1."""
    first_ticks: NDArray[np.float64]
    """Price at the start, in ticks."""
    price_places: NDArray[np.int64]
    """The tick is 10 to the minus this, in US dollars."""
    lot_places: NDArray[np.int64]
    """The lot is 10 to the minus this, in base currency; negative for lots of many coins."""
    half_spread: NDArray[np.float64]
    """Of a market maker's first level, as a share of the price."""
    volatility: NDArray[np.float64]
    """Standard deviation of a day's log return."""
    depth: NDArray[np.int64]
    """Lots that one market maker shows on one level."""
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def lot_value(self, ticks: NDArray[np.float64]) -> NDArray[np.float64]:
        """US dollars that one lot is worth, by market, at the given prices in ticks."""
        return np.asarray(ticks * 10.0 ** (-self.price_places - self.lot_places))

    def rules(self, symbol: int) -> MarketRules:
        """How the matching engine treats one market."""
        half_spread = self.half_spread[symbol] * self.first_ticks[symbol]
        return MarketRules(
            perpetual=bool(self.perpetual[symbol]),
            protection=PROTECTION,
            impact=half_spread / (_IMPACT_DEPTHS * self.depth[symbol]),
            impact_half_life=1_200.0,
            tilt=half_spread,
        )

    def table(self) -> pl.DataFrame:
        """The `symbols` table of the input contract."""
        tick = [f"{10.0 ** -int(places):.{max(int(places), 0)}f}" for places in self.price_places]
        return pl.DataFrame(
            {
                "symbol": self.names,
                "kind": np.where(self.perpetual, "perpetual", "spot"),
                "base": [name.split("-")[0] for name in self.names],
                "quote": "USD",
                "tier": np.array(TIERS)[self.tier],
                "tick_size": pl.Series(tick).str.to_decimal(scale=8),
                "listed_at": pl.Series([FIRST_INSTANT - 400 * DAY] * len(self)).cast(INSTANT),
            }
        )


def draw_market(parameters: WorldParameters, streams: Streams) -> Market:
    """Markets by popularity: a tenth large, three tenths mid, the rest small; every fourth a perpetual."""
    count, random = parameters.symbols, streams.of("market")
    rank = np.arange(count)
    tier = np.digitize(rank, [max(_TIER_SHARES[0] * count, 1), max(sum(_TIER_SHARES) * count, 2)]).astype(np.uint8)
    weight = 1 / (rank + 1.0) ** ZIPF
    first_ticks = np.array(_PRICE_TICKS)[tier] * np.exp(random.normal(0, 0.3, count))
    price_places = np.array(_PRICE_PLACES)[tier]
    price = first_ticks * 10.0**-price_places
    lot_places = np.round(np.log10(price / _LOT_USD)).astype(np.int64)
    lot_usd = price * 10.0**-lot_places
    perpetual = rank % 4 == 1
    return Market(
        tier=tier,
        perpetual=perpetual,
        weight=weight / weight.sum(),
        first_ticks=first_ticks,
        price_places=price_places,
        lot_places=lot_places,
        half_spread=np.array(_HALF_SPREAD)[tier] * np.exp(random.normal(0, 0.25, count)),
        volatility=np.array(_DAILY_VOLATILITY)[tier] * np.exp(random.normal(0, 0.2, count)) * parameters.volatility,
        depth=np.maximum(np.array(_DEPTH_USD)[tier] / lot_usd, 1).astype(np.int64),
        names=tuple(f"C{number + 1:03d}-{'PERP' if perp else 'USD'}" for number, perp in enumerate(perpetual)),
    )
