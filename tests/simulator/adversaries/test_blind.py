"""The blind ring: its acts are real, told truthfully, and carried out on the book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simulator.adversaries.blind import blind_acts
from simulator.exchange import Cast
from simulator.flow.intents import NONE, Action
from simulator.rings.draw import TYPOLOGIES
from simulator.rings.planned import typology_code
from tests.simulator.days import Intended, cast_of, days
from tests.simulator.written import small, table, write

COMMITTED = ("wash_trading", "self_trading", "spoofing", "layering", "quote_stuffing")


@pytest.fixture(scope="module")
def cast() -> Cast:
    return cast_of(ring_members=400, ring_size=(2, 20), acts=(10.0, 60.0), warm_up_days=2, blind=True)


@pytest.fixture(scope="module")
def fortnight(cast: Cast) -> list[Intended]:
    return days(cast, 12)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(small("blind"), tmp_path_factory.mktemp("blind") / "world")


def acts_of(fortnight: list[Intended], typology: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(orders, episodes) of each act of one typology."""
    for made in fortnight:
        told = made.planned.episodes
        for act in np.unique(told["act"][told["typology"] == typology_code(typology)]):
            yield made.planned.intents[made.planned.intents["plan"] == act], told[told["act"] == act]


def test_every_kind_that_needs_no_knowledge_is_committed(fortnight: list[Intended], cast: Cast) -> None:
    told = np.concatenate([made.planned.episodes for made in fortnight])
    assert {TYPOLOGIES[code] for code in np.unique(told["typology"])} == set(COMMITTED)
    assert all(len(cast.planner.pumps(day).ring) == 0 for day in range(12))


def test_each_account_that_sends_an_act_has_its_episode(fortnight: list[Intended]) -> None:
    for made in fortnight:
        planted = made.planned.intents[made.planned.intents["plan"] != NONE]
        sent = set(zip(planted["plan"].tolist(), planted["account"].tolist(), strict=True))
        told = made.planned.episodes
        assert sent == set(zip(told["act"].tolist(), told["account"].tolist(), strict=True))


def test_the_same_day_is_planned_again(cast: Cast, fortnight: list[Intended]) -> None:
    day = fortnight[6].day
    ring = next(r for r in range(len(cast.rings)) if cast.rings.start[r] <= 6 < cast.rings.end[r])
    first, second = (blind_acts(cast.planner.ring_day(ring, day)) for _ in range(2))
    assert (first.intents == second.intents).all()
    assert (first.episodes == second.episodes).all()


def test_a_partner_asks_for_most_of_what_it_is_offered(fortnight: list[Intended]) -> None:
    seen = 0
    for orders, _ in acts_of(fortnight, "wash_trading"):
        offered, taken = orders[orders["link"] < 0], orders[orders["link"] >= 0]
        assert taken["quantity"].sum() >= 0.7 * offered["quantity"].sum() - 1
        assert len(np.unique(offered["account"])) == len(np.unique(taken["account"])) == 1
        assert offered["account"][0] != taken["account"][0]
        seen += 1
    assert seen > 30


@pytest.mark.parametrize("typology", ["spoofing", "layering"])
def test_pressure_outweighs_what_is_meant_and_is_taken_away(typology: str, fortnight: list[Intended]) -> None:
    """Each pressing order goes some time after the fill of the one that is meant, or is shrunk or withdrawn later."""
    seen = 0
    for orders, _ in acts_of(fortnight, typology):
        placed, later = orders[orders["action"] == Action.LIMIT], orders[orders["action"] >= Action.AMEND]
        on_side = {side: placed[placed["side"] == side] for side in (1, -1)}
        meant, pressing = sorted(on_side.values(), key=lambda rows: rows["quantity"].sum())
        assert len(meant) == 1
        assert pressing["quantity"].sum() >= 4 * meant["quantity"].sum()
        assert (pressing["cancel_after_fill"] >= 0).all() or len(later) == len(pressing)
        if len(later):
            assert later["ts"].min() > meant["ts"][0]
            assert later["quantity"].sum() < 0.2 * pressing["quantity"].sum() + len(later)
        seen += 1
    assert seen > 10


def test_a_burst_is_hundreds_of_messages(fortnight: list[Intended]) -> None:
    sizes = [len(orders) for orders, _ in acts_of(fortnight, "quote_stuffing")]
    assert len(sizes) > 3
    assert min(sizes) >= 150


def test_washed_pieces_meet_the_partner_on_the_book(world: Path) -> None:
    """Of what was traded by arrangement in all, most went between the two."""
    washed = table(world, "truth_episodes").filter(pl.col("typology") == "wash_trading")
    trades = table(world, "trades")
    sides = ("maker_account_id", "taker_account_id")
    pairs = pl.concat([trades.select("symbol", "ts", a=a, b=b) for a, b in (sides, sides[::-1])])
    met = washed.join(pairs, left_on=["account_id", "other_account_id", "symbol"], right_on=["a", "b", "symbol"])
    met = met.filter(pl.col("ts").is_between(pl.col("from_ts"), pl.col("to_ts") + pl.duration(seconds=60)))
    assert washed.height > 50
    assert met.select("episode_id", "account_id").unique().height > 0.6 * washed.height
