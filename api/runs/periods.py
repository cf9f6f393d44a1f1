"""`activity`: coordinated conduct in one period of a run against another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from api.runs.folder import read_manifest, read_output
from models.conduct.activity import Change, Period, activity, change


def compare_periods(out: Path, before: Period, after: Period) -> Change:
    """Of the output of one run, so that both periods were looked at by the same detector. Raises InputError for a
    folder without a run, SettingsError for days that the run has not seen."""
    seen = read_manifest(out).get("active_accounts", {})
    active = pl.DataFrame(
        {"day": [date.fromisoformat(day) for day in seen], "accounts": list(seen.values())},
        schema={"day": pl.Date, "accounts": pl.Int64},
    )
    episodes = read_output(out, "episodes")
    return change(activity(episodes, active, before), activity(episodes, active, after))
