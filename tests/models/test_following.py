"""Who acts right after whom: by its own instants, oftener than chance, and told of the follower alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import tables
from models.coordination.following import PUBLIC_TRIGGERS, bets, followers
from models.detect import detect
from models.detection import Detection
from models.links.entities import Entities
from models.parameters import CoordinationParameters
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd

START = datetime(2026, 1, 5, tzinfo=UTC)
PARAMETERS = CoordinationParameters()
Act = tuple[int, datetime]


def entities(count: int, household: Iterable[int] | None = None) -> Entities:
    home = np.array(list(household)) if household is not None else np.arange(count)
    return Entities(np.arange(count), home, pl.DataFrame(schema={"x": pl.Int64, "y": pl.Int64}))


def table(acts: Iterable[Act], typology: str = "layering", other: int | None = None) -> pl.DataFrame:
    rows = [
        {"account_id": f"a{entity}", "entity": entity, "other": other, "typology": typology, "symbol": "BTC-USD",
         "ts": ts, "event_ids": [f"{entity}-{ts}"]}
        for entity, ts in acts
    ]  # fmt: skip
    schema = {
        "account_id": pl.String, "entity": pl.Int64, "other": pl.Int64, "typology": pl.String, "symbol": pl.String,
        "ts": pl.Datetime("us", "UTC"), "event_ids": pl.List(pl.String),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def led(days: int = 6, gap_seconds: float = 9, minute: int = 7) -> list[Act]:
    """Entity 0 acts once a day, entity 1 after it, at other minutes every day; 2 hours and more lie between."""
    at = [START + timedelta(days=day, hours=day, minutes=(minute * day) % 50 + 3) for day in range(days)]
    return [(0, ts) for ts in at] + [(1, ts + timedelta(seconds=gap_seconds)) for ts in at]


def placed(acts: pl.DataFrame, known: Entities | None = None, groups: Iterable[int] | None = None) -> pl.DataFrame:
    """`BETS`, all in one group if nothing else is said."""
    group = [0] * 200 if groups is None else list(groups)
    of = pl.DataFrame({"entity": range(len(group)), "group": group}, schema={"entity": pl.Int64, "group": pl.Int64})
    return bets(acts, of, known or entities(200), PARAMETERS)


def told(acts: pl.DataFrame) -> pl.DataFrame:
    return followers(placed(acts))


def who(acts: pl.DataFrame) -> set[int]:
    return set(told(acts).filter(pl.col("e_value") >= PARAMETERS.least_e_value)["entity"])


def test_who_acts_after_somebody_day_after_day_is_told_and_the_leader_is_not() -> None:
    acts = table(led())
    assert who(acts) == {1}
    assert told(acts).filter(entity=1).row(0)[:3] == (1, 6, 6)
    assert told(acts).filter(entity=0)["e_value"].item() < 1
    assert placed(acts).filter(entity=1)["leaders"].to_list() == [[0]] * 6


@pytest.mark.parametrize("gap_seconds", [-9, 31, 1800])
def test_acting_before_or_later_follows_nobody(gap_seconds: float) -> None:
    assert 1 not in who(table(led(gap_seconds=gap_seconds)))


def test_the_last_second_still_follows() -> None:
    assert who(table(led(gap_seconds=30))) == {1}


def test_acts_with_the_leader_and_what_everybody_sees_say_nothing() -> None:
    assert placed(table(led(), other=0)).filter(entity=1).is_empty()
    for typology in PUBLIC_TRIGGERS:
        assert placed(table(led(), typology)).is_empty()


def test_neither_a_household_nor_another_group_is_followed() -> None:
    assert placed(table(led()), entities(2, [0, 0])).is_empty()
    assert placed(table(led()), groups=[0, 1]).is_empty()
    assert placed(table(led()), groups=[0]).is_empty()


def test_who_acts_at_one_minute_of_the_hour_by_habit_follows_nobody() -> None:
    assert placed(table(led(minute=0))).filter(entity=1).is_empty()


def test_who_acts_all_the_time_is_followed_by_nobody() -> None:
    """An attacker whose acts cover the hour is always just ahead; then being after it is no surprise."""
    noise = [(0, ts + timedelta(seconds=30 * n)) for _, ts in led()[:6] for n in range(-60, 60)]
    acts = table([*noise, *led()[6:]])
    assert told(acts).filter(entity=1)["e_value"].item() <= 1
    assert who(acts) == set()


def test_without_acts_of_ones_own_there_is_nothing() -> None:
    assert placed(table(led()[:6])).is_empty()
    assert told(table([])).is_empty()


@given(seed=st.integers(0, 2**32), later=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_what_others_do_afterwards_never_helps_to_accuse(seed: int, later: int) -> None:
    random = np.random.default_rng(seed)
    after = [
        (0, ts + timedelta(seconds=float(random.uniform(0.001, 3000)))) for _, ts in led()[6:] for _ in range(later)
    ]
    plain, more = told(table(led())).filter(entity=1), told(table([*led(), *after])).filter(entity=1)
    assert more["hits"].item() == plain["hits"].item()
    assert more["e_value"].item() <= plain["e_value"].item()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_order_of_rows_and_shifts_by_whole_weeks_change_nothing(seed: int) -> None:
    acts = table(led()).sample(fraction=1.0, shuffle=True, seed=seed)
    assert told(acts).equals(told(table(led())))
    assert who(acts.with_columns(pl.col("ts") + timedelta(weeks=2))) == {1}


def independent(
    random: np.random.Generator, per_instant: int = 1, burst: int = 1, minutes: int | None = None, within: float = 1790
) -> list[tuple[int, datetime, str]]:
    """Four hundred entities on twenty days, at instants of their own within the same two hours: `per_instant` markets
    at once, `burst` acts `within` so many seconds, or on a lattice of so many `minutes`."""
    made = []
    for entity in range(400):
        offset = float(random.integers(0, 2) * 5) if minutes else 0.0
        for day in range(20):
            start = START + timedelta(days=day, hours=10)
            second = float(random.uniform(0, 5400))
            if minutes:
                second = second // (60 * minutes) * 60 * minutes + offset
            for _ in range(burst):
                at = start + timedelta(seconds=second + (float(random.uniform(0, within)) if burst > 1 else 0.0))
                made += [(entity, at, f"M{market}") for market in range(per_instant)]
    return made


@pytest.mark.parametrize(
    "how",
    [{}, {"per_instant": 4}, {"burst": 6}, {"burst": 6, "within": 5}, {"minutes": 5}, {"minutes": 10}, {"minutes": 15}],
    ids=str,
)
def test_by_chance_nobody_wins_more_than_it_may(how: dict[str, int]) -> None:
    """Groups of four: the mean e-value is at most 1, and 20 or more comes in at most one of twenty cases."""
    made = independent(np.random.default_rng(5), **how)
    acts = table([(entity, ts) for entity, ts, _ in made]).with_columns(
        symbol=pl.Series([market for _, _, market in made])
    )
    drawn = followers(placed(acts, entities(400), [entity // 4 for entity in range(400)]))
    if "minutes" not in how:
        assert drawn["acts"].sum() > 2_000
        assert drawn["hits"].sum() > 50
    assert drawn["e_value"].mean() is None or drawn["e_value"].mean() <= 1  # type: ignore[operator]
    assert (drawn["e_value"] >= 20).sum() <= 0.05 * max(drawn.height, 20)


SPOOFERS = ("c00001", "c00002", "c00003")


def ring_with(leader: str, follower: str, acts: list[Act] | None = None) -> Detection:
    """Three accounts spoof one market in the same weeks; `follower` acts right after `leader`."""
    doing: Doing = dict.fromkeys(SPOOFERS, ("spoofing", "BTC-USD", (0, 1, 2, 8, 9)))
    made = table(acts or led(), "spoofing").with_columns(
        account_id=pl.col("entity").replace_strict({0: leader, 1: follower}), other_account_id=pl.lit(None, pl.String)
    )
    graph = Graph()
    crowd(graph, 300)
    tried = made.select(tables.CONDUCT_ACTS.names()).sort("account_id", "ts")
    return detect(graph.snapshot(), conduct=replace(conduct_of(doing), acts=tried))


def test_the_follower_has_a_row_of_its_own_and_the_leader_has_not() -> None:
    found = ring_with("c00001", "c00002")
    rows = found.evidence.filter(kind="followed_members")
    assert rows.select("account_id", "author_account_id", "leg", "count").rows() == [("c00002", "c00002", None, 6)]
    assert rows["sentence"].item() == (
        "c00002 acted right after 1 other member of the ring, in the same way and market, 6 times on 6 days."
    )
    assert set(found.members["legs"].explode()) == {"conduct"}
    assert set(rows["event_ids"].item()) == {f"1-{ts}" for entity, ts in led() if entity == 1}
    assert set(found.members["tier"]) == {"watch"}


def test_one_day_is_no_row() -> None:
    at = [START + timedelta(hours=hour, minutes=11 * hour % 50) for hour in range(12)]
    acts = [(0, ts) for ts in at] + [(1, ts + timedelta(seconds=9)) for ts in at]
    assert who(table(acts)) == {1}
    assert ring_with("c00001", "c00002", acts).evidence.filter(kind="followed_members").is_empty()


def test_acting_after_somebody_outside_the_ring_is_no_evidence() -> None:
    assert ring_with("c00099", "c00002").evidence.filter(kind="followed_members").is_empty()


def test_without_conduct_of_its_own_nobody_is_in_a_ring_for_following() -> None:
    found = ring_with("c00001", "c00099")
    assert "c00099" not in set(found.members["account_id"]) | set(found.individuals["account_id"])
