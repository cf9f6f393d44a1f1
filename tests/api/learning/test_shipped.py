"""The model that comes with the project: whole, of today's features, marked as simulated, and live only by a person."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from models.learning.features import fingerprint
from models.registry import Registry
from models.retraining.comparing import ComparedScorecard
from models.retraining.trained import Trained
from tests.api.learning.conftest import Home


@pytest.fixture
def shipped() -> Registry:
    return Registry(Path(str(files("models") / "shipped")))


def test_it_is_whole_and_of_today_s_features(shipped: Registry) -> None:
    (version,) = shipped.versions()
    stored = shipped.load(version.version, features=fingerprint())
    assert stored.manifest.origin.trained_on == "simulated"
    assert "trained on **simulated** exchanges" in stored.files["card.md"].decode()
    assert Trained.of_files(stored.files).kind == "trees"


def test_its_scorecard_was_made_on_worlds_it_never_saw_and_nothing_is_worse(shipped: Registry) -> None:
    (version,) = shipped.versions()
    document = shipped.scorecard(version.version)
    assert document is not None
    card = ComparedScorecard.of_document(document)
    assert (card.version, card.incumbent, card.worse) == (version.version, "rules", ())
    taught = shipped.load(version.version).files["metrics.json"].decode()
    assert card.worlds
    assert not [world for world in card.worlds if world in taught]


def test_it_is_live_once_a_person_says_so(shipped: Registry, tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not home.models.exists()
    first = home.asks("promote", "--version", "shipped", "--by", "anna")
    assert first["champion"] == shipped.versions()[0].version
    assert home.asks("promote", "--version", "shipped", "--by", "bert") == first
