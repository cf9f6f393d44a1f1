"""Ring identity through time."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.lineage import name_rings

GROUPS = {"group": pl.Int64, "account_id": pl.String}
PREVIOUS = {"ring_id": pl.String, "account_id": pl.String}


def groups(*members: str) -> pl.DataFrame:
    return pl.DataFrame([(n, a) for n, group in enumerate(members) for a in group], schema=GROUPS, orient="row")


def previous(**members: str) -> pl.DataFrame:
    return pl.DataFrame([(n, a) for n, group in members.items() for a in group], schema=PREVIOUS, orient="row")


def relations(lineage: pl.DataFrame) -> set[tuple[str, str | None, str]]:
    return set(lineage.select("ring_id", "previous_ring_id", "relation").rows())


def test_a_ring_keeps_its_id_while_members_come_and_go() -> None:
    names, lineage = name_rings(groups("abcdex"), previous(old="abcdey"))
    assert names["ring_id"].to_list() == ["old"]
    assert relations(lineage) == {("old", "old", "continue")}


def test_without_a_past_every_ring_is_new_and_named_by_its_members() -> None:
    names, lineage = name_rings(groups("abc", "def"), None)
    again, _ = name_rings(groups("def", "abc"), None)
    assert set(names["ring_id"]) == set(again["ring_id"])
    assert set(lineage["relation"]) == {"new"}


def test_a_merged_ring_goes_on_under_the_larger_and_names_the_other() -> None:
    names, lineage = name_rings(groups("abcdefgh"), previous(big="abcde", small="fgh"))
    assert names["ring_id"].to_list() == ["big"]
    assert relations(lineage) == {("big", "big", "continue"), ("big", "small", "merge")}


def test_a_split_ring_leaves_its_id_to_the_larger_part() -> None:
    names, lineage = name_rings(groups("abcde", "fgh"), previous(whole="abcdefgh"))
    by_group = dict(names.rows())
    assert by_group[0] == "whole"
    assert relations(lineage) == {("whole", "whole", "continue"), (by_group[1], "whole", "split")}


def test_a_ring_that_drifted_away_does_not_lend_its_name() -> None:
    first, _ = name_rings(groups("abcdefgh"), None)
    name = first["ring_id"][0]
    drifted = previous(**{name: "ghijklmn"})
    names, _ = name_rings(groups("ijklmnop", "abcdefgh"), drifted)
    assert dict(names.rows())[0] == name
    assert names["ring_id"].n_unique() == 2


def test_a_ring_that_shrank_is_a_part_and_one_that_grew_took_it_in() -> None:
    large, small = "abcdefghijklmnopqrstuvwxyz0123", "abcde"
    assert relations(name_rings(groups(small), previous(old=large))[1]) >= {
        (name_rings(groups(small), None)[0]["ring_id"][0], "old", "split")
    }
    assert {row[2] for row in relations(name_rings(groups(large), previous(old=small))[1])} == {"merge"}


def test_ids_that_hold_any_character_do_not_collide() -> None:
    one = pl.DataFrame([(0, "a"), (0, "b")], schema=GROUPS, orient="row")
    other = pl.DataFrame([(0, "a1:b")], schema=GROUPS, orient="row")
    assert name_rings(one, None)[0]["ring_id"][0] != name_rings(other, None)[0]["ring_id"][0]


@given(
    old=st.lists(st.integers(0, 4), min_size=30, max_size=30),
    new=st.lists(st.integers(0, 4), min_size=30, max_size=30),
)
@settings(max_examples=50, deadline=None)
def test_each_id_is_given_once_and_only_for_enough_overlap(old: list[int], new: list[int]) -> None:
    accounts = [f"a{i}" for i in range(30)]
    before = pl.DataFrame({"ring_id": [f"r{o}" for o in old], "account_id": accounts})
    now = pl.DataFrame({"group": new, "account_id": accounts}, schema=GROUPS)
    names, lineage = name_rings(now, before)
    assert names["ring_id"].is_unique().all()
    continued = lineage.filter(pl.col("relation") == "continue")
    assert continued["previous_ring_id"].is_unique().all()
    assert (continued["overlap"] >= 0.3).all()
    assert set(lineage["ring_id"]) == set(names["ring_id"])
    assert name_rings(now.sample(fraction=1, shuffle=True, seed=1), before)[1].equals(lineage)
