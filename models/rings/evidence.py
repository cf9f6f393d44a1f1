"""Acts become evidence: rows with ids, authors, weights and a plain sentence."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from models import tables
from models.links.pairs import TRANSFER

SIGNIFICANT_DIGITS = 9

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
    """`tables.EVIDENCE` of every act. `shares`: of `models.rings.support`; `rings`: `group`, `ring_id`.

    The share of a member's resource is divided evenly among its acts there, so the weights of a member's rows add up to
    its support. A row counts for the control leg only if it is the account's own act.
    """
    ids = snapshot.accounts["id"]
    rows = acts.join(shares, on=["entity", "resource_kind", "resource"], how="left").join(rings, on="group")
    rows = rows.with_columns(
        account_id=ids.gather(rows["account"]),
        other_account_id=ids.gather(rows["other"].cast(pl.Int64)),
        acts_there=pl.len().over("group", "entity", "resource_kind", "resource"),
    )
    sender = pl.when(pl.col("kind") == "received_from_member").then("other_account_id")
    inbound = pl.when(pl.col("kind") == "received_from_shared_account").then("resource_id")
    rows = rows.with_columns(
        author_account_id=pl.when("own").then("account_id").otherwise(pl.coalesce(sender, inbound)),
        leg=pl.when("own").then(pl.lit("control")),
        weight=(pl.col("share").fill_null(0.0) / pl.col("acts_there")).round_sig_figs(SIGNIFICANT_DIGITS),
        decisive=pl.col("decisive").fill_null(value=False),
        resource_kind=pl.when(pl.col("resource_kind") == TRANSFER).then(pl.lit("account")).otherwise("resource_kind"),
        sentence=_sentence(),
        symbol=pl.lit(None, pl.String),
        p_value=pl.lit(None, pl.Float64),
    )
    ordered = rows.sort("ring_id", "account_id", "kind", "resource_id", "other_account_id")
    number = pl.int_range(1, pl.len() + 1).over("ring_id").cast(pl.String).str.zfill(5)
    named = ordered.with_columns(evidence_id=pl.col("ring_id") + "-" + number)
    return named.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE))  # type: ignore[arg-type]


def _sentence() -> pl.Expr:
    act = pl.col("kind").replace_strict(_OBJECT, return_dtype=pl.String)
    times = pl.when(pl.col("count") == 1).then(pl.lit("once")).otherwise(pl.format("{} times", "count"))
    days = (
        pl.when(pl.col("days") == 1)
        .then(pl.lit(" on 1 day"))
        .when(pl.col("days") > 1)
        .then(pl.format(" on {} days", "days"))
        .otherwise(pl.lit(""))
    )
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
