"""The models that are live or in shadow, and what they say of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from api.settings import Settings
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

CHAMPION, CHALLENGER = "champion", "challenger"
NO_MODEL = "no learned model is live: members are ranked by rules"
_NO_REASONS = pl.DataFrame(schema={"account_id": pl.String, "because": pl.List(pl.String)})
"""Where nobody is told: of no rows LightGBM says nothing, and fails."""


@dataclass(frozen=True)
class Live:
    """Stored versions by alias, champion first; empty where none is live."""

    models: tuple[tuple[str, StoredModel], ...] = ()

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

    def summary(self) -> dict[str, object]:
        """For the manifest."""
        alarms = self.drift.filter("alarm")["what"].to_list()
        return {**self.versions, "would_change_tier": would_change(self.table).height, "drift_alarms": alarms}


def model_of(stored: StoredModel) -> Trained:
    """Raises ModelError."""
    from models.retraining.trained import Trained

    return Trained.of_files(stored.files)


def live_models(settings: Settings) -> Live:
    """Champion and challenger of the registry, every byte checked. Raises ModelError for one that is damaged or was
    trained on other features: a run does not go on with less than it should."""
    registry = Registry(settings.models_location)
    aliases = registry.aliases()
    named = [(CHAMPION, aliases.champion), (CHALLENGER, aliases.challenger)]
    return Live(tuple((alias, registry.load(each, features=fingerprint())) for alias, each in named if each))


def learn_from(live: Live, known: Known, found: Detection, parameters: LinkParameters) -> Learned:
    """What live models say of a run; without a champion the detection as it is, and a sentence that says so."""
    nothing = pl.DataFrame(schema=LEARNED), pl.DataFrame(schema=DRIFT)
    unranked = replace(found, switched_off=(*found.switched_off, NO_MODEL))
    if not live.models:
        return Learned(unranked, *nothing, {})
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
            drifted = drift(Reference(**json.loads(stored.files["reference.json"])), sight, values)
    return Learned(detection, pl.concat(tables), drifted, live.versions)
