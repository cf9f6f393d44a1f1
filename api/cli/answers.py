"""What each command answers, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.text import Text

from api.cli.printing import counts_table, scorecard_table, sentences, show, show_json

if TYPE_CHECKING:
    from api.checkup import Finding
    from api.learning.training import TrainedVersion
    from api.runs.manifest import FinishedRun
    from graph.ingest import IngestReport
    from models.conduct.activity import Change
    from models.registry import Aliases
    from models.retraining.comparing import ComparedScorecard
    from models.scorecard import Scorecard
    from simulator.simulate import World


def finished(run: FinishedRun, out: Path | None, *, as_json: bool) -> None:
    """The manifest; for people the gist of it."""
    if as_json:
        show_json({**run.manifest, "repeated": run.repeated})
        return
    accounts = run.detection.members["account_id"].n_unique()
    show(
        counts_table(run.manifest["input"]),
        sentences("warnings", run.manifest["warnings"]),
        sentences("not looked for", [*run.manifest["switched_off"], *run.manifest["abstained"]]),
        _conduct(run.detection.episodes),
        _learned(run.manifest.get("learned", {})),
        f"{run.detection.rings.height:,} rings of {accounts:,} accounts: {run.manifest['run_id']}",
        "nothing has changed since this run was published" if run.repeated else "",
        f"written to {out}" if out else "",
    )


def _learned(learned: Mapping[str, Any]) -> str:
    """Which model ranked, what its shadow would change, and what has drifted; nothing where no model is live."""
    if "champion" not in learned:
        return ""
    drifted = sentences("drifted since the model was trained", learned["drift_alarms"])
    shadow = ""
    if "challenger" in learned:
        shadow = f", its challenger {learned['challenger']} would change {learned['would_change_tier']} tiers"
    return f"ranked by {learned['champion']}{shadow}\n{drifted}".rstrip()


def _conduct(episodes: pl.DataFrame) -> str:
    counts = episodes.group_by("typology").agg(pl.len(), pl.col("account_id").n_unique()).sort("typology")
    told = [f"{name}: {many:,} episodes of {accounts:,} accounts" for name, many, accounts in counts.iter_rows()]
    return sentences("repeated manipulative conduct", told)


def ingested(report: IngestReport, *, as_json: bool) -> None:
    """What became of the rows of every table."""
    document = asdict(report)
    if as_json:
        show_json(document)
        return
    show(
        counts_table(document["tables"]),
        sentences("warnings", report.warnings),
        sentences("tables that were not there", [", ".join(report.missing)] if report.missing else []),
        f"new on the tape: {report.segment}" if report.segment else "nothing new: every row was loaded before",
    )


def simulated(world: World, out: Path, *, as_json: bool) -> None:
    """How many rows each table of a simulated world has."""
    if as_json:
        show_json(world.as_dict())
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in world.rows.items())
    show(f"world '{world.parameters.world}', seed {world.parameters.seed}: {rows}", f"written to {out}")


def scored(card: Scorecard, *, as_json: bool) -> None:
    if as_json:
        show_json(card.as_dict())
    else:
        show(scorecard_table(card.as_dict()))


def compared(change: Change, *, as_json: bool) -> None:
    """Coordinated conduct in two periods, and by how much it changed."""
    if as_json:
        show_json({**asdict(change), "rates": {"before": change.before.rate, "after": change.after.rate}})
        return
    for name, one in (("before", change.before), ("after", change.after)):
        rate = "no account was active" if one.rate is None else f"{one.rate:.4g} per 1,000 account-days"
        show(
            f"{name}, {one.period.first} to {one.period.last}: {one.coordinated:,} coordinated episodes of "
            f"{one.accounts:,} accounts in {one.rings:,} rings (of {one.episodes:,} episodes in all), {rate}"
        )
    if change.relative is None or change.low is None:
        show("no change can be told: there is no coordinated episode before")
        return
    most = "unbounded" if change.high is None else f"{change.high:+.0%}"
    show(f"change: {change.relative:+.0%} (95 % interval {change.low:+.0%} to {most})")


def trained(version: TrainedVersion, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(version))
        return
    area = version.validation["auprc"]
    told = "better, so it runs in shadow" if version.shadow else "not better, so it runs nowhere"
    show(
        f"{version.version}: {version.kind}, split {version.split}",
        f"area under precision and recall on the validation: {area['value']} [{area['low']}, {area['high']}], "
        f"of what is live ({version.incumbent}): {version.incumbent_area}; {told}",
        "next: `ringleader compare FRESH...`, on records that no model was trained on",
    )


def versions_compared(card: ComparedScorecard, *, as_json: bool) -> None:
    if as_json:
        show_json({**json.loads(card.document()), "digest": card.digest})
        return
    rows = {"area under precision and recall": ("auprc", None), "recall at 1e-3": ("recall_at_fpr", "0.001")}
    for name, (figure, rate) in rows.items():
        sides = [card.figures[side][figure] for side in ("candidate", "incumbent", "lift")]
        new, old, gain = (side if rate is None else side[rate] for side in sides)
        show(f"{name}: {new['value']} against {old['value']}, {gain['value']:+} [{gain['low']:+}, {gain['high']:+}]")
    reviewed = card.figures["review_precision"]
    if reviewed["of"]:
        alarm = ": ALARM, too many of those told are innocent" if reviewed["alarm"] else ""
        show(f"review precision: {reviewed['hits']} of {reviewed['of']} told and decided on were confirmed{alarm}")
    worse = sentences("worse than what is live", list(card.worse))
    show(worse or f"nothing is worse: `ringleader promote --version {card.version} --by NAME` may make it live")


def in_force(aliases: Aliases, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(aliases))
        return
    show(*(f"{name}: {getattr(aliases, name) or 'none'}" for name in ("champion", "challenger", "previous")))


def checked(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        show_json({"well": all(finding.well for finding in findings), "parts": [vars(finding) for finding in findings]})
        return
    for finding in findings:
        mark = Text("ok   ", style="green") if finding.well else Text("FAIL ", style="red")
        show(mark.append(f"{finding.part}: {finding.says}", style="default"))
