"""What an ingest did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.tape.segment import TableReport


@dataclass(frozen=True)
class IngestReport:
    """`tables`: the input's tables. `missing`: tables of the contract that it lacked. `segment`: what it added to the
    tape, None when there was nothing new. `fingerprints`: of every table on the tape afterwards."""

    tables: Mapping[str, TableReport]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    segment: str | None
    fingerprints: Mapping[str, str]
