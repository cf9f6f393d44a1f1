"""The control leg: what a member did itself, on days of its own, with what belongs to another member."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind
from models import tables
from models.legs import LEAST_LINK_DAYS, Leg
from models.links.entities import Entities

_SAYS = {
    "used_members_device": "used device {} again on {} days on which it had been with member {}, whose it was before",
    "funded_member": "sent transfers to account {} on {} days, an account of member {}",
}
CONTROL_KINDS = tuple(_SAYS)
_ROWS = (
    "ring_id", "account_id", "other_account_id", "kind", "resource_kind", "resource_id", "days", "count", "first_ts",
    "last_ts", "event_ids",
)  # fmt: skip
_NAMED = ("resource_id", "days", "other_account_id")


def control_rows(
    people: pl.DataFrame, borrowed: pl.DataFrame, sent: pl.DataFrame, disputed: pl.DataFrame, snapshot: Snapshot
) -> pl.DataFrame:
    """`tables.EVIDENCE`: sessions on a device that belongs to another of `people` (`ring_id`, `group`, `entity`,
    `account`, `account_id`) by `borrowed` (`models.links.attribution`), and transfers to another of them on
    `LEAST_LINK_DAYS` dated days (`sent`: of `transfers_between_households`).

    The account is the author of every row, and every row is a control leg, but transfers of accounts in `disputed`
    (`account_id`, ...), whose days are not known one by one. `days` of a device are those that count; number, instants
    and ids of events are of all its sessions there. It moves no score.
    """
    mine = people.select("ring_id", "group", "account", "account_id")
    owners = people.sort("account_id").group_by("group", owner="entity").agg(pl.col("account_id").first())
    owners = owners.rename({"account_id": "other_account_id"})
    lent = borrowed.join(mine, on="account").join(owners, on=["group", "owner"])
    sent = sent.filter(pl.col("days") >= LEAST_LINK_DAYS).rename({"source": "account", "receiver": "owner"})
    sent = sent.join(mine, on="account").join(owners, on=["group", "owner"])
    doubtful = pl.col("account_id").is_in(disputed["account_id"].unique().implode())
    ids = snapshot.accounts["id"].gather(sent["target"])
    sent = sent.with_columns(
        kind=pl.lit("funded_member"), resource_kind=pl.lit("account"), resource_id=ids, doubtful=doubtful
    )
    frames = [each.select(*_ROWS, "doubtful") for each in (_on_devices(lent, snapshot), sent)]
    return _told(pl.concat(frames))


def transfers_between_households(transfers: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """`transfers` (`models.links.transfers`) without those that a household keeps to itself."""
    home = entities.household
    apart = home[transfers["sender"].to_numpy()] != home[transfers["receiver"].to_numpy()]
    return transfers.filter(pl.Series(apart, dtype=pl.Boolean))


def _on_devices(lent: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    uses = snapshot.links[LinkKind.USED_DEVICE].with_columns(pl.col("target").cast(pl.Int64))
    uses = uses.select("source", "target", "count", "first_ts", "last_ts", "event_ids")
    rows = lent.join(uses, left_on=["account", "resource"], right_on=["source", "target"])
    ids = snapshot.nodes[NodeKind.DEVICE]["id"].gather(rows["resource"])
    return rows.with_columns(
        kind=pl.lit("used_members_device"), resource_kind=pl.lit("device"), resource_id=ids,
        days=pl.col("days").cast(pl.Int32), doubtful=pl.lit(value=False),
    )  # fmt: skip


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    said = [
        pl.when(pl.col("kind") == kind).then(pl.format("{} " + says + ".", "account_id", *_NAMED))
        for kind, says in _SAYS.items()
    ]
    told = rows.with_columns(
        evidence_id=pl.format("{}-{}-{}-{}", "ring_id", "account_id", "kind", "resource_id"),
        author_account_id="account_id",
        leg=pl.when(~pl.col("doubtful")).then(pl.lit(Leg.CONTROL.value)),
        symbol=pl.lit(None, pl.String),
        weight=pl.lit(0.0),
        p_value=pl.lit(None, pl.Float64),
        decisive=pl.lit(value=False),
        sentence=pl.coalesce(said),
    )
    return told.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE)).sort("evidence_id")  # type: ignore[arg-type]
