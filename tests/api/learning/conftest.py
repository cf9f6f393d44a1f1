"""The loop taken once by the command line, in this process; each test begins where it wants, on a copy."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.commands import app
from tests.api.learning import drawn


@dataclass(frozen=True)
class Home:
    """A folder to work in. `data`: what RINGLEADER_DATA names."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def models(self) -> Path:
        return self.data / "models"

    def tell(self, *arguments: object) -> Result:
        """Run a command as if it were a process of its own: with no setting but where the data is."""
        unset = dict.fromkeys((name for name in os.environ if name.startswith("RINGLEADER_")), None)
        env = {**unset, "RINGLEADER_DATA": str(self.data)}
        return CliRunner().invoke(app, [str(each) for each in arguments], env=env)

    def asks(self, *arguments: object) -> dict[str, Any]:
        """The JSON document of a command that must succeed."""
        done = self.tell(*arguments, "--json")
        assert done.exit_code == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def fails(self, *arguments: object) -> str:
        """The one line of a command that must end with exit code 1."""
        done = self.tell(*arguments)
        assert done.exit_code == 1, (done.exit_code, done.stdout, done.stderr)
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("ringleader: ")
        assert "unexpected" not in done.stderr
        return done.stderr.rstrip("\n")

    def aliases(self) -> tuple[str | None, ...]:
        """Champion, challenger and previous."""
        document = json.loads((self.models / "aliases.json").read_text())
        return tuple(document[name] for name in ("champion", "challenger", "previous"))


@dataclass(frozen=True)
class Loop:
    """`exchanges`: folders of records: three where members use many devices, three where they pay out to many
    addresses. `stages`: registries, as they were after each step. `answers`: the document of each step.

    trained: the first model is challenger; scored: it has a scorecard; live: it is champion; rivals: a second one, of
    the other habit, is challenger; rivals scored: that one has a scorecard, too.
    """

    exchanges: tuple[Path, ...]
    stages: Path
    answers: dict[str, dict[str, Any]]

    @property
    def first(self) -> str:
        return str(self.answers["trained"]["version"])

    @property
    def second(self) -> str:
        return str(self.answers["rivals"]["version"])

    def at(self, stage: str, folder: Path) -> Home:
        """A home whose registry is as it was after a step."""
        home = Home(folder)
        shutil.copytree(self.stages / stage, home.models)
        return home


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    root = tmp_path_factory.mktemp("loop")
    habits = ["devices"] * 3 + ["addresses"] * 3
    exchanges = tuple(drawn.write(root / f"{habit}-{seed}", seed, habit) for seed, habit in enumerate(habits, start=1))
    home, answers = Home(root), {}
    for stage, command in {
        "trained": ("train", *exchanges[:2]),
        "scored": ("compare", exchanges[2]),
        "live": ("promote", "--by", "Ada"),
        "rivals": ("train", *exchanges[3:5]),
        "rivals scored": ("compare", exchanges[5]),
    }.items():
        answers[stage] = home.asks(*command)
        shutil.copytree(home.models, root / "stages" / stage)
    return Loop(exchanges, root / "stages", answers)


@pytest.fixture(scope="session")
def ruled(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `detect` finds in the third exchange by rules alone."""
    home = Home(tmp_path_factory.mktemp("ruled"))
    home.asks("detect", loop.exchanges[2], "--out", home.folder / "out")
    return home.folder / "out"


@pytest.fixture(scope="session")
def ranked(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `detect` finds there with the first model live."""
    home = loop.at("live", tmp_path_factory.mktemp("ranked"))
    home.asks("detect", loop.exchanges[2], "--out", home.folder / "out")
    return home.folder / "out"
