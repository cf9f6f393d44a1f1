"""Small worlds on disk for the tests of what is written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from simulator.parameters import WorldParameters
from simulator.simulate import simulate
from simulator.worlds import make_parameters


def small(world: str, seed: int = 5) -> WorldParameters:
    return make_parameters(world, seed, accounts=1_500, days=9, ring_members=150)


def write(parameters: WorldParameters, folder: Path, threads: int = 2) -> Path:
    folder.mkdir()
    simulate(parameters, folder, threads=threads)
    return folder


def table(world: Path, name: str) -> pl.DataFrame:
    """A table of a world, part files in order of their names."""
    path = world / f"{name}.parquet"
    return pl.read_parquet(path if path.exists() else world / name / "*.parquet")


def digests(world: Path) -> dict[str, str]:
    """Every file's path below the world and the hash of its bytes."""
    files = sorted(path for path in world.rglob("*") if path.is_file())
    return {str(path.relative_to(world)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
