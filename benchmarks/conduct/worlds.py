"""One world from simulation to judgement, in a temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from benchmarks.conduct.judging import Judged, judge
from graph.ingest.records import ingest_records
from graph.tape import Tape
from models.conduct.find import find_conduct
from simulator.simulate import simulate
from simulator.worlds import make_parameters


def judged_world(world: str, seed: int, members: int | None, accounts: int | None, days: int | None) -> Judged:
    """Simulate, ingest, find, judge; ids are marked with the seed."""
    with tempfile.TemporaryDirectory(prefix="conduct-") as name:
        folder = Path(name) / "world"
        folder.mkdir()
        simulate(make_parameters(world, seed, accounts=accounts, days=days, ring_members=members), folder)
        return judged_folder(folder, found_episodes(folder, Path(name) / "tape"), seed)


def found_episodes(world: Path, tape: Path) -> pl.DataFrame:
    """`account_id`, `typology`, `symbol`, `from_us`, `to_us` of all that a user is told of a world."""
    ingest_records(world, Tape(tape))
    episodes = find_conduct(Tape(tape)).episodes
    return episodes.select("account_id", "typology", "symbol", *_microseconds())


def judged_folder(world: Path, found: pl.DataFrame, seed: int) -> Judged:
    """What was found in a world beside its truth."""
    rings, people = (pl.read_parquet(world / f"truth_{name}.parquet") for name in ("rings", "members"))
    account, ring = (pl.format("{}/{}", pl.lit(seed), name).alias(name) for name in ("account_id", "ring"))
    return judge(
        found.with_columns(account),
        planted_acts(world).with_columns(account, ring),
        rings.with_columns(ring),
        people.select(account, ring, "stratum"),
    )


def planted_acts(world: Path) -> pl.DataFrame:
    """Planted acts, with the `place` of the account's order in a wash: `first` (maker) or `second` (taker).

    The orders of a wash are placed at the very instants at which its episode begins and ends.
    """
    acts = pl.read_parquet(world / "truth_episodes.parquet").with_row_index("row")
    wash = acts.filter(pl.col("typology") == "wash_trading").lazy()
    placed = (
        pl.scan_parquet(world / "orders" / "*.parquet")
        .filter(pl.col("event") == "new")
        .select("account_id", "symbol", ts=pl.col("ts").cast(acts.schema["from_ts"]))
    )
    places = [
        placed.join(wash, left_on=["account_id", "symbol", "ts"], right_on=["account_id", "symbol", at])
        .select("row", place=pl.lit(name))
        .collect()
        for name, at in (("first", "from_ts"), ("second", "to_ts"))
    ]
    known = pl.concat(places).unique("row", keep="none")
    return (
        acts.join(known, on="row", how="left")
        .select("ring", "account_id", "typology", "symbol", "place", *_microseconds())
        .sort("from_us", "account_id", "typology", "symbol")
    )


def _microseconds() -> tuple[pl.Expr, pl.Expr]:
    return pl.col("from_ts").dt.epoch("us").alias("from_us"), pl.col("to_ts").dt.epoch("us").alias("to_us")
