"""Labels teach and judge; what is told of records never hangs on them, with a model live either."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.api import exchange
from tests.api.learning import drawn
from tests.api.learning.conftest import Loop
from tests.api.learning.outputs import every_byte
from tests.api.outputs import manifest_of, same_manifest


@pytest.mark.parametrize("change", ["permuted", "deleted"])
def test_labels_are_never_read_by_a_champion(change: str, loop: Loop, ranked: Path, tmp_path: Path) -> None:
    content = drawn.tables(seed=3)
    labels = content.pop("labels")
    if change == "permuted":
        content["labels"] = labels.with_columns(pl.col("account_id").shuffle(seed=5))
    records = exchange.write(tmp_path / "in", {name: drawn.named(table, 3) for name, table in content.items()})
    manifest = loop.at("live", tmp_path).asks("detect", records, "--out", tmp_path / "out")
    assert same_manifest(manifest, manifest_of(ranked))
    assert every_byte(tmp_path / "out") == every_byte(ranked)
