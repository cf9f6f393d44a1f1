"""Acts become evidence: rows with ids, authors, weights and a plain sentence."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from models import tables

SIGNIFICANT_DIGITS = 9
EVENT_IDS_PER_ROW = 100

_OBJECT = {
    "used_shared_device": "logged in from device",
    "seen_at_shared_ip": "was seen at IP address",
    "withdrew_to_shared_address": "withdrew to address",
    "deposited_from_shared_address": "was paid from address",
    "sent_to_shared_account": "sent transfers to account",
    "received_from_shared_account": "received transfers from account",
    "sent_to_member": "sent transfers to member",
    "received_from_member": "received transfers from member",
}
EVIDENCE_KINDS = tuple(_OBJECT)


def evidence_rows(snapshot: Snapshot, acts: pl.DataFrame, shares: pl.DataFrame, rings: pl.DataFrame) -> pl.DataFrame:
    """`tables.EVIDENCE` of every act. `shares`: of `models.rings.support`, by `group`; `rings`: `group`, `ring_id`.

    The share of a member's resource goes to its own acts there, evenly, and only where it has none to others' acts:
    they never take weight from what one did. The weights of a member's rows add up to its support. Acts that support
    nobody are left out. No row of sharing counts for a leg: a newcomer could give an account one by joining it.
    """
    ids = snapshot.accounts["id"]
    rows = acts.join(shares, on=["group", "entity", "resource_kind", "resource"]).join(rings, on="group")
    there = ("group", "entity", "resource_kind", "resource")
    bears = pl.col("own") | ~pl.col("own").any().over(there)
    rows = rows.with_columns(
        account_id=ids.gather(rows["account"]), other_account_id=ids.gather(rows["other"].cast(pl.Int64)), bears=bears
    )
    weight = (pl.col("share") / pl.col("bears").sum().over(there)).round_sig_figs(SIGNIFICANT_DIGITS)
    sender = pl.when(pl.col("kind") == "received_from_member").then("other_account_id")
    inbound = pl.when(pl.col("kind") == "received_from_shared_account").then("resource_id")
    rows = rows.with_columns(
        author_account_id=pl.when("own").then("account_id").otherwise(pl.coalesce(sender, inbound)),
        leg=pl.lit(None, pl.String),
        weight=pl.when("bears").then(weight).otherwise(0.0),
        decisive=pl.col("decisive") & pl.col("bears"),
        sentence=_sentence(),
        symbol=pl.lit(None, pl.String),
        p_value=pl.lit(None, pl.Float64),
    )
    ordered = rows.sort("ring_id", "account_id", "kind", "resource_id", "other_account_id")
    number = pl.int_range(1, pl.len() + 1).over("ring_id").cast(pl.String).str.zfill(5)
    named = ordered.with_columns(evidence_id=pl.col("ring_id") + "-" + number)
    return named.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE))  # type: ignore[arg-type]


def rows_of_own_acts(rows: pl.DataFrame) -> pl.DataFrame:
    """`tables.EVIDENCE`, sorted by id, of acts on the market: by the account itself, with nobody and no resource named.

    `rows`: `symbols` (the markets) and the columns of the table that are not said here; without `leg` or `p_value` a
    row has none, without `weight` or `decisive` it puts nobody anywhere.
    """
    absent = {
        "leg": pl.lit(None, pl.String),
        "p_value": pl.lit(None, pl.Float64),
        "weight": pl.lit(0.0),
        "decisive": pl.lit(value=False),
    }
    told = rows.with_columns(
        other_account_id=pl.lit(None, pl.String),
        author_account_id="account_id",
        resource_kind=pl.lit(None, pl.String),
        resource_id=pl.lit(None, pl.String),
        symbol=pl.when(pl.col("symbols").list.len() == 1).then(pl.col("symbols").list.first()),
        **{name: value for name, value in absent.items() if name not in rows.columns},
    )
    return told.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE)).sort("evidence_id")  # type: ignore[arg-type]


def _sentence() -> pl.Expr:
    act = pl.col("kind").replace_strict(_OBJECT, return_dtype=pl.String)
    times = pl.when(pl.col("count") == 1).then(pl.lit("once")).otherwise(pl.format("{} times", "count"))
    # some of its links may be undated, and days of several links may overlap
    days = pl.when(pl.col("days") > 1).then(pl.format(" on at least {} days", "days")).otherwise(pl.lit(""))
    others = pl.col("inside") - 1
    outside = pl.col("users") - pl.col("inside")
    account = pl.col("resource_kind") == "account"
    shared_by = pl.format(
        ", {} {} other {} of the ring and {} outside it",
        pl.when(account).then(pl.lit("which exchanged transfers with")).otherwise(pl.lit("which is also used by")),
        others,
        pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")),
        pl.when(outside == 0).then(pl.lit("nobody")).otherwise(outside.cast(pl.String)),
    )
    shared = pl.when(pl.col("other").is_null()).then(shared_by).otherwise(pl.lit(""))
    return pl.format("{} {} {} {}{}{}.", "account_id", act, "resource_id", times, days, shared)
