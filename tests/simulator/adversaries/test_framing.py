"""Framing: the same world with and without attacks, beside each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from simulator.adversaries.framing import ATTACKS
from tests.simulator.written import small, table, write

Worlds = tuple[Path, Path]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """(without, with attacks)"""
    base = tmp_path_factory.mktemp("framing")
    framed = small("framed")
    calm = replace(framed, framing=(), framed_share=0.0)
    return write(calm, base / "calm"), write(framed, base / "framed")


def victims(world: Path, *attacks: str) -> pl.Series:
    framing = table(world, "truth_framing")
    return framing.filter(pl.col("attack").is_in(attacks or ATTACKS))["victim_account_id"]


def added(worlds: Worlds, name: str, key: list[str]) -> pl.DataFrame:
    """Rows of the framed world that the calm one does not have, by key."""
    calm, framed = (table(world, name) for world in worlds)
    return framed.join(calm, on=key, how="anti", nulls_equal=True)


def test_a_tenth_of_all_is_attacked_in_every_way_by_ring_members(worlds: Worlds) -> None:
    framing, truth = table(worlds[1], "truth_framing"), table(worlds[1], "truth_members")
    assert 100 <= framing.height <= 150
    assert set(framing["attack"]) == set(ATTACKS)
    rings = dict(truth.select("account_id", "ring").iter_rows())
    for victim, attacker, ring in framing.select("victim_account_id", "attacker_account_id", "ring").iter_rows():
        assert rings[victim] is None
        assert rings[attacker] == ring


def test_half_of_the_victims_look_like_members_already(worlds: Worlds) -> None:
    natural = table(worlds[1], "truth_framing")["natural_stratum"]
    legs = ("market_maker", "arbitrage", "order_splitter", "family", "copy_follower")
    assert natural.is_in(legs).mean() >= 0.4  # type: ignore[operator]


def test_who_is_who_does_not_change(worlds: Worlds) -> None:
    calm, framed = (table(world, "truth_members").drop("stratum", "detectable") for world in worlds)
    assert calm.equals(framed)


def test_victims_place_no_further_order(worlds: Worlds) -> None:
    more = added(worlds, "orders", ["account_id", "ts", "symbol", "side", "quantity", "event"])
    more = more.filter(pl.col("account_id").is_in(victims(worlds[1]).implode()))
    assert more.filter(pl.col("event") == "new").is_empty()


def test_victims_send_nothing_further(worlds: Worlds) -> None:
    more = added(worlds, "transfers", ["account_id", "ts", "direction", "address", "counterparty_account_id", "amount"])
    assert more.height > 50
    by_victims = more.filter(pl.col("account_id").is_in(victims(worlds[1]).implode()))
    assert (by_victims["direction"] == "deposit").all()
    assert by_victims.filter(~pl.col("account_id").is_in(victims(worlds[1], "dust_deposit").implode())).is_empty()


def test_victims_log_in_no_oftener(worlds: Worlds) -> None:
    more = added(worlds, "sessions", ["account_id", "ts", "event"])
    assert more.height > 10
    assert more.filter(pl.col("account_id").is_in(victims(worlds[1]).implode())).is_empty()


def test_only_those_who_are_lured_change_their_device(worlds: Worlds) -> None:
    moved = added(worlds, "sessions", ["account_id", "ts", "event", "device_id", "ip"])
    moved = moved.filter(pl.col("account_id").is_in(victims(worlds[1]).implode()))
    lured = victims(worlds[1], "lured_device").implode()
    assert moved.height > 5
    assert moved.filter(~pl.col("account_id").is_in(lured)).is_empty()


def test_attackers_appear_with_their_victims(worlds: Worlds) -> None:
    """Each attack leaves its trace, else the innocent would be tested against nothing."""
    framing = table(worlds[1], "truth_framing")
    sessions, transfers, trades = (table(worlds[1], name) for name in ("sessions", "transfers", "trades"))
    pair = {"cloned_device": "device_id", "lured_device": "device_id", "nat_spoofing": "ip"}
    for attack, shared in pair.items():
        asked = framing.filter(pl.col("attack") == attack)
        uses = sessions.select("account_id", shared).unique()
        by_victim = asked.join(uses, left_on="victim_account_id", right_on="account_id")
        both = by_victim.join(uses, left_on=["attacker_account_id", shared], right_on=["account_id", shared])
        assert both["victim_account_id"].n_unique() > 0.3 * asked.height, attack
    paid = transfers.filter(pl.col("direction") == "internal").select("account_id", "counterparty_account_id")
    asked = framing.filter(pl.col("attack") == "internal_transfer")
    keys = ["attacker_account_id", "victim_account_id"]
    got = asked.join(paid, left_on=keys, right_on=["account_id", "counterparty_account_id"], how="semi")
    assert got.height > 0.5 * asked.height
    hit = framing.filter(pl.col("attack") == "hammering")
    met = hit.join(trades, left_on=keys, right_on=["taker_account_id", "maker_account_id"], how="semi")
    assert met.height > 0.2 * hit.height


def test_attacks_by_money_and_on_the_market_cost_their_attacker(worlds: Worlds) -> None:
    cost = table(worlds[1], "truth_framing").group_by("attack").agg(pl.sum("cost_usd"))
    known = dict(cost.iter_rows())
    for attack in ("dust_deposit", "dust_withdrawal", "internal_transfer", "hammering", "shadow_trading"):
        assert known[attack] > 0, attack
    for attack in ("cloned_device", "nat_spoofing", "lured_device", "referral_abuse"):
        assert known[attack] == 0, attack


def test_the_dust_is_what_was_sent(worlds: Worlds) -> None:
    more = added(worlds, "transfers", ["account_id", "ts", "direction", "address", "counterparty_account_id", "amount"])
    sent = more.filter(pl.col("direction") != "deposit")["amount"].cast(pl.Float64).sum()
    dust = ("dust_deposit", "dust_withdrawal", "internal_transfer")
    told = table(worlds[1], "truth_framing").filter(pl.col("attack").is_in(dust))["cost_usd"].sum()
    assert abs(sent - told) < 1
