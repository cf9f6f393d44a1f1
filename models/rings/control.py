"""The control leg: what a member did itself, on days of its own, with what belongs to another member."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind
from models import tables
from models.legs import LEAST_LINK_DAYS, Leg

_BORROWED = {
    "device": (LinkKind.USED_DEVICE, NodeKind.DEVICE, "used_members_device"),
    "address": (LinkKind.WITHDREW_TO, NodeKind.ADDRESS, "withdrew_to_members_address"),
}
_SAYS = {
    "used_members_device": "logged in from device {} on {} days, which belonged to member {} before it came",
    "withdrew_to_members_address": "withdrew to address {} on {} days, which belonged to member {} before it came",
    "funded_member": "sent transfers to account {} on {} days, which is member {}",
}
CONTROL_KINDS = tuple(_SAYS)
_ROWS = (
    "ring_id", "account_id", "other_account_id", "kind", "resource_kind", "resource_id", "days", "count", "first_ts",
    "last_ts", "event_ids",
)  # fmt: skip
_NAMED = ("resource_id", "days", "other_account_id")


def control_rows(
    people: pl.DataFrame, borrowed: pl.DataFrame, transfers: pl.DataFrame, disputed: pl.DataFrame, snapshot: Snapshot
) -> pl.DataFrame:
    """`tables.EVIDENCE`: sessions on a device and withdrawals to an address that belong to another of `people`
    (`ring_id`, `group`, `entity`, `account`, `account_id`) by `borrowed` (`models.links.attribution`), and `transfers`
    (`models.links.transfers`) to another of them; each on `LEAST_LINK_DAYS` dated days at least.

    The account is the author of every row, and every row is a control leg, but for accounts in `disputed`
    (`account_id`, ...): whoever may have acted for them, the row only nominates. It moves no score.
    """
    owners = (
        people.sort("account_id").group_by("group", owner="entity").agg(other_account_id=pl.col("account_id").first())
    )
    mine = people.select("ring_id", "group", "account", "account_id")
    lent = borrowed.join(mine, on="account").join(owners, on=["group", "owner"])
    frames = [_on_links(lent.filter(pl.col("kind") == kind), snapshot, *how) for kind, how in _BORROWED.items()]
    sent = transfers.filter(pl.col("days") >= LEAST_LINK_DAYS).rename({"source": "account", "receiver": "owner"})
    sent = sent.join(mine, on="account").join(owners, on=["group", "owner"])
    ids = snapshot.accounts["id"].gather(sent["target"])
    frames.append(sent.with_columns(kind=pl.lit("funded_member"), resource_kind=pl.lit("account"), resource_id=ids))
    return _told(pl.concat([frame.select(_ROWS) for frame in frames]), disputed)


def _on_links(lent: pl.DataFrame, snapshot: Snapshot, link: LinkKind, node: NodeKind, kind: str) -> pl.DataFrame:
    uses = snapshot.links[link].sort("source", "target", "qualifier").group_by("source", "target", maintain_order=True)
    events = uses.agg(
        pl.col("dates").explode().drop_nulls().n_unique().alias("days"), pl.col("count").sum(),
        pl.col("first_ts").min(), pl.col("last_ts").max(), pl.col("event_ids").explode().drop_nulls(),
    )  # fmt: skip
    rows = lent.join(
        events.with_columns(pl.col("target").cast(pl.Int64)),
        left_on=["account", "resource"], right_on=["source", "target"],
    )  # fmt: skip
    ids = snapshot.nodes[node]["id"].gather(rows["resource"])
    return rows.with_columns(resource_kind="kind", resource_id=ids, days=pl.col("days").cast(pl.Int32)).with_columns(
        kind=pl.lit(kind)
    )


def _told(rows: pl.DataFrame, disputed: pl.DataFrame) -> pl.DataFrame:
    doubtful = pl.col("account_id").is_in(disputed["account_id"].unique().implode())
    said = [
        pl.when(pl.col("kind") == kind).then(pl.format("{} " + says + ".", "account_id", *_NAMED))
        for kind, says in _SAYS.items()
    ]
    told = rows.with_columns(
        evidence_id=pl.format("{}-{}-{}-{}", "ring_id", "account_id", "kind", "resource_id"),
        author_account_id="account_id",
        leg=pl.when(~doubtful).then(pl.lit(Leg.CONTROL.value)),
        symbol=pl.lit(None, pl.String),
        weight=pl.lit(0.0),
        p_value=pl.lit(None, pl.Float64),
        decisive=pl.lit(value=False),
        sentence=pl.coalesce(said),
    )
    return told.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE)).sort("evidence_id")  # type: ignore[arg-type]
