"""Documents that cannot rot: what they list is what there is."""

from __future__ import annotations

import re

from typer.core import TyperGroup
from typer.main import get_command

from api.cli.commands import app
from api.output_contract import MEANING, TABLES, written_into
from api.settings import Settings, variable
from tests.api.commands import REPOSITORY

DOCS = REPOSITORY / "docs"


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = set(re.findall(r"^\| `(RINGLEADER_\w+)`", (DOCS / "settings.md").read_text(), re.MULTILINE))
    assert documented == {variable(name) for name in Settings.model_fields}


def test_every_default_is_documented() -> None:
    rows = re.findall(r"^\| `RINGLEADER_(\w+)` \| (.*?) ?\|", (DOCS / "settings.md").read_text(), re.MULTILINE)
    documented = {name.lower(): text.strip("`") for name, text in rows}
    for name, entry in Settings.model_fields.items():
        if isinstance(entry.default, bool):
            assert documented[name] == str(entry.default).lower()
        elif entry.default is not None:
            assert documented[name] == str(entry.default)


def test_every_command_and_option_is_documented() -> None:
    headings = re.findall(r"^## `ringleader (\w+)(.*)`$", (DOCS / "command-line.md").read_text(), re.MULTILINE)
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    assert [name for name, _ in headings] == list(group.commands)
    for name, usage in headings:
        options = {flag for option in group.commands[name].params for flag in option.opts if flag.startswith("--")}
        assert set(re.findall(r"--[a-z-]+", usage)) == options, name


def test_decisions_are_short_and_numbered() -> None:
    files = sorted((DOCS / "decisions").iterdir())
    assert [int(path.name[:3]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        assert len(path.read_text().splitlines()) <= 40, path.name


def test_the_output_tables_are_documented_as_they_are() -> None:
    page = (DOCS / "data-contract.md").read_text(encoding="utf-8")
    assert page == written_into(page)
    assert {name: list(schema) for name, schema in TABLES.items()} == {
        name: list(meanings) for name, meanings in MEANING.items()
    }
