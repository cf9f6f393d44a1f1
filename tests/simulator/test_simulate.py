"""A whole world on disk: the same bytes every time, the input contract, and a truth that fits its records."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from graph.ingest.records import ingest_records
from graph.tape.tape import Tape
from simulator.parameters import FIRST_DAY
from simulator.rings.draw import ROLES, TYPOLOGIES
from simulator.worlds import PRESETS, make_parameters
from tests.simulator.written import digests, small, table, write

WITH_TIME = ("orders", "trades", "liquidations", "sessions", "transfers")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(small("base"), tmp_path_factory.mktemp("simulated") / "world", threads=1)


def test_same_seed_same_bytes_whatever_the_threads(world: Path, tmp_path: Path) -> None:
    first = digests(world)
    assert len(first) > 40
    assert digests(write(small("base"), tmp_path / "again", threads=1)) == first
    assert digests(write(small("base"), tmp_path / "threads", threads=5)) == first


def test_another_seed_is_another_world(world: Path, tmp_path: Path) -> None:
    other = digests(write(small("base", seed=6), tmp_path / "other"))
    unchanged = {name for name, digest in digests(world).items() if other.get(name) == digest}
    told = {name for name in unchanged - {"symbols.parquet"} if not pl.read_parquet(world / name).is_empty()}
    assert told == set()


def test_every_row_is_accepted_by_the_input_contract(world: Path, tmp_path: Path) -> None:
    report = ingest_records(world, Tape(tmp_path / "tape"))
    told = json.loads((world / "world.json").read_text())["rows"]
    for name, counts in report.tables.items():
        assert (counts.loaded, counts.quarantined, counts.duplicates) == (told[name], 0, 0), name
    assert report.tables["orders"].loaded > 30_000


def test_nobody_does_anything_before_the_account_is_open(world: Path) -> None:
    opened = table(world, "accounts").select("account_id", "opened_at")
    for name in ("orders", "sessions", "transfers"):
        rows = table(world, name).join(opened, on="account_id")
        assert rows.height == table(world, name).height
        assert rows.filter(pl.col("ts") < pl.col("opened_at")).is_empty(), name


def test_a_part_file_holds_its_own_day_in_order(world: Path) -> None:
    for name in WITH_TIME:
        for number, part in enumerate(sorted((world / name).glob("*.parquet"))):
            ts = pl.read_parquet(part)["ts"]
            assert ts.is_sorted(), part
            assert ((ts - FIRST_DAY).dt.total_days() == number).all(), part


def test_both_sides_of_every_trade_are_orders_of_those_accounts(world: Path) -> None:
    placed = table(world, "orders").filter(pl.col("event") == "new").select("order_id", "account_id", "symbol", "side")
    trades = table(world, "trades")
    assert trades.height > 1_000
    for side in ("maker", "taker"):
        met = trades.join(placed, left_on=f"{side}_order_id", right_on="order_id")
        assert met.height == trades.height
        assert (met[f"{side}_account_id"] == met["account_id"]).all()
        assert (met["symbol"] == met["symbol_right"]).all()
        assert ((met["side"] == met["taker_side"]) == (side == "taker")).all()


def test_truth_has_one_row_an_account_and_its_rings_are_whole(world: Path) -> None:
    truth, rings = table(world, "truth_members"), table(world, "truth_rings")
    assert set(truth["account_id"]) == set(table(world, "accounts")["account_id"])
    assert truth["account_id"].is_unique().all()
    members = truth.filter(pl.col("ring").is_not_null())
    sizes = members.group_by("ring").len().join(rings.select("ring", "size"), on="ring")
    assert (sizes["len"] == sizes["size"]).all()
    assert sizes.height == rings.height
    assert members["role"].is_in(ROLES).all()
    assert members["typology"].is_in(TYPOLOGIES).all()
    outside = truth.filter(pl.col("ring").is_null())
    assert outside.filter(pl.col("detectable") | (pl.col("true_episodes") > 0)).is_empty()


def test_truth_counts_the_planted_episodes(world: Path) -> None:
    episodes = table(world, "truth_episodes").with_columns(day=pl.col("from_ts").dt.date())
    counted = episodes.group_by("account_id").agg(pl.len(), days=pl.col("day").n_unique())
    truth = table(world, "truth_members").join(counted, on="account_id", how="left")
    assert (truth["true_episodes"] == truth["len"].fill_null(0)).all()
    assert (truth["true_days"] == truth["days"].fill_null(0)).all()
    assert truth.filter(pl.col("detectable") & ((pl.col("true_episodes") < 3) | (pl.col("true_days") < 3))).is_empty()
    warm_up = FIRST_DAY.date().toordinal() + small("base").warm_up_days
    assert episodes["day"].map_elements(lambda day: day.toordinal() >= warm_up, pl.Boolean).all()


def test_washed_orders_mostly_meet_their_partner(world: Path) -> None:
    """Not planned but carried out: the records hold trades between the two that the truth names."""
    episodes, trades = table(world, "truth_episodes"), table(world, "trades")
    washed = episodes.filter((pl.col("typology") == "wash_trading") & pl.col("other_account_id").is_not_null())
    rings = table(world, "truth_rings").filter(pl.col("form") < 3)["ring"]
    washed = washed.filter(pl.col("ring").is_in(rings.implode()))
    sides = ("maker_account_id", "taker_account_id")
    pairs = pl.concat([trades.select(a=a, b=b) for a, b in (sides, sides[::-1])]).unique()
    met = washed.join(pairs, left_on=["account_id", "other_account_id"], right_on=["a", "b"], how="semi").height
    assert washed.height > 10
    assert met > 0.6 * washed.height


def test_acts_cost_their_ring_fees(world: Path) -> None:
    """A wash trade between two members costs both fees; the sum is that over the orders that the ring planted."""
    rings = table(world, "truth_rings")
    trading = rings.filter((pl.col("acts") > 10) & (pl.col("typology") == "wash_trading"))
    assert trading.height > 0
    assert (trading["fees_usd"] > 0).all()
    paid = table(world, "trades").select(pl.col("maker_fee", "taker_fee").cast(pl.Float64).clip(0).sum())
    assert rings["fees_usd"].sum() < sum(paid.row(0))


def test_a_world_of_one_account_is_written(tmp_path: Path) -> None:
    alone = write(make_parameters("base", 1, accounts=1, days=2), tmp_path / "alone")
    assert table(alone, "accounts").height == 1
    assert table(alone, "truth_members")["ring"].null_count() == 1


@pytest.mark.parametrize("name", PRESETS)
def test_every_named_world_is_written(name: str, tmp_path: Path) -> None:
    world = write(make_parameters(name, 3, accounts=800, days=6, ring_members=80), tmp_path / "world")
    report = ingest_records(world, Tape(tmp_path / "tape"))
    assert all(table.quarantined == 0 for table in report.tables.values())
    assert table(world, "truth_members")["ring"].n_unique() > 2
    assert table(world, "truth_episodes").height > 20
    assert (table(world, "truth_framing").height > 0) == (name == "framed")


def test_leveraged_losers_are_closed_at_a_loss(world: Path) -> None:
    closed = table(world, "liquidations")
    assert closed.height > 5
    assert (closed["loss"] >= 0).all()
    assert closed["symbol"].str.ends_with("-PERP").all()
    assert table(world, "orders").filter(pl.col("order_type") == "liquidation").height >= closed.height
