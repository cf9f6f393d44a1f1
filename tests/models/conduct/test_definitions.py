"""Each definition says its source and its parameters, and says them as they are."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from string import Template

import pytest

from models.conduct.detect import DEFAULTS
from models.conduct.parameters import Repetition
from models.conduct.typologies import KEPT, TYPOLOGIES, definition, own_parameters, relation_sql, source

PAGE = Path(__file__).parents[3] / "docs" / "conduct.md"
SHARED = {**asdict(DEFAULTS.arrangement), **asdict(DEFAULTS.pressure)}
UNITS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000}
PATHS = [
    *(f"{typology}.sql" for typology in TYPOLOGIES),
    *(f"relations/{name}.sql" for name in KEPT),
    "repetition.sql",
]


def head(typology: str) -> str:
    """The comment before the first statement, without its dashes."""
    lines = source(f"{typology}.sql").splitlines()
    count = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:count])


def listed(typology: str) -> dict[str, tuple[float, str]]:
    """The parameters of its head: value and meaning by name."""
    rows = head(typology).partition("Parameters:\n")[2].splitlines()
    found = [re.fullmatch(r"  (\w+) +([\d.e-]+) +(\S.*)", row) for row in rows]
    assert all(found), rows
    return {row[1]: (float(row[2]), row[3]) for row in found if row}


def placeholders(path: str) -> set[str]:
    return set(Template(source(path)).get_identifiers())


def written(values: dict[str, float]) -> dict[str, str]:
    """Parameters as literals, durations in microseconds too."""
    durations = {
        name.removesuffix(unit) + "us": repr(round(value * microseconds))
        for name, value in values.items()
        for unit, microseconds in UNITS.items()
        if name.endswith(f"_{unit}")
    }
    return {name: repr(value) for name, value in values.items()} | durations


def test_every_file_is_a_definition_a_relation_or_repetition() -> None:
    folder = files("models.conduct")
    here = {each.name for each in folder.iterdir() if each.name.endswith(".sql")}
    assert here == {path for path in PATHS if "/" not in path}
    assert {f"relations/{each.name}" for each in folder.joinpath("relations").iterdir()} == {
        path for path in PATHS if "/" in path
    }


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_the_head_says_what_an_act_is_and_where_that_is_from(typology: str) -> None:
    words = head(typology)
    name = typology.replace("_", " ")
    assert words.splitlines()[0].lower().replace("-", " ").startswith(name)
    parts = [words.index(part) for part in ("An act", "Source: ", "Parameters:")]
    assert parts == sorted(parts)
    cited = words[parts[1] : parts[2]]
    assert re.search(r"Regulation \(EU\)|\b(19|20)\d\d\b", cited)


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_the_head_lists_each_parameter_with_its_value(typology: str) -> None:
    said = listed(typology)
    own = own_parameters(typology, DEFAULTS)
    assert {name: value for name, (value, _) in said.items()} == own | {
        name: SHARED[name] for name in said.keys() - own
    }
    assert all(len(meaning) > 10 for _, meaning in said.values())
    assert own.keys() == {field.name for field in fields(getattr(DEFAULTS, typology))}
    assert isinstance(getattr(DEFAULTS, typology), Repetition)


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_a_duration_is_said_in_the_unit_of_its_name(typology: str) -> None:
    for name, (_, meaning) in listed(typology).items():
        unit = name.rpartition("_")[2]
        if unit in UNITS:
            assert re.search(rf"\b{unit}\b", meaning), name


def test_every_shared_parameter_is_listed_and_none_has_two_meanings() -> None:
    everywhere = [listed(typology) for typology in TYPOLOGIES]
    assert set(SHARED) <= {name for said in everywhere for name in said}
    assert not set(SHARED) & {name for typology in TYPOLOGIES for name in own_parameters(typology, DEFAULTS)}
    assert not set(asdict(DEFAULTS.arrangement)) & set(asdict(DEFAULTS.pressure))


@pytest.mark.parametrize("name", KEPT)
def test_a_shared_relation_reads_shared_parameters_alone(name: str) -> None:
    assert placeholders(f"relations/{name}.sql") <= written(SHARED).keys()
    assert "$" not in relation_sql(name, DEFAULTS)


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_every_placeholder_is_known_and_filled(typology: str) -> None:
    known = written(own_parameters(typology, DEFAULTS)) | written(SHARED)
    asked = definition(typology, DEFAULTS)
    for path, filled in ((f"{typology}.sql", asked.acts), ("repetition.sql", asked.counted)):
        assert placeholders(path) <= known.keys() | {"typology"}
        assert filled == Template(source(path)).substitute(known, typology=typology)
        assert "$" not in filled


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_every_parameter_of_its_own_is_read(typology: str) -> None:
    read = placeholders(f"{typology}.sql") | placeholders("repetition.sql")
    for name in own_parameters(typology, DEFAULTS):
        assert {name, *written({name: 1})} & read, name


def test_every_shared_parameter_is_read() -> None:
    read = set.union(*(placeholders(path) for path in PATHS))
    for name in SHARED:
        assert {name, *written({name: 1})} & read, name


def shown(typology: str) -> dict[str, tuple[float, str, str]]:
    """The parameters of its table in the docs page: value, unit and meaning by name."""
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition(f"[`{typology}.sql`](../models/conduct/{typology}.sql)")[2].partition("\n###")[0]
    rows = [re.fullmatch(r"\| `(\w+)` \| ([\d.e-]+) \| ([\w ]+) \| (.+) \|", row) for row in section.splitlines()]
    return {row[1]: (float(row[2]), row[3], row[4]) for row in rows if row}


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_the_page_says_the_parameters_of_the_head(typology: str) -> None:
    told = shown(typology)
    assert {name: (value, meaning) for name, (value, _, meaning) in told.items()} == listed(typology)
    for name, (_, unit, _) in told.items():
        assert name.rpartition("_")[2] not in UNITS or name.endswith(f"_{unit}"), name
