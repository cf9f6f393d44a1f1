"""Episodes that were found against acts that were planted: which are right, and who of all was accused."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from simulator.records.truth import DETECTABLE_DAYS, DETECTABLE_EPISODES, DETECTABLE_INTENSITY

SLACK_US = 60_000_000
"""By how much an episode may miss the planted act in time, either side."""
DAY_US = 86_400_000_000
_WHO = ("account_id", "typology", "symbol")


@dataclass(frozen=True)
class Judged:
    """Worlds after judging; ids are unique over all of them.

    `planted`: a planted act and account a row, with `found`, `detectable` (the account, in that typology), `stratum`
    and the habits of its ring. `episodes`: an episode that was found a row, with `right`, `moved` (right if it had been
    a day later), `stratum` and `ring`. `accounts`: who committed or was accused of a typology, a row for each typology,
    with `committed`, `accused`, `detectable`. `people`: everybody, with `ring` and `stratum`.
    """

    planted: pl.DataFrame
    episodes: pl.DataFrame
    accounts: pl.DataFrame
    people: pl.DataFrame


def detectable_in(planted: pl.DataFrame, rings: pl.DataFrame) -> pl.DataFrame:
    """`account_id`, `typology` of who committed it often, on enough days and densely enough for anybody to see.

    `planted`: `account_id`, `ring`, `typology`, `from_us`; `rings`: `ring`, `days` that it lives.
    """
    least = pl.col("typology").replace_strict(DETECTABLE_EPISODES, return_dtype=pl.Int64)
    return (
        planted.group_by("account_id", "ring", "typology")
        .agg(acts=pl.len(), active=(pl.col("from_us") // DAY_US).n_unique())
        .join(rings.select("ring", "days"), on="ring")
        .filter(
            (pl.col("acts") >= least)
            & (pl.col("active") >= DETECTABLE_DAYS)
            & (pl.col("acts") / pl.col("days") >= DETECTABLE_INTENSITY)
        )
        .select("account_id", "typology")
    )


def overlaps(found: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """`episode`, `act`: rows of the two frames where one account did the same in the same market at the same time.

    Both with `account_id`, `typology`, `symbol`, `from_us`, `to_us`.
    """
    acts = planted.select(*_WHO, begin=pl.col("from_us") - SLACK_US, end=pl.col("to_us") + SLACK_US)
    return (
        found.select(*_WHO, "from_us", "to_us")
        .with_row_index("episode")
        .join(acts.with_row_index("act"), on=_WHO)
        .filter((pl.col("from_us") <= pl.col("end")) & (pl.col("to_us") >= pl.col("begin")))
        .select("episode", "act")
    )


def judge(found: pl.DataFrame, planted: pl.DataFrame, rings: pl.DataFrame, people: pl.DataFrame) -> Judged:
    """`found` and `planted` as for `overlaps`, `planted` with `ring`; `rings`: `truth_rings`; `people`: `account_id`,
    `ring`, `stratum`."""
    pairs = overlaps(found, planted)
    moved = overlaps(found.with_columns(pl.col("from_us", "to_us") + DAY_US), planted)
    visible = detectable_in(planted, rings).with_columns(detectable=pl.lit(value=True))
    habits = rings.select("ring", "form", "days", "acts_per_member_day", "jitter_seconds")
    told = _marked(planted, "found", pairs["act"]).join(visible, on=["account_id", "typology"], how="left")
    episodes = _marked(_marked(found, "right", pairs["episode"]), "moved", moved["episode"])
    return Judged(
        planted=told.with_columns(pl.col("detectable").fill_null(value=False))
        .join(habits, on="ring", how="left")
        .join(people.select("account_id", "stratum"), on="account_id", how="left"),
        episodes=episodes.join(people, on="account_id", how="left"),
        accounts=_accounts(found, planted, visible).join(people, on="account_id", how="left"),
        people=people,
    )


def pooled(worlds: list[Judged]) -> Judged:
    """Several worlds as one."""
    return Judged(
        planted=pl.concat([world.planted for world in worlds]),
        episodes=pl.concat([world.episodes for world in worlds]),
        accounts=pl.concat([world.accounts for world in worlds]),
        people=pl.concat([world.people for world in worlds]),
    )


def _marked(frame: pl.DataFrame, name: str, rows: pl.Series) -> pl.DataFrame:
    numbered = frame.with_row_index("row")
    return numbered.with_columns(pl.col("row").is_in(rows.unique().implode()).alias(name)).drop("row")


def _accounts(found: pl.DataFrame, planted: pl.DataFrame, visible: pl.DataFrame) -> pl.DataFrame:
    who = ["account_id", "typology"]
    accused = found.select(who).unique().with_columns(accused=pl.lit(value=True))
    committed = planted.select(who).unique().with_columns(committed=pl.lit(value=True))
    return (
        accused.join(committed, on=who, how="full", coalesce=True)
        .join(visible, on=who, how="left")
        .with_columns(pl.col("accused", "committed", "detectable").fill_null(value=False))
        .sort(who)
    )
