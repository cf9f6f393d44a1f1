"""The study of conduct: its judgement on tables with a known answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.conduct.figures import (
    INTENSITY,
    JITTER,
    accusations,
    accused_innocents,
    among,
    by_typology,
    curve,
    figure,
    quality,
    wash_roles,
)
from benchmarks.conduct.judging import DAY_US, SLACK_US, Judged, detectable_in, judge, overlaps, pooled
from benchmarks.conduct.quality import AIM, LEAST, shortfalls
from benchmarks.conduct.worlds import planted_acts
from simulator.records.truth import DETECTABLE_EPISODES
from tests.simulator.written import small, write

NOON = DAY_US // 2


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(small("base"), tmp_path_factory.mktemp("study") / "world")


def acts(*rows: tuple[str, str, str, int, int]) -> pl.DataFrame:
    """Account, typology, market, from, to."""
    names = {
        "account_id": pl.String,
        "typology": pl.String,
        "symbol": pl.String,
        "from_us": pl.Int64,
        "to_us": pl.Int64,
    }
    return pl.DataFrame(list(rows), schema=names, orient="row")


def daily(account: str, typology: str, days: int, a_day: int = 1) -> pl.DataFrame:
    """So many acts a day at noon, ten minutes apart."""
    starts = [day * DAY_US + NOON + turn * 10 * SLACK_US for day in range(days) for turn in range(a_day)]
    return acts(*[(account, typology, "A-B", start, start) for start in starts])


def habits(ring: str, *, days: int = 20, form: int = 0, acts_a_day: float = 0.5, jitter: float = 5.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "ring": [ring],
            "form": [form],
            "days": [days],
            "acts_per_member_day": [acts_a_day],
            "jitter_seconds": [jitter],
        },
        schema_overrides={"form": pl.UInt8, "days": pl.Int32},
    )


def a_world() -> Judged:
    """Spoofing by s1 and s2 of ring r on six days each, s1 found on five and at a wrong time besides; by s3 of ring q
    on two, found once. A member of q that does something else and a market maker are accused as well."""
    planted = pl.concat(
        [
            daily("s1", "spoofing", 6).with_columns(ring=pl.lit("r")),
            daily("s2", "spoofing", 6).with_columns(ring=pl.lit("r")),
            daily("s3", "spoofing", 2).with_columns(ring=pl.lit("q")),
            daily("w", "wash_trading", 6).with_columns(ring=pl.lit("q")),
        ]
    ).with_columns(place=pl.lit(None, pl.String))
    found = pl.concat(
        [
            daily("s1", "spoofing", 5),
            acts(("s1", "spoofing", "A-B", 50 * DAY_US, 50 * DAY_US)),
            daily("s3", "spoofing", 1),
            daily("w", "spoofing", 1),
            daily("m", "spoofing", 3),
        ]
    )
    people = pl.DataFrame(
        {
            "account_id": ["s1", "s2", "s3", "w", "m", "n"],
            "ring": ["r", "r", "q", "q", None, None],
            "stratum": ["holder", "order_splitter", "order_splitter", "holder", "market_maker", "market_maker"],
        }
    )
    return judge(found, planted, pl.concat([habits("r", form=2), habits("q", form=2, jitter=100.0)]), people)


@pytest.mark.parametrize(
    ("begins", "ends", "right"),
    [
        (NOON, NOON, True),
        (NOON + 10 * SLACK_US, NOON + 11 * SLACK_US, True),
        (NOON - 2 * SLACK_US, NOON - SLACK_US, True),
        (NOON - 2 * SLACK_US, NOON - SLACK_US - 1, False),
        (NOON + 11 * SLACK_US, NOON + 12 * SLACK_US, True),
        (NOON + 11 * SLACK_US + 1, NOON + 12 * SLACK_US, False),
        (0, DAY_US, True),
    ],
)
def test_an_episode_may_miss_the_act_by_a_minute(begins: int, ends: int, right: bool) -> None:
    planted = acts(("a", "spoofing", "A-B", NOON, NOON + 10 * SLACK_US))
    assert overlaps(acts(("a", "spoofing", "A-B", begins, ends)), planted).height == int(right)


@pytest.mark.parametrize("other", [("b", "spoofing", "A-B"), ("a", "layering", "A-B"), ("a", "spoofing", "C-B")])
def test_account_typology_and_market_must_agree(other: tuple[str, str, str]) -> None:
    planted = acts(("a", "spoofing", "A-B", NOON, NOON))
    assert overlaps(acts((*other, NOON, NOON)), planted).is_empty()


@pytest.mark.parametrize(
    ("typology", "days", "a_day", "life", "seen"),
    [
        ("wash_trading", 3, 2, 20, True),
        ("wash_trading", 5, 1, 20, False),
        ("wash_trading", 2, 3, 20, False),
        ("wash_trading", 6, 1, 60, True),
        ("wash_trading", 6, 1, 61, False),
        ("pump_and_dump", 3, 1, 20, True),
        ("spoofing", 5, 1, 20, True),
    ],
)
def test_detectable_is_who_acts_often_on_enough_days(
    typology: str, days: int, a_day: int, life: int, seen: bool
) -> None:
    planted = daily("a", typology, days, a_day).with_columns(ring=pl.lit("r"))
    assert detectable_in(planted, habits("r", days=life)).height == int(seen)


def test_detectable_in_any_typology_is_the_simulators_detectable(simulated: Path) -> None:
    rings, members = (pl.read_parquet(simulated / f"truth_{name}.parquet") for name in ("rings", "members"))
    ours = detectable_in(planted_acts(simulated), rings)["account_id"].unique().sort()
    assert ours.to_list() == members.filter("detectable")["account_id"].to_list() != []


def test_the_maker_of_a_wash_comes_first(simulated: Path) -> None:
    planted = planted_acts(simulated)
    washes = planted.filter(pl.col("typology") == "wash_trading")
    assert set(washes["place"].unique()) == {"first", "second"}
    assert washes["place"].value_counts()["count"].n_unique() == 1
    others = planted.filter(pl.col("typology") != "wash_trading")
    assert others["place"].null_count() == others.height > 0


def test_quality_of_a_known_world() -> None:
    made = quality(among(a_world(), typology="spoofing"))
    shares = {name: (each["hits"], each["of"]) for name, each in made.items()}
    assert shares == {
        "episode_precision": (6, 11),
        "episode_recall": (5, 12),
        "account_precision": (2, 4),
        "account_recall": (1, 2),
    }


def test_worlds_are_pooled_row_by_row() -> None:
    twice = pooled([a_world(), a_world()])
    assert quality(twice)["episode_precision"]["of"] == 2 * quality(a_world())["episode_precision"]["of"]
    assert twice.people.height == 12


def test_accusations_are_told_by_class() -> None:
    assert accusations(among(a_world(), typology="spoofing")) == {
        "accused_detectable": 1,
        "accused_undetectable": 1,
        "wrong_episodes": {
            "of innocents": 3,
            "of accounts that did it at another time": 1,
            "of members of rings that do something else": 1,
        },
        "wrong_accounts": {"market_maker": 1, "member of another ring": 1},
    }


def test_innocents_of_a_stratum_are_its_accounts_outside_rings() -> None:
    part = among(a_world(), typology="spoofing")
    makers = accused_innocents(among(part, strata=("market_maker",)))
    assert (makers["accused_innocents"]["hits"], makers["accused_innocents"]["of"]) == (1, 2)
    assert (makers["precision"]["hits"], makers["precision"]["of"]) == (0, 1)
    splitters = accused_innocents(among(part, strata=("order_splitter",)))
    assert splitters["accused_innocents"]["of"] == 0
    assert (splitters["precision"]["hits"], splitters["recall"]["of"]) == (1, 1)


def test_every_typology_has_figures_even_without_a_case() -> None:
    made = by_typology(a_world())
    assert set(made) == set(DETECTABLE_EPISODES)
    assert made["layering"]["overall"]["account_recall"]["value"] is None
    assert shortfalls({"layering": made["layering"]}, AIM) == []


def test_curves_cut_all_rings_into_bins() -> None:
    part = among(a_world(), typology="spoofing")
    by_intensity, by_jitter = curve(part, "intensity", INTENSITY), curve(part, "jitter_seconds", JITTER)
    assert [each["all_accounts"]["of"] for each in by_intensity] == [0, 3, 0, 0, 0]
    assert [each["all_accounts"]["of"] for each in by_jitter] == [0, 2, 0, 1, 0]
    assert [each["episodes"]["of"] for each in by_jitter] == [0, 12, 0, 0, 0]


@pytest.mark.parametrize(("names", "role"), [(["first"] * 6, "always first"), (["first", "second"] * 3, "both roles")])
def test_who_keeps_to_one_role_in_a_wash_is_told_apart(names: list[str], role: str) -> None:
    planted = daily("a", "wash_trading", 6).with_columns(ring=pl.lit("r"), place=pl.Series(names))
    people = pl.DataFrame({"account_id": ["a"], "ring": ["r"], "stratum": ["holder"]})
    found = daily("a", "wash_trading", 1)
    made = wash_roles(judge(found, planted, habits("r", jitter=60.0), people))
    assert list(made["role"]) == [role]
    assert list(made["role and delay"]) == [f"{role}, minutes"]
    first = made["place"]["first"]["episodes"]
    assert (first["hits"], first["of"]) == (1, names.count("first"))


@settings(deadline=None)
@given(hits=st.lists(st.booleans(), min_size=2, max_size=40), clusters=st.integers(1, 5))
def test_intervals_hold_the_share(hits: list[bool], clusters: int) -> None:
    made = figure(pl.Series(hits), pl.Series([number % clusters for number in range(len(hits))]))
    assert made["low"] <= made["value"] <= made["high"]
    if made["clusters"] == 1:
        assert made["clustered_low"] is None
    else:
        assert 0 <= made["clustered_low"] <= made["clustered_high"] <= 1


def test_what_differs_between_rings_widens_the_interval() -> None:
    hits = pl.Series([True] * 50 + [False] * 50)
    alike = figure(hits, pl.Series([number % 10 for number in range(100)]))
    apart = figure(hits, pl.Series([number // 10 for number in range(100)]))
    assert alike["clustered_low"] == alike["clustered_high"] == 0.5
    assert apart["clustered_high"] - apart["clustered_low"] > alike["high"] - alike["low"]


def test_a_must_is_broken_below_its_bound_only() -> None:
    def of(value: float | None) -> dict[str, Any]:
        return {"spoofing": {"overall": {"episode_recall": {"value": value}}}}

    assert shortfalls(of(0.4), LEAST) == shortfalls(of(None), LEAST) == []
    assert shortfalls(of(0.399), LEAST) == ["spoofing: episode recall 0.399, below 0.4"]
