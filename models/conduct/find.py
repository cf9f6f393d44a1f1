"""Manipulative conduct on a tape, as a value: episodes, whom they harmed, and what could not be looked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from graph.engine import EngineLimits
from graph.progress import Progress, silent
from graph.tape import Tape
from graph.tape.engine import tape_engine
from models import tables
from models.conduct.authorship import DISPUTED, disputed
from models.conduct.closed_sets import closed_sets
from models.conduct.detect import DEFAULTS, repeated_acts
from models.conduct.harmed import losses, unfair_gains
from models.conduct.parameters import ConductParameters
from models.conduct.placements import placements
from models.conduct.reading import ACTIVE, active_accounts, shortcomings, show_tape
from models.legs import LEAST_CONDUCT_DAYS

EVENT_IDS_PER_EPISODE = 100
SIGNIFICANT_DIGITS = 9
DAY_US = 86_400_000_000
LIMITS = EngineLimits(memory="4GB")


@dataclass(frozen=True)
class Conduct:
    """`episodes`: `tables.EPISODES` without rings; `own`: `tables.CONDUCT`; `days`: `tables.CONDUCT_DAYS`;
    `placements`: `tables.PLACEMENTS` of the accounts of `own`; `usual`: `tables.USUAL`; `disputed`: when it is disputed
    who acted (`models.conduct.authorship`); `harm`: `tables.HARM`; `closed_sets`: `tables.CLOSED_SETS`; `active`:
    `ACTIVE`, how many accounts sent orders on each UTC day; all sorted."""

    episodes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.EPISODES))
    own: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.CONDUCT))
    days: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.CONDUCT_DAYS))
    placements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.PLACEMENTS))
    usual: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.USUAL))
    disputed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DISPUTED))
    harm: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.HARM))
    closed_sets: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.CLOSED_SETS))
    active: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACTIVE))
    switched_off: tuple[str, ...] = ()
    abstained: tuple[str, ...] = ()

    @property
    def was_looked_for(self) -> bool:
        """Whether the tape holds orders of days enough for anybody's conduct to be a leg."""
        return self.active.height >= LEAST_CONDUCT_DAYS


def find_conduct(
    tape: Tape,
    parameters: ConductParameters = DEFAULTS,
    as_of: date | None = None,
    progress: Progress = silent,
    limits: EngineLimits = LIMITS,
) -> Conduct:
    """Every counted episode up to the end of the UTC day `as_of`. Deterministic whatever the order of rows and files
    and the number of threads; memory is bounded by `limits`, spilling to disk. Raises StoreError."""
    with tape_engine(limits) as engine:
        show_tape(engine, tape, as_of)
        switched_off, abstained = shortcomings(engine, parameters)
        active = active_accounts(engine)
        disputes = disputed(engine, tape, as_of)
        circles = closed_sets(engine, parameters.closed_sets)
        acts = repeated_acts(engine, parameters, progress)
        if acts.is_empty():
            return Conduct(
                disputed=disputes,
                closed_sets=circles,
                active=active,
                switched_off=switched_off,
                abstained=abstained,
            )
        gains = unfair_gains(engine)
        harm = losses(engine)
        engine.keep("watched", "SELECT DISTINCT account_id FROM counted WHERE own_act")
        placed, usual = placements(engine, parameters.placements)
    return Conduct(
        episodes=_episodes(acts, gains),
        own=_own(acts),
        days=_days(acts),
        placements=placed,
        usual=usual,
        disputed=disputes,
        harm=_rounded(harm, "loss"),
        closed_sets=circles,
        active=active,
        switched_off=switched_off,
        abstained=abstained,
    )


def _episodes(acts: pl.DataFrame, gains: pl.DataFrame) -> pl.DataFrame:
    told = acts.join(gains, on="episode_id", how="left").with_columns(
        ring_id=pl.lit(None, pl.String),
        from_ts=pl.from_epoch("from_us", "us").dt.replace_time_zone("UTC"),
        to_ts=pl.from_epoch("to_us", "us").dt.replace_time_zone("UTC"),
        event_ids=pl.col("event_ids").list.head(EVENT_IDS_PER_EPISODE),
    )
    frame = told.select(tables.EPISODES.names()).cast(dict(tables.EPISODES))  # type: ignore[arg-type]
    return _rounded(frame, "magnitude", "p_value", "gain")


def _own(acts: pl.DataFrame) -> pl.DataFrame:
    """Own acts by account and typology; what a partner did is none of them."""
    told = (
        acts.filter("own_act")
        .sort("account_id", "typology", "from_us", "to_us", "episode_id")
        .group_by("account_id", "typology", maintain_order=True)
        .agg(
            symbols=pl.col("symbol").unique().sort(),
            count=pl.len(),
            days=(pl.col("from_us") // DAY_US).n_unique(),
            first_ts=pl.from_epoch(pl.col("from_us").min(), "us").dt.replace_time_zone("UTC"),
            last_ts=pl.from_epoch(pl.col("to_us").max(), "us").dt.replace_time_zone("UTC"),
            p_value=pl.col("p_value").max(),
            event_ids=pl.col("event_ids").explode().unique(maintain_order=True).head(EVENT_IDS_PER_EPISODE),
        )
    )
    frame = told.select(tables.CONDUCT.names()).cast(dict(tables.CONDUCT))  # type: ignore[arg-type]
    return _rounded(frame, "p_value")


def _days(acts: pl.DataFrame) -> pl.DataFrame:
    own = acts.filter("own_act").with_columns(day=pl.from_epoch("from_us", "us").dt.date())
    return own.select(tables.CONDUCT_DAYS.names()).unique().sort(tables.CONDUCT_DAYS.names())


def _rounded(frame: pl.DataFrame, *numbers: str) -> pl.DataFrame:
    """Sorted by all that tells rows apart, numbers at nine significant digits."""
    keys = [name for name, kind in frame.schema.items() if kind != pl.List(pl.String) and name not in numbers]
    return frame.with_columns(pl.col(name).round_sig_figs(SIGNIFICANT_DIGITS) for name in numbers).sort(keys)
