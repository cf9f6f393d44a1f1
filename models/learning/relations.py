"""Who did what with whom or what, by an account's own acts alone: the graph that learned scores look along.

A message reaches an account only along what it did itself: the networks it used, the addresses it withdrew to, the
accounts it sent to or took orders of, its declared owner, the markets in which it manipulated in one week. What arrives
(a deposit, a transfer, a hit on a resting order, a referral) is no relation, so whoever sends it moves nobody's score.
Devices are none either: of accounts whose device was cloned, or that were lured to somebody's, half rose above the bar
along them, and without them the figures are the same (docs/decisions/028). What serves everybody is left out as it is
where links are weighed (`models.links.uses`), and so is what one account alone used: it leads nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind
from models.learning.known import Known
from models.links.uses import category_weights
from models.parameters import LinkParameters

ACCOUNT = "account"
LEAST_TAKEN = 3
"""Trades taken of one account, the fewest that make it a counterparty: most pairs of a book meet by chance."""


@dataclass(frozen=True)
class Relation:
    """`account[i]` did it, with `other[i]`, a node of kind `kind`; distinct pairs, sorted by account and other."""

    name: str
    kind: str
    account: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]


@dataclass(frozen=True)
class OwnActs:
    """Relations over `sizes[ACCOUNT]` accounts and the other kinds' nodes, numbered from 0 within each kind."""

    sizes: dict[str, int]
    relations: tuple[Relation, ...]


_RESOURCES = (
    ("seen_at_ip", "ip", LinkKind.SEEN_AT_IP),
    ("withdrew_to", "address", LinkKind.WITHDREW_TO),
)
KINDS = (ACCOUNT, "ip", "address", "entity", "market_week")
RELATIONS = (
    ("seen_at_ip", "ip"),
    ("withdrew_to", "address"),
    ("owned_by", "entity"),
    ("sent_to", ACCOUNT),
    ("took_from", ACCOUNT),
    ("manipulated_in", "market_week"),
)
"""Name and kind of the other end of each, in the order of `OwnActs.relations`."""


def own_acts(known: Known, parameters: LinkParameters) -> OwnActs:
    """The relations of `RELATIONS`; a resource of a kind used by more than `most_users` accounts is left out."""
    snapshot = known.snapshot
    made = [_of_resource(snapshot, *each, parameters) for each in _RESOURCES]
    owned = snapshot.links[LinkKind.OWNED_BY].select(account="source", other="target")
    made.append(_shared("owned_by", "entity", owned))
    sent = snapshot.links[LinkKind.TRANSFERRED_TO].select(account="source", other="target")
    made.append(_relation("sent_to", ACCOUNT, sent.filter(pl.col("account") != pl.col("other"))))
    pairs = snapshot.links[LinkKind.TRADED_WITH].group_by("source", "target").agg(pl.col("count").sum())
    taken = pairs.filter((pl.col("count") >= LEAST_TAKEN) & (pl.col("source") != pl.col("target")))
    made.append(_relation("took_from", ACCOUNT, taken.select(account="target", other="source")))
    made.append(_shared("manipulated_in", "market_week", _market_weeks(known)))
    sizes = {ACCOUNT: snapshot.accounts.height}
    sizes |= {each.kind: int(each.other.max(initial=-1)) + 1 for each in made if each.kind != ACCOUNT}
    return OwnActs(sizes, tuple(made))


def _of_resource(snapshot: Snapshot, name: str, kind: str, link: LinkKind, parameters: LinkParameters) -> Relation:
    weights = category_weights(snapshot.nodes[link.target], parameters, kind)
    rows = snapshot.links[link].select(account="source", other="target").unique()
    rows = rows.filter(pl.Series(weights[rows["other"].to_numpy()] > 0))
    most = dict(parameters.most_users)[kind]
    return _shared(name, kind, rows.filter(pl.len().over("other") <= most))


def _market_weeks(known: Known) -> pl.DataFrame:
    """Accounts by market, typology and week of their own acts that count."""
    index = pl.DataFrame({"account_id": known.accounts, "account": pl.int_range(len(known.accounts), eager=True)})
    acts = known.conduct.days.join(index, on="account_id", how="inner").select(
        "account", "typology", "symbol", week=pl.col("day").dt.epoch("d") // 7
    )
    place = pl.struct("typology", "symbol", "week").rank("dense") - 1
    return acts.select("account", other=place)


def _shared(name: str, kind: str, rows: pl.DataFrame) -> Relation:
    """What at least two accounts have to do with, numbered anew."""
    both = rows.unique().filter(pl.len().over("other") > 1)
    return _relation(name, kind, both.with_columns(other=pl.col("other").rank("dense") - 1))


def _relation(name: str, kind: str, rows: pl.DataFrame) -> Relation:
    pairs = rows.select(pl.col("account", "other").cast(pl.Int64)).unique().sort("account", "other")
    return Relation(name, kind, pairs["account"].to_numpy(), pairs["other"].to_numpy())
