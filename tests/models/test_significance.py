"""Which rings act in time together beyond chance."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.coordination.following import E_VALUES
from models.coordination.significance import FALSE_SHARE, validated_groups


def values(*of_groups: tuple[float, ...]) -> pl.DataFrame:
    rows = [
        {"group": n, "account_id": f"{n}-{m}", "windows": 9, "hits": 1, "expected": 0.1, "e_value": value}
        for n, group in enumerate(of_groups)
        for m, value in enumerate(group)
    ]
    return pl.DataFrame(rows, schema=E_VALUES)


def validated(*of_groups: tuple[float, ...]) -> list[int]:
    return validated_groups(values(*of_groups)).filter("validated")["group"].to_list()


def test_known_answers() -> None:
    assert validated((100.0, 0.0)) == [0]
    assert validated((38.0, 0.0)) == []
    assert validated((50.0,), (29.0,), (0.1,)) == []
    assert validated((61.0,), (31.0,), (0.1,)) == [0, 1]
    assert validated((31.0,), (31.0,), (0.1,)) == [0, 1]
    assert validated() == []


def test_of_what_is_found_by_chance_few_are_validated() -> None:
    """Half of forty groups act independently; their e-values have a mean of 1, and depend on each other."""
    random, shares = np.random.default_rng(1), []
    for _ in range(400):
        shared = float(random.exponential())
        chance = [(shared * float(random.exponential()),) for _ in range(20)]
        true = [(float(random.choice([1.0, 1e4])),) for _ in range(20)]
        found = validated(*chance, *true)
        shares.append(sum(n < 20 for n in found) / max(len(found), 1))
    assert np.mean(shares) <= FALSE_SHARE
