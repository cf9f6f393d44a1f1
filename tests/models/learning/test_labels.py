"""What was decided: what is a positive, what a negative, and that none of it is ever looked at."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.contract.definition import LABELS
from graph.ingest import ingest_records
from graph.load import snapshot_of
from graph.tape import Tape
from models.conduct.find import find_conduct
from models.learning.examples import examples_of
from models.learning.known import Known
from models.learning.labels import APPEAL, CONSTRUCTED, DECIDED, JUDGEMENTS, judgements_of_labels, judgements_of_world
from models.learning.sight import Sight
from models.parameters import Parameters
from tests.api.exchange import PLANTED, Tables, tables, write
from tests.models.learning.exchanges import LINKS, drawn, known_of

DAY = datetime(2026, 1, 5, tzinfo=UTC)
SCHEMA = pl.Schema(
    {column.name: pl.Datetime("us", "UTC") if column.name == "decided_at" else pl.String() for column in LABELS.columns}
)
OUTCOMES = next(column.allowed for column in LABELS.columns if column.name == "outcome")
WORLD = {
    "account_id": pl.String, "ring": pl.String, "typology": pl.String, "stratum": pl.String, "known": pl.Boolean,
}  # fmt: skip
Row = dict[str, object]


def label(account: str, outcome: str, day: int | None = None, **more: object) -> Row:
    at = None if day is None else DAY + timedelta(days=day)
    return {"account_id": account, "outcome": outcome, "decided_at": at, **more}


def labels(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)


def judged(*rows: Row) -> dict[str, bool]:
    """Of whom something was decided: whether it is a member."""
    table = judgements_of_labels(labels(*rows))
    assert table.schema == JUDGEMENTS
    return dict(table.select("account_id", "positive").iter_rows())


def strength(*rows: Row) -> float:
    return float(judgements_of_labels(labels(*rows))["strength"].item())


def test_who_confirmed_or_reported_itself_is_a_member_and_who_was_cleared_is_not() -> None:
    rows = [label(outcome, outcome) for outcome in OUTCOMES]
    assert judged(*rows) == {"confirmed": True, "self_reported": True, "cleared": False, "overturned": False}


def test_the_latest_decision_counts() -> None:
    assert judged(label("a", "confirmed", 3), label("a", "overturned", 5)) == {"a": False}
    assert judged(label("a", "overturned", 5), label("a", "confirmed", 3)) == {"a": False}
    assert judged(label("a", "cleared", 3), label("a", "confirmed", 5)) == {"a": True}
    assert judged(label("a", "confirmed"), label("a", "cleared", 0)) == {"a": False}, "undated ones come first"


def test_not_flagged_is_neither_and_takes_an_older_decision_back() -> None:
    assert judged(label("a", "not_flagged", 3)) == {}
    assert judged(label("a", "confirmed", 3), label("a", "not_flagged", 5)) == {}
    assert judged(label("a", "not_flagged", 3), label("a", "confirmed", 5)) == {"a": True}


def test_without_labels_nobody_was_decided_on() -> None:
    assert judgements_of_labels(labels()).equals(pl.DataFrame(schema=JUDGEMENTS))


@pytest.mark.parametrize(
    ("outcome", "expected"), [("confirmed", 0.9), ("self_reported", 0.8), ("cleared", 0.9), ("overturned", 1.0)]
)
def test_whoever_looked_twice_was_surer(outcome: str, expected: float) -> None:
    assert strength(label("a", outcome)) == expected
    assert strength(label("a", outcome, source="desk")) == expected
    assert strength(label("a", outcome, source=APPEAL)) == 1.0


def test_ring_kind_source_and_instant_are_of_the_decision_that_counts() -> None:
    old = label("a", "confirmed", 1, ring_label="old", kind="report", source="desk")
    new = label("a", "confirmed", 2, ring_label="new", typology="spoofing", source=APPEAL)
    row = judgements_of_labels(labels(new, old)).row(0, named=True)
    assert row == {
        "account_id": "a", "positive": True, "strength": 1.0, "ring": "new", "group": "spoofing", "basis": DECIDED,
        "source": APPEAL, "decided_at": DAY + timedelta(days=2),
    }  # fmt: skip
    bare = judgements_of_labels(labels(label("b", "cleared"))).row(0, named=True)
    assert (bare["ring"], bare["group"], bare["decided_at"]) == (None, "cleared", None)


decisions = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(OUTCOMES), st.none() | st.integers(0, 4)), max_size=20
)


@settings(max_examples=30, deadline=None)
@given(rows=decisions, seed=st.integers(0, 99))
def test_one_judgement_an_account_whatever_the_order_of_rows(
    rows: list[tuple[str, str, int | None]], seed: int
) -> None:
    made = labels(*[label(account, outcome, day) for account, outcome, day in rows])
    found = judgements_of_labels(made)
    other = judgements_of_labels(made.sample(fraction=1, shuffle=True, seed=seed))
    assert found.select("account_id", "positive").equals(other.select("account_id", "positive"))
    assert found["account_id"].is_unique().all()
    assert found["account_id"].is_sorted()
    for account, positive in found.select("account_id", "positive").iter_rows():
        mine = [(-1 if day is None else day, outcome) for who, outcome, day in rows if who == account]
        last = {outcome for day, outcome in mine if day == max(mine)[0]}
        assert last & ({"confirmed", "self_reported"} if positive else {"cleared", "overturned"})
        assert not (positive and last & {"cleared", "overturned"}), "between equals the milder"


@pytest.mark.parametrize(
    "rows",
    [
        [label("a", "confirmed", 1), label("a", "self_reported", 1)],
        [label("a", "cleared", 1, source="desk"), label("a", "cleared", 1, source=APPEAL)],
        [label("a", "confirmed", 1, typology="layering"), label("a", "confirmed", 1, typology="spoofing")],
    ],
    ids=["outcome", "source", "typology"],
)
def test_between_equal_decisions_the_order_of_rows_does_not_choose(rows: list[Row]) -> None:
    assert judgements_of_labels(labels(*rows)).equals(judgements_of_labels(labels(*reversed(rows))))


def world(*rows: tuple[str, str | None, str | None, str, bool | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=WORLD, orient="row")


def test_innocents_of_a_world_are_negatives_by_construction() -> None:
    told = world(
        ("c", None, None, "family", True), ("a", "r1", "wash_trading", "member", True),
        ("b", None, None, "market_maker", None),
    )  # fmt: skip
    found = judgements_of_world(told)
    assert found.schema == JUDGEMENTS
    assert found.select("account_id", "positive", "ring", "group").rows() == [
        ("a", True, "r1", "wash_trading"), ("b", False, None, "market_maker"), ("c", False, None, "family"),
    ]  # fmt: skip
    assert set(found["basis"]) == {CONSTRUCTED}
    assert set(found["strength"]) == {1.0}
    assert found["decided_at"].null_count() == found.height


def test_what_nobody_knows_of_a_world_is_left_out() -> None:
    told = world(("a", "r1", "spoofing", "member", False), ("b", None, None, "retail", False))
    assert judgements_of_world(told).equals(pl.DataFrame(schema=JUDGEMENTS))


def test_examples_take_judgements_by_account_and_nobody_else_is_decided_on() -> None:
    graph, doing, member_of = drawn(people=20, rings=2)
    sight = Sight.of(known_of(graph, doing), LINKS)
    ids = sight.account_ids.to_list()
    member, cleared = next(iter(member_of)), next(name for name in ids if name not in member_of)
    judgements = judgements_of_labels(
        labels(
            label(member, "confirmed", ring_label="r"), label(cleared, "cleared"), label("stranger", "confirmed"),
            label(ids[-1], "not_flagged"),
        )
    )  # fmt: skip
    made = examples_of(sight, judgements)
    assert [ids[row] for row in np.flatnonzero(made.positive)] == [member]
    assert {ids[row] for row in np.flatnonzero(made.strength > 0)} == {member, cleared}
    assert (made.undecided == (made.strength == 0)).all()
    assert made.group.to_list() == ["r" if name == member else name for name in ids]


def test_of_accounts_that_are_not_asked_nothing_is_told() -> None:
    graph, doing, member_of = drawn(people=20, rings=2)
    judgements = judgements_of_labels(labels(*[label(name, "confirmed") for name in member_of]))
    made = examples_of(Sight.of(known_of(graph, doing), LINKS), judgements)
    kept = np.arange(len(made.positive)) % 3 > 0
    part = made.only(kept)
    assert not part.positive[~kept].any()
    assert not part.strength[~kept].any()
    assert not part.undecided[~kept].any()
    assert np.array_equal(part.positive[kept], made.positive[kept])
    assert part.sight is made.sight, "they are still company"


def digest(folder: Path, content: Tables) -> str:
    """Of all that a model looks at, of these records."""
    tape, parameters = Tape(folder / "tape"), Parameters()
    ingest_records(write(folder / "records", content), tape)
    sight = Sight.of(Known(snapshot_of(tape), find_conduct(tape, parameters.conduct)), parameters.links)
    assert set(PLANTED) < set(sight.account_ids)
    assert sum(len(each.account) for each in sight.acts.relations) > len(PLANTED)
    parts = [sight.features, *[end for each in sight.acts.relations for end in (each.account, each.other)]]
    names = ",".join(sight.account_ids).encode()
    return hashlib.sha256(names + b"".join(part.tobytes() for part in parts)).hexdigest()


def test_labels_move_nothing_that_a_model_looks_at(tmp_path: Path) -> None:
    """Deleted or with other outcomes, rings and accounts; a phone less is noticed."""
    content = tables()
    told = content.pop("labels")
    without = digest(tmp_path / "without", content)
    assert digest(tmp_path / "with", content | {"labels": told}) == without
    reverse = {"confirmed": "cleared", "not_flagged": "confirmed"}
    permuted = told.with_columns(
        pl.col("account_id").shuffle(seed=3), pl.col("outcome").replace(reverse), ring_label=pl.lit("everybody")
    )
    assert digest(tmp_path / "permuted", content | {"labels": permuted}) == without
    fewer = content | {"sessions": content["sessions"].filter(pl.col("device_id") != "phone-7")}
    assert digest(tmp_path / "fewer", fewer) != without
