"""The tables that one run hands back, column by column."""

from __future__ import annotations

import polars as pl

from graph.vocabulary import INSTANT, columns

RINGS = columns(
    ring_id=pl.String,
    score=pl.Float64,
    tier=pl.String,
    typologies=pl.List(pl.String),
    size=pl.Int64,
    first_seen=INSTANT,
    last_seen=INSTANT,
    certificate_id=pl.String,
    certificate_kind=pl.String,
    summary=pl.String,
)

INDIVIDUALS = columns(
    account_id=pl.String,
    role=pl.String,
    score=pl.Float64,
    tier=pl.String,
    legs=pl.List(pl.String),
    days_active=pl.Int64,
)

MEMBERS = pl.Schema({"ring_id": pl.String(), **INDIVIDUALS})

EVIDENCE = columns(
    evidence_id=pl.String,
    ring_id=pl.String,
    account_id=pl.String,
    other_account_id=pl.String,
    author_account_id=pl.String,
    kind=pl.String,
    leg=pl.String,
    resource_kind=pl.String,
    resource_id=pl.String,
    symbol=pl.String,
    weight=pl.Float64,
    p_value=pl.Float64,
    first_ts=INSTANT,
    last_ts=INSTANT,
    count=pl.Int64,
    event_ids=pl.List(pl.String),
    decisive=pl.Boolean,
    sentence=pl.String,
)

EPISODES = columns(
    episode_id=pl.String,
    account_id=pl.String,
    other_account_id=pl.String,
    ring_id=pl.String,
    typology=pl.String,
    symbol=pl.String,
    from_ts=INSTANT,
    to_ts=INSTANT,
    magnitude=pl.Float64,
    p_value=pl.Float64,
    gain=pl.Float64,
    event_ids=pl.List(pl.String),
)

CONDUCT = columns(
    account_id=pl.String,
    typology=pl.String,
    symbols=pl.List(pl.String),
    count=pl.Int64,
    days=pl.Int64,
    first_ts=INSTANT,
    last_ts=INSTANT,
    p_value=pl.Float64,
    event_ids=pl.List(pl.String),
)
"""An account's own acts of a typology that count, a row for each; not published: evidence rows are made of it."""

CONDUCT_DAYS = columns(
    account_id=pl.String,
    typology=pl.String,
    symbol=pl.String,
    day=pl.Date,
)
"""The UTC days of these acts, by market; not published."""

PLACEMENTS = columns(
    account_id=pl.String,
    symbol=pl.String,
    ts=INSTANT,
    order_id=pl.String,
    alone=pl.Boolean,
    last_fill=INSTANT,
    crowd=pl.Int64,
    move=pl.Int64,
)
"""Instants at which accounts with acts that count placed orders in a market, after none there for a while; not
published. `alone`: it had placed none in any market for longer. `last_fill`: when an order of it that rested was last
filled. `crowd`, `move`: how busy the market was (`models/conduct/placements/states.sql`)."""

USUAL = columns(account_id=pl.String, kind=pl.String, value=pl.Int64, steps=pl.Int64)
"""Of the hour before an account's placements, how many half minutes had each `crowd`, and how many stretches each
largest `jump` (`kind`; `models/conduct/placements/usual.sql`); not published."""

HARM = columns(
    episode_id=pl.String,
    harmed_account_id=pl.String,
    loss=pl.Float64,
    kind=pl.String,
    trade_id=pl.String,
)

CLOSED_SETS = columns(
    symbol=pl.String,
    accounts=pl.List(pl.String),
    layers=pl.Int64,
    window_hours=pl.Int64,
    windows=pl.Int64,
    trades=pl.Int64,
    first_ts=INSTANT,
    last_ts=INSTANT,
)

LINEAGE = columns(ring_id=pl.String, previous_ring_id=pl.String, relation=pl.String, overlap=pl.Float64)

PROVISIONAL = columns(ring_id=pl.String, account_id=pl.String, role=pl.String, tier=pl.String)
"""Tiers by a threshold that nobody has certified (`models.tiers`); `ring_id` is null for who acts alone."""

TIERS = ("watch", "review", "freeze")
"""From mildest to harshest."""
