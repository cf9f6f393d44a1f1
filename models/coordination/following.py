"""Who begins to place orders right after others of its ring: directed evidence of acting together, as e-values.

What is compared is when the follower began to place orders, after a silence, whatever became of them: nobody else
decides which of its orders exist, and what comes after them never makes it a follower. The null: given which accounts
are of its ring, which markets and weeks decided, and given that it began within half an hour after one of them did, its
instant in that half hour does not depend on theirs. How likely the first seconds then are is taken generously
(`_chances`): from its own habits on other days, from how often it begins right after anybody, and from how busy
everybody was. Each such instant is a bet against the null whose mean is at most 1, so the product over an account's
instants is an e-value (Vovk and Wang, E-values: calibration, combination and applications, Annals of Statistics, 2021;
Shafer, Testing by betting, JRSS A, 2021): by Markov it reaches 1 / p with probability p at most.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import INSTANT, LinkKind, columns
from models.conduct.parameters import Placements
from models.exact import exact_sum
from models.links.entities import Entities
from models.parameters import CoordinationParameters

_DAY_US = 86_400_000_000
_PERIODS = (5, 10, 15, 30, 60)
"""Minutes after which machines, bars and calendars repeat themselves."""
_STAKES = (0.02, 0.1, 0.5)
"""Shares of what may be lost; the mean of e-values is one too, and fits frequent and rare following."""
_MOST_LOG_E = 50.0
_STEP_US = 10_000_000
_FEW = 0.1
"""Accounts in a step of ten seconds below which a market is quiet, however quiet."""
BETS = columns(
    group=pl.Int64,
    account_id=pl.String,
    symbol=pl.String,
    ts=INSTANT,
    order_id=pl.String,
    hit=pl.Boolean,
    leaders=pl.List(pl.String),
    chance=pl.Float64,
)
"""An instant at which an account began, within half an hour after others of its group in the same market: whether it
came in the first seconds after any of them (`hit`) and after whom (`leaders`), and the `chance` of that."""
E_VALUES = columns(group=pl.Int64, account_id=pl.String, bets=pl.Int64, hits=pl.Int64, e_value=pl.Float64)


def bets(
    placed: pl.DataFrame,
    groups: pl.DataFrame,
    apart: pl.DataFrame,
    parameters: CoordinationParameters,
    spacing: Placements,
) -> pl.DataFrame:
    """`BETS`, sorted. `placed`: `tables.PLACEMENTS`, made with `spacing`; `groups`: `group`, `account_id`; `apart`: of
    `explained`.

    An account has one chance wherever it began, in the first market by name. Being last filled within `follow_seconds`
    before is no hit: it may have answered that.
    """
    follow_us, within_us = (seconds * 1_000_000 for seconds in (spacing.follow_seconds, spacing.within_seconds))
    timed = placed.with_columns(us=pl.col("ts").dt.epoch("us"))
    begun = timed.filter("alone").sort("account_id", "us", "symbol").unique(["account_id", "us"], keep="first")
    begun = begun.sort("account_id", "us")
    begun = begun.with_columns(_peak(spacing), *_habits(begun, spacing)).join(groups, on="account_id")
    there = timed.select("symbol", "account_id", then="us").join(groups, on="account_id")
    near = pl.concat(there.with_columns(bin=pl.col("then") // within_us + step) for step in (0, 1))
    both = begun.with_columns(bin=pl.col("us") // within_us).join(
        near.rename({"account_id": "leader"}), on=["group", "symbol", "bin"]
    )
    gap = pl.col("us") - pl.col("then")
    both = both.filter(pl.col("account_id") != pl.col("leader"), gap > 0, gap <= within_us)
    both = both.join(apart, on=["account_id", "leader"], how="anti").sort("group", "account_id", "us", "then", "leader")
    # instants of several leaders may overlap: each covers the time up to the next, or the first seconds
    until = (pl.col("then").shift(-1).over("group", "account_id", "us") - pl.col("then")).fill_null(follow_us)
    both = both.with_columns(soon=gap <= follow_us, covered=until.clip(upper_bound=follow_us))
    answers = pl.col("us") - pl.col("last_fill").dt.epoch("us") <= follow_us
    told = both.group_by("group", "account_id", "us").agg(
        pl.col("symbol", "ts", "order_id", "peak", "habit", "rhythm", "close", "before").first(),
        windows=pl.col("covered").sum() / follow_us, soon=pl.col("soon").any(),
        hit=(pl.col("soon") & ~answers.fill_null(value=False)).any(),
        leaders=pl.col("leader").filter(pl.col("soon")).unique().sort(),
    )  # fmt: skip
    told = told.join(_liveliness(begun, told), on="account_id").with_columns(chance=_chances(parameters, spacing))
    return told.select(BETS.names()).sort("group", "account_id", "ts")


def e_values(placed: pl.DataFrame) -> pl.DataFrame:
    """`E_VALUES` of every account and group in `placed` (`BETS`), sorted; at most e^50."""
    hit = pl.col("hit").cast(pl.Float64)
    gains = {f"log_{n}": exact_sum((1 + stake * (hit / pl.col("chance") - 1)).log()) for n, stake in enumerate(_STAKES)}
    won = placed.group_by("group", "account_id").agg(
        bets=pl.len().cast(pl.Int64), hits=pl.col("hit").sum().cast(pl.Int64), **gains
    )
    best = pl.max_horizontal(*gains)
    mean = best + (pl.sum_horizontal((pl.col(name) - best).exp() for name in gains) / len(_STAKES)).log()
    told = won.with_columns(e_value=mean.clip(upper_bound=_MOST_LOG_E).exp().round_sig_figs(9))
    return told.select(E_VALUES.names()).sort("group", "account_id")


def _chances(parameters: CoordinationParameters, spacing: Placements) -> pl.Expr:
    """Of a hit, the most of: `plain`, the share of the half hour that the first seconds after all `windows` are, times
    how much busier the market was than before (`peak`), or times how much oftener the account begins at this phase of a
    period (`rhythm`); how often it begins right after anybody (`lively`) times the leader's part of all that was placed
    in the half hour; and how often it began about then on other days at which it began around that hour (`habit`). All
    but the last are taken `caution` times."""
    share = spacing.follow_seconds / spacing.within_seconds
    plain = parameters.caution * share * pl.col("windows")
    part = parameters.caution * pl.col("windows") / (pl.col("before") - 1).clip(lower_bound=1)
    habit = (pl.col("close") + plain) / (pl.col("habit") + 1)
    most = pl.max_horizontal(plain * pl.col("peak"), plain * pl.col("rhythm"), pl.col("lively") * part, habit)
    return most.clip(upper_bound=1.0)


def _peak(spacing: Placements) -> pl.Expr:
    """`peak`: how many times as many accounts placed orders around an instant as in the half hour before, beside the
    account and one that it may have followed, at least 1."""
    steps = [n * 1_000_000 // _STEP_US + 1 for n in (2 * spacing.follow_seconds, spacing.within_seconds)]
    now = (pl.col("near") - 2).clip(lower_bound=0) / steps[0] + _FEW
    usual = (pl.col("before") - 2).clip(lower_bound=0) / steps[1] + _FEW
    return (now / usual).clip(lower_bound=1.0).alias("peak")


def _liveliness(begun: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """`account_id`, `lively`: of the instants of `begun` that came soon after nobody of `told`, the share that came
    soon after somebody else's orders; as if one more had."""
    after = told.filter("soon").select("account_id", "us").unique()
    rest = begun.unique(["account_id", "us"]).join(after, on=["account_id", "us"], how="anti").group_by("account_id")
    known = begun.select("account_id").unique().join(
        rest.agg(of=pl.len(), after=(pl.col("just_before") > 1).sum()), on="account_id", how="left"
    )  # fmt: skip
    return known.select("account_id", lively=(pl.col("after").fill_null(0) + 1) / (pl.col("of").fill_null(0) + 1))


def _habits(begun: pl.DataFrame, spacing: Placements) -> tuple[pl.Series, pl.Series, pl.Series]:
    """`habit`: on other days, how often the account began within `within_seconds` of this time of day; `close`: within
    `follow_seconds` twice; `rhythm`: the most, over periods, of its other beginnings at this phase of the period beside
    what is even, at least 1. `begun`: sorted by account and instant."""
    account = begun["account_id"].rank("dense").cast(pl.Int64).to_numpy() if begun.height else np.zeros(0, np.int64)
    us = begun["us"].to_numpy()
    within_us, phase_us = spacing.within_seconds * 1_000_000, spacing.follow_seconds * 1_000_000
    far, close = (_on_other_days(account, us, most) for most in (within_us, 2 * phase_us))
    rhythm = np.ones(len(us))
    others = np.maximum(_counts(account) - 1, 1)
    for minutes in _PERIODS:
        period_us = minutes * 60_000_000
        same = _counts(account * 2**40 + us % period_us // phase_us) - 1
        rhythm = np.maximum(rhythm, same / others * period_us / phase_us)
    return pl.Series("habit", far), pl.Series("close", close), pl.Series("rhythm", rhythm)


def _counts(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How often each key is there."""
    _, place, number = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(number[place], dtype=np.int64)


def _on_other_days(account: npt.NDArray[np.int64], us: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Per instant, how many of the same account lie within `most` of its time of day, but not within it in time."""
    lane = account * 4 * _DAY_US
    time_of_day = lane + us % _DAY_US
    around_midnight = np.sort(np.concatenate([time_of_day + turn * _DAY_US for turn in (-1, 0, 1)]))
    start = us.min(initial=0)
    span = int(us.max(initial=0) - start) + 2 * _DAY_US
    in_time = np.sort(account * span + us - start)
    return _within(around_midnight, time_of_day, most) - _within(in_time, account * span + us - start, most)


def _within(ordered: npt.NDArray[np.int64], at: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    return np.searchsorted(ordered, at + most, "right") - np.searchsorted(ordered, at - most, "left")


def explained(placed: pl.DataFrame, snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    """`account_id`, `leader`: pairs of accounts in `placed` whose acting together is no wonder, both ways round: of one
    household, or declared as a leader and its follower, or as followers of one leader."""
    index = snapshot.accounts.select(account_id="id").with_row_index("account")
    home = pl.Series("circle", entities.household[entities.of_account], dtype=pl.Int64)
    known = index.with_columns(home, kind=pl.lit("home"))
    declared = snapshot.links[LinkKind.DECLARED]
    ends = pl.concat([declared.select(account=end, circle="source") for end in ("source", "target")]).unique()
    led = ends.join(index, on="account").with_columns(pl.col("circle").cast(pl.Int64), kind=pl.lit("led"))
    circles = pl.concat([known, led], how="diagonal").select("account_id", "kind", "circle")
    circles = circles.join(placed.select("account_id").unique(), on="account_id", how="semi").unique()
    both = circles.join(circles.rename({"account_id": "leader"}), on=["kind", "circle"])
    return both.filter(pl.col("account_id") != pl.col("leader")).select("account_id", "leader").unique()
