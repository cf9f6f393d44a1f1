"""A small exchange with every input table, four planted rings, families, bad rows and duplicates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

RINGS, RING_SIZE, OTHERS, DAYS = 4, 12, 300, 20
FIRST_DAY = datetime(2024, 5, 1, tzinfo=UTC)
MEMBERS = {ring: [f"ring{ring}-{number:02d}" for number in range(RING_SIZE)] for ring in range(RINGS)}
PLANTED = [account for members in MEMBERS.values() for account in members]
ALONE = [f"user-{number:03d}" for number in range(OTHERS)]

Tables = dict[str, pl.DataFrame]


def tables() -> Tables:
    """The input tables; the same on every call."""
    random = np.random.default_rng(7)
    return {
        "accounts": _accounts(random),
        "sessions": _sessions(random),
        "deposit_addresses": _deposit_addresses(),
        "transfers": _transfers(random),
        "trades": _trades(random),
        "symbols": pl.DataFrame({"symbol": ["BTC-USD", "ETH-USD"], "kind": ["spot", "perpetual"]}),
        "declared_relations": pl.DataFrame(
            {"leader_account_id": [ALONE[0]], "follower_account_id": [ALONE[1]], "kind": ["family"]}
        ),
        "known_services": pl.DataFrame(
            {
                "kind": ["address", "ip"],
                "identifier": ["hot-wallet", "10.9.0.0/16"],
                "category": ["exchange_wallet", "office"],
            }
        ),
        "labels": pl.DataFrame(
            {
                "account_id": [*PLANTED, *ALONE],
                "outcome": ["confirmed"] * len(PLANTED) + ["not_flagged"] * len(ALONE),
                "ring_label": [f"ring{n // RING_SIZE}" for n in range(len(PLANTED))] + [None] * len(ALONE),
            }
        ),
    }


def write(folder: Path, content: Tables) -> Path:
    """One Parquet file per table."""
    folder.mkdir(parents=True)
    for name, table in content.items():
        table.write_parquet(folder / f"{name}.parquet")
    return folder


def write_shuffled(folder: Path, content: Tables, seed: int) -> Path:
    """The same rows in another order, cut into part files of different formats."""
    for name, table in content.items():
        (folder / name).mkdir(parents=True)
        rows = table.sample(fraction=1, shuffle=True, seed=seed)
        third = rows.height // 3 + 1
        rows[:third].write_parquet(folder / name / "part-b.parquet")
        rows[third : 2 * third].write_csv(folder / name / "part-c.csv")
        rows[2 * third :].write_ndjson(folder / name / "part-a.jsonl")
    return folder


def _accounts(random: np.random.Generator) -> pl.DataFrame:
    opened = [timedelta(days=ring, hours=number) for ring in range(RINGS) for number in range(RING_SIZE)]
    opened += [timedelta(minutes=int(minutes)) for minutes in random.integers(0, 400 * 1440, OTHERS)]
    volumes = [1000.0 * (ring + 1) + number for ring in range(RINGS) for number in range(RING_SIZE)]
    volumes += random.lognormal(8, 2, OTHERS).round(2).tolist()
    return pl.DataFrame(
        {
            "account_id": [*PLANTED, *ALONE],
            "opened_at": [FIRST_DAY - timedelta(days=400) + each for each in opened],
            "segment": ["retail"] * (len(PLANTED) + OTHERS),
            "volume_usd": volumes,
        }
    )


def _sessions(random: np.random.Generator) -> pl.DataFrame:
    """Ring members share three devices and a network; every third of the others has a family's tablet, too."""
    rows: list[tuple[str, datetime, str, str]] = []
    for ring, members in MEMBERS.items():
        for number, account in enumerate(members):
            for day in range(0, DAYS, 4):
                at = FIRST_DAY + timedelta(days=day, minutes=int(random.integers(1440)))
                rows.append((account, at, f"device-{ring}-{(number + day) % 3}", f"10.{ring}.0.1"))
    for number, account in enumerate(ALONE):
        for day in range(0, DAYS, 5):
            at = FIRST_DAY + timedelta(days=day, minutes=int(random.integers(1440)))
            rows.append((account, at, f"phone-{number}", f"10.9.{number % 250}.{number % 7}"))
            if number % 3 == 0:
                rows.append((account, at, f"tablet-{number // 6}", f"10.8.0.{number // 6}"))
    rows += rows[:5]
    return pl.DataFrame(rows, schema=["account_id", "ts", "device_id", "ip"], orient="row")


def _deposit_addresses() -> pl.DataFrame:
    accounts = [*PLANTED, *ALONE]
    return pl.DataFrame({"address": [f"deposit-{account}" for account in accounts], "account_id": accounts})


def _transfers(random: np.random.Generator) -> pl.DataFrame:
    """A ring is paid by one funder and sweeps to one address; all others use the hot wallet and their own address."""
    rows: list[tuple[str, str, str, str | None, str | None, datetime | None]] = []

    def add(account: str, direction: str, address: str | None, other: str | None, dated: bool) -> None:
        at = FIRST_DAY + timedelta(minutes=int(random.integers(DAYS * 1440)))
        rows.append((f"t{len(rows)}", account, direction, address, other, at if dated else None))

    for ring, members in MEMBERS.items():
        for number, account in enumerate(members):
            for _ in range(3):
                add(account, "deposit", f"funder-{ring}", None, dated=True)
                add(account, "withdrawal", f"sweep-{ring}", None, dated=number % 2 == 0)
            add(account, "internal", None, members[(number + 1) % RING_SIZE], dated=True)
    for account in ALONE:
        add(account, "deposit", "hot-wallet", None, dated=True)
        add(account, "withdrawal", f"own-{account}", None, dated=True)
    add(ALONE[0], "sideways", "hot-wallet", None, dated=True)
    names = ["transfer_id", "account_id", "direction", "address", "counterparty_account_id", "ts"]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def _trades(random: np.random.Generator) -> pl.DataFrame:
    accounts = np.array([*PLANTED, *ALONE])
    count = 2000
    return pl.DataFrame(
        {
            "trade_id": [f"x{number}" for number in range(count)],
            "symbol": random.choice(["BTC-USD", "ETH-USD"], count),
            "price": random.integers(100, 200, count).astype(float),
            "quantity": random.integers(1, 9, count).astype(float),
            "ts": [FIRST_DAY + timedelta(minutes=int(minutes)) for minutes in random.integers(0, DAYS * 1440, count)],
            "maker_account_id": random.choice(accounts[:60], count),
            "taker_account_id": random.choice(accounts[:60], count),
            "taker_side": random.choice(["buy", "sell"], count),
            "status": ["normal" if number % 20 else "busted" for number in range(count)],
        }
    )
