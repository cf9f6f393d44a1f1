"""Rings by what their accounts did on the market, beside those of common control and funding.

Wherever conduct can be seen, a ring is told only if enough of its accounts acted: a café, a family or a merchant's
customers share much and manipulate nothing. Accounts that manipulate alike are a ring of their own, or part of the ring
in which most of them are already.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.snapshot import Snapshot
from models.legs import LEAST_CONDUCT_DAYS
from models.links.entities import Entities
from models.parameters import CoordinationParameters
from models.rings.evidence import EVENT_IDS_PER_ROW, SIGNIFICANT_DIGITS, rows_of_own_acts

ALIKE_KIND = "manipulated_alike"


def acting_accounts(days: pl.DataFrame, snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    """`tables.CONDUCT_DAYS` with `account` (row of the snapshot) and `entity`, without accounts
    that the snapshot does not know."""
    return days.join(_entities_of(snapshot, entities), on="account_id", maintain_order="left")


def _entities_of(snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    accounts = snapshot.accounts.select(account_id="id").with_row_index("account")
    return accounts.with_columns(pl.Series("entity", entities.of_account, dtype=pl.Int64))


def acting_groups(
    scored: pl.DataFrame, acting: pl.Series, household: npt.NDArray[np.int64], parameters: CoordinationParameters
) -> pl.DataFrame:
    """The rows (`entity`, `group`, ...) of groups of which enough households have an entity in `acting`."""
    homes = scored.with_columns(pl.Series("household", household[scored["entity"].to_numpy()]))
    acts = pl.col("entity").is_in(acting.unique().implode())
    number = pl.col("household").filter(acts).n_unique().over("group")
    of = pl.col("household").n_unique().over("group")
    enough = (number >= parameters.least_acting) & (number >= parameters.least_acting_share * of)
    return homes.filter(enough).drop("household")


def settled_groups(alike: pl.DataFrame, groups: pl.DataFrame, parameters: CoordinationParameters) -> pl.DataFrame:
    """`alike` (`entity`, `group`, ...), its `group` as `part`, and in its place the group of `groups` (`entity`,
    `group`) in which `least_inside` of its entities lie, or else a number that no group has."""
    size = alike.group_by("group").agg(size=pl.len())
    inside = alike.join(groups.select("entity", ring="group"), on="entity").group_by("group", "ring").agg(both=pl.len())
    within = (
        inside.join(size, on="group")
        .filter(pl.col("both") >= parameters.least_inside * pl.col("size"))
        .sort("both", "ring", descending=[True, False])
        .unique("group", keep="first", maintain_order=True)
    )
    free = 0 if groups.is_empty() else int(groups["group"].max()) + 1  # type: ignore[arg-type]
    return alike.join(within.select("group", "ring"), on="group", how="left").select(
        pl.exclude("group", "ring"), part="group", group=pl.coalesce("ring", pl.col("group") + free)
    )


def with_acting(
    people: pl.DataFrame, alike: pl.DataFrame, shared: pl.DataFrame, own: pl.DataFrame, roles: pl.DataFrame
) -> pl.DataFrame:
    """`people` of common control and funding (`group`, `entity`, `account`, `account_id`, `role`, `days_active`,
    `score`, `ring_score`) together with the accounts of `shared`; all scored anew. The role of who acted is that of
    `roles` (`group`, `account`, `role`), by what it moved within the ring, or participant.

    Of an account, a = 1 - 2^(-days / `LEAST_CONDUCT_DAYS`) by its most days of one typology, and b its score among what
    it shares by acts of its own: 1 - (1 - a)(1 - b), or half of what it has among what is shared where it did nothing
    itself, so that above a half is only who acted. Of a ring, the same with a = 1 - 2^(-acting entities / 2).
    """
    days = own.group_by("account_id").agg(conduct_days=pl.col("days").max())
    accounts = shared.select("entity", pl.col("account").cast(pl.UInt32), "account_id").unique()
    both = people.join(
        accounts.join(alike.select("entity", "group"), on="entity"),
        on=["group", "entity", "account", "account_id"], how="full", coalesce=True,
    ).join(days, on="account_id", how="left").drop("role", strict=False).join(
        roles.with_columns(pl.col("account").cast(pl.UInt32)), on=["group", "account"], how="left"
    )  # fmt: skip
    acts = pl.col("entity").filter(pl.col("conduct_days").is_not_null()).n_unique().over("group")
    a = 1 - 0.5 ** (pl.col("conduct_days") / LEAST_CONDUCT_DAYS)
    b = pl.when(pl.col("role").ne_missing("linked")).then(pl.col("score")).fill_null(0.0)
    ring = pl.col("ring_score").max().over("group").fill_null(0.0)
    return both.with_columns(
        role=pl.when(a.is_null() | pl.col("role").ne_missing("linked")).then("role").fill_null("participant"),
        days_active=pl.max_horizontal("days_active", "conduct_days"),
        score=pl.when(a.is_null()).then(pl.col("score") / 2).otherwise(1 - (1 - a) * (1 - b)),
        ring_score=1 - 0.5 ** (acts / 2) * (1 - ring),
    ).drop("conduct_days").sort("group", "account")  # fmt: skip


def alike_rows(people: pl.DataFrame, alike: pl.DataFrame, shared: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """`tables.EVIDENCE`: what puts each of `people` (`ring_id`, `group`, `entity`, `account_id`) who is in `alike`
    there: its own acts in `shared` keys. No leg: in one week two strangers may do alike. It decides,
    together with what decides among what is shared: either would keep the account there. Event ids are those of the
    account's acts of these typologies."""
    at = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    did = shared.group_by("account_id").agg(
        typologies=pl.col("typology").unique().sort().str.replace_all("_", " ").str.join(" and "),
        symbols=pl.col("symbol").unique().sort(),
        count=pl.col("day").n_unique(),
        first_ts=at.min(),
        last_ts=at.max(),
    )
    ids = own.join(shared, on=["account_id", "typology"], how="semi").sort("account_id", "typology")
    ids = ids.group_by("account_id", maintain_order=True).agg(
        event_ids=pl.col("event_ids").explode().unique(maintain_order=True).head(EVENT_IDS_PER_ROW)
    )
    rows = people.join(alike, on=["group", "entity"]).join(did, on="account_id").join(ids, on="account_id")
    rows = rows.with_columns(
        evidence_id=pl.format("{}-{}-alike", "ring_id", "account_id"),
        kind=pl.lit(ALIKE_KIND),
        weight=pl.col("affinity").round_sig_figs(SIGNIFICANT_DIGITS),
        decisive=pl.lit(value=True),
        sentence=_sentence(),
    )
    return rows_of_own_acts(rows)


def _sentence() -> pl.Expr:
    others = pl.col("others")
    return pl.format(
        "{} committed {} on {} days, in markets and weeks in which {} other {} of the ring did too, alike by {} of 1.",
        "account_id", "typologies", "count", others,
        pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")), pl.col("affinity").round(2),
    )  # fmt: skip
