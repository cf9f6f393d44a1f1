"""Found rings against true rings: how many are the same ring, and how many pairs of accounts agree."""

from __future__ import annotations

from dataclasses import dataclass

import igraph
import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching


@dataclass(frozen=True)
class RingMatch:
    """`matched` pairs of a found and a true ring with Jaccard >= `jaccard`, each ring used once."""

    jaccard: float
    matched: int
    found: int
    true: int

    def as_dict(self) -> dict[str, float | int]:
        precision = self.matched / self.found if self.found else 0.0
        recall = self.matched / self.true if self.true else 0.0
        both = precision + recall
        return {
            "jaccard": self.jaccard,
            "matched": self.matched,
            "found": self.found,
            "true": self.true,
            "precision": round(precision, 6),
            "recall": round(recall, 6),
            "f1": round(2 * precision * recall / both, 6) if both else 0.0,
        }


def match_rings(found: pl.DataFrame, true: pl.DataFrame, jaccard: float) -> RingMatch:
    """The largest one-to-one matching. `found` and `true`: `ring`, `account_id`."""
    found_ids, true_ids = found["ring"].unique().sort(), true["ring"].unique().sort()
    sizes = {name: frame.group_by("ring").agg(pl.len().alias("size")) for name, frame in [("f", found), ("t", true)]}
    both = found.join(true, on="account_id", suffix="_true").group_by("ring", "ring_true").agg(pl.len().alias("both"))
    close = (
        both.join(sizes["f"], on="ring")
        .join(sizes["t"].rename({"ring": "ring_true", "size": "size_true"}), on="ring_true")
        .filter(pl.col("both") >= jaccard * (pl.col("size") + pl.col("size_true") - pl.col("both")))
    )
    rows = found_ids.search_sorted(close["ring"]).to_numpy()
    columns = true_ids.search_sorted(close["ring_true"]).to_numpy()
    shape = (len(found_ids), len(true_ids))
    if not close.height:
        return RingMatch(jaccard, 0, *shape)
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=shape)
    partner = maximum_bipartite_matching(graph, perm_type="column")
    return RingMatch(jaccard, int((partner >= 0).sum()), *shape)


def pair_agreement(found: pl.DataFrame, true: pl.DataFrame) -> tuple[float, float]:
    """Precision and recall over pairs of accounts put into one ring; an account counts in each ring it is in."""

    def pairs(frame: pl.DataFrame, *keys: str) -> int:
        sizes = frame.group_by(*keys).agg(pl.len().alias("n"))["n"].cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    both = pairs(found.join(true, on="account_id", suffix="_true"), "ring", "ring_true")
    in_found, in_true = pairs(found, "ring"), pairs(true, "ring")
    return (both / in_found if in_found else 0.0), (both / in_true if in_true else 0.0)


def adjusted_rand(found: pl.DataFrame, true: pl.DataFrame, accounts: pl.Series) -> float:
    """Hubert & Arabie's index over `accounts`; an account in no ring is a ring of its own, one in several counts in its
    first by id."""

    def labels(frame: pl.DataFrame) -> list[int]:
        first = frame.group_by("account_id").agg(pl.col("ring").min())
        rings = accounts.to_frame("account_id").join(first, on="account_id", how="left", maintain_order="left")["ring"]
        numbers = rings.rank("dense").cast(pl.Int64)
        alone = pl.int_range(len(accounts), eager=True) + len(accounts)
        return [int(n) for n in numbers.fill_null(alone)]

    if len(accounts) < 2:
        return 1.0
    return float(igraph.compare_communities(labels(found), labels(true), method="adjusted_rand"))
