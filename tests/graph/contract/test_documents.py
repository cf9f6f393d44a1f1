"""The definition of the contract, and that what is written from it is what is committed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from graph.contract import LOADED, TABLES, Kind, Table
from graph.contract.__main__ import documents, main
from graph.contract.json_schema import json_schema
from graph.contract.page import OUTPUT_BEGINS, OUTPUT_ENDS, data_contract_page, output_section_of

DOCS = Path(__file__).parents[3] / "docs"


def test_committed_documents_equal_generated_ones() -> None:
    for path, text in documents(DOCS).items():
        assert path.read_text(encoding="utf-8") == text, f"run `python -m graph.contract docs` for {path.name}"
    assert {path.stem for path in (DOCS / "schema").glob("*.json")} == set(TABLES)


def test_writing_again_keeps_the_output_section(tmp_path: Path) -> None:
    main(tmp_path)
    page = tmp_path / "data-contract.md"
    page.write_text(data_contract_page("| `rings` | ... |\n"), encoding="utf-8")
    main(tmp_path)
    assert output_section_of(page.read_text(encoding="utf-8")) == "| `rings` | ... |\n"
    assert page.read_text(encoding="utf-8").count(OUTPUT_BEGINS) == 1
    assert page.read_text(encoding="utf-8").count(OUTPUT_ENDS) == 1


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_sound(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert not table.by_day or table.schema["ts"] == pl.Datetime("us", "UTC")
    for column in table.columns:
        assert column.meaning.endswith(".")
        assert column.default is None or not column.allowed or column.default in column.allowed
        assert column.kind is not Kind.DECIMAL or column.default is None


def test_labels_are_no_part_of_a_load() -> None:
    assert set(TABLES) - set(LOADED) == {"labels"}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_page_and_schema_name_every_column(table: Table) -> None:
    page = data_contract_page()
    schema = json_schema(table)
    assert list(schema["properties"]) == [column.name for column in table.columns]
    assert schema["required"] == [column.name for column in table.columns if column.required]
    section = page.partition(f"### `{table.name}`")[2].partition("###")[0]
    for column in table.columns:
        assert f"| `{column.name}` |" in section
        assert column.meaning in section
    json.dumps(schema)
