"""`python -m graph.contract DOCS` writes the page and the JSON Schemas of the contract below the folder DOCS."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from graph.contract.definition import TABLES
from graph.contract.json_schema import json_schema
from graph.contract.page import data_contract_page, output_section_of

PAGE = "data-contract.md"


def documents(docs: Path) -> dict[Path, str]:
    """What has to stand in each file below `docs`; the page keeps the output section that it has."""
    page = docs / PAGE
    kept = output_section_of(page.read_text(encoding="utf-8")) if page.exists() else ""
    schemas = {
        docs / "schema" / f"{name}.json": json.dumps(json_schema(table), indent=2) + "\n"
        for name, table in TABLES.items()
    }
    return {page: data_contract_page(kept), **schemas}


def main(docs: Path) -> None:
    for path, text in documents(docs).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
