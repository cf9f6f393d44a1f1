"""What people see: a short text per command; machines get the same facts as one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

WIDTH_OFF_TERMINAL = 120


def show_json(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")


def show(*parts: RenderableType) -> None:
    """Print texts and tables to stdout, with colours on a terminal alone; empty texts are left out."""
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH_OFF_TERMINAL)
    for part in parts:
        if part:
            # a line of text stays one line, for people who pipe it to grep
            console.print(part, highlight=False, markup=False, soft_wrap=isinstance(part, str | Text))


def counts_table(tables: Mapping[str, Mapping[str, Any]]) -> Table:
    """Per input table: rows read, loaded, quarantined, duplicates."""
    columns = ("read", "loaded", "quarantined", "duplicates")
    table = _table("table", *columns)
    for name, counts in sorted(tables.items()):
        table.add_row(name, *[f"{counts[column]:,}" for column in columns])
    return table


def sentences(title: str, lines: Sequence[str]) -> str:
    """A titled list, or nothing when there are no lines."""
    return "\n".join([f"{title}:", *[f"  - {line}" for line in lines]]) if lines else ""


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def rate(value: Mapping[str, Any]) -> str:
    """A share with what it is a share of, and its interval."""
    if value["value"] is None:
        return f"none of {value['of']:,}"
    return (
        f"{value['value']:.3f}  ({value['hits']:,} of {value['of']:,}; 95 % interval {value['low']:.3f} to "
        f"{value['high']:.3f})"
    )


def scorecard_table(card: Mapping[str, Any]) -> Table:
    """The scorecard, wrong accusations beside the hits."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    rows = [
        ("accounts with known truth", f"{card['accounts_known']:,}"),
        ("accounts flagged", f"{card['flagged']:,}, of unknown truth {card['flagged_unknown']:,}"),
        ("precision", rate(card["precision"])),
        *[(f"precision without {name}", rate(value)) for name, value in card["precision_without"].items()],
        ("recall", rate(card["recall"])),
        *[
            (f"recall of the detectable at a false-positive rate of {most}", rate(value))
            for most, value in card["detectable_recall_at_false_positive_rate"].items()
        ],
        ("detectable members with two legs", rate(card["two_legs"]["detectable"])),
        ("innocents with two legs", rate(card["two_legs"]["innocent"])),
    ]
    for name, group in card["groups"].items():
        rows.append((f"recall of {name}", rate(group["recall"])))
        rows.append((f"recall of {name} with evidence", rate(group["recall_with_evidence"])))
    rows += [(f"flagged of {name}", rate(value)) for name, value in card["false_positives"].items()]
    rows.append(("cleared accounts flagged", rate(card["cleared_flagged"])))
    rows.append(("members without evidence", f"{card['members_without_evidence']:,}"))
    rows += [
        (
            f"rings matched at Jaccard {match['jaccard']}",
            f"{match['matched']:,} of {match['found']:,} found and {match['true']:,} true; F1 {match['f1']:.3f}",
        )
        for match in card["rings"]
    ]
    rows.append(("pairs", f"precision {card['pairs']['precision']:.3f}, recall {card['pairs']['recall']:.3f}"))
    for label, text in rows:
        table.add_row(label, text)
    return table
