"""Episodes of manipulative conduct: every typology's definition asked of one tape."""

from __future__ import annotations

import polars as pl

from graph.progress import Progress, silent
from graph.tape.engine import TapeEngine
from graph.vocabulary import columns
from models.conduct.parameters import ConductParameters
from models.conduct.typologies import KEPT, SHOWN, TYPOLOGIES, definition, relation_sql

ACTS = columns(
    episode_id=pl.String,
    typology=pl.String,
    account_id=pl.String,
    other_account_id=pl.String,
    form=pl.String,
    symbol=pl.String,
    side=pl.String,
    from_us=pl.Int64,
    to_us=pl.Int64,
    magnitude=pl.Float64,
    event_ids=pl.List(pl.String),
    own_act=pl.Boolean,
    p_value=pl.Float64,
)
DEFAULTS = ConductParameters()


def repeated_acts(
    engine: TapeEngine, parameters: ConductParameters = DEFAULTS, progress: Progress = silent
) -> pl.DataFrame:
    """Acts that count, `ACTS` and `typology`. The engine shows the relations `orders`, `trades` and `owners`."""
    prepare(engine, parameters, progress)
    found = []
    for number, typology in enumerate(TYPOLOGIES):
        progress(f"conduct {typology}", number, len(TYPOLOGIES))
        found.append(acts_of(engine, typology, parameters))
    return pl.concat(found)


def prepare(engine: TapeEngine, parameters: ConductParameters, progress: Progress = silent) -> None:
    """Make the relations that definitions share."""
    for number, name in enumerate(KEPT):
        progress(f"conduct: {name}", number, len(KEPT))
        make = engine.show if name in SHOWN else engine.keep
        make(name, relation_sql(name, parameters))


def acts_of(engine: TapeEngine, typology: str, parameters: ConductParameters) -> pl.DataFrame:
    """The acts of one typology that count, after `prepare`."""
    asked = definition(typology, parameters)
    engine.keep("acts", asked.acts)
    engine.keep(f"counted_{typology}", asked.counted)
    return engine.rows(f"SELECT * FROM counted_{typology}", ACTS)  # noqa: S608
