"""Small random worlds of exchange records, and how to hand them over in any format, order and number of parts."""

from __future__ import annotations

import csv
import gzip
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from graph.contract import LOADED, TABLES

Row = dict[str, Any]
World = dict[str, list[Row]]

START = datetime(2024, 3, 1, tzinfo=UTC)

NASTY = (
    "o'neil",
    'say "hi"',
    "line\nbreak",
    "tab\tand, comma",
    "'; DROP TABLE accounts; --",
    "'}) MATCH (n) DETACH DELETE n //",
    "$1 {columns} %s \\ `",
    "ünïcode 🦊",
    " spaced ",
    "NULL",
)


@dataclass(frozen=True)
class Draw:
    """Values at random, the same ones for one seed in one order of asking."""

    random: random.Random
    accounts: list[str]

    def account(self) -> str:
        return self.random.choice(self.accounts)

    def maybe(self, value: Any, chance: float = 0.7) -> Any:
        return value if self.random.random() < chance else None

    def moment(self) -> datetime:
        ago = timedelta(
            days=self.random.randrange(6),
            seconds=self.random.randrange(40_000),
            microseconds=self.random.randrange(3),
        )
        return START + ago

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(1, 10**12)).scaleb(-self.random.randrange(12))

    def address(self) -> str:
        return self.random.choice(("0xA", "0xa", "0xB", "0xC'", "bc1", "0xD"))


def world(seed: int, size: int = 12) -> World:
    """Every table, with repeated pairs, undated rows, both sides of the same money, and ids that try to break out."""
    draw = Draw(random.Random(seed), [*NASTY, *(f"a{n}" for n in range(size))])
    return _customers(draw) | _money(draw) | _market(draw) | _declared(draw)


def _customers(draw: Draw) -> World:
    listed = [name for name in draw.accounts if draw.random.random() < 0.8]
    return {
        "accounts": [
            {
                "account_id": name,
                "opened_at": draw.maybe(draw.moment()),
                "segment": draw.maybe("retail"),
                "owner_id": draw.maybe(draw.random.choice(("owner 1", "owner 2")), 0.4),
                "referrer_account_id": draw.maybe(draw.account(), 0.4),
                "country": draw.maybe("DE"),
                "volume_usd": draw.maybe(draw.amount()),
            }
            for name in listed
        ],
        "sessions": [
            {
                "account_id": draw.account(),
                "ts": draw.moment(),
                "device_id": draw.maybe(draw.random.choice("XYZ")),
                "ip": draw.maybe(draw.random.choice(("10.0.0.1", "10.0.9.9", "2001:db8::1", "X"))),
                "event": draw.maybe("2fa_change", 0.2),
            }
            for _ in range(60)
        ],
        "deposit_addresses": [
            {
                "address": name,
                "account_id": draw.account(),
                "network": draw.maybe("eth"),
                "assigned_at": draw.maybe(draw.moment()),
            }
            for name in ("0xA", "0xE", "0xF")
        ],
    }


def _money(draw: Draw) -> World:
    return {
        "transfers": [
            {
                "transfer_id": f"t{n}",
                "account_id": draw.account(),
                "direction": draw.random.choice(("deposit", "withdrawal", "internal")),
                "address": draw.maybe(draw.address()),
                "counterparty_account_id": draw.maybe(draw.random.choice(draw.accounts[:4]), 0.5),
                "asset": draw.maybe(draw.random.choice(("BTC", "ETH"))),
                "amount": draw.maybe(draw.amount()),
                "ts": draw.maybe(draw.moment(), 0.8),
                "network": draw.maybe(draw.random.choice(("eth", "tron"))),
                "count": draw.maybe(draw.random.randrange(1, 5)),
            }
            for n in range(80)
        ],
    }


def _market(draw: Draw) -> World:
    return {
        "orders": [
            {
                "order_id": f"o{n}",
                "account_id": draw.account(),
                "symbol": "BTC-USD",
                "event": "new",
                "side": "buy",
                "price": draw.maybe(draw.amount()),
                "quantity": draw.amount(),
                "ts": draw.moment(),
                "sequence": draw.maybe(n),
            }
            for n in range(5)
        ],
        "trades": [
            {
                "trade_id": f"f{n}",
                "symbol": draw.random.choice(("BTC-USD", "ETH-USD")),
                "price": draw.amount(),
                "quantity": draw.amount(),
                "ts": draw.moment(),
                "maker_account_id": draw.random.choice(draw.accounts[:4]),
                "taker_account_id": draw.random.choice(draw.accounts[:4]),
                "taker_side": "sell",
                "status": status,
            }
            for n in range(60)
            for status in draw.random.sample(
                (draw.random.choice(("normal", None)), "corrected", "busted"), draw.random.choice((1, 1, 2, 3))
            )
        ],
        "liquidations": [
            {
                "account_id": draw.account(),
                "symbol": "LUNA-USD",
                "side": "sell",
                "quantity": draw.amount(),
                "price": draw.amount(),
                "ts": draw.moment(),
                "loss": draw.maybe(draw.amount()),
            }
        ],
        "symbols": [{"symbol": "BTC-USD", "kind": "spot", "tier": "large", "tick_size": Decimal("0.01")}],
    }


def _declared(draw: Draw) -> World:
    return {
        "declared_relations": [
            {
                "leader_account_id": draw.account(),
                "follower_account_id": draw.account(),
                "kind": draw.random.choice(("family", "copy_trading")),
                "from_ts": draw.maybe(draw.moment()),
            }
            for _ in range(6)
        ],
        "known_services": [
            {"kind": "device", "identifier": "X", "category": "public_device"},
            {"kind": "ip", "identifier": "10.0.0.0/16", "category": "campus"},
            {"kind": "ip", "identifier": "10.0.0.0/24", "category": "office"},
            {"kind": "ip", "identifier": "2001:db8::/32", "category": "vpn", "expires_at": START - timedelta(days=1)},
            {"kind": "address", "identifier": "0xa", "category": "bridge"},
            {"kind": "address", "identifier": "0xnever", "category": "bridge"},
        ],
    }


def distinct(rows: list[Row]) -> list[Row]:
    """Rows of which no two are equal, for tables whose key is all their columns."""
    return [row for place, row in enumerate(rows) if row not in rows[:place]]


def hand_over(records: World, folder: Path, form: str = "parquet", *, parts: int = 1) -> Path:
    """Write every table as `form` (parquet, csv, jsonl, csv.gz, jsonl.gz), in so many part files."""
    for table, rows in records.items():
        if parts == 1:
            write_rows(table, rows, folder / f"{table}.{form}")
        else:
            for part in range(parts):
                write_rows(table, rows[part::parts], folder / table / f"part-{part}.{form}")
    return folder


def write_rows(table: str, rows: list[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(TABLES[table].schema)
    if path.suffix == ".parquet":
        pl.DataFrame(rows, schema=TABLES[table].schema).write_parquet(path)
        return
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", newline="", encoding="utf-8") as file:  # type: ignore[operator]
        if ".csv" in path.name:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows({name: as_text(value) for name, value in row.items()} for row in rows)
        else:
            file.writelines(
                json.dumps({name: value if isinstance(value, int) else as_text(value) for name, value in row.items()})
                + "\n"
                for row in rows
            )


def as_text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)


def loaded_rows(tape: Any) -> dict[str, pl.DataFrame]:
    """All tables of a tape, sorted."""
    return {name: tape.table(name).collect().sort(pl.all()) for name in LOADED}
