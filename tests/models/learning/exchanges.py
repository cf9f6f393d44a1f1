"""Small exchanges to learn from: a crowd, and rings that share things and manipulate together."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.vocabulary import LinkKind
from models.learning.examples import Examples, examples_of
from models.learning.known import Known
from models.learning.labels import JUDGEMENTS
from models.learning.sight import Sight
from models.parameters import LinkParameters
from tests.models.doing import Doing, conduct_of
from tests.models.graphs import Graph, crowd, ring

LINKS = LinkParameters()


def drawn(seed: int = 0, rings: int = 6, size: int = 6, people: int = 240) -> tuple[Graph, Doing, dict[str, str]]:
    """(graph, conduct, ring of each member). Some of the crowd act, too, each alone."""
    rng = np.random.default_rng(seed)
    graph, doing, member_of = Graph(), {}, {}
    names = crowd(graph, people, seed)
    for number in range(rings):
        for member in ring(graph, f"r{number}-", size):
            member_of[member] = f"ring {number}"
            days = np.sort(rng.permutation(21)[:6])
            doing[member] = ("wash_trading", f"M{number % 3}-USD", tuple(int(day) for day in days))
    for name in rng.choice(names, people // 10, replace=False):
        doing[str(name)] = ("spoofing", "M9-USD", (int(rng.integers(0, 21)),))
    for sender, receiver in rng.choice(names, (people // 4, 2)):
        graph.add(LinkKind.TRANSFERRED_TO, (str(sender), str(receiver)))
    return graph, doing, member_of


def known_of(graph: Graph, doing: Doing) -> Known:
    return Known(graph.snapshot(), conduct_of(doing))


def judgements_of(member_of: dict[str, str], others: list[str]) -> pl.DataFrame:
    """Members confirmed; `others` cleared."""
    told = {"strength": 1.0, "group": "drawn"}
    names = [*member_of, *others]
    rows = [{"account_id": each, "positive": each in member_of, "ring": member_of.get(each), **told} for each in names]
    return pl.DataFrame(rows, schema=JUDGEMENTS).sort("account_id")


def exchange(seed: int = 0, **drawing: int) -> Examples:
    """Everybody decided on rightly."""
    graph, doing, member_of = drawn(seed, **drawing)
    known = known_of(graph, doing)
    others = [name for name in known.accounts.to_list() if name not in member_of]
    return examples_of(Sight.of(known, LINKS), judgements_of(member_of, others))
