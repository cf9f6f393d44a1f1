"""When accounts placed orders, whatever became of these: what `models.coordination.following` compares."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

import polars as pl

from graph.tape.engine import TapeEngine
from graph.vocabulary import columns
from models import tables
from models.conduct.parameters import Placements
from models.conduct.typologies import source

STEP_SECONDS = 30
_ROWS = columns(
    account_id=pl.String,
    symbol=pl.String,
    us=pl.Int64,
    order_id=pl.String,
    alone=pl.Boolean,
    last_fill_us=pl.Int64,
    crowd=pl.Int64,
    move=pl.Int64,
)
_INSTANTS = {"ts": "us", "last_fill": "last_fill_us"}


def placements(engine: TapeEngine, parameters: Placements) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`tables.PLACEMENTS` of the accounts of the engine's relation `watched` (`account_id`), and `tables.USUAL`.

    The engine also shows `orders`, `trades` and `fills`.
    """
    seconds = asdict(parameters)
    literals = seconds | {name.replace("_seconds", "_us"): value * 1_000_000 for name, value in seconds.items()}
    literals |= {"step_us": STEP_SECONDS * 1_000_000, "hour_us": 3_600 * 1_000_000}
    for name in ("states", "placements"):
        engine.keep(name, Template(source(f"placements/{name}.sql")).substitute(literals))
    rows = engine.rows("SELECT * FROM placements", _ROWS)
    instants = {name: pl.from_epoch(us, "us").dt.replace_time_zone("UTC") for name, us in _INSTANTS.items()}
    told = rows.with_columns(**instants).select(tables.PLACEMENTS.names()).cast(dict(tables.PLACEMENTS))  # type: ignore[arg-type]
    usual = engine.rows(Template(source("placements/usual.sql")).substitute(literals), tables.USUAL)
    return told.sort("account_id", "ts", "symbol"), usual.sort("account_id", "kind", "value")
