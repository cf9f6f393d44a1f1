"""The scorecard of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from models.legs import two_legs
from models.scorecard.matching import RingMatch, adjusted_rand, match_rings, pair_agreement
from models.scorecard.rates import Rate, curve, recall_at_false_positive_rate, recall_at_precision

PRECISION_ASKED = 0.90
JACCARD_LEVELS = (0.5, 0.8)
FALSE_POSITIVE_RATES = (1e-3, 1e-4)


@dataclass(frozen=True)
class GroupScore:
    """One kind of true member: `recall` at what was published, `recall_with_evidence` over those whom any record
    links to another account, `recall_at_precision` the best over score thresholds."""

    group: str
    recall: Rate
    recall_with_evidence: Rate
    recall_at_precision: float


@dataclass(frozen=True)
class Scorecard:
    """See `score_run`. `precision_without[g]`: precision over accounts whose group is not `g`, for every group of true
    members. `recall_at_rate`: over the detectable, at each of `FALSE_POSITIVE_RATES`. `two_legs`: of the detectable and
    of innocents (`detectable`, `innocent`), who has the legs that a tier above `watch` will need. `false_positives`:
    per group of innocents, worst first."""

    accounts_known: int
    flagged: int
    flagged_unknown: int
    precision: Rate
    precision_without: dict[str, Rate]
    recall: Rate
    recall_at_precision: float
    recall_at_rate: dict[float, Rate]
    two_legs: dict[str, Rate]
    groups: tuple[GroupScore, ...]
    false_positives: dict[str, Rate]
    cleared_flagged: Rate
    members_without_evidence: int
    rings: tuple[RingMatch, ...]
    pair_precision: float
    pair_recall: float
    adjusted_rand: float
    points: pl.DataFrame

    def as_dict(self) -> dict[str, Any]:
        return {
            "accounts_known": self.accounts_known,
            "flagged": self.flagged,
            "flagged_unknown": self.flagged_unknown,
            "precision": self.precision.as_dict(),
            "precision_without": {name: rate.as_dict() for name, rate in self.precision_without.items()},
            "recall": self.recall.as_dict(),
            f"recall_at_precision_{PRECISION_ASKED}": self.recall_at_precision,
            "detectable_recall_at_false_positive_rate": {
                str(most): rate.as_dict() for most, rate in self.recall_at_rate.items()
            },
            "two_legs": {name: rate.as_dict() for name, rate in self.two_legs.items()},
            "groups": {
                g.group: {
                    "recall": g.recall.as_dict(),
                    "recall_with_evidence": g.recall_with_evidence.as_dict(),
                    f"recall_at_precision_{PRECISION_ASKED}": g.recall_at_precision,
                }
                for g in self.groups
            },
            "false_positives": {name: rate.as_dict() for name, rate in self.false_positives.items()},
            "cleared_flagged": self.cleared_flagged.as_dict(),
            "members_without_evidence": self.members_without_evidence,
            "rings": [match.as_dict() for match in self.rings],
            "pairs": {"precision": round(self.pair_precision, 6), "recall": round(self.pair_recall, 6)},
            "adjusted_rand": round(self.adjusted_rand, 6),
        }


def score_run(
    members: pl.DataFrame,
    evidence: pl.DataFrame,
    truth: pl.DataFrame,
    linked: pl.Series | None = None,
    individuals: pl.DataFrame | None = None,
) -> Scorecard:
    """Score published members, and accounts that act alone, against what is known.

    `members`, `evidence`, `individuals` (None: nobody): output tables; `truth`: `models.scorecard.truth.TRUTH`;
    `linked`: ids of the accounts that any record links to another account (None: the members). An account is flagged in
    a ring or alone; rings and pairs are judged by members only. Accounts of unknown truth are counted and left out.
    """
    alone = members.clear() if individuals is None else individuals
    told = pl.concat([each.select("account_id", "score") for each in (members, alone)])
    best = told.group_by("account_id").agg(pl.col("score").max())
    scored = truth.join(best, on="account_id", how="left").with_columns(pl.col("score").fill_null(0.0))
    within_reach = members["account_id"] if linked is None else linked
    scored = scored.with_columns(
        flagged=pl.col("account_id").is_in(best["account_id"].implode()),
        linked=pl.col("account_id").is_in(within_reach.implode()),
    )
    positive_groups = sorted(scored.filter(pl.col("verdict") == "positive")["group"].drop_nulls().unique())
    points = curve(scored, positive_groups)
    found = members.select(pl.col("ring_id").alias("ring"), "account_id").filter(
        pl.col("account_id").is_in(truth["account_id"].implode())
    )
    true = truth.drop_nulls("ring").filter(pl.col("verdict") == "positive").select("ring", "account_id")
    pair_precision, pair_recall = pair_agreement(found, true)
    flagged = scored.filter("flagged")
    return Scorecard(
        accounts_known=truth.height,
        flagged=best.height,
        flagged_unknown=best.height - flagged.height,
        precision=_positive_rate(flagged),
        precision_without={
            name: _positive_rate(flagged.filter(pl.col("group").ne_missing(name))) for name in positive_groups
        },
        recall=_flagged_rate(scored.filter(pl.col("verdict") == "positive")),
        recall_at_precision=recall_at_precision(points, PRECISION_ASKED),
        recall_at_rate={most: recall_at_false_positive_rate(scored, most) for most in FALSE_POSITIVE_RATES},
        two_legs=_two_legs(scored, members),
        groups=tuple(_group_score(scored, points, name) for name in positive_groups),
        false_positives=_false_positives(scored),
        cleared_flagged=_flagged_rate(scored.filter(pl.col("verdict") == "cleared")),
        members_without_evidence=members.join(evidence, on=["ring_id", "account_id"], how="anti").height,
        rings=tuple(match_rings(found, true, level) for level in JACCARD_LEVELS),
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        adjusted_rand=adjusted_rand(found, true, truth["account_id"]),
        points=points,
    )


def _positive_rate(rows: pl.DataFrame) -> Rate:
    return Rate(rows.filter(pl.col("verdict") == "positive").height, rows.height)


def _flagged_rate(rows: pl.DataFrame) -> Rate:
    return Rate(int(rows["flagged"].sum()), rows.height)


def _two_legs(scored: pl.DataFrame, members: pl.DataFrame) -> dict[str, Rate]:
    legs = members.filter(two_legs())["account_id"]
    of = {"detectable": pl.col("detectable"), "innocent": pl.col("verdict") != "positive"}
    parts = {name: scored.filter(test)["account_id"] for name, test in of.items()}
    return {name: Rate(int(part.is_in(legs.implode()).sum()), len(part)) for name, part in parts.items()}


def _group_score(scored: pl.DataFrame, points: pl.DataFrame, name: str) -> GroupScore:
    rows = scored.filter((pl.col("group") == name) & (pl.col("verdict") == "positive"))
    return GroupScore(
        name,
        _flagged_rate(rows),
        _flagged_rate(rows.filter("linked")),
        recall_at_precision(points, PRECISION_ASKED, f"recall:{name}"),
    )


def _false_positives(scored: pl.DataFrame) -> dict[str, Rate]:
    """Per group of accounts that are not positive, the group with the highest rate first."""
    innocent = scored.filter(pl.col("verdict") != "positive").with_columns(pl.col("group").fill_null("unnamed"))
    rates = innocent.group_by("group").agg(pl.col("flagged").sum(), pl.len().alias("of"))
    ordered = rates.sort(pl.col("flagged") / pl.col("of"), "group", descending=[True, False])
    return {name: Rate(int(hits), int(of)) for name, hits, of in ordered.rows()}
