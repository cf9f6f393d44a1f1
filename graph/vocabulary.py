"""The words of the graph: kinds of node and link, ids, and the columns in which batches of them travel.

Node and link batches are Polars frames with exactly the schemas below. A link is the aggregate of all events between
its two ends: one row per (source, target, qualifier), counted by UTC day, so that the graph as of any day is exact.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

import polars as pl

AccountId = NewType("AccountId", str)
RingId = NewType("RingId", str)
RunId = NewType("RunId", str)

EVENT_IDS_PER_LINK = 8
"""How many event ids (the earliest) a link carries; `counts` and `undated` hold the full number."""

INSTANT = pl.Datetime("us", "UTC")
DAY = pl.Int32
"""Days since 1970-01-01 UTC."""


def columns(**types: pl.DataType | type[pl.DataType]) -> pl.Schema:
    """A table's columns by name, in order."""
    return pl.Schema(types)


class NodeKind(StrEnum):
    ACCOUNT = "Account"
    ENTITY = "Entity"
    DEVICE = "Device"
    IP_ADDRESS = "IpAddress"
    ADDRESS = "Address"
    SYMBOL = "Symbol"


class LinkKind(StrEnum):
    OWNED_BY = "OWNED_BY"
    USED_DEVICE = "USED_DEVICE"
    SEEN_AT_IP = "SEEN_AT_IP"
    OWNS_ADDRESS = "OWNS_ADDRESS"
    DEPOSITED_FROM = "DEPOSITED_FROM"
    WITHDREW_TO = "WITHDREW_TO"
    TRANSFERRED_TO = "TRANSFERRED_TO"
    REFERRED = "REFERRED"
    TRADED_WITH = "TRADED_WITH"
    DECLARED = "DECLARED"

    @property
    def target(self) -> NodeKind:
        """The kind of node this link points at; its source is always an account."""
        return LINK_TARGET[self]


LINK_TARGET: dict[LinkKind, NodeKind] = {
    LinkKind.OWNED_BY: NodeKind.ENTITY,
    LinkKind.USED_DEVICE: NodeKind.DEVICE,
    LinkKind.SEEN_AT_IP: NodeKind.IP_ADDRESS,
    LinkKind.OWNS_ADDRESS: NodeKind.ADDRESS,
    LinkKind.DEPOSITED_FROM: NodeKind.ADDRESS,
    LinkKind.WITHDREW_TO: NodeKind.ADDRESS,
    LinkKind.TRANSFERRED_TO: NodeKind.ACCOUNT,
    LinkKind.REFERRED: NodeKind.ACCOUNT,
    LinkKind.TRADED_WITH: NodeKind.ACCOUNT,
    LinkKind.DECLARED: NodeKind.ACCOUNT,
}
"""DEPOSITED_FROM and WITHDREW_TO are for other ends not known to be an account; those that are, are TRANSFERRED_TO.
TRADED_WITH runs maker -> taker, REFERRED referrer -> referred, DECLARED leader -> follower."""

NODE_SCHEMAS: dict[NodeKind, pl.Schema] = {
    NodeKind.ACCOUNT: columns(
        id=pl.String,
        opened_at=INSTANT,
        segment=pl.String,
        country=pl.String,
        volume_usd=pl.Float64,
    ),
    NodeKind.ENTITY: columns(id=pl.String),
    NodeKind.DEVICE: columns(id=pl.String, category=pl.String),
    NodeKind.IP_ADDRESS: columns(id=pl.String, category=pl.String),
    NodeKind.ADDRESS: columns(id=pl.String, category=pl.String, network=pl.String),
    NodeKind.SYMBOL: columns(id=pl.String, kind=pl.String, tier=pl.String),
}
"""`category` is the known-service category of a resource, null when nobody declared one."""

LINK_KEY = columns(source=pl.String, target=pl.String, qualifier=pl.String)
"""What tells two links of one kind apart."""

LINK_SCHEMA = columns(
    **LINK_KEY,
    days=pl.List(DAY),
    counts=pl.List(pl.Int64),
    undated=pl.Int64,
    first_ts=INSTANT,
    last_ts=INSTANT,
    volume=pl.Float64,
    event_ids=pl.List(pl.String),
    event_days=pl.List(DAY),
)
"""One row per link. `qualifier`: the asset of a transfer, deposit or withdrawal, the symbol of TRADED_WITH, the kind of
DECLARED, else "". `days` ascending and distinct with the events of each day in `counts`; `undated` events had no time.
`event_ids` (at most EVENT_IDS_PER_LINK, earliest first, undated last) beside the day of each in `event_days` (null:
undated). `volume`: quote volume of TRADED_WITH, else null. No list and no `qualifier` is ever null."""
