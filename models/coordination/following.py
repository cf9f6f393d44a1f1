"""Who begins to place orders right after others of its ring: directed evidence of acting together, as an e-value.

Whenever another of its ring that has acts of its own places an order in a market in which the account begins, after
half a minute without one there, a window of half a minute opens; a beginning of the account in it, its first order
after minutes of silence, is a hit. Nobody else decides which of its orders exist, every window is paid for whether
it brings a hit or not, and what is ordered after a beginning never makes it one. If the account begins at a rate of at
most its upper band (`models.coordination.hazard`), independently of the ring, then for every theta the product of
theta^hits * exp(-(theta - 1) * expected) has a mean of at most 1, however cleverly windows are opened: it is the
likelihood ratio of Poisson processes (Brémaud, Point Processes and Queues, 1981), a test by betting (Shafer, JRSS A,
2021). The mean over several theta is an e-value, and stays one where a day's gain is cut: no day decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import INSTANT, LinkKind, columns
from models.conduct.parameters import Placements
from models.coordination.answering import answered, levels
from models.coordination.hazard import LONGEST_MS, Beginnings, Instants, rates
from models.exact import exact_sum
from models.legs import LEAST_LINK_DAYS
from models.links.entities import Entities
from models.parameters import CoordinationParameters

_SECOND_US = 1_000_000
_CELL_US = 10 * _SECOND_US
_PER_CELL = 3
"""Leaders of a cell of ten seconds that are looked at, the first ones, the account itself and those that are explained
among them: a bound on cost, at the price of windows."""
_THETAS = (2.0, 5.0, 20.0)
_MOST_LOG_E = 50.0
BATCH_ROWS = 4_000_000
HITS = columns(group=pl.Int64, account_id=pl.String, leader=pl.String, symbol=pl.String, ts=INSTANT, order_id=pl.String)
"""Beginnings of an account in a window that `leader` was the last to open."""
DAYS = columns(group=pl.Int64, account_id=pl.String, day=pl.Int64, windows=pl.Int64, hits=pl.Int64, expected=pl.Float64)
"""Per UTC day (since 1970): windows, hits, and the upper band of how many hits there would be anyway."""
E_VALUES = columns(
    group=pl.Int64, account_id=pl.String, windows=pl.Int64, hits=pl.Int64, expected=pl.Float64, e_value=pl.Float64
)


@dataclass(frozen=True)
class Following:
    """`hits`: `HITS`; `days`: `DAYS`; both sorted."""

    hits: pl.DataFrame
    days: pl.DataFrame


@dataclass(frozen=True)
class Placed:
    """`placements`: `tables.PLACEMENTS`, made with `spacing`; `usual`: `tables.USUAL`; `apart`: of `explained`;
    `disputed`: spans in which it is disputed who acted (`models.conduct.authorship`)."""

    placements: pl.DataFrame
    usual: pl.DataFrame
    apart: pl.DataFrame
    disputed: pl.DataFrame
    spacing: Placements


def following(placed: Placed, groups: pl.DataFrame, parameters: CoordinationParameters) -> Following:
    """Every account of `groups` (`group`, `account_id`) after the others of its group. Accounts with fewer than
    `least_beginnings` on `least_beginning_days` days are not judged, for too little is known of them, nor those with
    more than `most_beginnings`."""
    timed = placed.placements.with_columns(us=pl.col("ts").dt.epoch("us"))
    timed = timed.filter(pl.col("us") > pl.col("us").max() - LONGEST_MS * 1_000)
    begun = timed.filter("alone").join(groups, on="account_id", how="semi").sort("account_id", "us", "symbol")
    begun = begun.unique(["account_id", "us"], keep="first", maintain_order=True)
    known = begun.group_by("account_id").agg(number=pl.len(), days=pl.col("ts").dt.date().n_unique())
    known = known.filter(
        pl.col("number").is_between(parameters.least_beginnings, parameters.most_beginnings),
        pl.col("days") >= parameters.least_beginning_days,
    )
    begun = begun.join(known, on="account_id", how="semi", maintain_order="left").with_columns(
        pl.struct("account_id", "symbol").rank("dense").cast(pl.Int64).alias("market") - 1,
        pl.col("account_id").rank("dense").cast(pl.Int64).alias("account") - 1,
    )
    parts = [
        _judged(placed, begun.join(batch, on="account_id", how="semi", maintain_order="left"), batch, parameters)
        for batch in _batches(placed, begun, timed, groups)
        if not batch.is_empty()
    ]
    hits = pl.concat([pl.DataFrame(schema=HITS), *[each.hits for each in parts]])
    days = pl.concat([pl.DataFrame(schema=DAYS), *[each.days for each in parts]])
    return Following(hits.sort(HITS.names()), days.sort("group", "account_id", "day"))


def e_values(days: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    """`E_VALUES` of every account and group in `days` (`DAYS`), sorted; at most e^50. No day gains more than a
    `LEAST_LINK_DAYS`-th of what `leg_e_value` takes."""
    most = pl.lit(parameters.leg_e_value).log() / LEAST_LINK_DAYS
    gains = {
        f"log_{n}": exact_sum(
            pl.min_horizontal(pl.col("hits") * pl.lit(theta).log() - (theta - 1) * pl.col("expected"), most)
        )
        for n, theta in enumerate(_THETAS)
    }
    won = days.group_by("group", "account_id").agg(
        pl.col("windows", "hits").sum(), exact_sum(pl.col("expected")).alias("expected"), **gains
    )
    best = pl.max_horizontal(*gains)
    mean = best + (pl.sum_horizontal((pl.col(name) - best).exp() for name in gains) / len(_THETAS)).log()
    told = won.with_columns(
        pl.col("expected").round_sig_figs(9), e_value=mean.clip(upper_bound=_MOST_LOG_E).exp().round_sig_figs(9)
    )
    return told.select(E_VALUES.names()).sort("group", "account_id")


def _batches(placed: Placed, begun: pl.DataFrame, timed: pl.DataFrame, groups: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """`group`, `account_id` (follower), `leader`, `symbol`, `then`, `crowd`, `move`: every opening of a window by
    another, a number of followers at a time."""
    lead = timed.select("account_id", "symbol", "crowd", "move", then="us").join(groups, on="account_id")
    lead = lead.sort("group", "symbol", "then", "account_id").with_columns(cell=pl.col("then") // _CELL_US)
    lead = lead.group_by("group", "symbol", "cell", maintain_order=True).head(_PER_CELL).drop("cell")
    markets = begun.select("account_id", "symbol", "account", "market").unique().join(groups, on="account_id")
    openings = lead.group_by("group", "symbol").agg(openings=pl.len())
    rows = markets.join(openings, on=["group", "symbol"]).group_by("group", "account_id").agg(pl.col("openings").sum())
    numbered = rows.sort("group", "account_id").with_columns(batch=pl.col("openings").cum_sum() // BATCH_ROWS)
    for part in numbered.partition_by("batch", maintain_order=True):
        both = markets.join(part, on=["group", "account_id"], how="semi").join(
            lead.rename({"account_id": "leader"}), on=["group", "symbol"]
        )
        both = both.filter(pl.col("account_id") != pl.col("leader"))
        yield both.join(placed.apart, on=["account_id", "leader"], how="anti")


def _judged(
    placed: Placed, begun: pl.DataFrame, openings: pl.DataFrame, parameters: CoordinationParameters
) -> Following:
    follow_us, silence_us = (n * _SECOND_US for n in (placed.spacing.follow_seconds, placed.spacing.silence_seconds))
    key = ["group", "account_id", "symbol"]
    rows = openings.sort("group", "account_id", "symbol", "then", "leader")
    # windows of several leaders may overlap: each lasts until the next opens
    until = (pl.col("then").shift(-1).over(key) - pl.col("then")).fill_null(follow_us)
    rows = rows.with_columns(lasts=until.clip(upper_bound=follow_us)).filter(pl.col("lasts") > 0)
    # before its first beginning nothing is known of it
    rows = _beside_own(rows, placed, begun).filter(
        pl.col("last_us").is_not_null(), pl.col("then") - pl.col("silent_since") >= silence_us
    )
    soon = (pl.col("next_symbol") == pl.col("symbol")) & (pl.col("next_us") - pl.col("then") <= pl.col("lasts"))
    answers = pl.col("next_us") - pl.col("next_fill").dt.epoch("us") <= parameters.answer_seconds * _SECOND_US
    rows = rows.with_columns(
        soon=soon.fill_null(value=False), hit=(soon & ~answers.fill_null(value=False)).fill_null(value=False)
    )
    rate = parameters.caution * rates(_beginnings(begun), _instants(rows, placed, begun))
    rows = rows.with_columns(
        expected=pl.Series(rate) * pl.col("lasts") / _SECOND_US, day=pl.col("then") // (86_400 * _SECOND_US)
    )
    days = rows.group_by("group", "account_id", "day").agg(
        windows=pl.len().cast(pl.Int64), hits=pl.col("hit").sum().cast(pl.Int64),
        expected=exact_sum(pl.col("expected")),
    )  # fmt: skip
    hits = rows.filter("hit").with_columns(ts=pl.from_epoch("next_us", "us").dt.replace_time_zone("UTC"))
    return Following(hits.select(*HITS.names()[:-1], order_id="next_order"), days.select(DAYS.names()))


def _beside_own(rows: pl.DataFrame, placed: Placed, begun: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the account's last order before (`silent_since`), its last beginning before (`last_us`) and its first
    after (`next_us`, ...), without those in spans of dispute."""
    orders = placed.placements.select("account_id", silent_since=pl.col("ts").dt.epoch("us")).unique()
    before = begun.select("account_id", last_us="us")
    after = begun.select(
        "account_id", next_us="us", next_symbol="symbol", next_fill="last_fill", next_order="order_id"
    )  # fmt: skip
    ordered = rows.sort("then", "group", "account_id", "symbol", "leader")
    beside: list[tuple[pl.DataFrame, str, Literal["backward", "forward"]]] = [
        (orders, "silent_since", "backward"),
        (before, "last_us", "backward"),
        (after, "next_us", "forward"),
    ]
    for there, instant, way in beside:
        ordered = ordered.join_asof(
            there.sort(instant), left_on="then", right_on=instant, by="account_id", strategy=way,
            allow_exact_matches=way == "backward", check_sortedness=False, coalesce=False,
        )  # fmt: skip
    spans = ordered.select("account_id", "then").unique().join(placed.disputed, on="account_id")
    spans = spans.filter(pl.col("then") >= pl.col("since_us"), pl.col("then") < pl.col("until_us"))
    return ordered.join(spans.select("account_id", "then").unique(), on=["account_id", "then"], how="anti")


def _beginnings(begun: pl.DataFrame) -> Beginnings:
    ms = (begun["us"].to_numpy() - _start(begun)) // 1_000
    return Beginnings(begun["account"].to_numpy(), begun["market"].to_numpy(), ms)


def _start(begun: pl.DataFrame) -> int:
    """The Thursday midnight at or before the first beginning: weekdays and phases stay what they are."""
    week = 7 * 86_400 * _SECOND_US
    first: int = begun["us"].min() if begun.height else 0  # type: ignore[assignment]
    return max(first // week * week, 0)


def _instants(rows: pl.DataFrame, placed: Placed, begun: pl.DataFrame) -> Instants:
    start = _start(begun)
    ms = {name: ((rows[name] - start) // 1_000).fill_null(-1).to_numpy() for name in ("then", "last_us", "next_us")}
    return Instants(
        rows["account"].to_numpy(), rows["market"].to_numpy(), ms["then"], ms["last_us"], ms["next_us"],
        rows["soon"].to_numpy(), answered(rows, levels(begun, placed.usual, placed.spacing)),
    )  # fmt: skip


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
