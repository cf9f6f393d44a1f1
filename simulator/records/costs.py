"""What acts and attacks cost those who commit them: fees of what was filled, and dust that was sent away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.adversaries.dust import Dust
from simulator.adversaries.framing import attack_plan
from simulator.flow.intents import NONE
from simulator.market.records import SymbolDay
from simulator.market.symbols import Market
from simulator.records.writer import MAKER_FEE, TAKER_FEE

COST = np.dtype([("plan", "i4"), ("usd", "f8")])
"""`plan`: a planted act, or `attack_plan` of an attack."""

Costs = NDArray[np.void]


def fees(days: list[SymbolDay], market: Market) -> Costs:
    """Fees that planted and attacking orders paid; ring members pay what everybody pays."""
    trades = np.concatenate([day.trades for day in days])
    symbol = np.repeat(np.arange(len(days)), [len(day.trades) for day in days])
    usd = trades["tick"] * trades["quantity"] * 10.0 ** (-market.price_places - market.lot_places)[symbol]
    paid = np.concatenate(
        [_costs(trades["maker_plan"], usd * MAKER_FEE), _costs(trades["taker_plan"], usd * TAKER_FEE)]
    )
    kept: Costs = paid[paid["plan"] != NONE]
    return kept


def sent(dust: Dust) -> Costs:
    """What attackers sent to their victims."""
    return _costs(attack_plan(dust.number), dust.usd)


def per_plan(costs: Costs, first: int, count: int) -> NDArray[np.float64]:
    """US dollars of the plans first, first + step, ... with step away from zero, `count` of them, in whole cents."""
    place = np.abs(costs["plan"].astype(np.int64) - first)
    same = (costs["plan"] < 0) == (first < 0)
    return np.asarray(np.round(np.bincount(place[same], costs["usd"][same], minlength=count)[:count], 2))


def _costs(plan: NDArray[np.int64], usd: NDArray[np.float64]) -> Costs:
    made = np.zeros(len(plan), COST)
    made["plan"], made["usd"] = plan, usd
    return made
