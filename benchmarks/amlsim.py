"""IBM AMLSim's samples through the ordinary commands: another team's planted cycles and fan-ins.

A step of AMLSim's clock becomes a UTC day. Its samples do not say which accounts form which pattern, so the scorecard
speaks of accounts: `isFraud` becomes an outcome `confirmed` of kind `cycle` or `fan_in`, everything else `not_flagged`.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

SAMPLES = Path(__file__).parent / "data" / "amlsim"
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """One of AMLSim's archives: its `name` is also its only folder, `pattern` what was planted in it."""

    name: str
    pattern: str


PLANTED = (Sample("20K_cycle200", "cycle"), Sample("20K_fanin200", "fan_in"))


def write_records(sample: Sample, folder: Path) -> None:
    """Write `accounts`, `transfers` and `labels` of the input contract for one sample."""
    nodes, transactions = _members(sample)
    account = pl.format("aml_{}", pl.col("nodeid"))
    confirmed = pl.col("isFraud") == 1
    nodes.select(account.alias("account_id")).write_parquet(folder / "accounts.parquet")
    nodes.select(
        account.alias("account_id"),
        pl.when(confirmed).then(pl.lit("confirmed")).otherwise(pl.lit("not_flagged")).alias("outcome"),
        pl.when(confirmed).then(pl.lit(sample.pattern)).alias("kind"),
    ).write_parquet(folder / "labels.parquet")
    transactions.with_row_index("row").select(
        pl.format("{}-{}", pl.lit(sample.name), pl.col("row")).alias("transfer_id"),
        pl.format("aml_{}", pl.col("sourceNodeId")).alias("account_id"),
        pl.lit("internal").alias("direction"),
        pl.format("aml_{}", pl.col("targetNodeId")).alias("counterparty_account_id"),
        pl.lit("USD").alias("asset"),
        pl.col("value").cast(pl.Decimal(18, 2)).alias("amount"),
        (pl.lit(FIRST_DAY) + pl.duration(days="time")).cast(pl.Datetime("us", "UTC")).alias("ts"),
    ).write_parquet(folder / "transfers.parquet")


def _members(sample: Sample) -> tuple[pl.DataFrame, pl.DataFrame]:
    with tarfile.open(SAMPLES / f"{sample.name}.tgz") as archive:
        tables = []
        for table in ("nodes", "transactions"):
            file = archive.extractfile(f"{sample.name}/{table}.csv")
            assert file is not None, f"{sample.name}.tgz holds no {table}.csv"
            tables.append(pl.read_csv(io.BytesIO(file.read())))
    return tables[0], tables[1]


def scorecard(sample: Sample, work: Path) -> dict[str, Any]:
    """Detect and evaluate one sample as a user would; answers the manifest's stages and the scorecard."""
    records, out = work / sample.name, work / f"{sample.name}-out"
    records.mkdir()
    write_records(sample, records)
    found = _ringleader("detect", str(records), "--out", str(out), "--json")
    scored = _ringleader("evaluate", str(out), "--truth", str(records), "--json")
    return {"sample": sample.name, "rings": found["output"]["rings"], "stages": found["stages"], "scorecard": scored}


def _ringleader(*arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "api.cli", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        for sample in PLANTED:
            print(line(scorecard(sample, Path(work))))


def line(result: dict[str, Any]) -> str:
    """One sample's figures in words, good or bad."""
    card, seconds = result["scorecard"], sum(result["stages"].values())
    precision, recall = card["precision"], card["recall"]
    return (
        f"{result['sample']}: {result['rings']} rings in {seconds:.1f} s; of {precision['of']} accounts flagged "
        f"{precision['hits']} are planted; of {recall['of']} planted {recall['hits']} are flagged; "
        f"precision {precision['value']}, recall {recall['value']}"
    )


if __name__ == "__main__":
    main()
