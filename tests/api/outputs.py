"""Compares what runs left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.detection import SCHEMAS

COST = {"stages", "peak_memory_bytes"}
"""What may differ between two equal runs."""


def table_bytes(out: Path) -> dict[str, bytes]:
    """The bytes of every output table but the quarantine, which names files and rows of the input."""
    return {name: (out / f"{name}.parquet").read_bytes() for name in [*SCHEMAS, "linked"]}


def same_manifest(one: dict[str, Any], other: dict[str, Any]) -> bool:
    leave = {*COST, "repeated"}
    return {k: v for k, v in one.items() if k not in leave} == {k: v for k, v in other.items() if k not in leave}


def manifest_of(out: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((out / "run.json").read_text())
    return manifest
