"""What episodes gave to those who committed them, and whom they cost what."""

from __future__ import annotations

import polars as pl

from graph.tape.engine import TapeEngine
from graph.vocabulary import columns
from models import tables
from models.conduct.typologies import TYPOLOGIES, source

_GAINS = columns(episode_id=pl.String, gain=pl.Float64)
_HARM = tables.HARM


def unfair_gains(engine: TapeEngine) -> pl.DataFrame:
    """`episode_id`, `gain`: what an episode's own fills gave its account in the quote currency, never below 0; only for
    episodes that can gain, and only where a price before them is known. After every typology's acts were counted."""
    engine.keep("counted", " UNION ALL ".join(f"SELECT * FROM counted_{name}" for name in TYPOLOGIES))  # noqa: S608
    for name in ("prices_before", "profits"):
        engine.keep(name, source(f"harm/{name}.sql"))
    return engine.rows(source("harm/gains.sql"), _GAINS)


def losses(engine: TapeEngine) -> pl.DataFrame:
    """`tables.HARM`, after `unfair_gains`. The engine also shows the relation `liquidations`."""
    return engine.rows(source("harm/losses.sql"), _HARM)
