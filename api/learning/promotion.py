"""`compare`, `promote` and `rollback`: what goes live, on which scorecard, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from api.learning.exchanges import Looked, opened
from api.learning.live import live_champion, metrics_of, model_of
from api.learning.taught import untaught
from api.settings import Settings
from graph.errors import InputError, ModelError
from graph.progress import Progress, silent
from models.learning.examples import Examples, examples_of
from models.learning.features import fingerprint
from models.registry import Aliases, Registry, ScorecardProof, StoredModel
from models.retraining.comparing import UNREVIEWED, Compared, ComparedScorecard, scorecard
from models.retraining.drift import review_precision
from models.retraining.training import judged
from models.scorecard.rates import Rate

RULES = "rules"


@dataclass(frozen=True)
class _Fresh:
    """One exchange to compare on, less what any of the models was taught."""

    examples: Examples
    looked: Looked
    stratum: pl.Series
    reviewed: Rate


def compare_folders(
    sources: Sequence[Path], settings: Settings, name: str, progress: Progress = silent
) -> ComparedScorecard:
    """Score a version (or alias) beside what is live on labelled records, and add the scorecard to the registry, where
    `promote` finds it. Accounts and rings of decisions that taught either model, or stopped its training, are not
    asked. Raises InputError for records that were looked at in training as they are, or given twice."""
    registry = Registry(settings.models_location)
    stored = registry.load(name, features=fingerprint())
    live = live_champion(registry)
    models = [each for each in (stored, live) if each]
    fresh: list[_Fresh] = []
    for source in sources:
        made = _fresh(source, settings, models, progress)
        if made.looked.fingerprint in {each.looked.fingerprint for each in fresh}:
            raise InputError("the same records are given twice", where=str(source), do="name each folder once")
        fresh.append(made)
    if not fresh:
        raise InputError("no folder of records is given", do="name fresh labelled records or simulated worlds")
    examples = [each.examples for each in fresh]
    positive, scores, group = judged(model_of(stored), examples)
    rules = np.concatenate([each.looked.rules[each.examples.asked] for each in fresh])
    before = judged(model_of(live), examples)[1] if live else rules
    compared = Compared(positive, group, pl.concat([each.stratum for each in fresh]), scores, before)
    reviewed = Rate(sum(each.reviewed.hits for each in fresh), sum(each.reviewed.of for each in fresh))
    incumbent = live.version if live else RULES
    card = scorecard(stored.version, incumbent, [each.looked.fingerprint for each in fresh], compared, reviewed)
    registry.keep_scorecard(stored.version, card.document())
    return card


def promote_version(settings: Settings, name: str, by: str) -> Aliases:
    """Make a version (or the challenger) the champion, on the scorecards that `compare` kept. Raises ModelError without
    one beside what is live now, or when a figure on any of these is worse: worlds are not chosen until one passes."""
    registry = Registry(settings.models_location)
    version = registry.load(name, features=fingerprint()).version
    live = live_champion(registry)
    if live and live.version == version:
        return registry.aliases()
    incumbent = live.version if live else RULES
    cards = [ComparedScorecard.of_document(each) for each in registry.scorecards(version)]
    mine = [card for card in cards if card.incumbent == incumbent]
    if cards and not mine:
        raise ModelError(
            f"the scorecard of {version} was made beside {cards[0].incumbent}, but {incumbent} is live now",
            do="run `ringleader compare` again",
        )
    return registry.promote(version, by, datetime.now(UTC).isoformat(), _proof(mine))


def _proof(cards: list[ComparedScorecard]) -> ScorecardProof | None:
    """The first scorecard with a worse figure, else the one on most worlds; None without any."""
    if not cards:
        return None
    card = next((each for each in cards if each.worse), max(cards, key=lambda each: (len(each.worlds), each.digest)))
    better = card.figures["lift"]["auprc"]["value"] > 0
    return ScorecardProof(card.version, card.digest, card.worlds, better, card.worse)


def roll_back(settings: Settings, by: str, reason: str) -> Aliases:
    """Let the previous champion be the champion again; without one, the rules."""
    registry = Registry(settings.models_location)
    return registry.rollback(by, datetime.now(UTC).isoformat(), reason, fingerprint())


def _fresh(source: Path, settings: Settings, models: Sequence[StoredModel], progress: Progress) -> _Fresh:
    with opened(source, settings, progress) as exchange:
        seen = exchange.as_of(None, progress)
        judgements, origin = exchange.judgements, exchange.origin
    for stored in models:
        if seen.fingerprint in metrics_of(stored)["inputs"]:
            raise InputError(
                f"{stored.version} was trained on these records", where=str(source), do="compare on fresh ones"
            )
    examples = examples_of(seen.sight, judgements)
    examples = examples.only(untaught(examples, judgements, origin, models))
    told = seen.sight.account_ids.filter(pl.Series(examples.asked & (seen.rules > 0)))
    return _Fresh(examples, seen, _strata(examples, judgements), review_precision(judgements, told))


def _strata(examples: Examples, judgements: pl.DataFrame) -> pl.Series:
    """What kind of account each that is asked is, as far as anybody said."""
    ids = examples.sight.account_ids.filter(pl.Series(examples.asked)).to_frame("account_id")
    told = ids.join(judgements.select("account_id", "group"), on="account_id", how="left", maintain_order="left")
    return told["group"].fill_null(UNREVIEWED)
