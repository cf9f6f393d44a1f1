"""What kinds of account there are: how each trades (policy) and why it may look guilty (stratum)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Policy(IntEnum):
    """How an account decides to trade."""

    HOLDER = 0
    MOMENTUM = 1
    SCHEDULED = 2
    DAY_TRADER = 3
    ARBITRAGE = 4
    DORMANT = 5
    MARKET_MAKER = 6
    GRID_BOT = 7
    SPLITTER = 8
    COPY_FOLLOWER = 9
    SIGNAL_FOLLOWER = 10
    LEVERAGED = 11
    PUMP_CHASER = 12
    OTC_DESK = 13


POLICY_SHARES = {
    Policy.HOLDER: 0.45,
    Policy.MOMENTUM: 0.25,
    Policy.SCHEDULED: 0.08,
    Policy.DAY_TRADER: 0.10,
    Policy.ARBITRAGE: 0.03,
    Policy.DORMANT: 0.09,
}
"""Shares of all accounts that no hard negative below gives a policy of its own."""


@dataclass(frozen=True)
class HardNegative:
    """Innocents that look guilty. `share` is of all accounts; groups have `sizes` accounts, drawn log-uniformly."""

    stratum: str
    share: float
    sizes: tuple[int, int] = (1, 1)
    policy: Policy | None = None
    at_least: int = 0
    at_most: int = 10**9


HARD_NEGATIVES = (
    HardNegative("family", 0.045, (2, 5)),
    HardNegative("office", 0.015, (20, 200)),
    HardNegative("campus", 0.012, (20, 400)),
    HardNegative("carrier_nat", 0.020, (50, 2_000)),
    HardNegative("internet_cafe", 0.008, (20, 120)),
    HardNegative("sub_account", 0.008, (2, 12)),
    HardNegative("custody_client", 0.008, (20, 200)),
    HardNegative("p2p_merchant", 0.004),
    HardNegative("referral_tree", 0.020, (5, 80)),
    HardNegative("market_maker", 0.003, policy=Policy.MARKET_MAKER, at_least=4, at_most=1_000),
    HardNegative("otc_desk", 0.001, policy=Policy.OTC_DESK),
    HardNegative("order_splitter", 0.006, policy=Policy.SPLITTER),
    HardNegative("grid_bot", 0.015, (20, 200), Policy.GRID_BOT),
    HardNegative("copy_follower", 0.020, (10, 5_000), Policy.COPY_FOLLOWER),
    HardNegative("signal_group", 0.015, (20, 300), Policy.SIGNAL_FOLLOWER),
    HardNegative("leveraged", 0.015, policy=Policy.LEVERAGED),
    HardNegative("pump_victim", 0.015, policy=Policy.PUMP_CHASER),
)
"""Every kind, nearly a quarter of all accounts together."""

ORDINARY = tuple(policy.name.lower() for policy in POLICY_SHARES)
STRATA = (*ORDINARY, *(kind.stratum for kind in HARD_NEGATIVES), "copy_leader", "framed", "taken_over")
"""Every value of `stratum`: ordinary accounts by their policy, then each hard negative."""


def stratum_code(name: str) -> int:
    """Position of `name` in `STRATA`."""
    return STRATA.index(name)
