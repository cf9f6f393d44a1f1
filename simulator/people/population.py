"""Who has an account: how each trades, what it owns, and which innocent group it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulator.parameters import DAY, FIRST_INSTANT, WorldParameters
from simulator.people.strata import HARD_NEGATIVES, POLICY_SHARES, HardNegative, Policy, stratum_code
from simulator.randomness import Streams

FAVOURITES = 6
SEGMENTS = ("retail", "institutional", "market_maker", "api", "sub_account", "other")
COUNTRIES = (("KR", "JP", "VN", "IN", "ID"), ("DE", "FR", "GB", "TR", "PL"), ("US", "BR", "MX", "AR", "CA"))
"""By region: Asia, Europe, the Americas."""
REGION_SHARES = (0.45, 0.30, 0.25)
OPENED_DURING = 0.03
"""Share of accounts opened while the world runs."""
_FIRST_NUMBER = 100_000_000

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """One value per account in each array; accounts are their positions, 0 to n - 1, in an order without meaning."""

    policy: NDArray[np.uint8]
    stratum: NDArray[np.uint8]
    """Position in `STRATA`."""
    group: Ints
    """Innocent group within the stratum (family, office, copy group ...), numbered over all strata; -1: none."""
    leader: Ints
    """Account that a copy follower copies; -1: none."""
    entity: Ints
    """Who really owns it: an account that stands for the person."""
    owner: Ints
    """Declared legal owner, as an account that stands for it; -1: not declared."""
    segment: NDArray[np.uint8]
    region: NDArray[np.uint8]
    country: NDArray[np.str_]
    opened: NDArray[np.int64]
    referrer: Ints
    wealth: Floats
    """US dollars at hand."""
    pace: Floats
    """Own activity as a multiple of its policy's."""
    attention: Floats
    """Chance to log in on a day without trading."""
    leverage: NDArray[np.float32]
    favourites: NDArray[np.int16]
    """(n, 6): the markets that it looks at."""
    ids: pl.Series
    """Public ids: serial numbers in the order of opening."""

    def __len__(self) -> int:
        return len(self.policy)

    def of(self, policy: Policy) -> NDArray[np.int64]:
        """Accounts of one policy, ascending."""
        return np.flatnonzero(self.policy == policy)


@dataclass(frozen=True)
class _Roles:
    policy: NDArray[np.uint8]
    stratum: NDArray[np.uint8]
    group: Ints
    leader: Ints


def draw_population(parameters: WorldParameters, streams: Streams, market_weight: Floats) -> Population:
    """Draw all accounts; everybody is innocent. `market_weight`: how popular each market is, summing to 1."""
    n, random = parameters.accounts, streams.of("population")
    roles = _roles(n, parameters.hard_negatives, random)
    region = random.choice(3, n, p=REGION_SHARES).astype(np.uint8)
    opened = _opened(n, parameters, random)
    entity = np.arange(n, dtype=np.int32)
    together = roles.stratum == stratum_code("sub_account")
    entity[together] = first_of_group(roles.group)[together]
    wealth = 2_500 * np.exp(random.normal(0, 1.6, n)) * _wealth_multiple(roles)
    return Population(
        policy=roles.policy,
        stratum=roles.stratum,
        group=roles.group,
        leader=roles.leader,
        entity=entity,
        owner=np.where(together, entity, -1).astype(np.int32),
        segment=_segments(roles, random),
        region=region,
        country=np.array(COUNTRIES)[region, random.integers(0, 5, n)],
        opened=opened,
        referrer=_referrers(roles, opened, random),
        wealth=wealth,
        pace=_pace(n, random) * parameters.pace,
        attention=random.beta(0.6, 1.2, n),
        leverage=_leverage(roles, random),
        favourites=random.choice(len(market_weight), (n, FAVOURITES), p=market_weight).astype(np.int16),
        ids=_ids(opened),
    )


def _roles(n: int, multiple: float, random: np.random.Generator) -> _Roles:
    """Ordinary policies for all, then each hard negative takes its share of a random order of the accounts."""
    policy = random.choice(np.array(list(POLICY_SHARES)), n, p=np.array(list(POLICY_SHARES.values())))
    roles = _Roles(policy.astype(np.uint8), policy.astype(np.uint8), np.full(n, -1, np.int32), np.full(n, -1, np.int32))
    shuffled, groups = random.permutation(n), 0
    for kind in HARD_NEGATIVES:
        wanted = min(max(round(kind.share * multiple * n), kind.at_least), kind.at_most, len(shuffled))
        chosen, shuffled = shuffled[:wanted], shuffled[wanted:]
        group = _group_numbers(wanted, kind, random)
        _enlist(roles, chosen, kind, np.where(group < 0, -1, group + groups))
        groups += int(group.max(initial=-1)) + 1
    return roles


def _enlist(roles: _Roles, chosen: NDArray[np.int64], kind: HardNegative, group: Ints) -> None:
    roles.stratum[chosen] = stratum_code(kind.stratum)
    roles.group[chosen] = group
    if kind.policy is not None:
        roles.policy[chosen] = kind.policy
    if kind.policy is Policy.COPY_FOLLOWER:
        first = first_of_group(roles.group)[chosen]
        leads = first == chosen
        roles.leader[chosen] = np.where(leads, -1, first)
        roles.policy[chosen[leads]] = Policy.DAY_TRADER
        roles.stratum[chosen[leads]] = stratum_code("copy_leader")


def _group_numbers(accounts: int, kind: HardNegative, random: np.random.Generator) -> Ints:
    """Cut `accounts` places into groups of log-uniform size; -1 for kinds without groups and for a group of one."""
    smallest, largest = kind.sizes
    if largest == 1 or accounts < 2:
        return np.full(accounts, -1, np.int32)
    sizes = np.exp(random.uniform(np.log(smallest), np.log(largest + 1), accounts // smallest + 1)).astype(np.int64)
    group = np.repeat(np.arange(len(sizes)), sizes)[:accounts].astype(np.int32)
    return np.where(np.bincount(group)[group] > 1, group, -1).astype(np.int32)


def first_of_group(group: Ints) -> Ints:
    """For each account the lowest account of its group; itself without one."""
    n = len(group)
    first = np.full(int(group.max(initial=-1)) + 2, n, np.int64)
    np.minimum.at(first, group, np.arange(n))
    return np.where(group >= 0, first[group], np.arange(n)).astype(np.int32)


def _opened(n: int, parameters: WorldParameters, random: np.random.Generator) -> NDArray[np.int64]:
    before = FIRST_INSTANT - (random.exponential(400, n).clip(0.01, 2_500) * DAY).astype(np.int64)
    during = FIRST_INSTANT + (random.random(n) * parameters.days * DAY).astype(np.int64)
    return np.where(random.random(n) < OPENED_DURING, during, before)


def _pace(n: int, random: np.random.Generator) -> Floats:
    """Log-normal; a quarter trade with tools and several times as much."""
    tools = np.where(random.random(n) < 1 / 4, 5.0, 1.0)
    return np.asarray(np.exp(random.normal(-0.6, 0.9, n)) * tools)


def _wealth_multiple(roles: _Roles) -> Floats:
    multiple = np.ones(len(roles.policy))
    for policy, times in ((Policy.MARKET_MAKER, 300.0), (Policy.OTC_DESK, 300.0), (Policy.SPLITTER, 100.0)):
        multiple[roles.policy == policy] = times
    multiple[roles.policy == Policy.ARBITRAGE] = 10.0
    multiple[roles.stratum == stratum_code("sub_account")] = 20.0
    return multiple


def _segments(roles: _Roles, random: np.random.Generator) -> NDArray[np.uint8]:
    segment = np.zeros(len(roles.policy), np.uint8)
    segment[(roles.policy == Policy.ARBITRAGE) | (roles.policy == Policy.GRID_BOT)] = SEGMENTS.index("api")
    segment[(roles.policy == Policy.SPLITTER) | (roles.policy == Policy.OTC_DESK)] = SEGMENTS.index("institutional")
    segment[roles.stratum == stratum_code("sub_account")] = SEGMENTS.index("sub_account")
    declared = random.random(len(segment)) < 0.9
    segment[(roles.policy == Policy.MARKET_MAKER) & declared] = SEGMENTS.index("market_maker")
    return segment


def _referrers(roles: _Roles, opened: NDArray[np.int64], random: np.random.Generator) -> Ints:
    """A fifth of all were referred by somebody older; a referral tree by its first account."""
    n = len(opened)
    anybody = random.integers(0, n, n)
    referrer = np.where((random.random(n) < 0.25) & (opened[anybody] < opened), anybody, -1)
    tree = roles.stratum == stratum_code("referral_tree")
    root = first_of_group(roles.group)
    older = tree & (opened[root] < opened)
    referrer[older] = root[older]
    return referrer.astype(np.int32)


def _leverage(roles: _Roles, random: np.random.Generator) -> NDArray[np.float32]:
    """Leveraged traders and some day traders borrow; market makers and bots do not."""
    leverage = np.zeros(len(roles.policy), np.float32)
    borrows = (roles.policy == Policy.LEVERAGED) | (
        (roles.policy == Policy.DAY_TRADER) & (random.random(len(leverage)) < 0.3)
    )
    leverage[borrows] = random.choice(np.array([5, 10, 20, 50], np.float32), int(borrows.sum()))
    return leverage


def _ids(opened: NDArray[np.int64]) -> pl.Series:
    rank = np.empty(len(opened), np.int64)
    rank[np.argsort(opened, kind="stable")] = np.arange(len(opened))
    return pl.Series("account_id", rank + _FIRST_NUMBER).cast(pl.String)
