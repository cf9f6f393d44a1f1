from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import api
from api.http.application import openapi_document

COMMITTED = Path(api.__file__).parents[1] / "docs" / "openapi.json"


def test_the_committed_document_is_the_one_that_is_served(client: TestClient) -> None:
    assert COMMITTED.read_text(encoding="utf-8") == json.dumps(openapi_document(), indent=2) + "\n", (
        "write it again: ringleader openapi > docs/openapi.json"
    )
    assert client.get("/openapi.json").json() == openapi_document()


def test_every_failure_is_described_as_a_problem() -> None:
    for path, operations in openapi_document()["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                media = set(response["content"])
                assert media == {"application/json" if status == "200" else "application/problem+json"}, path


def test_no_document_takes_unknown_fields() -> None:
    for name, schema in openapi_document()["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name


@pytest.mark.parametrize("module", ["api.http.server", "api.http.application"])
def test_serving_imports_nothing_that_only_detection_needs(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "fastapi" in loaded
    assert not loaded & {"torch", "igraph", "duckdb", "networkx", "scipy", "neo4j", "pyarrow"}
