"""The studies of rings: peers and judgement on records with a known answer."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from benchmarks.rings import evasion as hiding
from benchmarks.rings.compare import LEAST, broken, judged, our_groups, pooled
from benchmarks.rings.false_alarms import alarms
from benchmarks.rings.framed import by_cost, counted, risen, standing, too_many
from benchmarks.rings.fraudar import dense_blocks
from benchmarks.rings.peers import GROUPS, peer_groups
from models.detect import detect
from models.detection import Detection
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd

RING = ("c00001", "c00002", "c00003")
ALONE = "c00020"
SPOOF = ("spoofing", "BTC-USD", (0, 1, 2, 8, 9))
ELSEWHERE = ("spoofing", "BTC-USD", (21, 22, 23))


def found_of(*ring: str, alone: str | None = None) -> Detection:
    doing: Doing = dict.fromkeys(ring, SPOOF)
    if alone:
        doing[alone] = ELSEWHERE
    graph = Graph()
    crowd(graph, 60)
    return detect(graph.snapshot(), conduct=conduct_of(doing))


def truth(*guilty: str) -> pl.DataFrame:
    names = [f"c{n:05d}" for n in range(60)]
    return pl.DataFrame(
        {
            "account_id": names,
            "verdict": ["positive" if name in guilty else "negative" for name in names],
            "ring": ["r" if name in guilty else None for name in names],
            "group": ["holder"] * 60,
            "detectable": [name in guilty for name in names],
            "typology": ["spoofing" if name in guilty else None for name in names],
        }
    )


TAPE = """
CREATE TABLE accounts AS SELECT 'c' || lpad(i::VARCHAR, 5, '0') AS account_id, 'retail' AS segment FROM range(60) t(i);
CREATE TABLE ring AS SELECT * FROM accounts WHERE account_id IN ('c00001', 'c00002', 'c00003');
CREATE TABLE known_services (identifier VARCHAR);
CREATE TABLE transfers (account_id VARCHAR, address VARCHAR);
CREATE TABLE sessions AS
    SELECT account_id, CASE WHEN account_id IN (SELECT account_id FROM ring) THEN 'D' ELSE account_id END AS device_id,
           NULL::VARCHAR AS ip
    FROM accounts;
CREATE TABLE trades AS
    SELECT a AS maker_account_id, b AS taker_account_id
    FROM (VALUES ('c00001', 'c00002'), ('c00002', 'c00003'), ('c00003', 'c00001')) t(a, b), range(40);
CREATE TABLE orders AS
    SELECT account_id, 'BTC-USD' AS symbol, 'buy' AS side, 'new' AS event,
           make_timestamptz(2026, 1, 5, 0, 0, 0.0) + INTERVAL 1 HOUR * n + INTERVAL 1 MINUTE * CASE
               WHEN account_id IN (SELECT account_id FROM ring) THEN 0 ELSE hash(account_id) % 50 + 3 + n % 5 END AS ts
    FROM accounts, range(20) t(n);
"""


@pytest.fixture(scope="module")
def tape() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three accounts share a device, trade in a circle and order in the same minutes; a crowd does neither."""
    with duckdb.connect() as made:
        made.execute(TAPE)
        yield made


def test_every_peer_finds_what_it_was_made_for(tape: duckdb.DuckDBPyConnection) -> None:
    seen: dict[str, set[frozenset[str]]] = {}
    for peer, _, groups in peer_groups(tape):
        assert groups.schema == GROUPS
        assert groups["score"].null_count() == 0
        seen.setdefault(peer, set()).update(frozenset(part["account_id"]) for part in groups.partition_by("ring"))
    assert {peer for peer, groups in seen.items() if frozenset(RING) in groups} == {
        "Leiden on counterparties",
        "strongly connected components of trades",
        "components over shared things",
        "FRAUDAR",
        "SynchroTrap",
    }


def test_the_densest_block_comes_first_and_camouflage_does_not_hide_it() -> None:
    block = [(f"a{n}", f"t{m}") for n in range(5) for m in range(5)]
    camouflage = [(f"a{n}", f"popular{m}") for n in range(5) for m in range(3)]
    crowd_uses = [(f"x{n}", f"popular{n % 3}") for n in range(200)]
    uses = pl.DataFrame([*block, *camouflage, *crowd_uses], schema=["account_id", "thing"], orient="row")
    first = dense_blocks(uses).filter(ring="0")
    assert set(first["account_id"]) == {f"a{n}" for n in range(5)}
    assert dense_blocks(uses.clear()).is_empty()


def test_a_perfect_answer_and_a_wrong_one() -> None:
    right, wrong = truth(*RING), truth("c00040", "c00041")
    ours = our_groups(found_of(*RING, alone=ALONE))
    made = pooled([judged(right, *ours)])
    assert made["rings"] == {"matched": 1, "found": 1, "true": 1}
    assert made["ring_f1"] == 1.0
    assert made["detectable_told"]["hits"] == 3
    assert made["false_positive_rate"]["hits"] == 1
    assert made["innocents_told_by_stratum"] == {"holder": 1}
    assert broken(made) == []
    bad = pooled([judged(wrong, *ours)])
    assert bad["ring_f1"] == 0.0
    assert bad["detectable_told"]["hits"] == 0
    assert bad["false_positive_rate"]["hits"] == 4
    assert len(broken(bad)) == len(LEAST)


def test_what_rises_for_a_victim_is_counted_once_per_thing() -> None:
    framing = pl.DataFrame(
        {"victim_account_id": [ALONE, "c00003"], "attack": ["dust", "dust"], "natural_stratum": [None, "family"],
         "cost_usd": [0.0, 3.0]},
        schema_overrides={"natural_stratum": pl.String},
    )  # fmt: skip
    victims = risen(framing, found_of(*RING), found_of(*RING, alone=ALONE))
    (row,) = counted(victims, "attack").values()
    rose = {"told_rose": 1, "score_rose": 1, "legs_rose": 1, "tier_rose": 1, "episodes_rose": 0}
    assert row == {"victims": 2, "told_before": 1, **rose}
    assert set(standing(found_of(*RING), pl.Series([ALONE])).row(0)[1:]) == {0.0}
    free, paid = by_cost(victims)
    assert free == {"victims": 1, "mean_cost_usd": 0.0, **rose}
    assert paid == {"victims": 1, "mean_cost_usd": 3.0, **dict.fromkeys(rose, 0)}


def test_false_alarms_are_counted_at_each_level() -> None:
    seen = pl.DataFrame(
        {"attack": ["dust", "dust", "bait"], "windows": [9, 0, 9], "hit_days": [3, 0, 2],
         "e_value": [2_000.0, 1.0, 2_000.0]},
        schema_overrides={"windows": pl.Int64, "hit_days": pl.Int64},
    )  # fmt: skip
    made = alarms(seen)
    assert list(made) == ["bait", "dust", "all"]
    assert made["dust"] == {
        "victims": 2, "judged": 1, "mean_e_value": 1000.5, "largest": 2000.0, "at_0.05": 1, "at_0.01": 1,
        "at_0.001": 1, "legs": 1,
    }  # fmt: skip
    assert made["bait"]["legs"] == 0
    assert made["all"]["at_0.001"] == 2
    assert too_many(made["all"])
    few = {"victims": 5_000, "judged": 1_000, "at_0.05": 50, "at_0.01": 10, "at_0.001": 1}
    assert not too_many(few)
    assert too_many({**few, "at_0.01": 11})


def test_curves_of_hiding() -> None:
    """Two rings: one open and told, one hidden and not; and an innocent."""
    rings = pl.DataFrame(
        {"ring": ["r", "s"], "jitter_seconds": [5.0, 1_000.0], "camouflage": [0.1, 0.95], "hygiene": [0.0, 1.0],
         "acts": [10, 10], "fees_usd": [5.0, 50.0]}
    )  # fmt: skip
    members = pl.DataFrame(
        {"account_id": [*RING, "c00040", "c00041"], "ring": ["r", "r", "r", "s", None],
         "typology": ["spoofing"] * 4 + [None], "detectable": [True] * 4 + [False]}
    )  # fmt: skip
    people = hiding.standing(found_of(*RING), members, rings).with_columns(world=pl.lit("base"))
    made = hiding.report(people)
    shown, hidden = made["camouflage"]
    assert (shown["rings"], shown["told"]["hits"], shown["told"]["of"], shown["fees_usd_per_act"]) == (1, 3, 3, 0.5)
    assert (hidden["rings"], hidden["told"]["hits"], hidden["told"]["of"], hidden["fees_usd_per_act"]) == (1, 0, 1, 5.0)
    assert made["innocents"]["told"]["hits"] == 0
    assert made["by_world"]["base"]["told"]["value"] == 0.75
    assert made["by_typology"]["spoofing"]["above_watch"]["hits"] == 0
