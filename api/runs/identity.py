"""What makes a run the same run: its input, the detector and its parameters, and the run before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import polars as pl

from graph.snapshot import Snapshot
from graph.tape import Tape
from graph.vocabulary import RunId
from models.parameters import Parameters

NUMERIC_DEPENDENCIES = ("duckdb", "igraph", "lightgbm", "numpy", "polars", "scipy")
TRADING = ("accounts", "orders", "trades", "liquidations")
"""Tables that conduct is read from."""
DETECTOR_SOURCES = (".py", ".sql", ".json", ".toml")


@dataclass(frozen=True)
class Identity:
    """`as_of`, `snapshot`: the day and the fingerprint of the graph that was looked at, whatever store it came from;
    `tape`: the fingerprint of the trading that was looked at, whatever segments it came in; `detector`: of the code and
    the numeric libraries; `parameters`; `previous`: the run whose rings were continued; `models`: versions of learned
    models that were asked, the champion first."""

    as_of: date | None
    snapshot: str
    tape: str
    detector: str
    parameters: Parameters
    previous: RunId | None
    models: tuple[str, ...] = ()

    @property
    def run_id(self) -> RunId:
        parts = [self.snapshot, self.tape, self.detector, asdict(self.parameters), self.previous, *self.models]
        return RunId(f"run_{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]}")

    def repeats(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a published run was made from the same snapshot by the same detector with the same parameters."""
        same = replace(self, previous=manifest["previous_run_id"])
        return bool(same.run_id == manifest["run_id"])


def identity_of(
    snapshot: Snapshot, tape: Tape, parameters: Parameters, previous: RunId | None, models: Mapping[str, str]
) -> Identity:
    """`models`: versions by alias."""
    graph, trading = snapshot_fingerprint(snapshot), tape_fingerprint(tape, snapshot.as_of)
    asked = tuple(f"{alias}:{version}" for alias, version in models.items())
    return Identity(snapshot.as_of, graph, trading, detector_fingerprint(), parameters, previous, asked)


def tape_fingerprint(tape: Tape, as_of: date | None) -> str:
    """Of the tables that conduct is read from, and of the day up to which they are."""
    marks = [f"{table}:{tape.fingerprint(table)}" for table in TRADING]
    return hashlib.sha256(f"{as_of}|{'|'.join(marks)}".encode()).hexdigest()


def snapshot_fingerprint(snapshot: Snapshot) -> str:
    """Hash of every value of a snapshot and of nothing else: not of how columns are laid out in memory."""
    digest = hashlib.sha256(f"as of {snapshot.as_of}".encode())
    frames: list[tuple[str, pl.DataFrame]] = [*snapshot.nodes.items(), *snapshot.links.items()]
    for kind, frame in sorted(frames, key=lambda entry: entry[0]):
        digest.update(f"{kind}:{frame.height}".encode())
        for column in frame.columns:
            digest.update(column.encode())
            for piece in _pieces(frame[column]):
                digest.update(memoryview(piece).cast("B"))
    return digest.hexdigest()


def _pieces(column: pl.Series) -> Iterator[Any]:
    """Buffers that hold exactly the values: where nulls are, then what is not null, strings and lists with lengths."""
    yield np.packbits(column.is_null().to_numpy())
    present = column.drop_nulls()
    if isinstance(present.dtype, pl.List):
        lengths = present.list.len()
        yield lengths.to_numpy()
        yield from _pieces(present.filter(lengths > 0).explode())
    elif present.dtype == pl.String:
        yield present.str.len_bytes().to_numpy()
        yield "".join(present.str.join("").to_list()).encode()
    else:
        yield np.ascontiguousarray(present.to_physical().to_numpy())


def detector_fingerprint() -> str:
    """Hash over the sources of `models` and the versions of the numeric libraries; not the commit, so that an unrelated
    change leaves it alone."""
    digest = hashlib.sha256()
    for name, source in sorted(_sources(files("models"), "models")):
        digest.update(f"{name}:{len(source)}:".encode() + source)
    for name in NUMERIC_DEPENDENCIES:
        digest.update(f"{name}=={version(name)};".encode())
    return digest.hexdigest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, name)
        elif entry.name.endswith(DETECTOR_SOURCES):
            yield name, entry.read_bytes()
