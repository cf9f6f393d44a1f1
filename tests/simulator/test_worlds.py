"""Named worlds: sizes, bounds, and habits drawn at random."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import SettingsError
from simulator.adversaries.framing import ATTACKS
from simulator.worlds import PRESETS, make_parameters


@pytest.mark.parametrize("world", PRESETS)
def test_a_preset_has_the_size_that_the_documents_say(world: str) -> None:
    made = make_parameters(world, 1)
    assert (made.accounts, made.days) == (PRESETS[world].accounts, PRESETS[world].days)
    assert (made.ring_members == 0) == (world == "innocent")
    assert made.warm_up_days < made.days


def test_the_first_twenty_days_of_the_base_world_are_free_of_rings() -> None:
    assert make_parameters("base", 1).warm_up_days == 20


def test_the_framed_world_is_the_base_world_with_every_attack() -> None:
    base, framed = make_parameters("base", 3), make_parameters("framed", 3)
    differing = {f.name for f in fields(base) if getattr(base, f.name) != getattr(framed, f.name)}
    assert differing == {"world", "framing", "framed_share"}
    assert framed.framing == ATTACKS


@given(seed=st.integers(0, 2**63 - 1))
def test_drawn_habits_stay_within_what_the_documents_say(seed: int) -> None:
    made = make_parameters("random", seed)
    assert made == make_parameters("random", seed)
    assert 0.0005 * made.accounts - 1 <= made.ring_members <= 0.005 * made.accounts + 1
    assert 0.5 <= made.jitter[0] < made.jitter[1] <= 1_830
    assert 0 <= made.camouflage[0] < made.camouflage[1] <= 0.99
    assert 0 <= made.hygiene[0] < made.hygiene[1] <= 1


def test_drawn_habits_differ_by_seed() -> None:
    assert len({make_parameters("random", seed).pace for seed in range(20)}) == 20


@pytest.mark.parametrize("world", PRESETS)
def test_as_many_members_as_wanted(world: str) -> None:
    assert make_parameters(world, 3, accounts=900, ring_members=77).ring_members == 77


@pytest.mark.parametrize(
    ("world", "sizes", "said"),
    [
        ("nowhere", {}, "no world 'nowhere'.*choose one of demo, base"),
        ("base", {"accounts": 0}, "0 accounts make no exchange.*--accounts"),
        ("base", {"days": 0}, "0 days are no time.*--days"),
        ("base", {"accounts": 10, "ring_members": 11}, "11 ring members do not fit into 10 accounts"),
        ("base", {"ring_members": -1}, "-1 ring members"),
        ("base", {"seed": -1}, "the seed -1 is out of range"),
        ("base", {"seed": 2**63}, "out of range"),
    ],
)
def test_parameters_that_make_no_world_are_told(world: str, sizes: dict[str, int], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        make_parameters(world, sizes.pop("seed", 1), **sizes)
