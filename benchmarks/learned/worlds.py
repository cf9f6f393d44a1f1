"""Simulated worlds ready to learn from, each made once in a folder that is kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from graph.ingest.records import ingest_records
from graph.load import snapshot_of
from graph.tape.tape import Tape
from models.conduct.find import find_conduct
from models.detect import detect
from models.detection import Detection
from models.learning.examples import Examples, examples_of
from models.learning.known import Known
from models.learning.labels import judgements_of_world
from models.learning.relations import RELATIONS, OwnActs, Relation
from models.learning.sight import Sight
from models.parameters import LinkParameters
from simulator.simulate import simulate
from simulator.worlds import make_parameters


class World(NamedTuple):
    """Enough to make it again."""

    name: str
    seed: int
    accounts: int
    members: int


@dataclass(frozen=True)
class Prepared:
    """`examples`; `rules`: score of each account by rules alone, 0 where it is not told; `truth`: `truth_members` in
    the order of the accounts; `victims`: ids of who is framed."""

    examples: Examples
    rules: np.ndarray
    truth: pl.DataFrame
    victims: pl.Series


def prepared(folder: Path, world: World) -> Prepared:
    """Simulate, ingest, look and detect, unless `folder` holds that from before."""
    place = folder / f"{world.name}-{world.seed}-{world.accounts}-{world.members}"
    if not (place / "people.parquet").exists():
        _make(place, world)
    people = pl.read_parquet(place / "people.parquet")
    with np.load(place / "sight.npz") as kept:
        sizes = dict(zip(kept["kinds"].tolist(), kept["sizes"].tolist(), strict=True))
        pairs = [Relation(name, kind, *kept[name]) for name, kind in RELATIONS]
        sight = Sight(people["account_id"], kept["features"], OwnActs(sizes, tuple(pairs)))
    truth = people.drop("rules")
    framing = place / "truth" / "truth_framing.parquet"
    victims = pl.Series("victim_account_id", [], dtype=pl.String)
    if framing.exists():
        victims = pl.read_parquet(framing)["victim_account_id"].unique().sort()
    return Prepared(examples_of(sight, judgements_of_world(truth)), people["rules"].to_numpy(), truth, victims)


def _make(place: Path, world: World) -> None:
    shutil.rmtree(place, ignore_errors=True)
    (place / "records").mkdir(parents=True)
    parameters = make_parameters(world.name, world.seed, accounts=world.accounts, ring_members=world.members)
    simulate(parameters, place / "records")
    tape = Tape(place / "tape")
    ingest_records(place / "records", tape)
    snapshot, conduct = snapshot_of(tape), find_conduct(tape)
    (place / "truth").mkdir()
    for path in (place / "records").glob("truth_*.parquet"):
        path.rename(place / "truth" / path.name)
    keep(place, Known(snapshot, conduct), detect(snapshot, conduct=conduct))
    for folder in ("tape", "records"):
        shutil.rmtree(place / folder)


def keep(place: Path, known: Known, found: Detection) -> None:
    """Write what `prepared` reads; `people.parquet` comes last."""
    sight = Sight.of(known, LinkParameters())
    sizes = sight.acts.sizes
    pairs = {each.name: np.stack([each.account, each.other]) for each in sight.acts.relations}
    np.savez(
        place / "sight.npz",
        allow_pickle=False,
        features=sight.features,
        kinds=np.array(list(sizes)),
        sizes=np.array(list(sizes.values())),
        **pairs,
    )
    told = pl.concat([each.select("account_id", rules="score") for each in (found.members, found.individuals)])
    best = told.group_by("account_id").agg(pl.col("rules").max())
    truth = pl.read_parquet(place / "truth" / "truth_members.parquet")
    people = sight.account_ids.to_frame("account_id").join(truth, on="account_id", how="left", maintain_order="left")
    people = people.join(best, on="account_id", how="left", maintain_order="left")
    people.with_columns(pl.col("rules").fill_null(0.0)).write_parquet(place / "people.tmp")
    (place / "people.tmp").rename(place / "people.parquet")
