"""Who has an account: shares, groups, ids, and what members do not differ in."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simulator.exchange import Cast
from simulator.parameters import DAY, FIRST_INSTANT
from simulator.people.strata import HARD_NEGATIVES, POLICY_SHARES, STRATA, Policy, stratum_code
from tests.simulator.days import cast_of


@pytest.fixture(scope="module")
def cast() -> Cast:
    return cast_of(accounts=20_000)


def test_ordinary_policies_have_their_shares(cast: Cast) -> None:
    ordinary = cast.population.stratum < len(POLICY_SHARES)
    for policy, share in POLICY_SHARES.items():
        assert abs((cast.population.policy[ordinary] == policy).mean() - share) < 0.01


def test_every_hard_negative_is_there_and_they_are_more_than_15_percent(cast: Cast) -> None:
    counts = np.bincount(cast.population.stratum, minlength=len(STRATA))
    for kind in HARD_NEGATIVES:
        assert counts[stratum_code(kind.stratum)] >= 0.5 * kind.share * len(cast.population), kind.stratum
    assert counts[len(POLICY_SHARES) :].sum() >= 0.15 * len(cast.population)


@pytest.mark.parametrize("kind", [kind for kind in HARD_NEGATIVES if kind.sizes[1] > 1], ids=lambda kind: kind.stratum)
def test_groups_have_the_sizes_of_their_kind(kind: object, cast: Cast) -> None:
    assert isinstance(kind, type(HARD_NEGATIVES[0]))
    strata = [stratum_code(kind.stratum)]
    if kind.policy is Policy.COPY_FOLLOWER:
        strata.append(stratum_code("copy_leader"))
    group = cast.population.group[np.isin(cast.population.stratum, strata)]
    sizes = np.bincount(group[group >= 0])
    sizes = sizes[sizes > 0]
    assert len(sizes) > 0
    assert sizes.max() <= kind.sizes[1]
    assert (sizes < kind.sizes[0]).sum() <= 1


def test_ids_number_accounts_in_the_order_of_opening(cast: Cast) -> None:
    people = pl.DataFrame({"id": cast.population.ids.cast(pl.Int64), "opened": cast.population.opened})
    assert people["id"].is_unique().all()
    assert people.sort("id")["opened"].is_sorted()


def test_referrers_are_older_than_those_whom_they_referred(cast: Cast) -> None:
    referred = np.flatnonzero(cast.population.referrer >= 0)
    opened = cast.population.opened
    assert len(referred) > 0.1 * len(opened)
    assert (opened[cast.population.referrer[referred]] < opened[referred]).all()


def test_members_are_of_every_kind_of_account_that_could_be_one() -> None:
    """A ring's accounts are ordinary ones: their strata have the shares of everybody's."""
    many = cast_of(accounts=20_000, ring_members=6_000)
    strata = many.population.stratum
    of_members = np.bincount(strata[many.rings.account], minlength=len(STRATA)) / 6_000
    of_all = np.bincount(strata, minlength=len(STRATA)) / 20_000
    barred = [stratum_code("market_maker"), stratum_code("otc_desk")]
    assert of_members[barred].sum() == 0
    assert np.abs(np.delete(of_members - of_all, barred)).max() < 0.02


def test_accounts_are_taken_over_while_they_are_customers_and_never_a_member_s(cast: Cast) -> None:
    stolen, people = cast.takeovers, cast.population
    assert len(stolen.account) > 3
    assert not np.isin(stolen.account, cast.rings.account).any()
    assert (stolen.first_day < stolen.last_day).all()
    assert (stolen.last_day <= cast.parameters.days).all()
    assert (people.opened[stolen.account] < FIRST_INSTANT + stolen.first_day * DAY).all()
