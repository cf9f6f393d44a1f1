"""Features and relations: known answers, and what can and what cannot move them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DetectionError
from graph.snapshot import build_snapshot
from graph.vocabulary import LINK_SCHEMA, NODE_SCHEMAS, LinkKind, NodeKind
from models.learning.features import NAMES, account_features, fingerprint
from models.learning.known import Known
from models.learning.relations import RELATIONS, own_acts
from models.learning.sight import Sight
from models.ranking.company import company
from tests.models.doing import MONDAY, conduct_of
from tests.models.graphs import Graph
from tests.models.learning.exchanges import LINKS, drawn, known_of


def of(known: Known, account: str, name: str) -> float:
    row = known.accounts.to_list().index(account)
    return float(account_features(known)[row, NAMES.index(name)])


def test_known_answers() -> None:
    graph = Graph(days={("a", "phone"): [0, 1, 5], ("a", "laptop"): [2]})
    graph.add(LinkKind.USED_DEVICE, ("a", "phone"), ("a", "laptop"), ("b", "phone"))
    graph.add(LinkKind.SEEN_AT_IP, ("a", "home"), ("a", "café"), ("b", "café"))
    known = known_of(graph, {"a": ("wash_trading", "M", (0, 3, 4))})
    assert of(known, "a", "device_others") == pytest.approx(np.log1p(2))
    assert of(known, "a", "device_events") == pytest.approx(np.log1p(4))
    assert of(known, "a", "device_days_of_most_used") == pytest.approx(np.log1p(3))
    assert of(known, "a", "wash_trading_days") == pytest.approx(np.log1p(3))
    assert of(known, "a", "wash_trading_surprise") == pytest.approx(9.0)
    assert of(known, "b", "acts") == 0
    relation = {each.name: each for each in own_acts(known, LINKS).relations}["seen_at_ip"]
    assert relation.account.tolist() == [0, 1], "its home is used by one account alone and leads nowhere"
    assert relation.other.tolist() == [0, 0]


def test_every_relation_is_there_and_features_are_finite() -> None:
    graph, doing, _ = drawn()
    sight = Sight.of(known_of(graph, doing), LINKS)
    assert [(each.name, each.kind) for each in sight.acts.relations] == list(RELATIONS)
    assert sight.features.shape == (len(sight.account_ids), len(NAMES))
    assert np.isfinite(sight.features).all()


def test_an_exchange_without_anything_has_features_all_the_same() -> None:
    known = known_of(Graph(volume={"a": 1.0, "b": 2.0}), {})
    assert account_features(known).shape == (2, len(NAMES))
    assert all(len(each.account) == 0 for each in own_acts(known, LINKS).relations)


def test_the_fingerprint_is_of_names_in_order() -> None:
    assert fingerprint() == fingerprint()
    assert len(set(NAMES)) == len(NAMES)


def cloned(graph: Graph, victim: str) -> Graph:
    """A ring's members appear on its device."""
    own = next(device for who, device in graph.links[LinkKind.USED_DEVICE] if who == victim)
    return graph.add(LinkKind.USED_DEVICE, *[(f"r0-{member:03d}", own) for member in range(6)])


def test_who_appears_on_an_account_s_device_moves_nothing_of_it() -> None:
    graph, doing, _ = drawn()
    before = Sight.of(known_of(graph, doing), LINKS)
    after = Sight.of(known_of(cloned(graph, "c00007"), doing), LINKS)
    row = before.account_ids.to_list().index("c00007")
    assert np.array_equal(before.features[row], after.features[row])
    assert np.array_equal(company(before.features, before.acts)[row], company(after.features, after.acts)[row])


def arriving(graph: Graph, victim: str) -> Graph:
    """Everything that others can do to an account without it."""
    graph.add(LinkKind.DEPOSITED_FROM, (victim, "r0-address"), (victim, "dirty"))
    graph.add(LinkKind.TRANSFERRED_TO, ("r0-000", victim), ("r1-000", victim), ("stranger", victim))
    graph.add(LinkKind.TRADED_WITH, (victim, "r0-000"), (victim, "r0-001"))
    graph.add(LinkKind.REFERRED, (victim, "r0-000"))
    graph.add(LinkKind.DECLARED, (victim, "stranger"))
    return graph


def test_what_arrives_at_an_account_moves_nothing_of_it() -> None:
    graph, doing, _ = drawn()
    before = Sight.of(known_of(graph, doing), LINKS)
    graph, doing, _ = drawn()
    arriving(graph, "c00007").volume["stranger"] = 1.0
    after = Sight.of(known_of(graph, doing), LINKS)
    rows = [sight.account_ids.to_list().index("c00007") for sight in (before, after)]
    assert np.array_equal(before.features[rows[0]], after.features[rows[1]])
    told = [company(sight.features, sight.acts)[row] for sight, row in zip((before, after), rows, strict=True)]
    assert np.array_equal(*told)


def test_the_order_of_records_moves_nothing() -> None:
    graph, doing, _ = drawn()
    one = Sight.of(Known(graph.snapshot(), conduct_of(doing)), LINKS)
    other = Sight.of(Known(graph.snapshot(np.random.default_rng(5)), conduct_of(doing)), LINKS)
    assert one.features.tobytes() == other.features.tobytes()
    for first, second in zip(one.acts.relations, other.acts.relations, strict=True):
        assert np.array_equal(first.account, second.account)
        assert np.array_equal(first.other, second.other)


def _dated(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    """Links by (source, target, day), a row for each pair."""
    frame = pl.DataFrame(rows, schema=["source", "target", "day"], orient="row").unique()
    grouped = frame.sort("day").group_by("source", "target", maintain_order=True).agg(days=pl.col("day"))
    told = grouped.with_columns(
        qualifier=pl.lit(""), counts=pl.col("days").list.eval(pl.lit(1, pl.Int64)), undated=pl.lit(0, pl.Int64),
        first_ts=pl.lit(None), last_ts=pl.lit(None), volume=pl.lit(None), event_ids=pl.lit([], pl.List(pl.String)),
        event_days=pl.lit([], pl.List(pl.Int32)),
    )  # fmt: skip
    return told.select(LINK_SCHEMA.names()).cast(dict(LINK_SCHEMA))  # type: ignore[arg-type]


events = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.integers(10, 30)), max_size=30)


@settings(max_examples=25, deadline=None)
@given(past=events, future=events, other_future=events)
def test_the_future_moves_nothing(
    past: list[tuple[str, str, int]], future: list[tuple[str, str, int]], other_future: list[tuple[str, str, int]]
) -> None:
    """As of the day 20 of the epoch, with one future and with another."""
    until = date(1970, 1, 1) + timedelta(20)
    seen = []
    for later in (future, other_future):
        rows = [row for row in past if row[2] <= 20] + [(who, what, 21 + day % 10) for who, what, day in later]
        nodes = {
            NodeKind.ACCOUNT: [pl.DataFrame({"id": list("abcdef")}).pipe(_completed, NodeKind.ACCOUNT)],
            NodeKind.IP_ADDRESS: [pl.DataFrame({"id": list("xyz")}).pipe(_completed, NodeKind.IP_ADDRESS)],
        }
        snapshot = build_snapshot(nodes, {LinkKind.SEEN_AT_IP: [_dated(rows)]} if rows else {}, until)
        seen.append(Sight.of(Known(snapshot, conduct_of({})), LINKS))
    assert seen[0].features.tobytes() == seen[1].features.tobytes()
    for first, second in zip(seen[0].acts.relations, seen[1].acts.relations, strict=True):
        assert np.array_equal(first.account, second.account)
        assert np.array_equal(first.other, second.other)


def _completed(frame: pl.DataFrame, kind: NodeKind) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=NODE_SCHEMAS[kind]), frame], how="diagonal").select(
        NODE_SCHEMAS[kind].names()
    )


def test_conduct_after_the_day_of_the_snapshot_is_refused() -> None:
    known = known_of(Graph(volume={"a": 1.0}), {"a": ("spoofing", "M", (3,))})
    with pytest.raises(DetectionError, match="the conduct goes on to 2026-01-08"):
        Known(replace(known.snapshot, as_of=MONDAY), known.conduct)
