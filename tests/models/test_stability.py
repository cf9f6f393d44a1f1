"""Small changes of what is recorded change little of what is told."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from graph.vocabulary import LinkKind
from models import tables
from models.conduct.find import Conduct
from models.detect import detect
from models.detection import Detection
from tests.models.doing import MONDAY, Doing, conduct_of
from tests.models.graphs import Graph, crowd, ring

CHANGED = 0.015
KEPT = 0.95
RINGS = 12


def doings(random: np.random.Generator) -> Doing:
    """Twelve rings of five who act on ten of fourteen days, each ring in a market and weeks of its own."""
    return {
        f"c{10 * number + member:05d}": (
            "spoofing",
            f"M{number % 6}-USD",
            tuple(int(day) for day in 21 * (number // 6) + np.sort(random.permutation(14)[:10])),
        )
        for number in range(RINGS)
        for member in range(5)
    }


def rings_of_sharing(random: np.random.Generator) -> Graph:
    """Twelve rings of twelve on three shared things each; a tenth of the uses is not recorded."""
    made = Graph()
    for number in range(RINGS):
        ring(made, f"r{number:02d}-", 12)
    for kind, links in made.links.items():
        made.links[kind] = [link for link in links if random.random() > 0.1]
    crowd(made, 300)
    return made


def without(conduct: Conduct, random: np.random.Generator) -> tuple[Conduct, set[str]]:
    """A part of the days of acts taken away, and as many put elsewhere; whose they were."""
    gone = random.random(conduct.days.height) < CHANGED
    moved = conduct.days.filter(pl.Series(gone)).with_columns(day=pl.lit(MONDAY + timedelta(20)))
    days = pl.concat([conduct.days.filter(pl.Series(~gone)), moved]).unique().sort(tables.CONDUCT_DAYS.names())
    return replace(conduct, days=days), set(moved["account_id"])


def rewired(graph: Graph, random: np.random.Generator) -> tuple[Graph, set[str]]:
    """A part of the links led to another account's resources; whose they were."""
    made, touched = copy.deepcopy(graph), set()
    for links in made.links.values():
        targets = [target for _, target in links]
        for place in np.flatnonzero(random.random(len(links)) < CHANGED):
            source = links[place][0]
            links[place] = (source, targets[random.integers(len(targets))])
            touched.add(source)
    return made, touched


def kept_ids(before: Detection, after: Detection, touched: set[str]) -> float:
    """Share of untouched members that keep their ring id."""
    old = before.members.filter(~pl.col("account_id").is_in(list(touched))).select("ring_id", "account_id")
    assert old.height > 20
    return old.join(after.members, on=["ring_id", "account_id"], how="semi").height / old.height


@pytest.mark.parametrize("seed", range(5))
def test_rings_of_acts_keep_their_ids(seed: int) -> None:
    random = np.random.default_rng(seed)
    graph = Graph()
    crowd(graph, 300)
    conduct = conduct_of(doings(random))
    before = detect(graph.snapshot(), conduct=conduct)
    assert before.rings.height == RINGS
    changed, touched = without(conduct, random)
    assert touched
    after = detect(graph.snapshot(), previous=before.members.select("ring_id", "account_id"), conduct=changed)
    assert kept_ids(before, after, touched) >= KEPT


@pytest.mark.parametrize("seed", range(5))
def test_rings_of_sharing_keep_their_ids(seed: int) -> None:
    random = np.random.default_rng(seed)
    graph = rings_of_sharing(random)
    before = detect(graph.snapshot())
    assert before.rings.height == RINGS
    changed, touched = rewired(graph, random)
    assert touched
    after = detect(changed.snapshot(), previous=before.members.select("ring_id", "account_id"))
    assert kept_ids(before, after, touched) >= KEPT


@pytest.mark.parametrize("kind", [LinkKind.USED_DEVICE, LinkKind.WITHDREW_TO])
def test_one_random_link_merges_no_rings(kind: LinkKind) -> None:
    random = np.random.default_rng(7)
    graph = rings_of_sharing(random)
    before = {frozenset(part["account_id"]) for part in detect(graph.snapshot()).members.partition_by("ring_id")}
    targets = [target for _, target in graph.links[kind]]
    for _ in range(10):
        source = f"r{random.integers(RINGS):02d}-{random.integers(12):03d}"
        linked = copy.deepcopy(graph).add(kind, (source, targets[random.integers(len(targets))]))
        after = {frozenset(part["account_id"]) for part in detect(linked.snapshot()).members.partition_by("ring_id")}
        assert len(after) == len(before)
        assert all(sum(bool(group & old) for old in before) <= 1 for group in after)
