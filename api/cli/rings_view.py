"""Rings for a terminal: who was found, why, and what is known about them."""

from __future__ import annotations

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from models.detection import Detection

RINGS_LISTED = 10
RINGS_EXPLAINED = 3
MEMBERS_EXPLAINED = 3
SENTENCES_PER_MEMBER = 2
VERDICTS = {"in a ring": "positive", "innocent": "negative"}


def rings_table(detection: Detection, truth: pl.DataFrame | None = None) -> Table:
    """The rings of highest score, with how many members truly are in a ring and how many are accused wrongly.

    `truth`: `models.scorecard.truth.TRUTH` of a simulated world, or None when nothing is known.
    """
    table = Table(
        title=f"{detection.rings.height:,} rings, {_accounts(detection):,} accounts",
        header_style="bold",
        box=SIMPLE_HEAD,
    )
    table.add_column("ring", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("members", justify="right")
    if truth is not None:
        for name in VERDICTS:
            table.add_column(name, justify="right", max_width=9)
    table.add_column("why", overflow="fold", ratio=1)
    known = _known_per_ring(detection, truth)
    for ring in _highest(detection, RINGS_LISTED).join(known, on="ring_id", how="left").iter_rows(named=True):
        cells = [ring["ring_id"], f"{ring['score']:.3f}", f"{ring['size']:,}"]
        if truth is not None:
            cells += [f"{ring[name]:,}" for name in VERDICTS]
        table.add_row(*cells, ring["summary"])
    if detection.rings.height > RINGS_LISTED:
        table.caption = f"the {RINGS_LISTED} of highest score"
    return table


def planted_table(detection: Detection, truth: pl.DataFrame) -> Table:
    """Every true ring with what was found of it. `truth`: `models.scorecard.truth.TRUTH` of a simulated world."""
    table = Table(title="planted rings, and what was found of them", header_style="bold", box=SIMPLE_HEAD)
    table.add_column("planted", no_wrap=True)
    for name in ("members", "detectable", "found"):
        table.add_column(name, justify="right", max_width=9)
    table.add_column("mostly in", no_wrap=True)
    members = truth.filter(pl.col("ring").is_not_null()).join(
        detection.members.select("account_id", "ring_id"), on="account_id", how="left"
    )
    planted = members.group_by("ring").agg(
        pl.len(),
        pl.sum("detectable"),
        pl.col("ring_id").count().alias("found"),
        pl.col("ring_id").drop_nulls().mode().sort().first().alias("mostly"),
    )
    for ring in planted.sort("ring").iter_rows(named=True):
        cells = [f"{ring[name]:,}" for name in ("len", "detectable", "found")]
        table.add_row(ring["ring"], *cells, ring["mostly"] or "nowhere")
    return table


def explanations(detection: Detection) -> list[RenderableType]:
    """The first rings in detail: members with the sentences of their strongest evidence."""
    panels: list[RenderableType] = []
    for ring in _highest(detection, RINGS_EXPLAINED).iter_rows(named=True):
        text = Text()
        members = detection.members.filter(pl.col("ring_id") == ring["ring_id"]).sort(
            "score", "account_id", descending=[True, False]
        )
        for member in members.head(MEMBERS_EXPLAINED).iter_rows(named=True):
            text.append(f"{member['account_id']}", style="bold")
            text.append(f"  {member['role']}, score {member['score']:.3f}, {member['tier']}\n")
            for sentence in _sentences(detection, ring["ring_id"], member["account_id"]):
                text.append(f"  - {sentence}\n")
        if members.height > MEMBERS_EXPLAINED:
            text.append(f"and {members.height - MEMBERS_EXPLAINED:,} more members")
        text.rstrip()
        panels.append(Panel(text, title=ring["ring_id"], title_align="left", expand=True))
    return panels


def _highest(detection: Detection, count: int) -> pl.DataFrame:
    return detection.rings.sort("score", "size", "ring_id", descending=[True, True, False]).head(count)


def _accounts(detection: Detection) -> int:
    return detection.members["account_id"].n_unique()


def _sentences(detection: Detection, ring_id: str, account_id: str) -> list[str]:
    rows = detection.evidence.filter((pl.col("ring_id") == ring_id) & (pl.col("account_id") == account_id))
    strongest = rows.sort("decisive", "weight", "evidence_id", descending=[True, True, False], nulls_last=True)
    return strongest["sentence"].unique(maintain_order=True).head(SENTENCES_PER_MEMBER).to_list()


def _known_per_ring(detection: Detection, truth: pl.DataFrame | None) -> pl.DataFrame:
    if truth is None:
        return detection.rings.select("ring_id")
    verdicts = detection.members.select("ring_id", "account_id").join(
        truth.select("account_id", "verdict"), on="account_id", how="left"
    )
    return verdicts.group_by("ring_id").agg(
        **{name: (pl.col("verdict") == verdict).sum() for name, verdict in VERDICTS.items()}
    )
