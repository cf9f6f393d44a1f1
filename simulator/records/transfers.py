"""Deposits, withdrawals and internal transfers of one day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.flow.trading_day import TradingDay
from simulator.parameters import MICROSECONDS
from simulator.people.identifiers import Numbers, Resource, addresses, resource
from simulator.people.population import Population
from simulator.people.resources import Resources, deposit_addresses
from simulator.people.strata import stratum_code
from simulator.people.takeovers import THIEVES, Takeovers
from simulator.records.decimals import money

DIRECTIONS = ("deposit", "withdrawal", "internal")
DEPOSIT, WITHDRAWAL, INTERNAL = range(3)
_DEPOSITS, _WITHDRAWALS = 0.04, 0.025
"""A day, of an account of pace 1."""
_INTERNAL = {"family": 0.02, "sub_account": 0.3, "p2p_merchant": 3.0, "otc_desk": 1.0, "copy_leader": 0.1}
"""Internal transfers a day; families and companies pay one another, merchants and desks pay strangers."""
_ANYBODY = 0.002
_ON_CHAIN = 0.002
"""Payments a day, of an account of pace 1, to another customer's deposit address."""
_ARRIVES_SECONDS = 240.0
"""Median time on chain."""
_SHARE_MEDIAN, _SHARE_SPREAD = -2.0, 1.2
_ROUND_SHARE = 0.5
ROOM_PER_DAY = 10**8
"""Transfers of one day are numbered within this range."""


@dataclass(frozen=True)
class Transfers:
    """One value per transfer."""

    account: NDArray[np.int64]
    ts: NDArray[np.int64]
    direction: NDArray[np.int64]
    """Position in `DIRECTIONS`."""
    address: Numbers
    """The other end on chain; 0: none."""
    other: NDArray[np.int64]
    """The other end where it is an account; -1: none."""
    usd: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.account)

    def table(self, population: Population, day: int) -> pl.DataFrame:
        """The `transfers` table of the input contract, by time."""
        order = np.lexsort((self.usd, self.address, self.direction, self.account, self.ts))
        known = self.address[order] > 0
        text = addresses(self.address[order][known])
        places = np.cumsum(known) - 1
        return pl.DataFrame(
            {
                "transfer_id": pl.Series(day * ROOM_PER_DAY + np.arange(len(self))).cast(pl.String),
                "account_id": population.ids.gather(self.account[order]),
                "direction": pl.Series(DIRECTIONS).gather(self.direction[order]),
                "address": text.gather(_null_where(places, ~known)),
                "counterparty_account_id": population.ids.gather(_null_where(self.other[order], self.other[order] < 0)),
                "asset": pl.repeat("USD", len(self), eager=True),
                "amount": money(self.usd[order]),
                "ts": pl.Series(self.ts[order]).cast(INSTANT),
            }
        )


def ordinary_transfers(day: TradingDay, resources: Resources) -> Transfers:
    """What people move when nobody makes them."""
    random, population = day.random("transfers"), day.population
    opened = population.opened < day.start
    outside = []
    for direction, rate in ((DEPOSIT, _DEPOSITS), (WITHDRAWAL, _WITHDRAWALS)):
        times = random.poisson(np.minimum(rate * population.pace, 2.0) * opened)
        outside.append(moved(day, resources, np.repeat(np.arange(len(population)), times), direction))
    payers = np.repeat(
        np.arange(len(population)), random.poisson(np.minimum(_ON_CHAIN * population.pace, 1.0) * opened)
    )
    payees = random.choice(np.flatnonzero(opened), len(payers)) if opened.any() else payers
    seconds, usd = day.awake(payers, random), amounts(day, payers, random)
    across = paid_on_chain(day, resources, Payments(payers, payees, seconds, usd), random)
    return joined_transfers([*outside, across, _internal(day, opened, random)])


def moved(
    day: TradingDay, resources: Resources, accounts: NDArray[np.int64], direction: int, name: str = ""
) -> Transfers:
    """An ordinary deposit or withdrawal of each account named; `name` names the stream of its randomness."""
    random = day.random("moved", direction, name)
    return Transfers(
        account=accounts,
        ts=day.instant(day.awake(accounts, random)),
        direction=np.full(len(accounts), direction),
        address=resources.outside(accounts, day.number, random),
        other=np.full(len(accounts), -1),
        usd=amounts(day, accounts, random),
    )


@dataclass(frozen=True)
class Payments:
    """One value per payment from one customer to another."""

    payer: NDArray[np.int64]
    payee: NDArray[np.int64]
    second: NDArray[np.float64]
    usd: NDArray[np.float64]


def paid_on_chain(day: TradingDay, resources: Resources, payments: Payments, random: np.random.Generator) -> Transfers:
    """A withdrawal to another customer's deposit address, and minutes later the deposit that arrives there, from a
    wallet of the payer; the exchange names no counterparty for either."""
    count, none = len(payments.payer), np.full(len(payments.payer), -1)
    last = day.end - 1
    sent = np.minimum(day.instant(payments.second), last)
    late = random.lognormal(np.log(_ARRIVES_SECONDS), 0.8, count) * MICROSECONDS
    arrived = np.minimum(sent + late.astype(np.int64), last)
    wallet = resources.outside(payments.payer, day.number, random)
    return joined_transfers(
        [
            Transfers(
                payments.payer, sent, none + 1 + WITHDRAWAL, deposit_addresses(payments.payee), none, payments.usd
            ),
            Transfers(payments.payee, arrived, none + 1 + DEPOSIT, wallet, none, payments.usd),
        ]
    )


def paid(day: TradingDay, payer: NDArray[np.int64], payee: NDArray[np.int64], name: str) -> Transfers:
    """An ordinary internal transfer of each payer to its payee."""
    random = day.random("paid", name)
    return Transfers(
        account=payer,
        ts=day.instant(day.awake(payer, random)),
        direction=np.full(len(payer), INTERNAL),
        address=np.zeros(len(payer), np.uint64),
        other=payee,
        usd=amounts(day, payer, random),
    )


def amounts(day: TradingDay, accounts: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float64]:
    """US dollars as people move them: a log-normal share of what they have, half of it rounded to one digit."""
    usd = day.population.wealth[accounts] * np.exp(random.normal(_SHARE_MEDIAN, _SHARE_SPREAD, len(accounts)))
    usd = np.maximum(usd, 0.5)
    digit = 10.0 ** np.floor(np.log10(usd))
    return np.where(random.random(len(usd)) < _ROUND_SHARE, np.round(usd / digit) * digit, usd)


def stolen_transfers(day: TradingDay, resources: Resources, takeovers: Takeovers) -> Transfers:
    """What a thief drains within the hour after getting in, to a wallet of its own."""
    random, begun = day.random("drained"), takeovers.begun(day.number)
    drained = moved(day, resources, begun.account, WITHDRAWAL, "stolen")
    after = begun.second + random.uniform(300, 3_600, len(begun.account))
    thief = resource(Resource.OWN_WALLET, THIEVES + begun.thief)
    return Transfers(drained.account, day.instant(after), drained.direction, thief, drained.other, drained.usd * 3)


def joined_transfers(parts: list[Transfers]) -> Transfers:
    return Transfers(
        account=np.concatenate([part.account for part in parts]),
        ts=np.concatenate([part.ts for part in parts]),
        direction=np.concatenate([part.direction for part in parts]),
        address=np.concatenate([part.address for part in parts]),
        other=np.concatenate([part.other for part in parts]),
        usd=np.concatenate([part.usd for part in parts]),
    )


def _internal(day: TradingDay, opened: NDArray[np.bool_], random: np.random.Generator) -> Transfers:
    population, n = day.population, len(day.population)
    rate = np.full(n, _ANYBODY)
    for stratum, often in _INTERNAL.items():
        rate[population.stratum == stratum_code(stratum)] = often
    payer = np.repeat(np.arange(n), random.poisson(rate * opened))
    payee = random.integers(0, n, len(payer))
    within = np.isin(population.stratum[payer], [stratum_code("family"), stratum_code("sub_account")])
    payee = np.where(within, _of_same_group(population, payer, random), payee)
    kept = (payer != payee) & opened[payee]
    return paid(day, payer[kept], payee[kept], "internal")


def _of_same_group(
    population: Population, accounts: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """A member of each account's group, maybe itself."""
    order = np.argsort(population.group, kind="stable")
    group = population.group[order]
    first = np.searchsorted(group, population.group[accounts], "left")
    last = np.searchsorted(group, population.group[accounts], "right")
    return order[first + (random.random(len(accounts)) * (last - first)).astype(np.int64)]


def _null_where(places: NDArray[np.int64], missing: NDArray[np.bool_]) -> pl.Series:
    return pl.select(pl.when(~pl.lit(pl.Series(missing))).then(pl.lit(pl.Series(places)))).to_series()
