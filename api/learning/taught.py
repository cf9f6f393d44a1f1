"""Whose decisions a version was taught or stopped by, so that no scorecard asks about them again.

Names are kept as digests. Of simulated worlds nothing is kept: equal ids there are other accounts, and a world is known
again by the fingerprint of its records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from api.learning.exchanges import SIMULATED, Exchange
from graph.errors import ModelError
from models.learning.examples import Examples
from models.registry import StoredModel

TAUGHT = "taught.json"


def taught_file(exchanges: Sequence[Exchange]) -> bytes:
    """The file of a version: digests of decided accounts and of their rings."""
    own = [each.judgements for each in exchanges if each.origin != SIMULATED]
    names = {name for frame in own for column in ("account_id", "ring") for name in _digests(column, frame[column])}
    return json.dumps(sorted(names)).encode()


def untaught(
    examples: Examples, judgements: pl.DataFrame, origin: str, models: Sequence[StoredModel]
) -> npt.NDArray[np.bool_]:
    """Accounts that none of the models was taught or stopped by, themselves or by their ring; all of a simulated
    world. Raises ModelError for a version that does not say."""
    everybody = np.ones(len(examples.asked), dtype=np.bool_)
    if origin == SIMULATED:
        return everybody
    known = set().union(*(_names(each) for each in models))
    rows = judgements.select("account_id", "ring")
    marks = pl.DataFrame({column: _digests(column, rows[column], drop=False) for column in ("account_id", "ring")})
    hit = marks.select(pl.any_horizontal(pl.all().is_in(known).fill_null(value=False)))["account_id"]
    taught = rows["account_id"].filter(hit)
    return np.asarray(~examples.sight.account_ids.is_in(taught.implode()).to_numpy())


def _names(stored: StoredModel) -> set[str]:
    try:
        return set(json.loads(stored.files[TAUGHT]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{stored.version} does not say whom it was taught by: {error}", do="train again") from error


def _digests(column: str, names: pl.Series, *, drop: bool = True) -> list[str | None]:
    kept = names.drop_nulls() if drop else names
    return [None if name is None else hashlib.sha256(f"{column}:{name}".encode()).hexdigest()[:32] for name in kept]
