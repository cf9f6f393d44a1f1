"""The contract as a page for people."""

from __future__ import annotations

from graph.contract.columns import (
    EARLIEST_YEAR,
    FRACTION_DIGITS,
    LATEST_YEAR,
    TEXT_BYTES,
    WHOLE_DIGITS,
    Column,
    Kind,
    Table,
)
from graph.contract.definition import TABLES

OUTPUT_BEGINS = "<!-- output tables begin -->"
OUTPUT_ENDS = "<!-- output tables end -->"
"""What stands between these two lines is made elsewhere, from the output tables."""

INTRODUCTION = f"""# Data contract

Generated from `graph/contract/definition.py` by `python -m graph.contract docs`; each table also has a JSON Schema in
[`schema/`](schema/).

## Input: one folder

One file or one folder of part files per table: `accounts.parquet`, `accounts.csv`, `accounts.jsonl`, or
`accounts/part-0.parquet`, ...; `.csv.gz` and `.jsonl.gz` too. Only `accounts` is required; a missing table switches off
what depends on it. Names that begin with `.` or `_` are passed over, other unknown files and columns are named in a
warning.

- **A row that breaks the contract goes to quarantine** with its table, file, row (1-based among the file's data rows),
  column, reason and value; all others go on. For every table `read = loaded + quarantined + duplicates`. A file that
  cannot be read as a whole, or lacks a required column, stops the load before anything is changed.
- **Natural keys**: the same key with the same content is a duplicate. With other content the first stays (what was
  loaded before, else byte order of file names, then order of rows) and later ones are quarantined. Empty values count
  as equal in keys.
- **Revisions**: an exchange corrects or busts a trade by a further row with the same `trade_id` and another `status`,
  in any load. All rows stay on the tape; links and detectors see the last word only, on days that lie behind too.
- **Clocks**: an amend, cancel or expiry dated before the `new` of its order goes to quarantine, and so does a fill
  dated before the `new` of the maker's or the taker's order, where that `new` is in the same load or on the tape. Equal
  times are fine.
- **Text** is compared byte for byte and has at most {TEXT_BYTES:,} bytes of UTF-8 without zero bytes. Empty text counts
  as nothing given. Whole numbers are accepted as ids, other numbers are not.
- **Times** are kept as UTC microseconds: a Parquet timestamp or date, or text such as `2024-05-01T12:00:00Z`,
  `2024-05-01 14:00:00.5+02:00` or `2024-05-01`. Without a zone UTC is assumed; what is finer is cut.
  Bare numbers are refused, for nobody can tell seconds from milliseconds. Years {EARLIEST_YEAR} to {LATEST_YEAR}.
- **Decimals** are exact: at most {WHOLE_DIGITS} whole digits and {FRACTION_DIGITS} decimals. Floats are
  taken as the shortest decimal that means them. In JSON Lines write decimals of more than 15 digits as text.
- **CSV**: UTF-8, header, commas, double quotes (doubled inside a value); line breaks inside quotes are fine.
- **Identifiers**: with a key configured, every device, IP and address is replaced on ingest by an HMAC-SHA256 of its
  type and value. Networks of `known_services` are matched before that and stay readable.
"""


def data_contract_page(output_section: str = "") -> str:
    """The page; `output_section` stands between the output markers."""
    tables = "\n".join(_table(table) for table in TABLES.values())
    output = f"{OUTPUT_BEGINS}\n{output_section}{OUTPUT_ENDS}\n"
    return f"{INTRODUCTION}\n## Input tables\n\n{tables}\n## Output tables\n\n{output}"


def output_section_of(page: str) -> str:
    """What stands between the output markers of a page, "" when there are none."""
    _, _, after = page.partition(OUTPUT_BEGINS + "\n")
    section, found, _ = after.partition(OUTPUT_ENDS)
    return section if found else ""


def _table(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    rows = "\n".join(_row(column) for column in table.columns)
    required = " Required." if table.required else ""
    return (
        f"### `{table.name}`\n\n{table.meaning}{required} Natural key: {key}.\n\n"
        f"| column | type | required | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def _row(column: Column) -> str:
    required = "yes" if column.required else ""
    return f"| `{column.name}` | {_kind(column)} | {required} | {_meaning(column)} |"


def _kind(column: Column) -> str:
    names = {Kind.TEXT: "text", Kind.INSTANT: "time", Kind.DECIMAL: "decimal", Kind.INTEGER: "whole number"}
    return "one of " + ", ".join(f"`{value}`" for value in column.allowed) if column.allowed else names[column.kind]


def _meaning(column: Column) -> str:
    bounds = [
        f"{sign} {bound:,}"
        for sign, bound in (("at least", column.at_least), ("more than", column.above), ("less than", column.below))
        if bound is not None
    ]
    ranged = f" {' and '.join(bounds).capitalize()}." if bounds else ""
    default = f" Default `{column.default}`." if column.default is not None else ""
    return f"{column.meaning}{ranged}{default}"
