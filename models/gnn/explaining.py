"""What moved a network's scores: what they lose when an account's own part of the evidence is not looked at.

Each relation and each family of features is taken away in turn, of the accounts that are asked about and of nobody
else, and the network is asked again: exact for an account whose company is not asked about with it, and one asking of
the whole graph for each part, however many accounts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from models.gnn.inference import logits
from models.gnn.messages import messages_of
from models.gnn.network import Network
from models.learning.features import NAMES
from models.learning.relations import RELATIONS, OwnActs
from models.learning.sight import Sight

FAMILIES: dict[str, tuple[str, ...]] = {
    "who it is": ("segment_", "age_days", "owner_declared", "referred", "follows_declared"),
    "devices": ("device_",),
    "networks": ("ip_",),
    "withdrawals": ("withdrawal_",),
    "transfers sent": ("sent_",),
    "orders taken": ("taken_",),
}
CONDUCT = "its own conduct"
"""The family of every other feature."""


def family_of(name: str) -> str:
    """The family of a feature of `models.learning.features.NAMES`."""
    return next((family for family, heads in FAMILIES.items() if name.startswith(heads)), CONDUCT)


def moved_by(network: Network, sight: Sight, accounts: npt.NDArray[np.int64], most: int = 5) -> pl.DataFrame:
    """What moved the scores of some accounts (row numbers) most: `account`, `column` (a relation, or a family of
    features), `log_odds` that it adds, the strongest first."""
    features, encoder = network.scaling(sight.features), network.encoder
    whole = logits(encoder, features, messages_of(sight.acts))[accounts]
    added = {}
    for name, _ in RELATIONS:
        without = logits(encoder, features, messages_of(_deaf(sight.acts, name, accounts)))[accounts]
        added[name] = whole - without
    families = np.array([family_of(name) for name in NAMES])
    for family in dict.fromkeys(families):
        blind = features.clone()
        # 0 is what the average account of the training looks like
        blind[np.ix_(accounts, np.flatnonzero(families == family))] = 0.0
        added[str(family)] = whole - logits(encoder, blind, messages_of(sight.acts))[accounts]
    table = pl.DataFrame({"account": accounts, **{name: value.astype(np.float64) for name, value in added.items()}})
    rows = table.unpivot(index="account", variable_name="column", value_name="log_odds").filter(pl.col("log_odds") != 0)
    strongest = rows.sort("account", pl.col("log_odds").abs(), "column", descending=[False, True, False])
    return strongest.group_by("account", maintain_order=True).head(most)


def _deaf(acts: OwnActs, name: str, accounts: npt.NDArray[np.int64]) -> OwnActs:
    """The graph in which some accounts have nothing to do with the others of one relation."""
    kept = []
    for each in acts.relations:
        stays = ~np.isin(each.account, accounts) if each.name == name else np.ones(len(each.account), dtype=bool)
        kept.append(replace(each, account=each.account[stays], other=each.other[stays]))
    return OwnActs(acts.sizes, tuple(kept))
