"""The output tables as a section of `docs/data-contract.md`: `python -m api.output_contract docs` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from graph.contract.page import OUTPUT_BEGINS, OUTPUT_ENDS, output_section_of
from graph.tape import QUARANTINE_SCHEMA
from models.detection import SCHEMAS
from models.learned_scores import CHANGED, LEARNED
from models.retraining.drift import DRIFT
from models.rings.acting import ALIKE_KIND
from models.rings.conduct_rows import CONDUCT_KINDS
from models.rings.control import CONTROL_KINDS
from models.rings.evidence import EVIDENCE_KINDS
from models.rings.followed_rows import FOLLOWED_KIND
from models.tables import CLOSED_SETS, PROVISIONAL

Meanings = dict[str, str]

TABLES: dict[str, pl.Schema] = {
    **SCHEMAS,
    "closed_sets": CLOSED_SETS,
    "provisional_tiers": PROVISIONAL,
    "learned_scores": LEARNED,
    "tier_changes": CHANGED,
    "drift": DRIFT,
    "linked": pl.Schema({"account_id": pl.String()}),
    "quarantine": QUARANTINE_SCHEMA,
}

PURPOSE: Meanings = {
    "rings": "One row per ring.",
    "members": "One row per account in a ring; an account may be in more than one.",
    "individuals": "Accounts in no ring with manipulative conduct of their own.",
    "evidence": "Why each member is in its ring: one row per act, or sum of like acts, of or towards the member.",
    "episodes": "Repeated manipulative conduct: one row per act and account ([how it is found](conduct.md)).",
    "harm": "Whom an episode cost what, against the price before it.",
    "lineage": "What became of the rings of the run before.",
    "closed_sets": "Accounts that trade in a circle and end as they began: where to look, no act of any of them.",
    "provisional_tiers": "Tiers by a threshold that nobody has certified: for studies, never for sanctions.",
    "learned_scores": "What learned models say of who is told ([how](retraining.md)): a ranking, no evidence, no tier.",
    "tier_changes": "Whose tier the challenger would allow otherwise than the champion.",
    "drift": "How far what the champion sees is from what it was judged on; empty where no model is live.",
    "linked": "Accounts that any evidence links to another entity, members or not: how far the evidence reaches.",
    "quarantine": "Input rows that broke the contract.",
}

_MEMBER: Meanings = {
    "account_id": "The account.",
    "role": "`organiser`, `participant`, `funder`, `beneficiary` or `linked`.",
    "score": "0 to 1; higher is surer.",
    "tier": "`freeze`, `review` or `watch`; `watch` alone until the false-positive rate is certified.",
    "legs": "Which of `control`, `coordination`, `conduct` the account's own acts support.",
    "days_active": "Distinct UTC days with evidence; undated acts have none.",
}

MEANING: dict[str, Meanings] = {
    "rings": {
        "ring_id": "Stays the same from run to run for as long as the ring keeps its people.",
        "score": "0 to 1; higher is surer.",
        "tier": "The highest tier of its members.",
        "typologies": "What at least two of its members did themselves.",
        "size": "How many accounts.",
        "first_seen": "Time of the first dated evidence.",
        "last_seen": "Time of the last dated evidence.",
        "certificate_id": "The certificate under which tiers were given; none yet.",
        "certificate_kind": "`none`, `simulated` or `audited`.",
        "summary": "One plain sentence.",
    },
    "members": {"ring_id": "The ring.", **_MEMBER},
    "individuals": _MEMBER,
    "evidence": {
        "evidence_id": "The row.",
        "ring_id": "The ring.",
        "account_id": "The member that the row is about.",
        "other_account_id": "The other account, where there is one.",
        "author_account_id": "Whose act it was; empty when nobody known acted.",
        "kind": "What kind of act; listed below.",
        "leg": "The leg that it supports; empty when it only nominates, as acts of others do.",
        "resource_kind": "`device`, `ip`, `address` or `account`: what is shared.",
        "resource_id": "The shared resource, keyed as on the tape.",
        "symbol": "The market, for trading conduct.",
        "weight": "How much it adds to the member's support.",
        "p_value": "Chance of it among the innocent, where a test exists.",
        "first_ts": "Time of the first dated event.",
        "last_ts": "Time of the last dated event.",
        "count": "How many events; all of them, though only some are named.",
        "event_ids": "The first few events: transfer ids, `session:` and a hash, `assignment:` and an address.",
        "decisive": "Whether the member would fall out of the ring without the rows so marked.",
        "sentence": "The row in plain words.",
    },
    "episodes": {
        "episode_id": "The episode.",
        "account_id": "Who acted.",
        "other_account_id": "Who acted with it; in front running, whose order it ran ahead of.",
        "ring_id": "The ring of the account, where it is in one.",
        "typology": "What it was.",
        "symbol": "The market.",
        "from_ts": "Start.",
        "to_ts": "End.",
        "magnitude": "How large, in the typology's unit.",
        "p_value": "Highest probability that chance gives the account as many such acts; empty where none is computed.",
        "gain": "What it earned, in the quote currency; empty where it moves volume or messages rather than money.",
        "event_ids": "The first few events.",
    },
    "harm": {
        "episode_id": "The episode.",
        "harmed_account_id": "Who lost.",
        "loss": "How much, in the quote currency.",
        "kind": "`fill` or `liquidation`.",
        "trade_id": "The trade.",
    },
    "lineage": {
        "ring_id": "A ring of this run.",
        "previous_ring_id": "A ring of the run before; empty for `new`.",
        "relation": "`continue`, `merge`, `split` or `new`.",
        "overlap": "Shared members over all members of both (Jaccard).",
    },
    "closed_sets": {
        "symbol": "The market.",
        "accounts": "The set, in order of ids.",
        "layers": "In how many layers of repeated trades they hang together in a circle.",
        "window_hours": "The length of window in which most trades were closed.",
        "windows": "How many such windows begin with trades that leave nobody's position changed.",
        "trades": "Trades in these beginnings.",
        "first_ts": "The first of them.",
        "last_ts": "The last.",
    },
    "provisional_tiers": {
        "ring_id": "The ring; empty for who acts alone.",
        "account_id": "The account.",
        "role": "As in `members`.",
        "tier": "`freeze`, `review` or `watch`.",
    },
    "learned_scores": {
        "alias": "`champion` or `challenger`.",
        "version": "The version of the model.",
        "ring_id": "The ring; empty for who acts alone.",
        "account_id": "The account.",
        "score": "0 to 1; higher is surer.",
        "tier": "What the score would allow and the legs would give, the milder of both; never published.",
        "because": "What moved the score most, with log-odds, the strongest first.",
    },
    "tier_changes": {
        "ring_id": "The ring; empty for who acts alone.",
        "account_id": "The account.",
        "champion": "What the champion's score would allow.",
        "challenger": "What the challenger's would.",
    },
    "drift": {
        "what": "A feature, the score, or a statistic of the graph.",
        "kind": "`stability index` or `ratio`.",
        "value": "The population stability index, or how many times what it was.",
        "alarm": "Whether it is above 0.25, or outside 2/3 to 3/2.",
    },
    "linked": {"account_id": "The account."},
    "quarantine": {
        "table": "The input table.",
        "file": "The file, below the input folder.",
        "row": "Row number among the file's data rows, from 1.",
        "column": "The column, where one is at fault.",
        "reason": "Why.",
        "value": "The value as text, cut when long.",
    },
}

INTRODUCTION = """A run leaves one folder: `run.json` and these Parquet files, all sorted, empty ones with their
columns. Times are UTC microseconds, amounts and scores floats with nine significant digits.

`run.json` is the manifest: run id and the run before it, fingerprint and row counts of every input table, missing
tables and what that switched off, warnings, code version, fingerprint of the detector, parameters, seed, model version,
certificate, row counts of the output, seconds per stage, and peak memory. Equal manifests but for the last two mean
equal tables.
"""


def output_section() -> str:
    """Every output table with its columns, then the kinds of evidence."""
    tables = "\n".join(_table(name) for name in TABLES)
    kinds = "\n".join(
        f"- `{kind}`" for kind in (*EVIDENCE_KINDS, *CONDUCT_KINDS, *CONTROL_KINDS, ALIKE_KIND, FOLLOWED_KIND)
    )
    return f"{INTRODUCTION}\n{tables}\n### Kinds of evidence\n\n{kinds}\n"


def _table(name: str) -> str:
    rows = "\n".join(
        f"| `{column}` | {_type(kind)} | {MEANING[name][column]} |" for column, kind in TABLES[name].items()
    )
    return f"### `{name}.parquet`\n\n{PURPOSE[name]}\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n"


def _type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.List):
        return f"list of {_type(pl.Series([], dtype=kind.inner).dtype)}"
    names = {pl.String: "text", pl.Float64: "number", pl.Int64: "integer", pl.Boolean: "yes or no", pl.Datetime: "time"}
    return names[type(kind)]


def written_into(page: str) -> str:
    """The page with this section between its markers."""
    old = f"{OUTPUT_BEGINS}\n{output_section_of(page)}{OUTPUT_ENDS}"
    return page.replace(old, f"{OUTPUT_BEGINS}\n{output_section()}{OUTPUT_ENDS}")


if __name__ == "__main__":
    document = Path(sys.argv[1]) / "data-contract.md"
    document.write_text(written_into(document.read_text(encoding="utf-8")), encoding="utf-8")
