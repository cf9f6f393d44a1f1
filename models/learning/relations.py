"""Who did what with whom or what, by an account's own acts alone: the graph that learned scores look along.

A message reaches an account only along what it did itself: the networks it used, the addresses it withdrew to, the
accounts it sent to or took orders of, its declared owner, the markets in which it manipulated in one week. What arrives
(a deposit, a transfer, a hit on a resting order, a referral) is no relation, so whoever sends it moves nobody's score.
Devices are none either: of accounts whose device was cloned, or that were lured to somebody's, half rose above the bar
along them, and without them the figures are the same (docs/decisions/028). What serves everybody is left out as it is
where links are weighed (`models.links.uses`), and so is what one declared household alone used or did: that
is explained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind
from models.learning.known import Known
from models.links.entities import merge_entities
from models.links.uses import category_weights
from models.parameters import LinkParameters

ACCOUNT = "account"
Homes = npt.NDArray[np.int64]
"""Household of each account."""
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
    entities = merge_entities(snapshot)
    home = entities.household[entities.of_account] if entities.count else entities.of_account
    made = [_shared(name, kind, _users(snapshot, kind, link, parameters), home) for name, kind, link in _RESOURCES]
    owned = snapshot.links[LinkKind.OWNED_BY].select(account="source", other="target")
    # that its accounts belong together is declared: here each counts by itself
    made.append(_shared("owned_by", "entity", owned, np.arange(len(home))))
    sent = snapshot.links[LinkKind.TRANSFERRED_TO].select(account="source", other="target")
    made.append(_between("sent_to", sent, home))
    pairs = snapshot.links[LinkKind.TRADED_WITH].group_by("source", "target").agg(pl.col("count").sum())
    taken = pairs.filter(pl.col("count") >= LEAST_TAKEN).select(account="target", other="source")
    made.append(_between("took_from", taken, home))
    made.append(_shared("manipulated_in", "market_week", _market_weeks(known), home))
    sizes = {ACCOUNT: snapshot.accounts.height}
    sizes |= {each.kind: int(each.other.max(initial=-1)) + 1 for each in made if each.kind != ACCOUNT}
    return OwnActs(sizes, tuple(made))


def _users(snapshot: Snapshot, kind: str, link: LinkKind, parameters: LinkParameters) -> pl.DataFrame:
    weights = category_weights(snapshot.nodes[link.target], parameters, kind)
    rows = snapshot.links[link].select(account="source", other="target").unique()
    rows = rows.filter(pl.Series(weights[rows["other"].to_numpy()] > 0))
    return rows.filter(pl.len().over("other") <= dict(parameters.most_users)[kind])


def _market_weeks(known: Known) -> pl.DataFrame:
    """Accounts by market, typology and week of their own acts that count."""
    index = pl.DataFrame({"account_id": known.accounts, "account": pl.int_range(len(known.accounts), eager=True)})
    acts = known.conduct.days.join(index, on="account_id", how="inner").select(
        "account", "typology", "symbol", week=pl.col("day").dt.epoch("d") // 7
    )
    place = pl.struct("typology", "symbol", "week").rank("dense") - 1
    return acts.select("account", other=place)


def _shared(name: str, kind: str, rows: pl.DataFrame, home: Homes) -> Relation:
    """What at least two households have to do with, numbered anew."""
    pairs = rows.unique()
    told = pairs.with_columns(pl.Series("home", home[pairs["account"].to_numpy()], dtype=pl.Int64))
    both = told.filter(pl.col("home").n_unique().over("other") > 1)
    return _relation(name, kind, both.with_columns(other=pl.col("other").rank("dense") - 1))


def _between(name: str, rows: pl.DataFrame, home: Homes) -> Relation:
    """Pairs of accounts of two households."""
    ends = [home[rows[end].to_numpy()] for end in ("account", "other")]
    return _relation(name, ACCOUNT, rows.filter(pl.Series(ends[0] != ends[1], dtype=pl.Boolean)))


def _relation(name: str, kind: str, rows: pl.DataFrame) -> Relation:
    pairs = rows.select(pl.col("account", "other").cast(pl.Int64)).unique().sort("account", "other")
    return Relation(name, kind, pairs["account"].to_numpy(), pairs["other"].to_numpy())
