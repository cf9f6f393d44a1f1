"""What each account of a ring did, or had done to it, that ties it to the others: the raw rows of evidence.

Every row carries its author. An act is one's own where the account decided it: its sessions, its withdrawals, its
transfers out. A deposit that arrives was somebody else's decision.
"""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import EVENT_IDS_PER_LINK, LinkKind, NodeKind, columns
from models.links.entities import Entities

ACTS = columns(
    group=pl.Int64,
    entity=pl.Int64,
    account=pl.UInt32,
    kind=pl.String,
    own=pl.Boolean,
    resource_kind=pl.String,
    resource=pl.Int64,
    resource_id=pl.String,
    other=pl.UInt32,
    inside=pl.Int64,
    users=pl.Int64,
    count=pl.Int64,
    days=pl.Int32,
    first_ts=pl.Datetime("us", "UTC"),
    last_ts=pl.Datetime("us", "UTC"),
    event_ids=pl.List(pl.String),
)
"""One row per account, kind of act and resource. `resource`: node index of a device, IP or address, entity of a
counterparty account. `other`: the member at the other end of a transfer.
`inside`: entities of the ring on that resource; `users`: entities anywhere on it."""

_SHARED = {
    LinkKind.USED_DEVICE: ("used_shared_device", "device", NodeKind.DEVICE, True),
    LinkKind.SEEN_AT_IP: ("seen_at_shared_ip", "ip", NodeKind.IP_ADDRESS, True),
    LinkKind.WITHDREW_TO: ("withdrew_to_shared_address", "address", NodeKind.ADDRESS, True),
    LinkKind.DEPOSITED_FROM: ("deposited_from_shared_address", "address", NodeKind.ADDRESS, False),
}
_KEY = ("group", "entity", "account", "kind", "own", "resource_kind", "resource", "resource_id", "other")


def ring_acts(
    snapshot: Snapshot, entities: Entities, transfers: pl.DataFrame, uses: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """`ACTS` of the members (`entity`, `group`): on resources that another household of their ring uses too, and
    transfers between members. `transfers` and `uses`: of `models.links`, which dropped what is no evidence."""
    used = uses.join(members.select("entity", "group"), on="entity")
    households = pl.Series("household", entities.household[used["entity"].to_numpy()])
    shared = (
        used.with_columns(households)
        .with_columns(
            inside=pl.len().over("group", "kind", "resource").cast(pl.Int64),
            apart=pl.col("household").n_unique().over("group", "kind", "resource"),
        )
        .filter(pl.col("apart") > 1)
        .select("group", "entity", "resource", "inside", pl.col("degree").alias("users"), resource_kind="kind")
    )
    frames = [_on_resources(snapshot, entities, shared, link) for link in _SHARED]
    frames += [_on_accounts(snapshot, transfers, shared, members, sent=sent) for sent in (True, False)]
    frames += [_between_members(snapshot, entities, transfers, members, sent=sent) for sent in (True, False)]
    return _merge(pl.concat(frames)).sort(*_KEY[:4], "resource_kind", "resource_id", "other")


def _merge(rows: pl.DataFrame) -> pl.DataFrame:
    """Links of one account to one resource, one per asset, become one row; days cannot be added, so the most counts."""
    merged = rows.sort(*_KEY, "first_ts", "event_ids", nulls_last=True).group_by(*_KEY, maintain_order=True).agg(
        pl.col("inside").first(), pl.col("users").first(), pl.col("count").sum(), pl.col("days").max(),
        pl.col("first_ts").min(), pl.col("last_ts").max(),
        pl.col("event_ids").explode().drop_nulls().head(EVENT_IDS_PER_LINK),
    )  # fmt: skip
    return merged.select(ACTS.names())


def _on_resources(snapshot: Snapshot, entities: Entities, shared: pl.DataFrame, link: LinkKind) -> pl.DataFrame:
    kind, resource_kind, node, own = _SHARED[link]
    wanted = shared.filter(pl.col("resource_kind") == resource_kind)
    links = snapshot.links[link]
    rows = links.with_columns(
        pl.Series("entity", entities.of_account[links["source"].to_numpy()], dtype=pl.Int64),
        pl.col("target").cast(pl.Int64).alias("resource"),
    ).join(wanted, on=["entity", "resource"])
    ids = snapshot.nodes[node]["id"].gather(rows["resource"])
    return rows.select(
        "group", "entity", pl.col("source").alias("account"), pl.lit(kind).alias("kind"), pl.lit(own).alias("own"),
        "resource_kind", "resource", ids.alias("resource_id"), pl.lit(None, pl.UInt32).alias("other"),
        *ACTS.names()[9:],
    )  # fmt: skip


def _ends(sent: bool) -> tuple[str, str, str, str]:
    """Of the account a row is about and of the other: account column, entity column."""
    return ("source", "sender", "target", "receiver") if sent else ("target", "receiver", "source", "sender")


def _on_accounts(
    snapshot: Snapshot, transfers: pl.DataFrame, shared: pl.DataFrame, members: pl.DataFrame, *, sent: bool
) -> pl.DataFrame:
    account, entity, other, other_entity = _ends(sent)
    # a counterparty inside the ring has rows of its own kind, as a member
    wanted = shared.filter(pl.col("resource_kind") == "account").join(
        members.select(resource="entity", group="group"), on=["resource", "group"], how="anti"
    )
    rows = transfers.rename({entity: "entity", other_entity: "resource"})
    rows = rows.join(wanted, on=["entity", "resource"])
    ids = snapshot.accounts["id"].gather(rows[other])
    return rows.select(
        "group", "entity", pl.col(account).alias("account"),
        pl.lit("sent_to_shared_account" if sent else "received_from_shared_account").alias("kind"),
        pl.lit(sent).alias("own"), "resource_kind", "resource", ids.alias("resource_id"),
        pl.lit(None, pl.UInt32).alias("other"), *ACTS.names()[9:],
    )  # fmt: skip


def _between_members(
    snapshot: Snapshot, entities: Entities, transfers: pl.DataFrame, members: pl.DataFrame, *, sent: bool
) -> pl.DataFrame:
    account, entity, other, other_entity = _ends(sent)
    group = members.select("entity", "group")
    rows = transfers.rename({entity: "entity", other_entity: "resource"})
    rows = rows.join(group, on="entity").join(group.rename({"entity": "resource"}), on=["resource", "group"])
    house = entities.household
    apart = house[rows["entity"].to_numpy()] != house[rows["resource"].to_numpy()]
    rows = rows.filter(pl.Series(apart))
    ids = snapshot.accounts["id"].gather(rows[other])
    return rows.select(
        "group", "entity", pl.col(account).alias("account"),
        pl.lit("sent_to_member" if sent else "received_from_member").alias("kind"),
        pl.lit(sent).alias("own"), pl.lit("account").alias("resource_kind"), "resource", ids.alias("resource_id"),
        pl.col(other).alias("other"), pl.lit(2, pl.Int64).alias("inside"), pl.lit(2, pl.Int64).alias("users"),
        *ACTS.names()[11:],
    )  # fmt: skip
