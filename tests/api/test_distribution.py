"""The flat package names belong to Ringleader alone, and the wheel stays private."""

from __future__ import annotations

import importlib
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest

from tests.api.commands import REPOSITORY

NAMES = ("graph", "models", "casework", "simulator", "api")


@pytest.mark.parametrize("name", NAMES)
def test_no_other_distribution_owns_a_package_name(name: str) -> None:
    assert {*packages_distributions().get(name, [])} <= {"ringleader"}
    module = importlib.import_module(name)
    assert module.__file__
    assert Path(module.__file__).parent == REPOSITORY / name


@pytest.mark.parametrize("name", NAMES)
def test_the_image_holds_every_package(name: str) -> None:
    assert f"COPY {name} {name}\n" in (REPOSITORY / "deploy" / "Dockerfile").read_text()


def test_the_wheel_cannot_be_uploaded() -> None:
    assert "Private :: Do Not Upload" in metadata("ringleader").get_all("Classifier", [])


def test_the_compose_file_has_no_default_password() -> None:
    text = (REPOSITORY / "deploy" / "compose.yaml").read_text()
    secrets = [line for line in text.splitlines() if "${" in line]
    assert len(secrets) >= 5
    for line in secrets:
        if "$${" not in line:
            assert ":?" in line, line
