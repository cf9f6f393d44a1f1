"""Nodes and links from the tape against a naive re-implementation."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import graph.engine
from graph.aggregate import link_batches, node_batches
from graph.ingest import ingest_records
from graph.tape import Tape
from graph.vocabulary import LINK_SCHEMA, NODE_SCHEMAS, LinkKind, NodeKind
from tests.graph.aggregate import oracle
from tests.graph.worlds import World, hand_over, world

KEY = ["source", "target", "qualifier"]


def tape_of(records: World, folder: Path) -> Tape:
    tape = Tape(folder / "tape")
    ingest_records(hand_over(records, folder / "input"), tape)
    return tape


def all_links(batches: Iterable[pl.DataFrame]) -> dict[tuple[str, str, str], dict[str, Any]]:
    table = pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *batches])
    assert table.select(KEY).is_duplicated().sum() == 0
    return {tuple(row.pop(name) for name in KEY): row for row in table.iter_rows(named=True)}  # type: ignore[misc]


def all_nodes(batches: Iterable[pl.DataFrame], kind: NodeKind) -> dict[str, dict[str, Any]]:
    table = pl.concat([pl.DataFrame(schema=NODE_SCHEMAS[kind]), *batches])
    assert table["id"].n_unique() == table.height
    return {row.pop("id"): row for row in table.iter_rows(named=True)}


def same_links(found: dict[Any, dict[str, Any]], wanted: dict[Any, dict[str, Any]], kind: LinkKind) -> None:
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        if None in row["event_ids"]:
            ids = found[key].pop("event_ids")
            assert len(set(ids)) == len(row.pop("event_ids"))
            assert all(name.startswith(("session:", "relation:")) and len(name.split(":")[1]) == 16 for name in ids)
        if row["volume"] is not None:
            row["volume"] = pytest.approx(row["volume"], rel=2e-9)
        assert found[key] == row, (kind, key)


@pytest.mark.parametrize("seed", range(6))
def test_nodes_and_links_equal_the_oracle(seed: int, tmp_path: Path) -> None:
    records = world(seed)
    tape = tape_of(records, tmp_path)
    wanted_nodes, wanted_links = oracle.nodes(records), oracle.links(records)
    for kind in NodeKind:
        assert all_nodes(node_batches(tape, kind), kind) == wanted_nodes[kind], kind
    for link in LinkKind:
        same_links(all_links(link_batches(tape, link)), wanted_links[link], link)


def test_links_that_span_batches_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = tape_of(world(3), tmp_path)
    whole = {kind: pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *link_batches(tape, kind)]) for kind in LinkKind}
    real = graph.engine.frames

    def crumbs(*args: Any) -> Iterable[pl.DataFrame]:
        for frame in real(*args):
            yield from frame.iter_slices(1)

    monkeypatch.setattr("graph.aggregate.links.frames", crumbs)
    for kind in LinkKind:
        parts = pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *link_batches(tape, kind)])
        assert parts.equals(whole[kind])


def test_batches_come_sorted(tmp_path: Path) -> None:
    tape = tape_of(world(4, size=60), tmp_path)
    for kind in LinkKind:
        table = pl.concat([pl.DataFrame(schema=LINK_SCHEMA), *link_batches(tape, kind)])
        keys = [tuple(text.encode() for text in row) for row in table.select(KEY).iter_rows()]
        assert keys == sorted(keys)
    for node in NodeKind:
        ids = [row.encode() for frame in node_batches(tape, node) for row in frame["id"]]
        assert ids == sorted(ids)


def test_exact_volume_of_huge_and_tiny_trades(tmp_path: Path) -> None:
    records = world(0)
    template = records["trades"][0] | {"maker_account_id": "m", "taker_account_id": "t", "status": None}
    largest = Decimal("999999999999999999.999999999999999999")
    records["trades"] = [
        template | {"trade_id": f"big{n}", "price": largest, "quantity": largest, "symbol": "BIG"} for n in range(400)
    ] + [
        template | {"trade_id": f"tiny{n}", "price": Decimal("1e-18"), "quantity": Decimal("1e-18"), "symbol": "TINY"}
        for n in range(3)
    ]
    found = all_links(link_batches(tape_of(records, tmp_path), LinkKind.TRADED_WITH))
    assert found["m", "t", "BIG"]["volume"] == pytest.approx(4e38, rel=1e-9)
    assert found["m", "t", "TINY"]["volume"] == pytest.approx(3e-36, rel=1e-9)
    assert found["m", "t", "BIG"]["counts"] == [400]
