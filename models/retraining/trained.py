"""A trained model of any kind as one value, and as the files of a version."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl

from graph.errors import ModelError
from models.learning.sight import Sight
from models.ranking.boosting import Trees

if TYPE_CHECKING:
    from models.gnn.network import Network

KINDS = ("trees", "gnn", "both")
TREES_FILE, WEIGHTS_FILE, SHAPE_FILE, PARAMETERS_FILE = (
    "model.txt",
    "model.safetensors",
    "shape.json",
    "parameters.json",
)
SIGNIFICANT_DIGITS = 6
"""Of a published score: float32 networks agree to that many whatever the size of batches."""
TIER_RATES = {"review": 1e-3, "freeze": 1e-4}
"""Share of others above the score from which a tier would be asked for."""
CERTAIN = 1e-12


@dataclass(frozen=True)
class Trained:
    """`bars`: by tier, the score that `TIER_RATES` of the validation's others exceed; None where they were too few to
    say. `parameters`: how it was trained, for the record."""

    kind: str
    trees: Trees | None
    network: Network | None
    bars: Mapping[str, float | None]
    parameters: Mapping[str, Any]

    def scores(self, sight: Sight) -> npt.NDArray[np.float64]:
        """Score of each account, 0..1, shape (accounts,); of both kinds together the mean of their log-odds."""
        parts = [part.scores(sight) for part in (self.trees, self.network) if part is not None]
        odds = np.mean([log_odds(part) for part in parts], axis=0)
        return rounded(1 / (1 + np.exp(-odds)))

    def because(self, sight: Sight, account_ids: pl.Series) -> pl.DataFrame:
        """`account_id`, `because`: what moved each account's score most, of the trees where there are any."""
        rows = np.flatnonzero(sight.account_ids.is_in(account_ids.implode()).to_numpy())
        if self.trees is not None:
            moved = self.trees.moved_by(sight, rows)
        else:
            moved = explained_network(self.network, sight, rows)
        sign = pl.when(pl.col("log_odds") > 0).then(pl.lit("+")).otherwise(pl.lit(""))
        said = pl.format("{} {}{}", "column", sign, pl.col("log_odds").round_sig_figs(3))
        told = moved.select("account", because=said).group_by("account", maintain_order=True).agg("because")
        ids = pl.DataFrame({"account": rows, "account_id": sight.account_ids.gather(rows)})
        return ids.join(told, on="account", how="inner", maintain_order="left").select("account_id", "because")

    def files(self) -> dict[str, bytes]:
        """The files of a version, by name; `of_files` reads them."""
        document = {"kind": self.kind, "bars": dict(self.bars), **self.parameters}
        files = {PARAMETERS_FILE: json.dumps(document, indent=1, sort_keys=True).encode()}
        if self.trees is not None:
            files[TREES_FILE] = self.trees.text.encode()
        if self.network is not None:
            weights, shape = self.network.files()
            files |= {WEIGHTS_FILE: weights, SHAPE_FILE: shape.encode()}
        return files

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Trained:
        """Raises ModelError for files that are no model, or need what is not installed."""
        try:
            parameters = json.loads(files[PARAMETERS_FILE])
            kind, bars = parameters.pop("kind"), parameters.pop("bars")
            trees = _trees(files[TREES_FILE]) if kind in {"trees", "both"} else None
            network = _network(files[WEIGHTS_FILE], files[SHAPE_FILE]) if kind in {"gnn", "both"} else None
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise ModelError(f"the version lacks what a model needs: {error}", do="train again") from error
        if kind not in KINDS:
            raise ModelError(f"'{kind}' is no kind of model", do=f"there are {', '.join(KINDS)}")
        return cls(kind, trees, network, bars, parameters)


def _trees(text: bytes) -> Trees:
    """Raises ModelError for what LightGBM cannot read."""
    try:
        lightgbm.Booster(model_str=text.decode())
    except lightgbm.basic.LightGBMError as error:
        raise ModelError(f"the trees cannot be read: {error}", do="train again") from error
    return Trees(text.decode())


def _network(weights: bytes, shape: bytes) -> Network:
    return network_class().of_files(weights, shape.decode())


def network_class() -> type[Network]:
    """The class, imported only now. Raises ModelError where torch is not installed."""
    try:
        from models.gnn.network import Network
    except ImportError as error:
        raise ModelError(
            f"graph neural networks need {error.name}, which is not installed",
            do="install ringleader with its extra `gnn`, or use a model of kind trees",
        ) from error
    return Network


def explained_network(network: Network | None, sight: Sight, rows: npt.NDArray[np.int64]) -> pl.DataFrame:
    """`models.gnn.explaining.moved_by`, imported only now."""
    assert network is not None  # noqa: S101  a model has trees, a network, or both
    from models.gnn.explaining import moved_by

    return moved_by(network, sight, rows)


def log_odds(chance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    kept = np.clip(chance, CERTAIN, 1 - CERTAIN)
    return np.asarray(np.log(kept / (1 - kept)))


def rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At `SIGNIFICANT_DIGITS`."""
    size = np.floor(np.log10(np.maximum(np.abs(values), 1e-300)))
    scale = 10.0 ** (SIGNIFICANT_DIGITS - 1 - size)
    return np.asarray(np.where(values == 0, 0.0, np.round(values * scale) / scale))


def bars_of(others: npt.NDArray[np.float64]) -> dict[str, float | None]:
    """`Trained.bars` from the scores of a validation's others."""
    from models.learning.figures import bar_at

    found = {tier: bar_at(others, rate) for tier, rate in TIER_RATES.items()}
    return {tier: None if math.isinf(bar) else bar for tier, bar in found.items()}
