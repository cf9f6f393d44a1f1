"""The queries of the adapters, each in a file named after the question that it answers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def query(name: str) -> str:
    """The text of a query by its path in this folder, `sqlite/centre.sql` say."""
    return (FOLDER / name).read_text(encoding="utf-8")
