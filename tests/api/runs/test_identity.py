from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.runs.identity import Identity, detector_fingerprint, identity_of, snapshot_fingerprint
from graph.snapshot import Snapshot, build_snapshot
from graph.tape import Tape
from graph.vocabulary import LINK_SCHEMA, NODE_SCHEMAS, LinkKind, NodeKind, RunId
from models.conduct.parameters import ConductParameters, Spoofing
from models.parameters import Parameters, RingParameters


def _accounts(**changes: list[object]) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "id": ["a", "b", "c"],
        "opened_at": [None, None, None],
        "segment": ["retail", None, ""],
        "country": [None, "FR", None],
        "volume_usd": [1.0, None, 0.0],
    }
    return pl.DataFrame({**columns, **changes}, schema=NODE_SCHEMAS[NodeKind.ACCOUNT])


def _links(**changes: list[object]) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "source": ["a", "b"],
        "target": ["d", "d"],
        "qualifier": ["", ""],
        "days": [[1, 2], []],
        "counts": [[1, 1], []],
        "undated": [0, 2],
        "first_ts": [None, None],
        "last_ts": [None, None],
        "volume": [None, None],
        "event_ids": [["e1", "e2"], ["e3"]],
        "event_days": [[1, 2], [None]],
    }
    return pl.DataFrame({**columns, **changes}, schema=LINK_SCHEMA)


def _snapshot(accounts: pl.DataFrame, links: pl.DataFrame, as_of: date | None = None) -> Snapshot:
    devices = pl.DataFrame({"id": ["d"], "category": [None]}, schema=NODE_SCHEMAS[NodeKind.DEVICE])
    nodes = {NodeKind.ACCOUNT: [accounts], NodeKind.DEVICE: [devices]}
    return build_snapshot(nodes, {LinkKind.USED_DEVICE: [links]}, as_of)


PLAIN = _snapshot(_accounts(), _links())


def test_row_order_and_memory_layout_do_not_matter() -> None:
    pieces = pl.concat([_accounts()[2:], _accounts()[:1], _accounts()[1:2]], rechunk=False)
    masked = _accounts(volume_usd=[1.0, 7.0, 0.0]).with_columns(
        pl.when(pl.col("volume_usd") < 5).then("volume_usd").alias("volume_usd")
    )
    for accounts in (pieces, masked):
        assert snapshot_fingerprint(_snapshot(accounts, _links()[::-1])) == snapshot_fingerprint(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        _snapshot(_accounts(id=["a", "b", "cc"]), _links()),
        _snapshot(_accounts(segment=["retail", "", None]), _links()),
        _snapshot(_accounts(segment=["retai", "l", ""]), _links()),
        _snapshot(_accounts(volume_usd=[1.0, 0.0, None]), _links()),
        _snapshot(_accounts(country=[None, None, "FR"]), _links()),
        _snapshot(_accounts(), _links(undated=[0, 1])),
        _snapshot(_accounts(), _links(event_ids=[["e1"], ["e2", "e3"]], event_days=[[1], [2, None]])),
        _snapshot(_accounts(), _links(event_ids=[["e1", "e2"], ["e4"]])),
        _snapshot(_accounts(), _links()[:1]),
        _snapshot(_accounts(), _links(), date(1970, 1, 3)),
    ],
    ids=str,
)
def test_every_value_counts(other: Snapshot) -> None:
    assert snapshot_fingerprint(other) != snapshot_fingerprint(PLAIN)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text()), min_size=3, max_size=3))
def test_texts_are_not_confused(countries: list[str | None]) -> None:
    other = _snapshot(_accounts(country=list(countries)), _links())
    same = countries == [None, "FR", None]
    assert (snapshot_fingerprint(other) == snapshot_fingerprint(PLAIN)) is same


def test_a_run_is_named_by_all_that_made_it(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    plain = identity_of(PLAIN, tape, Parameters(), None, {})
    others = [
        replace(plain, snapshot="x"),
        replace(plain, tape="x"),
        replace(plain, detector="x"),
        replace(plain, parameters=Parameters(seed=1)),
        replace(plain, parameters=Parameters(rings=RingParameters(density=0.5))),
        replace(plain, parameters=Parameters(conduct=ConductParameters(spoofing=Spoofing(least_acts=9)))),
        replace(plain, previous=RunId("run_0")),
        identity_of(PLAIN, tape, Parameters(), None, {"champion": "model_0"}),
        identity_of(PLAIN, tape, Parameters(), None, {"challenger": "model_0"}),
    ]
    assert len({plain.run_id, *[other.run_id for other in others]}) == 10
    assert plain.run_id == identity_of(PLAIN, tape, Parameters(), None, {}).run_id


def test_a_published_run_is_recognised_whatever_came_before_it() -> None:
    first = Identity(None, "snapshot", "tape", "detector", Parameters(), None)
    second = replace(first, previous=first.run_id)
    published = {"run_id": first.run_id, "previous_run_id": None}
    assert second.repeats(published)
    assert not replace(second, snapshot="another").repeats(published)
    assert not replace(second, tape="another").repeats(published)
    assert not replace(second, detector="another").repeats(published)
    assert not replace(second, models=("champion:another",)).repeats(published)


def test_the_detector_is_its_sources() -> None:
    assert detector_fingerprint() == detector_fingerprint()
    assert len(detector_fingerprint()) == 64
