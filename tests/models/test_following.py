"""Who begins to place orders right after others of its ring, and what makes nobody a follower."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models import tables
from models.conduct.authorship import DISPUTED
from models.coordination import following as following_module
from models.coordination.following import Placed, e_values, explained, following
from models.detect import detect
from models.detection import Detection
from models.links.entities import merge_entities
from models.parameters import CoordinationParameters
from tests.models import innocents
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd
from tests.models.innocents import (
    DAY,
    HOUR,
    MONDAY,
    NOBODY,
    PARAMETERS,
    SPACING,
    Market,
    Random,
    e_values_of,
    markets_of,
    placed_in,
    seen,
)

NO_DISPUTE = pl.DataFrame(schema=DISPUTED)


def test_who_orders_after_another_day_after_day_is_told() -> None:
    found = e_values_of(innocents.follower(), 10)
    assert (found > PARAMETERS.leg_e_value).all()


INNOCENT = {
    "independent": innocents.independent(),
    "chased": innocents.chased(20, 300, 1),
    "chased in a quiet market": innocents.chased(20, 900, 2, 0.2),
    "chased for ten minutes": innocents.chased(20, 300, 0.2, series=20),
    "news for two": innocents.news(20, 1, 0),
    "news for many": innocents.news(20, 2, 30),
    "baited": innocents.baited(20, 1),
    "baited in a thin market": innocents.baited(20, 0.1),
    "baited amid a flood": innocents.baited(10, 0.1, 100),
    "taken, and placing anew at once": innocents.requoting(20, 20),
    "taken, and placing anew later": innocents.requoting(120, 20),
    "every seven hours": innocents.timetable(433 * 60, 20),
    "every twenty-five hours": innocents.timetable(25 * 3600 + 17 * 60, 30),
    "three days a week": innocents.weekly(8),
    "bars of five minutes": innocents.bars(300, 0.3, 20),
    "every bar of seven minutes": innocents.bars(420, 1, 10),
    "few bars of seven minutes": innocents.bars(420, 0.15, 20),
    "bars of nine minutes": innocents.bars(540, 0.3, 20),
    "robots": innocents.robots(310, 10),
    "answering a move within a minute": innocents.answering(20, (0, 60)),
    "answering a move later": innocents.answering(20, (60, 120)),
    "at the close of the candle": innocents.answering(20, (0, 12), 5),
    "at the close of a long candle": innocents.answering(20, (0, 12), 15),
    "at the close, with others": innocents.answering(20, (0, 12), 5, others=10),
    "four minutes later every day": innocents.drifting(30, 4),
    "a plan of five shifts": innocents.drifting(40, 0, 5),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", INNOCENT)
def test_whoever_follows_nobody_does_not_look_as_if(name: str, seed: int) -> None:
    """Forty markets, nearly all of them judged: the mean e-value is at most 1, and 20 or more comes in at most one of
    twenty cases."""
    days = seen(markets_of(INNOCENT[name], 40, seed)).days.filter(pl.col("account_id").str.starts_with("v"))
    found = e_values(days, PARAMETERS)["e_value"]
    assert days["windows"].sum() > 0
    assert len(found) >= 30
    assert found.mean() <= 1  # type: ignore[operator]
    assert (found >= 20).mean() <= 0.05  # type: ignore[operator]


def pair(days: int = 12, seconds: float = 9, more: Callable[[Market], None] | None = None) -> Market:
    market = Market()
    innocents.follower(days, seconds)(np.random.default_rng(3), market)
    if more:
        more(market)
    return market


def e_value(market: Market) -> float:
    found = e_values(seen([market]).days, PARAMETERS).filter(account_id="v-0")
    return float(found["e_value"].item()) if found.height else 1.0


@cache
def plain() -> float:
    return e_value(pair())


@pytest.mark.parametrize(("seconds", "told"), [(-9, False), (29.9, True), (31, False), (600, False)])
def test_only_the_first_half_minute_counts(seconds: float, told: bool) -> None:
    assert (e_value(pair(seconds=seconds)) > PARAMETERS.leg_e_value) == told


def test_too_little_is_known_of_who_ordered_on_few_days() -> None:
    assert e_value(pair(days=9)) == 1.0
    assert e_value(pair(days=10)) > 20


def led(random: Random) -> list[float]:
    """When `v` ordered after `a`, day by day, in `pair`."""
    at = []
    for day in range(12):
        at.append(day * DAY + random.uniform(1, 22) * HOUR + 9)
        Market().flow(random, day * DAY, (day + 1) * DAY, 1)
        random.uniform(0, DAY, 3)
    return at


def test_trades_of_others_afterwards_and_by_night_do_not_accuse() -> None:
    """Of an account that answers moves: moves that it sleeps through, and moves after its last order."""
    case = innocents.baited(20, 1)
    for second, number in ((21 * DAY, 2_000), (19.5 * DAY, 60)):
        market = Market()
        case(np.random.default_rng(2), market)
        plainly = e_value(market)
        awake = np.array([t for who, t in market.orders if who == "v"])
        at = [second + 45.0 * n for n in range(number)]
        quiet = [t for t in at if not ((awake > t - 60) & (awake < t + HOUR + 60)).any()]
        market.prices += [(t, 97.0 + 6 * (n % 2)) for n, t in enumerate(quiet)]
        assert quiet
        assert e_value(market) <= max(1.0, 2 * plainly)


@given(seed=st.integers(0, 2**32), who=st.sampled_from(["a", "x", "y"]), number=st.integers(1, 60))
@settings(max_examples=8, deadline=None)
def test_orders_after_its_own_do_not_accuse(seed: int, who: str, number: int) -> None:
    """Within two minutes after each of its orders; they make the market busier, which only excuses."""
    random = np.random.default_rng(seed)

    def later(market: Market) -> None:
        for at in led(np.random.default_rng(3)):
            market.orders += [(who, at + float(t)) for t in random.uniform(0.001, 120, number)]

    assert e_value(pair(more=later)) <= plain() * (1 + 1e-9)


def test_orders_of_strangers_before_its_own_change_little() -> None:
    """Who is not of the ring opens no window."""

    def before(market: Market) -> None:
        market.orders += [("x", at - 5) for at in led(np.random.default_rng(3))]

    assert 1e-3 < e_value(pair(more=before)) / plain() <= 1


def test_who_was_taken_may_have_answered_that() -> None:
    def taken(market: Market) -> None:
        market.fills += [("v", at - 1_700) for at in led(np.random.default_rng(3))]

    assert e_value(pair(more=taken)) <= 1


def test_one_day_decides_nothing() -> None:
    """Forty hits on one day weigh as much as a third of the leg."""

    def busy(market: Market) -> None:
        at = [3 * DAY + 1_500 * n + 97 * (n % 7) for n in range(40)]
        market.orders += [("a", t) for t in at] + [("v", t + 9) for t in at]
        market.orders += [("v", day * DAY + 36_000 + 977.0 * day) for day in range(12)]

    market = Market()
    busy(market)
    days = seen([market]).days.filter(account_id="v-0")
    assert days.filter(day=(MONDAY + 3 * DAY) // DAY)["hits"].item() == 40
    assert e_value(market) <= PARAMETERS.leg_e_value ** (1 / 3)


def test_known_answer() -> None:
    """Three days: hits and what was expected anyway; the first gains no more than a third of the leg."""
    days = pl.DataFrame(
        {"group": 0, "account_id": "v", "day": [0, 1, 2], "windows": [9, 9, 9], "hits": [10, 1, 0],
         "expected": [0.1, 0.2, 0.5]},
        schema_overrides={"group": pl.Int64},
    )  # fmt: skip
    most = np.log(PARAMETERS.leg_e_value) / 3
    gains = [
        sum(min(h * np.log(theta) - (theta - 1) * m, most) for h, m in ((10, 0.1), (1, 0.2), (0, 0.5)))
        for theta in (2, 5, 20)
    ]
    found = e_values(days, CoordinationParameters())
    assert found["e_value"].item() == pytest.approx(np.mean(np.exp(gains)))
    assert found.select("windows", "hits", "expected").row(0) == (27, 11, 0.8)


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    markets = [pair(days) for days in (11, 12, 13)]
    whole = seen(markets)
    monkeypatch.setattr(following_module, "BATCH_ROWS", 5)
    parts = seen(markets)
    assert parts.days.equals(whole.days)
    assert parts.hits.equals(whole.hits)


def test_order_of_rows_and_nothing_at_all() -> None:
    market = pair()
    shuffled = Market(market.orders[::-1], market.prices[::-1], market.fills)
    assert e_value(shuffled) == plain()
    empty = Placed(
        pl.DataFrame(schema=tables.PLACEMENTS), pl.DataFrame(schema=tables.USUAL), NOBODY, NO_DISPUTE, SPACING
    )
    groups = pl.DataFrame(schema={"group": pl.Int64, "account_id": pl.String})
    assert following(empty, groups, PARAMETERS).days.is_empty()


def graph(*relations: tuple[str, str], kind: str = "copy_trading") -> Graph:
    made = Graph()
    crowd(made, 300)
    made.relation = kind
    if relations:
        made.add(LinkKind.DECLARED, *relations)
    return made


@pytest.mark.parametrize(
    ("relations", "kind"),
    [
        ([("c00001", "c00002")], "copy_trading"),
        ([("c00001", "c00002")], "family"),
        ([("c00200", "c00001"), ("c00200", "c00002")], "copy_trading"),
    ],
    ids=["leader and follower", "a family", "two followers of one leader"],
)
def test_what_is_declared_explains_it(relations: list[tuple[str, str]], kind: str) -> None:
    snapshot = graph(*relations, kind=kind).snapshot()
    placed = pl.DataFrame({"account_id": ["c00001", "c00002", "c00003"]})
    pairs = set(explained(placed, snapshot, merge_entities(snapshot)).rows())
    assert pairs == {("c00001", "c00002"), ("c00002", "c00001")}


SPOOFERS = ("c00001", "c00002", "c00003")


@cache
def known() -> Placed:
    return placed_in([pair()])


def ring_with(leader: str, follower: str, disputed: pl.DataFrame = NO_DISPUTE) -> Detection:
    """Three accounts spoof one market in the same weeks; `follower` begins right after `leader`."""
    doing: Doing = dict.fromkeys(SPOOFERS, ("spoofing", "BTC-USD", (0, 1, 2, 8, 9)))
    names = {"a-0": leader, "v-0": follower}
    made = known().placements.with_columns(pl.col("account_id").replace_strict(names, return_dtype=pl.String))
    usual = known().usual.with_columns(pl.col("account_id").replace_strict(names, return_dtype=pl.String))
    conduct = replace(conduct_of(doing), placements=made.sort("account_id", "ts", "symbol"), usual=usual)
    return detect(graph().snapshot(), conduct=replace(conduct, disputed=disputed))


def legs(found: Detection) -> dict[str, list[str]]:
    return dict(found.members.select("account_id", "legs").iter_rows())


def test_the_follower_has_a_leg_of_its_own_and_the_leader_has_not() -> None:
    found = ring_with("c00001", "c00002")
    rows = found.evidence.filter(kind="followed_members")
    assert rows.select("account_id", "author_account_id", "leg", "count").rows() == [
        ("c00002", "c00002", "coordination", 11)
    ]
    sentence = rows["sentence"].item()
    assert sentence.startswith(
        "c00002 began to place orders right after 1 other member of the ring did in the same market,"
    )
    assert re.search(r" 11 times on 11 days, where its own habits would make 0\.\d times likely at most\.$", sentence)
    assert rows["p_value"].item() < 1e-3
    assert len(rows["event_ids"].item()) == 11
    assert legs(found) == {"c00001": ["conduct"], "c00002": ["conduct", "coordination"], "c00003": ["conduct"]}
    assert set(found.members["tier"]) == {"watch"}


def test_following_somebody_outside_the_ring_is_no_evidence() -> None:
    assert ring_with("c00099", "c00002").evidence.filter(kind="followed_members").is_empty()


@pytest.mark.parametrize(("days", "leg"), [((0, 1), True), ((0, 11), False)])
def test_what_somebody_else_may_have_done_does_not_count(days: tuple[int, int], leg: bool) -> None:
    since, until = (int((MONDAY + day * DAY) * 1e6) for day in days)
    spans = pl.DataFrame([("c00002", since, until)], schema=DISPUTED, orient="row")
    found = ring_with("c00001", "c00002", spans)
    assert ("coordination" in legs(found)["c00002"]) == leg


def test_without_conduct_of_its_own_nobody_is_in_a_ring_for_following() -> None:
    found = ring_with("c00001", "c00099")
    assert "c00099" not in set(found.members["account_id"]) | set(found.individuals["account_id"])
