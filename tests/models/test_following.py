"""Who begins to place orders right after others, and what makes nobody a follower."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import LinkKind
from models import tables
from models.conduct.authorship import DISPUTED
from models.conduct.parameters import Placements
from models.coordination.following import bets, e_values, explained
from models.detect import detect
from models.detection import Detection
from models.links.entities import merge_entities
from models.parameters import CoordinationParameters
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd

START = datetime(2026, 1, 5, tzinfo=UTC)
PARAMETERS, SPACING = CoordinationParameters(), Placements()
NOBODY = pl.DataFrame(schema={"account_id": pl.String, "leader": pl.String})
Begun = tuple[str, datetime]


def placed(*begun: Begun, symbol: str = "BTC-USD", **said: object) -> pl.DataFrame:
    """`tables.PLACEMENTS`: instants alone, in a market in which nothing else goes on."""
    plain = {"symbol": symbol, "alone": True, "last_fill": None, "just_before": 1, "near": 2, "before": 30}
    rows = [{**plain, "account_id": who, "ts": ts, "order_id": f"{who}-{ts}", **said} for who, ts in sorted(set(begun))]
    return pl.DataFrame(rows, schema=tables.PLACEMENTS)


def led(days: int = 12, gap_seconds: float = 9) -> list[Begun]:
    """Bob begins after ann once a day, at other hours and minutes every day."""
    at = [START + timedelta(days=day, hours=(5 * day) % 23, seconds=(day * 1234.5) % 3500) for day in range(days)]
    return [("ann", ts) for ts in at] + [("bob", ts + timedelta(seconds=gap_seconds)) for ts in at]


def told(made: pl.DataFrame, apart: pl.DataFrame = NOBODY) -> dict[str, float]:
    """E-value of each account, all of them one group."""
    groups = made.select(pl.lit(0, pl.Int64).alias("group"), "account_id").unique()
    rows = e_values(bets(made, groups, apart, PARAMETERS, SPACING))
    return dict(rows.select("account_id", "e_value").iter_rows())


def test_who_begins_after_somebody_day_after_day_is_told_and_the_leader_is_not() -> None:
    found = told(placed(*led()))
    assert found["bob"] > PARAMETERS.leg_e_value
    assert found.get("ann", 0.0) <= 1


@pytest.mark.parametrize(("gap_seconds", "hit"), [(-9, False), (0, False), (30, True), (30.1, False), (900, False)])
def test_only_the_first_seconds_after_another_are_a_hit(gap_seconds: float, hit: bool) -> None:
    assert (told(placed(*led(gap_seconds=gap_seconds))).get("bob", 0.0) > PARAMETERS.leg_e_value) == hit


def test_beyond_half_an_hour_nothing_is_compared() -> None:
    assert "bob" not in told(placed(*led(gap_seconds=1801)))


def test_known_answer() -> None:
    """One bet, won with each of three stakes: nothing is known of bob, so he may begin right after anybody; of 29 that
    placed orders in the half hour before, one was ann."""
    at = START + timedelta(hours=1)
    found = told(placed(("ann", at), ("bob", at + timedelta(seconds=5))))
    chance = 2 * 1 / 29
    assert found["bob"] == pytest.approx(np.mean([1 + s * (1 / chance - 1) for s in (0.02, 0.1, 0.5)]))


def test_an_answer_to_being_filled_is_no_hit() -> None:
    """An attacker who hits somebody's resting orders makes it place new ones."""
    made = placed(*led())
    hammered = made.with_columns(last_fill=pl.col("ts") - timedelta(seconds=29))
    assert told(hammered)["bob"] < 1
    assert told(made.with_columns(last_fill=pl.col("ts") - timedelta(seconds=31))) == told(made)


def test_who_begins_at_the_same_time_of_day_follows_nobody() -> None:
    """Whoever knows the hour of a savings plan can be there just before it."""
    at = [START + timedelta(days=day, hours=9) for day in range(20)]
    assert told(placed(*[("ann", ts - timedelta(seconds=8)) for ts in at], *[("bob", ts) for ts in at]))["bob"] < 20


@pytest.mark.parametrize("minutes", [15, 60])
def test_who_begins_at_one_phase_of_a_period_follows_nobody(minutes: int) -> None:
    random = np.random.default_rng(minutes)
    at = [START + timedelta(days=day, minutes=int(random.integers(0, 1380 // minutes)) * minutes) for day in range(20)]
    both = [*[("ann", ts + timedelta(seconds=1)) for ts in at], *[("bob", ts + timedelta(seconds=9)) for ts in at]]
    assert told(placed(*both))["bob"] < 20


def test_when_everybody_is_at_it_following_says_little() -> None:
    quiet, loud = (told(placed(*led(), near=near))["bob"] for near in (2, 200))
    assert loud < 2 < quiet


def test_who_is_always_there_is_followed_by_nobody() -> None:
    noise = [("ann", ts + timedelta(seconds=31 * n)) for who, ts in led() if who == "bob" for n in range(-60, 0)]
    assert told(placed(*noise, *led()[12:]))["bob"] < 1


def test_a_beginning_amid_others_of_its_own_is_no_chance() -> None:
    made = placed(*led()).with_columns(alone=pl.col("account_id") == "ann")
    assert "bob" not in told(made)


def test_one_instant_in_several_markets_is_one_chance() -> None:
    one = placed(*led())
    both = pl.concat([one, one.with_columns(symbol=pl.lit("ETH-USD"))])
    assert told(both) == told(one)


@given(seed=st.integers(0, 2**32), number=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_what_others_do_afterwards_changes_nothing(seed: int, number: int) -> None:
    """Whoever begins in the hour after one of bob's instants, which is long before the next."""
    random = np.random.default_rng(seed)
    own = [ts for who, ts in led() if who == "bob"]
    later = [(f"x{n % 5}", own[n % 12] + timedelta(seconds=float(random.uniform(0, 3600)))) for n in range(number)]
    assert told(placed(*led(), *later))["bob"] == told(placed(*led()))["bob"]


@given(seed=st.integers(0, 2**32), number=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_more_of_the_ring_around_never_accuses(seed: int, number: int) -> None:
    """At instants that bob does not follow."""
    random = np.random.default_rng(seed)
    own = [ts for who, ts in led() if who == "bob"]
    more = [(f"x{n % 5}", own[n % 12] - timedelta(seconds=float(random.uniform(40, 1800)))) for n in range(number)]
    assert told(placed(*led(), *more))["bob"] <= told(placed(*led()))["bob"]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_order_of_rows_and_shifts_by_whole_days_change_nothing(seed: int) -> None:
    made = placed(*led())
    assert told(made.sample(fraction=1.0, shuffle=True, seed=seed)) == told(made)
    assert told(made.with_columns(pl.col("ts") + timedelta(days=3))) == told(made)


def test_without_orders_of_ones_own_there_is_nothing() -> None:
    assert told(placed(*led()[:12])) == {}
    assert told(placed()) == {}


def independent(random: np.random.Generator, how: str) -> list[tuple[str, datetime]]:
    """Two hundred accounts on twenty days, each at instants of its own."""
    made = []
    for account in range(200):
        habit = float(random.uniform(0, 3600))
        for day in range(20):
            second = float(random.uniform(0, 5400))
            match how:
                case "bars":
                    second = second // 300 * 300 + float(random.uniform(0, 10))
                case "window of 8 minutes":
                    second = float(random.uniform(0, 480))
                case "habit":
                    second = habit + float(random.uniform(0, 20))
                case "bursts":
                    second = second // 1800 * 1800 + float(random.uniform(0, 600))
            made.append((f"a{account:03d}", START + timedelta(days=day, hours=10, seconds=second)))
    return made


@pytest.mark.parametrize("how", ["uniform", "bars", "window of 8 minutes", "habit", "bursts"])
def test_by_chance_nobody_wins_more_than_it_may(how: str) -> None:
    """Groups of four: the mean e-value is at most 1, and 20 or more comes in at most one of twenty cases."""
    made = independent(np.random.default_rng(5), how)
    groups = pl.DataFrame([(n // 4, f"a{n:03d}") for n in range(200)], schema=["group", "account_id"], orient="row")
    rows = bets(placed(*made), groups, NOBODY, PARAMETERS, SPACING)
    found = e_values(rows)["e_value"]
    assert rows.height > 1_000
    assert rows["hit"].sum() > 20
    assert found.mean() <= 1  # type: ignore[operator]
    assert (found >= 20).sum() <= 0.05 * len(found)


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
    made = placed(("c00001", START), ("c00002", START), ("c00003", START))
    pairs = set(explained(made, snapshot, merge_entities(snapshot)).rows())
    assert pairs == {("c00001", "c00002"), ("c00002", "c00001")}
    renamed = {"ann": "c00001", "bob": "c00002"}
    both = placed(*[(renamed[who], ts) for who, ts in led()])
    assert told(both, explained(both, snapshot, merge_entities(snapshot))) == {}


SPOOFERS = ("c00001", "c00002", "c00003")


def ring_with(leader: str, follower: str, begun: Iterable[Begun] = (), disputed: str | None = None) -> Detection:
    """Three accounts spoof one market in the same weeks; `follower` begins right after `leader`."""
    doing: Doing = dict.fromkeys(SPOOFERS, ("spoofing", "BTC-USD", (0, 1, 2, 8, 9)))
    names = {"ann": leader, "bob": follower}
    made = placed(*[(names[who], ts) for who, ts in begun or led()])
    rows = [(disputed, 0, 2**62)] if disputed else []
    spans = pl.DataFrame(rows, schema=DISPUTED, orient="row")
    return detect(graph().snapshot(), conduct=replace(conduct_of(doing), placements=made, disputed=spans))


def legs(found: Detection) -> dict[str, list[str]]:
    return dict(found.members.select("account_id", "legs").iter_rows())


def test_the_follower_has_a_leg_of_its_own_and_the_leader_has_not() -> None:
    found = ring_with("c00001", "c00002")
    rows = found.evidence.filter(kind="followed_members")
    assert rows.select("account_id", "author_account_id", "leg", "count").rows() == [
        ("c00002", "c00002", "coordination", 12)
    ]
    assert rows["sentence"].item() == (
        "c00002 began to place orders right after 1 other member of the ring did in the same market, "
        "12 times on 12 days."
    )
    assert rows["p_value"].item() < 1e-3
    assert legs(found) == {"c00001": ["conduct"], "c00002": ["conduct", "coordination"], "c00003": ["conduct"]}
    assert set(rows["event_ids"].item()) == {f"c00002-{ts}" for who, ts in led() if who == "bob"}
    assert set(found.members["tier"]) == {"watch"}


def test_two_days_are_no_row_however_often() -> None:
    at = [START + timedelta(days=day, minutes=61 * n + 3 * day) for day in range(2) for n in range(20)]
    begun = [("ann", ts) for ts in at] + [("bob", ts + timedelta(seconds=9)) for ts in at]
    assert told(placed(*begun))["bob"] > PARAMETERS.leg_e_value
    assert ring_with("c00001", "c00002", begun).evidence.filter(kind="followed_members").is_empty()


def test_following_somebody_outside_the_ring_is_no_evidence() -> None:
    assert ring_with("c00099", "c00002").evidence.filter(kind="followed_members").is_empty()


def test_an_account_that_may_have_been_taken_over_has_no_leg() -> None:
    found = ring_with("c00001", "c00002", disputed="c00002")
    assert found.evidence.filter(kind="followed_members")["leg"].to_list() == [None]
    assert all("coordination" not in shown for shown in legs(found).values())


def test_without_conduct_of_its_own_nobody_is_in_a_ring_for_following() -> None:
    found = ring_with("c00001", "c00099")
    assert "c00099" not in set(found.members["account_id"]) | set(found.individuals["account_id"])
