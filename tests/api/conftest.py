from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api import exchange
from tests.api.commands import succeeds
from tests.casework.conftest import postgres_database

__all__ = ["postgres_database"]


@dataclass(frozen=True)
class Reference:
    """The small exchange loaded and run without any disturbance: `data` is its data folder, `out` the output."""

    records: Path
    data: Path
    out: Path
    manifest: dict[str, Any]


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exchange.write(tmp_path_factory.mktemp("exchange") / "records", exchange.tables())


@pytest.fixture(scope="session")
def reference(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    home = tmp_path_factory.mktemp("reference")
    succeeds("ingest", records, cwd=home, DATA="data")
    manifest = succeeds("run", "--out", "out", cwd=home, DATA="data")
    assert manifest["output"]["rings"] == exchange.RINGS
    assert manifest["output"]["members"] == len(exchange.PLANTED)
    return Reference(records, home / "data", home / "out", manifest)
