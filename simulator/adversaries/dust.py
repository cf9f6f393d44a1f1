"""Framing by money: small sums sent to or past a victim, all by the attacker's own transfers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.adversaries.framing import Framing
from simulator.flow.trading_day import TradingDay
from simulator.parameters import MICROSECONDS
from simulator.people.resources import Resources
from simulator.records.transfers import INTERNAL, WITHDRAWAL, Payments, Transfers, joined_transfers, paid_on_chain

_LEAST_USD, _MOST_USD = 0.5, 25.0


@dataclass(frozen=True)
class Dust:
    """The transfers of one day's attacks, and what each attack sent."""

    transfers: Transfers
    number: NDArray[np.int64]
    """`Framing.number`, one per payment."""
    usd: NDArray[np.float64]


def framed_transfers(day: TradingDay, resources: Resources, framing: Framing) -> Dust:
    """Withdrawals to the victim's deposit address (and the deposit that arrives there), withdrawals to the victim's own
    outside wallet, and internal transfers to it."""
    random = day.random("dust")
    to_deposit, to_wallet, internal = (
        framing.by(name) for name in ("dust_deposit", "dust_withdrawal", "internal_transfer")
    )
    sent = _dust(day, to_deposit, WITHDRAWAL, random)
    second = (sent.ts - day.start) / MICROSECONDS
    wallet = _dust(day, to_wallet, WITHDRAWAL, random)
    paid = _dust(day, internal, INTERNAL, random)
    theirs = resources.outside(to_wallet.victim, day.number, random)
    transfers = joined_transfers(
        [
            paid_on_chain(day, resources, Payments(sent.account, to_deposit.victim, second, sent.usd), random),
            Transfers(wallet.account, wallet.ts, wallet.direction, theirs, wallet.other, wallet.usd),
            Transfers(paid.account, paid.ts, paid.direction, paid.address, internal.victim, paid.usd),
        ]
    )
    number = np.concatenate([to_deposit.number, to_wallet.number, internal.number])
    return Dust(transfers, number, np.concatenate([sent.usd, wallet.usd, paid.usd]))


def _dust(day: TradingDay, framing: Framing, direction: int, random: np.random.Generator) -> Transfers:
    count = len(framing)
    return Transfers(
        account=framing.attacker,
        ts=day.instant(day.awake(framing.attacker, random)),
        direction=np.full(count, direction),
        address=np.zeros(count, np.uint64),
        other=np.full(count, -1),
        usd=np.exp(random.uniform(np.log(_LEAST_USD), np.log(_MOST_USD), count)),
    )
