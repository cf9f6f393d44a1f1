"""Entities: accounts of one declared owner count as one, for sharing with oneself is no ring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind

SAME_OWNER = ("sub_account",)
"""Declared relations that make two accounts one entity."""
ONE_HOUSEHOLD = ("family",)
"""Declared relations that explain whatever two entities share."""
BUSINESS = ("otc_desk", "market_maker_agreement")
"""Declared relations that explain transfers between the two."""


@dataclass(frozen=True)
class Entities:
    """`of_account`: entity of each account, numbered by its first account, shape (accounts,).

    `household`: household of each entity, shape (entities,); pairs within one household are no evidence.
    `business`: `x`, `y` (entities, x < y) whose transfers with each other are declared and allowed.
    """

    of_account: npt.NDArray[np.int64]
    household: npt.NDArray[np.int64]
    business: pl.DataFrame

    @property
    def count(self) -> int:
        return len(self.household)


def merge_entities(snapshot: Snapshot) -> Entities:
    """Merge accounts by declared owner and sub-account relation, entities into households by declared family."""
    accounts = snapshot.accounts.height
    declared = snapshot.links[LinkKind.DECLARED].select("source", "target", "qualifier")
    owned = snapshot.links[LinkKind.OWNED_BY].select("source", owner=pl.col("target"))
    siblings = owned.with_columns(target=pl.col("source").min().over("owner")).select("source", "target")
    same = _between(declared, SAME_OWNER)
    of_account = _components(accounts, [siblings, same])
    family = _between(declared, ONE_HOUSEHOLD)
    family = family.select(pl.Series(name, of_account[family[name].to_numpy()]) for name in ("source", "target"))
    entities = int(of_account.max()) + 1 if accounts else 0
    trade = _between(declared, BUSINESS)
    ends = [pl.Series(name, of_account[trade[name].to_numpy()], dtype=pl.Int64) for name in ("source", "target")]
    business = pl.DataFrame(ends).select(
        x=pl.min_horizontal("source", "target"), y=pl.max_horizontal("source", "target")
    )
    return Entities(of_account, _components(entities, [family]), business.filter(pl.col("x") != pl.col("y")).unique())


def _between(declared: pl.DataFrame, relations: tuple[str, ...]) -> pl.DataFrame:
    return declared.filter(pl.col("qualifier").is_in(relations)).select("source", "target")


def _components(size: int, edges: list[pl.DataFrame]) -> npt.NDArray[np.int64]:
    """Component of each of `size` nodes, numbered by first node."""
    rows = np.concatenate([edge["source"].to_numpy().astype(np.int64) for edge in edges])
    columns = np.concatenate([edge["target"].to_numpy().astype(np.int64) for edge in edges])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size)).tocsr()
    _, raw = connected_components(graph, directed=False)
    _, first, label = np.unique(raw, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return np.asarray(rank[label], dtype=np.int64)
