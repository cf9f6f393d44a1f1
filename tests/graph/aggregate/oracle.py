"""Nodes and links from records in plain Python, one row after the other: slow, short and obviously right."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from graph.vocabulary import EVENT_IDS_PER_LINK, LinkKind, NodeKind
from tests.graph.worlds import Row, World, distinct

EXACT = Context(prec=100)


class Event(NamedTuple):
    ts: datetime | None
    name: str | None
    """None: named by a hash, so only its number is compared."""
    n: int = 1
    volume: Decimal | None = None


Key = tuple[str, str, str]


def links(records: World) -> dict[LinkKind, dict[Key, dict[str, Any]]]:
    found: dict[LinkKind, dict[Key, list[Event]]] = {kind: defaultdict(list) for kind in LinkKind}
    _of_accounts(records, found)
    _of_sessions(records, found)
    _of_transfers(records, found)
    _of_trades(records, found)
    for row in distinct(records["declared_relations"]):
        if row["leader_account_id"] != row["follower_account_id"]:
            key = (row["leader_account_id"], row["follower_account_id"], row["kind"])
            found[LinkKind.DECLARED][key].append(Event(row.get("from_ts"), None))
    return {kind: {key: summary(events) for key, events in each.items()} for kind, each in found.items()}


def _of_accounts(records: World, found: dict[LinkKind, dict[Key, list[Event]]]) -> None:
    for row in records["accounts"]:
        account, event = row["account_id"], f"account:{row['account_id']}"
        if row["owner_id"]:
            found[LinkKind.OWNED_BY][account, row["owner_id"], ""].append(Event(None, event))
        if row["referrer_account_id"] and row["referrer_account_id"] != account:
            key = (row["referrer_account_id"], account, "")
            found[LinkKind.REFERRED][key].append(Event(row["opened_at"], event))
    for row in records["deposit_addresses"]:
        key = (row["account_id"], row["address"], "")
        found[LinkKind.OWNS_ADDRESS][key].append(Event(row["assigned_at"], f"assignment:{row['address']}"))


def _of_sessions(records: World, found: dict[LinkKind, dict[Key, list[Event]]]) -> None:
    for row in distinct(records["sessions"]):
        for kind, column in ((LinkKind.USED_DEVICE, "device_id"), (LinkKind.SEEN_AT_IP, "ip")):
            if row[column]:
                found[kind][row["account_id"], row[column], ""].append(Event(row["ts"], None))


def _of_transfers(records: World, found: dict[LinkKind, dict[Key, list[Event]]]) -> None:
    sides: dict[tuple[Key, date | None], dict[bool, list[Event]]] = defaultdict(lambda: {True: [], False: []})
    for row in records["transfers"]:
        event = Event(row["ts"], row["transfer_id"], row["count"] or 1)
        account, other, asset = row["account_id"], row["counterparty_account_id"], row["asset"] or ""
        sent = row["direction"] != "deposit"
        if other is None and row["address"] and row["direction"] != "internal":
            kind = LinkKind.WITHDREW_TO if sent else LinkKind.DEPOSITED_FROM
            found[kind][account, row["address"], asset].append(event)
        elif other is not None and other != account:
            ends = (account, other, asset) if sent else (other, account, asset)
            sides[ends, day_of(row["ts"])][sent].append(event)
    for (ends, _), by_side in sides.items():
        believed = sorted(by_side[True] or by_side[False], key=order)
        larger = max(sum(event.n for event in events) for events in by_side.values())
        surplus = larger - sum(event.n for event in believed)
        believed[0] = believed[0]._replace(n=believed[0].n + surplus)
        found[LinkKind.TRANSFERRED_TO][ends] += believed


def _of_trades(records: World, found: dict[LinkKind, dict[Key, list[Event]]]) -> None:
    fills: dict[Key, list[Event]] = defaultdict(list)
    for row in last_words(records["trades"]):
        if row["maker_account_id"] != row["taker_account_id"] and row["status"] != "busted":
            volume = EXACT.multiply(row["price"], row["quantity"])
            key = (row["maker_account_id"], row["taker_account_id"], row["symbol"])
            fills[key].append(Event(row["ts"], row["trade_id"], 1, volume))
    found[LinkKind.TRADED_WITH] = {key: events for key, events in fills.items() if len(events) >= 2}


def last_words(trades: list[Row]) -> list[Row]:
    """One row of each trade: what the exchange said of it last."""
    said: dict[str, Row] = {}
    for word in ("busted", "corrected", "normal"):
        for row in trades:
            if (row["status"] or "normal") == word:
                said.setdefault(row["trade_id"], row)
    return list(said.values())


def summary(events: list[Event]) -> dict[str, Any]:
    ordered = sorted(events, key=order)
    counts: dict[date, int] = defaultdict(int)
    for event in ordered:
        if event.ts:
            counts[event.ts.date()] += event.n
    dated = [event.ts for event in ordered if event.ts]
    volumes = [event.volume for event in ordered if event.volume is not None]
    listed = ordered[:EVENT_IDS_PER_LINK]
    total = Decimal(0)
    for volume in volumes:
        total = EXACT.add(total, volume)
    return {
        "days": [day_number(day) for day in counts],
        "counts": list(counts.values()),
        "undated": sum(event.n for event in ordered if not event.ts),
        "first_ts": dated[0] if dated else None,
        "last_ts": dated[-1] if dated else None,
        "volume": float(Context(prec=9).plus(total)) if volumes else None,
        "event_ids": [event.name for event in listed],
        "event_days": [day_number(event.ts.date()) if event.ts else None for event in listed],
    }


def order(event: Event) -> tuple[bool, datetime, bytes]:
    return event.ts is None, event.ts or datetime.max.replace(tzinfo=UTC), (event.name or "").encode()


def day_of(ts: datetime | None) -> date | None:
    return ts.date() if ts else None


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


ACCOUNT_COLUMNS = {
    "accounts": ("account_id", "referrer_account_id"),
    "sessions": ("account_id",),
    "deposit_addresses": ("account_id",),
    "transfers": ("account_id", "counterparty_account_id"),
    "orders": ("account_id",),
    "trades": ("maker_account_id", "taker_account_id"),
    "liquidations": ("account_id",),
    "declared_relations": ("leader_account_id", "follower_account_id"),
}


def nodes(records: World) -> dict[NodeKind, dict[str, dict[str, Any]]]:
    attributes = {row["account_id"]: row for row in records["accounts"]}
    accounts = {
        row[column] for table, columns in ACCOUNT_COLUMNS.items() for row in records[table] for column in columns
    }
    chains: dict[str, list[str]] = {row["address"]: [] for row in records["deposit_addresses"]}
    for row in records["transfers"]:
        if row["address"] and not row["counterparty_account_id"]:
            chains.setdefault(row["address"], [])
    for row in records["deposit_addresses"] + records["transfers"]:
        if row["address"] in chains and row["network"]:
            chains[row["address"]].append(row["network"])
    symbols = {row["symbol"]: row for row in records["symbols"]}
    traded = {row["symbol"] for name in ("symbols", "trades", "orders", "liquidations") for row in records[name]}
    services = {(row["kind"], row["identifier"]): row["category"] for row in current_services(records)}
    return {
        NodeKind.ACCOUNT: {
            name: {
                column: attributes.get(name, {}).get(column) for column in ("opened_at", "segment", "country")
            } | {"volume_usd": _float(attributes.get(name, {}).get("volume_usd"))}
            for name in accounts
            if name is not None
        },
        NodeKind.ENTITY: {row["owner_id"]: {} for row in records["accounts"] if row["owner_id"]},
        NodeKind.DEVICE: {
            row["device_id"]: {"category": services.get(("device", row["device_id"]))}
            for row in records["sessions"]
            if row["device_id"]
        },
        NodeKind.IP_ADDRESS: {
            row["ip"]: {"category": ip_category(row["ip"], services)} for row in records["sessions"] if row["ip"]
        },
        NodeKind.ADDRESS: {
            name: {"category": services.get(("address", name)), "network": min(networks, default=None)}
            for name, networks in chains.items()
        },
        NodeKind.SYMBOL: {
            name: {"kind": symbols.get(name, {}).get("kind"), "tier": symbols.get(name, {}).get("tier")}
            for name in traded
        },
    }  # fmt: skip


def current_services(records: World) -> list[dict[str, Any]]:
    dated = ("sessions", "transfers", "orders", "trades", "liquidations")
    first = min((row["ts"] for name in dated for row in records[name] if row["ts"]), default=None)
    return [
        row
        for row in records["known_services"]
        if not row.get("expires_at") or first is None or row["expires_at"] >= first
    ]


def ip_category(ip: str, services: dict[tuple[str, str], str]) -> str | None:
    if ("ip", ip) in services:
        return services["ip", ip]
    around = [
        (ip_network(network).prefixlen, category)
        for (kind, network), category in services.items()
        if kind == "ip" and "/" in network and lies_in(ip, network)
    ]
    return max(around)[1] if around else None


def lies_in(ip: str, network: str) -> bool:
    try:
        return ip_address(ip) in ip_network(network)
    except ValueError:
        return False


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
