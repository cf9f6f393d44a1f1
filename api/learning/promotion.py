"""`compare`, `promote` and `rollback`: what goes live, on which scorecard, by whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from api.learning.exchanges import Looked, opened
from api.learning.live import model_of
from api.learning.training import METRICS
from api.settings import Settings
from graph.errors import InputError, ModelError
from graph.progress import Progress, silent
from models.learning.examples import Examples, examples_of
from models.learning.features import fingerprint
from models.registry import Aliases, Registry, ScorecardProof, StoredModel
from models.retraining.comparing import Compared, ComparedScorecard, scorecard
from models.retraining.drift import review_precision
from models.retraining.training import judged
from models.scorecard.rates import Rate

RULES = "rules"


def compare_folders(
    sources: Sequence[Path], settings: Settings, name: str, progress: Progress = silent
) -> ComparedScorecard:
    """Score a version (or alias) beside what is live on labelled records that neither was trained on, and keep the
    scorecard in the registry, where `promote` finds it. Raises InputError for records that a model was trained on."""
    registry = Registry(settings.models_location)
    stored = registry.load(name, features=fingerprint())
    champion = registry.aliases().champion
    live = registry.load(champion, features=fingerprint()) if champion else None
    looked, examples, strata, reviewed = [], [], [], Rate(0, 0)
    for source in sources:
        with opened(source, settings, progress) as exchange:
            seen = exchange.as_of(None, progress)
            made = examples_of(seen.sight, exchange.judgements)
            strata.append(_strata(made, exchange.judgements))
        told = seen.sight.account_ids.filter(pl.Series(seen.rules > 0))
        decided = review_precision(exchange.judgements, told)
        reviewed = Rate(reviewed.hits + decided.hits, reviewed.of + decided.of)
        _refuse_known(source, seen, [each for each in (stored, live) if each])
        looked.append(seen)
        examples.append(made)
    if not looked:
        raise InputError("no folder of records is given", do="name fresh labelled records or simulated worlds")
    positive, scores, group = judged(model_of(stored), examples)
    before = judged(model_of(live), examples)[1] if live else np.concatenate([seen.rules for seen in looked])
    compared = Compared(positive, group, pl.concat(strata), scores, before)
    card = scorecard(stored.version, champion or RULES, [seen.fingerprint for seen in looked], compared, reviewed)
    registry.keep_scorecard(stored.version, card.document())
    return card


def promote_version(settings: Settings, name: str, by: str) -> Aliases:
    """Make a version (or the challenger) the champion, on the scorecard that `compare` kept. Raises ModelError without
    one, or when it was made beside another champion, or a figure on it is worse."""
    registry = Registry(settings.models_location)
    version = registry.load(name, features=fingerprint()).version
    champion = registry.aliases().champion
    if champion == version:
        return registry.aliases()
    document, proof = registry.scorecard(version), None
    if document is not None:
        card = ComparedScorecard.of_document(document)
        if card.incumbent != (champion or RULES):
            raise ModelError(
                f"the scorecard of {version} was made beside {card.incumbent}, but {champion or RULES} is live now",
                do="run `ringleader compare` again",
            )
        better = card.figures["lift"]["auprc"]["value"] > 0
        proof = ScorecardProof(card.version, card.digest, card.worlds, better, card.worse)
    return registry.promote(version, by, datetime.now(UTC).isoformat(), proof)


def roll_back(settings: Settings, by: str, reason: str) -> Aliases:
    """Let the previous champion be the champion again."""
    return Registry(settings.models_location).rollback(by, datetime.now(UTC).isoformat(), reason)


def _refuse_known(source: Path, seen: Looked, models: Sequence[StoredModel]) -> None:
    for stored in models:
        if seen.fingerprint in json.loads(stored.files[METRICS])["inputs"]:
            raise InputError(
                f"{stored.version} was trained on these records", where=str(source), do="compare on fresh ones"
            )


def _strata(examples: Examples, judgements: pl.DataFrame) -> pl.Series:
    """What kind of account each is, as far as anybody said."""
    ids = examples.sight.account_ids.to_frame("account_id")
    told = ids.join(judgements.select("account_id", "group"), on="account_id", how="left", maintain_order="left")
    return told["group"].fill_null("unreviewed")
