"""What an account did, as numbers as of a day: the columns of `NAMES`, of its own acts or of what it declared.

No label is an input, and nothing here can be moved by what arrives at an account.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.contract.definition import ACCOUNTS
from graph.vocabulary import LinkKind
from models.conduct.typologies import TYPOLOGIES
from models.learning.known import Known

FEATURES_VERSION = 1
"""Rises when a column keeps its name and changes its meaning."""
SEGMENTS: tuple[str, ...] = next(column.allowed for column in ACCOUNTS.columns if column.name == "segment")
_OWN_LINKS = {
    "device": (LinkKind.USED_DEVICE, "source", "target"),
    "ip": (LinkKind.SEEN_AT_IP, "source", "target"),
    "withdrawal": (LinkKind.WITHDREW_TO, "source", "target"),
    "sent": (LinkKind.TRANSFERRED_TO, "source", "target"),
    "taken": (LinkKind.TRADED_WITH, "target", "source"),
}
"""Name, kind of link, the end that did it, and the other."""
_OF_LINKS = ("others", "events", "days", "days_of_most_used", "per_day")
_OF_CONDUCT = ("acts", "days", "markets", "surprise")
NAMES: tuple[str, ...] = (
    *(f"segment_{name}" for name in SEGMENTS),
    "age_days",
    "owner_declared",
    "referred",
    "follows_declared",
    *(f"{name}_{each}" for name in _OWN_LINKS for each in _OF_LINKS),
    *(f"{typology}_{each}" for typology in TYPOLOGIES for each in _OF_CONDUCT),
    "typologies",
    "acts",
    "gain",
)
"""Counts, days and sums are as log1p, `surprise` is -log10 of the largest p-value, `age_days` is -1 where unknown."""


def fingerprint() -> str:
    """SHA-256 of what the columns are and mean: a model trained on other ones is refused."""
    return hashlib.sha256(f"{FEATURES_VERSION}:{','.join(NAMES)}".encode()).hexdigest()


def account_features(known: Known) -> npt.NDArray[np.float32]:
    """Shape (accounts, len(NAMES)), accounts in the order of `known.accounts`."""
    table = _declared(known)
    for name, (kind, author, other) in _OWN_LINKS.items():
        table = table.join(_of_links(known, name, kind, author, other), on="account", how="left")
    table = table.join(_of_conduct(known), on="account_id", how="left").sort("account")
    counted = pl.exclude("account", "account_id", "age_days", "^segment_.*$", "^.*_surprise$")
    table = table.with_columns(counted.fill_null(0.0).cast(pl.Float64).log1p())
    return np.ascontiguousarray(table.select(pl.col(NAMES).fill_null(0.0)).to_numpy(), dtype=np.float32)


def _declared(known: Known) -> pl.DataFrame:
    snapshot = known.snapshot
    end = datetime.combine(known.last_day, datetime.max.time(), UTC)
    accounts = snapshot.accounts.with_row_index("account")
    age = (pl.lit(end) - pl.col("opened_at")).dt.total_days()
    owned = snapshot.links[LinkKind.OWNED_BY]["source"].unique().implode()
    referred = snapshot.links[LinkKind.REFERRED]["target"].unique().implode()
    follows = snapshot.links[LinkKind.DECLARED]["target"].unique().implode()
    return accounts.select(
        "account",
        pl.col("id").alias("account_id"),
        *[_is(name).cast(pl.Float64).alias(f"segment_{name}") for name in SEGMENTS],
        age.clip(lower_bound=0).cast(pl.Float64).log1p().fill_null(-1.0).alias("age_days"),
        owner_declared=pl.col("account").is_in(owned).cast(pl.Float64),
        referred=pl.col("account").is_in(referred).cast(pl.Float64),
        follows_declared=pl.col("account").is_in(follows).cast(pl.Float64),
    )  # fmt: skip


def _is(segment: str) -> pl.Expr:
    return (pl.col("segment") == segment).fill_null(value=False)


def _of_links(known: Known, name: str, kind: LinkKind, author: str, other: str) -> pl.DataFrame:
    rows = known.snapshot.links[kind].filter(
        pl.col("source") != pl.col("target") if name in {"sent", "taken"} else True
    )
    return rows.group_by(pl.col(author).alias("account")).agg(
        pl.col(other).n_unique().alias(f"{name}_others"),
        pl.col("count").sum().alias(f"{name}_events"),
        pl.col("days").sum().alias(f"{name}_days"),
        pl.col("days").max().alias(f"{name}_days_of_most_used"),
        (pl.col("count").sum() / pl.col("days").sum().clip(lower_bound=1)).alias(f"{name}_per_day"),
    )


def _of_conduct(known: Known) -> pl.DataFrame:
    own = known.conduct.own.with_columns(
        surprise=-pl.col("p_value").clip(lower_bound=1e-30).log10(), markets=pl.col("symbols").list.len()
    )
    gains = known.conduct.episodes.group_by("account_id").agg(pl.col("gain").sum().clip(lower_bound=0))
    columns = []
    for typology in TYPOLOGIES:
        mine = pl.col("typology") == typology
        columns += [
            pl.col(source).filter(mine).sum().alias(f"{typology}_{each}")
            for each, source in zip(_OF_CONDUCT, ("count", "days", "markets", "surprise"), strict=True)
        ]
    acted = own.group_by("account_id").agg(*columns, typologies=pl.len(), acts=pl.col("count").sum())
    return acted.join(gains, on="account_id", how="left")
