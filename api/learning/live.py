"""The models that are live or in shadow, and what they say of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from api.settings import Settings
from graph.errors import ModelError
from models.detection import Detection
from models.learned_scores import LEARNED, Answer, learned_table, ranked, told_accounts, would_change
from models.learning.features import fingerprint
from models.learning.known import Known
from models.learning.sight import Sight
from models.parameters import LinkParameters
from models.registry import Registry, StoredModel
from models.retraining.drift import DRIFT, Reference, drift

if TYPE_CHECKING:
    from models.retraining.trained import Trained

METRICS, REFERENCE = "metrics.json", "reference.json"
CHAMPION, CHALLENGER = "champion", "challenger"
NO_MODEL = "no learned model is live: members are ranked by rules"
_NO_REASONS = pl.DataFrame(schema={"account_id": pl.String, "because": pl.List(pl.String)})
"""Where nobody is told: of no rows LightGBM says nothing, and fails."""


@dataclass(frozen=True)
class Live:
    """Stored versions by alias, champion first; empty where none is live. `left_out`: why the challenger is not."""

    models: tuple[tuple[str, StoredModel], ...] = ()
    left_out: str | None = None

    @property
    def versions(self) -> dict[str, str]:
        return {alias: stored.version for alias, stored in self.models}


@dataclass(frozen=True)
class Learned:
    """`detection`: ranked by the champion, if there is one. `table`: `LEARNED` of every model asked. `drift`: of the
    champion's reference, `DRIFT`."""

    detection: Detection
    table: pl.DataFrame
    drift: pl.DataFrame
    versions: dict[str, str]
    left_out: str | None = None

    def summary(self) -> dict[str, object]:
        """For the manifest."""
        alarms = self.drift.filter("alarm")["what"].to_list()
        told: dict[str, object] = {**self.versions, "would_change_tier": would_change(self.table).height}
        if self.left_out:
            told["challenger_left_out"] = self.left_out
        return {**told, "drift_alarms": alarms}


def model_of(stored: StoredModel) -> Trained:
    """Raises ModelError."""
    from models.retraining.trained import Trained

    return Trained.of_files(stored.files)


def metrics_of(stored: StoredModel) -> dict[str, Any]:
    """`metrics.json` of a version. Raises ModelError where it lacks what `compare` needs."""
    try:
        metrics: dict[str, Any] = json.loads(stored.files[METRICS])
        assert isinstance(metrics["inputs"], list)  # noqa: S101
    except (KeyError, ValueError, TypeError, AssertionError) as error:
        raise ModelError(f"{stored.version} does not say what it was trained on", do="train again") from error
    return metrics


def live_champion(registry: Registry) -> StoredModel | None:
    """What new models are measured against: the champion, every byte checked; None where the rules rank, or where the
    champion was trained on features of another ringleader, so that a new one can take its place."""
    champion = registry.aliases().champion
    if champion is None:
        return None
    stored = registry.load(champion)
    return stored if stored.manifest.origin.features == fingerprint() else None


def live_models(settings: Settings) -> Live:
    """Champion and challenger of the registry, every byte checked. Raises ModelError for a champion that is damaged or
    was trained on other features: a run does not go on with less than it should. A challenger that cannot be asked is
    left out, with the reason: shadows stop nobody."""
    registry = Registry(settings.models_location)
    aliases = registry.aliases()
    models, left_out = [], None
    if aliases.champion:
        models.append((CHAMPION, registry.load(aliases.champion, features=fingerprint())))
    if aliases.challenger:
        try:
            challenger = registry.load(aliases.challenger, features=fingerprint())
            model_of(challenger)
            models.append((CHALLENGER, challenger))
        except ModelError as error:
            left_out = str(error)
    return Live(tuple(models), left_out)


def _reference(stored: StoredModel) -> Reference:
    try:
        return Reference(**json.loads(stored.files[REFERENCE]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{stored.version} has no reference for drift", do="train again") from error


def learn_from(live: Live, known: Known, found: Detection, parameters: LinkParameters) -> Learned:
    """What live models say of a run; without a champion the detection as it is, and a sentence that says so."""
    nothing = pl.DataFrame(schema=LEARNED), pl.DataFrame(schema=DRIFT)
    unranked = replace(found, switched_off=(*found.switched_off, NO_MODEL))
    if not live.models:
        return Learned(unranked, *nothing, {}, live.left_out)
    sight, told = Sight.of(known, parameters), told_accounts(found)
    tables, drifted, detection = [], nothing[1], unranked
    for alias, stored in live.models:
        model = model_of(stored)
        values = model.scores(sight)
        scores = pl.DataFrame({"account_id": sight.account_ids, "score": values})
        because = model.because(sight, told) if len(told) else _NO_REASONS
        tables.append(learned_table(found, Answer(alias, stored.version, scores, because, model.bars)))
        if alias == CHAMPION:
            detection = ranked(found, scores)
            drifted = drift(_reference(stored), sight, values)
    return Learned(detection, pl.concat(tables), drifted, live.versions, live.left_out)
