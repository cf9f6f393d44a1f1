"""An account's company as numbers: what the others that share its resources, or that it dealt with, are like.

Neighbourhood aggregates make boosted trees strong on graphs (Tang et al. 2023, GADBench: XGBGraph). Means leave the
account itself out, so that nobody is judged twice by what they did.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from models.learning.features import NAMES
from models.learning.relations import ACCOUNT, RELATIONS, OwnActs, Relation

LOOKED_AT = (
    "age_days", "typologies", "acts", "gain", "withdrawal_others", "sent_others", "taken_others", "ip_others",
    "device_others",
)  # fmt: skip
"""Features of the company that are averaged."""
_PLACES = [NAMES.index(name) for name in LOOKED_AT]
_ACTS = NAMES.index("acts")
COMPANY_NAMES: tuple[str, ...] = tuple(
    f"{name}_{each}"
    for name, _ in RELATIONS
    for each in ("company", "acting", "acting_share", *(f"mean_{feature}" for feature in LOOKED_AT))
)
"""Per relation: how many others (log1p), how many of them manipulate (log1p) and which share, then means over them."""


def company(features: npt.NDArray[np.float32], acts: OwnActs) -> npt.NDArray[np.float32]:
    """Shape (accounts, len(COMPANY_NAMES)). `features`: `models.learning.features.account_features`. Whoever shares two
    resources of one kind with an account counts twice among its company there."""
    looked = np.column_stack([np.ones(len(features)), features[:, _ACTS] > 0, features[:, _PLACES]])
    return np.column_stack([_of_relation(looked, relation, acts.sizes) for relation in acts.relations])


def _of_relation(looked: npt.NDArray[np.float64], relation: Relation, sizes: dict[str, int]) -> npt.NDArray[np.float32]:
    shape = (sizes[ACCOUNT], sizes[relation.kind])
    ones = np.ones(len(relation.account))
    did = csr_array((ones, (relation.account, relation.other)), shape=shape)
    # of a resource: all its users, less oneself once for each resource used
    own = np.diff(did.indptr)[:, None] * looked
    total = np.asarray(did @ looked if relation.kind == ACCOUNT else did @ (did.T @ looked) - own)
    many, acting = np.maximum(total[:, 0], 0), np.maximum(total[:, 1], 0)
    share = np.divide(total[:, 1:], many[:, None], out=np.zeros_like(total[:, 1:]), where=many[:, None] > 0)
    return np.column_stack([np.log1p(many), np.log1p(acting), share]).astype(np.float32)
