"""What a model looks at, with nothing in it that anybody decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from models.learning.features import account_features
from models.learning.known import Known
from models.learning.relations import OwnActs, own_acts
from models.parameters import LinkParameters


@dataclass(frozen=True)
class Sight:
    """`account_ids`: of all accounts. `features`: shape (accounts, len(features.NAMES))."""

    account_ids: pl.Series
    features: npt.NDArray[np.float32]
    acts: OwnActs

    @classmethod
    def of(cls, known: Known, parameters: LinkParameters) -> Sight:
        return cls(known.accounts, account_features(known), own_acts(known, parameters))
