"""Learned scores rank who is told, and tell nobody else, of nothing else, at no harsher tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from graph.vocabulary import LinkKind
from models.detect import detect
from models.detection import Detection
from models.learned_scores import (
    CHANGED,
    LEARNED,
    SIGNIFICANT_DIGITS,
    Answer,
    learned_table,
    ranked,
    told_accounts,
    would_change,
)
from models.tables import TIERS
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd

OWNER, LITTLE, MUCH, THIRD = "c00001", "c00002", "c00003", "c00004"
SHORT, LONG = "c00020", "c00030"
"""Who acts alone, on few days and on many."""
EVERY = "c00011"
"""In the other ring."""


@cache
def found() -> Detection:
    """Two rings that spoof and layer, two senders to one member, and two who act alone."""
    graph = Graph()
    crowd(graph, 300)
    for sender in (LITTLE, MUCH):
        graph.add(LinkKind.TRANSFERRED_TO, (sender, OWNER))
        graph.days[(sender, OWNER)] = [30, 31, 32]
    spoof = ("spoofing", "BTC-USD", (0, 1, 2, 8, 9))
    doing: Doing = {
        **dict.fromkeys((OWNER, LITTLE, THIRD), spoof),
        MUCH: ("spoofing", "BTC-USD", tuple(range(12))),
        **dict.fromkeys((EVERY, "c00012"), ("layering", "ETH-USD", (0, 1, 2, 8, 9))),
        SHORT: ("quote_stuffing", "SOL-USD", (21, 22, 23)),
        LONG: ("wash_trading", "XRP-USD", tuple(range(10, 22))),
    }
    return detect(graph.snapshot(), conduct=conduct_of(doing))


def scores(high: dict[str, float] | None = None) -> pl.DataFrame:
    """Of every account, a score of its own."""
    names = [f"c{number:05d}" for number in range(300)]
    told = [(name, (high or {}).get(name, number / 1_000)) for number, name in enumerate(names)]
    return pl.DataFrame(told, schema={"account_id": pl.String, "score": pl.Float64}, orient="row")


BARS = {"review": 0.5, "freeze": 0.9}
BECAUSE = pl.DataFrame({"account_id": [LONG, MUCH], "because": [["acts +2.1"], ["gain +1.0", "age_days -0.2"]]})


def learned(
    given: pl.DataFrame,
    bars: Mapping[str, float | None] = BARS,
    alias: str = "champion",
    version: str = "v1",
    of: Detection | None = None,
) -> pl.DataFrame:
    return learned_table(of or found(), Answer(alias, version, given, BECAUSE, bars))


def by_account(table: pl.DataFrame, column: str) -> dict[str, object]:
    return dict(table.select("account_id", column).iter_rows())


def test_the_detection_has_what_is_to_be_ranked() -> None:
    assert by_account(found().provisional, "tier") == {
        OWNER: "watch", LITTLE: "review", MUCH: "freeze", THIRD: "watch", EVERY: "watch", "c00012": "watch",
        SHORT: "watch", LONG: "review",
    }  # fmt: skip
    assert (found().rings.height, found().individuals.height) == (2, 2)


def test_a_ranking_changes_scores_and_nothing_else() -> None:
    given = scores()
    after = ranked(found(), given)
    for name, table in found().tables():
        other = dict(after.tables())[name]
        assert other.schema == table.schema
        if name in {"rings", "members", "individuals"}:
            assert not other["score"].equals(table["score"]), name
            table, other = table.drop("score"), other.drop("score")
        assert other.equals(table), name
    for name in ("provisional", "linked", "closed_sets", "active"):
        assert getattr(after, name).equals(getattr(found(), name)), name
    assert (after.switched_off, after.abstained) == (found().switched_off, found().abstained)


def test_whoever_is_told_has_the_score_of_the_model() -> None:
    given = by_account(scores(), "score")
    after = ranked(found(), scores().sample(fraction=1, shuffle=True, seed=1))
    for table in (after.members, after.individuals):
        assert by_account(table, "score") == {account: given[account] for account in table["account_id"]}


def test_the_score_of_a_ring_is_the_mean_of_its_members() -> None:
    high = {OWNER: 0.9, LITTLE: 1 / 3, MUCH: 1 / 7, THIRD: 0.123456}
    after = ranked(found(), scores(high))
    for ring, score in after.rings.select("ring_id", "score").iter_rows():
        mean = after.members.filter(ring_id=ring)["score"].mean()
        assert isinstance(mean, float)
        assert score == pytest.approx(mean, rel=10.0**-SIGNIFICANT_DIGITS)
        assert score == float(f"{score:.{SIGNIFICANT_DIGITS}g}")


def test_no_score_tells_an_account_that_was_not_told() -> None:
    after = ranked(found(), scores({"c00200": 1.0}))
    assert "c00200" not in {*after.members["account_id"], *after.individuals["account_id"]}
    assert "c00200" not in set(learned(scores({"c00200": 1.0}))["account_id"])
    assert told_accounts(found()).to_list() == sorted(found().provisional["account_id"])


def test_nothing_found_is_ranked_as_nothing() -> None:
    nothing = detect(Graph().snapshot())
    assert all(table.is_empty() for _, table in ranked(nothing, scores()).tables())
    assert learned(scores(), of=nothing).equals(pl.DataFrame(schema=LEARNED))
    assert told_accounts(nothing).is_empty()


def tiers(high: float, bars: dict[str, float | None]) -> dict[str, object]:
    """Of everybody told, if all of them had this score."""
    table = learned(scores(dict.fromkeys(found().provisional["account_id"], high)), bars)
    assert table.schema == LEARNED
    return by_account(table, "tier")


@pytest.mark.parametrize("bars", [BARS, {"review": 0.0, "freeze": 0.0}, {"review": 0.5, "freeze": None}, {}])
@pytest.mark.parametrize("score", [0.0, 0.4, 0.5, 0.6, 0.9, 0.95, 1.0])
def test_no_score_is_above_what_the_legs_give(score: float, bars: dict[str, float | None]) -> None:
    by_legs = by_account(found().provisional, "tier")
    for account, tier in tiers(score, bars).items():
        assert TIERS.index(str(tier)) <= TIERS.index(str(by_legs[account])), account


@pytest.mark.parametrize(
    ("score", "little", "much", "alone"),
    [(0.5, "watch", "watch", "watch"), (0.51, "review", "review", "review"), (0.9, "review", "review", "review"),
     (0.91, "review", "freeze", "review")],
)  # fmt: skip
def test_a_tier_takes_a_score_above_its_bar(score: float, little: str, much: str, alone: str) -> None:
    told = tiers(score, BARS)
    assert (told[LITTLE], told[MUCH], told[LONG]) == (little, much, alone)
    assert {told[account] for account in (OWNER, THIRD, EVERY, SHORT)} == {"watch"}


def test_a_tier_without_a_bar_is_allowed_to_nobody() -> None:
    assert set(tiers(1.0, {}).values()) == {"watch"}
    assert set(tiers(1.0, {"review": None, "freeze": None}).values()) == {"watch"}
    assert tiers(1.0, {"review": 0.5, "freeze": None})[MUCH] == "review"


def test_an_account_without_a_score_stays_at_watch() -> None:
    table = learned(scores().filter(pl.col("account_id") != MUCH))
    assert table.filter(account_id=MUCH).select("score", "tier").row(0) == (None, "watch")


def test_the_table_is_of_everybody_told_in_order_and_says_by_whom() -> None:
    table = learned(scores(), alias="challenger", version="v7")
    key = ["ring_id", "account_id"]
    assert table.select(key).equals(found().provisional.select(key).sort(key, nulls_last=True))
    assert table["ring_id"].null_count() == 2
    assert table["ring_id"].to_list()[-2:] == [None, None]
    assert set(table.select("alias", "version").iter_rows()) == {("challenger", "v7")}
    given = by_account(scores(), "score")
    assert by_account(table, "score") == {account: given[account] for account in table["account_id"]}


def test_the_table_says_what_moved_a_score() -> None:
    table = learned(scores())
    assert by_account(table, "because") == {
        account: {LONG: ["acts +2.1"], MUCH: ["gain +1.0", "age_days -0.2"]}.get(account, [])
        for account in told_accounts(found())
    }


def test_an_account_in_two_rings_is_told_in_both() -> None:
    twice = pl.concat(
        [found().provisional, found().provisional.filter(account_id=MUCH).with_columns(tier=pl.lit("watch"))]
    )
    other = found().rings.filter(typologies=["layering"])["ring_id"].item()
    moved = pl.when(pl.int_range(pl.len()) == pl.len() - 1).then(pl.lit(other)).otherwise("ring_id")
    table = learned(scores({MUCH: 0.95}), of=replace(found(), provisional=twice.with_columns(ring_id=moved)))
    assert sorted(table.filter(account_id=MUCH)["tier"]) == ["freeze", "watch"]
    assert table.height == twice.height


def both(champion: dict[str, float], challenger: dict[str, float]) -> pl.DataFrame:
    given = (("champion", "v1", champion), ("challenger", "v2", challenger))
    return pl.concat([learned(scores(high), alias=alias, version=version) for alias, version, high in given])


def test_who_would_change_is_who_has_another_tier() -> None:
    answers = both({MUCH: 0.95, LITTLE: 0.6, THIRD: 0.1}, {MUCH: 0.8, LITTLE: 0.7, THIRD: 0.99, LONG: 0.6})
    changes = would_change(answers)
    assert changes.schema == CHANGED
    ring = found().members.filter(account_id=MUCH)["ring_id"].item()
    assert changes.rows() == [(ring, MUCH, "freeze", "review"), (None, LONG, "watch", "review")]


def test_equal_models_change_nobody_and_one_model_alone_neither() -> None:
    high = {MUCH: 0.95, LONG: 0.95}
    assert would_change(both(high, high)).equals(pl.DataFrame(schema=CHANGED))
    assert would_change(both(high, {}).filter(alias="champion")).is_empty()
    assert would_change(pl.DataFrame(schema=LEARNED)).is_empty()
