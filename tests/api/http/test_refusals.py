"""What is refused, and that no refusal and no log repeats an account id."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.board import Board
from api.http.application import BODY_BYTES, create_app
from api.http.documents import ProblemDetails

LOOKUP = "/v1/memberships:lookup"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"account_ids": []},
        {"account_ids": ["secret-id"] * 1001},
        {"account_ids": "secret-id"},
        {"account_ids": [1]},
        {"account_ids": [None]},
        {"account_ids": ["a"], "secret-id": True},
        ["secret-id"],
        None,
    ],
)
def test_a_body_that_breaks_the_contract(client: TestClient, body: object) -> None:
    response = client.post(LOOKUP, json=body)
    problem = ProblemDetails.model_validate_json(response.content)
    assert (response.status_code, problem.status, problem.type) == (422, 422, "urn:ringleader:problem:invalid-request")
    assert problem.errors
    assert all(error.where.startswith("body") for error in problem.errors)
    assert b"secret-id" not in response.content.replace(b"body/secret-id", b"")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"account_ids": ["\\ud800"]}', b"[" * 100_000])
def test_a_body_that_is_no_json(client: TestClient, body: bytes) -> None:
    response = client.post(LOOKUP, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"
    ProblemDetails.model_validate_json(response.content)


def test_a_thousand_ids_are_answered(client: TestClient) -> None:
    ids = [f"account-{number}" for number in range(1000)]
    answer = client.post(LOOKUP, json={"account_ids": ids}).json()
    assert [item["account_id"] for item in answer["items"]] == ids


def test_a_body_that_is_too_large(client: TestClient) -> None:
    body = json.dumps({"account_ids": ["x" * BODY_BYTES]}).encode()

    def pieces() -> Iterator[bytes]:
        yield body

    for content in (body, pieces()):
        response = client.post(LOOKUP, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 413
        assert ProblemDetails.model_validate_json(response.content).type.endswith(":body-too-large")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/rings"), ("GET", LOOKUP), ("POST", "/livez")])
def test_another_method(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    problem = ProblemDetails.model_validate_json(response.content)
    assert (response.status_code, problem.status) == (405, 405)
    assert response.headers["allow"] in {"GET", "POST"}


@pytest.mark.parametrize("path", ["/", "/v1/rings/", "/v1/accounts//membership", "/docs", "/redoc", "/v1/rings/R1/x"])
def test_no_such_path(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["title"]) == (404, "No such path")


def test_a_failure_is_a_problem_and_its_log_holds_no_id(
    board: Board, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert board._run is not None
    monkeypatch.delattr(board._run, "_known")
    monkeypatch.setattr(board._run, "_findings", {})
    with caplog.at_level(logging.DEBUG):
        response = client.get("/v1/accounts/secret-id/membership")
    assert response.status_code == 500
    assert ProblemDetails.model_validate_json(response.content).type.endswith(":internal-error")
    assert "AttributeError" in caplog.text
    assert "prepared.py" in caplog.text
    assert "secret-id" not in caplog.text.replace(str(response.request.url), "")


def test_without_a_token_only_localhost_is_answered(board: Board) -> None:
    app = create_app(board)
    for host in ("localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8080"):
        assert TestClient(app, base_url=f"http://{host}").get("/v1/rings").status_code == 200
    for host in ("evil.example", "localhost.evil.example", "10.0.0.1:8080"):
        response = TestClient(app, base_url=f"http://{host}").get("/v1/rings")
        assert (response.status_code, response.json()["type"]) == (403, "urn:ringleader:problem:not-local")


def test_the_token_is_asked_for(board: Board) -> None:
    client = TestClient(create_app(board, token="s3crét"), base_url="http://rings.example")
    right = "Bearer s3crét".encode()
    assert client.get("/v1/rings", headers={"Authorization": right}).status_code == 200
    for given in (None, b"Bearer", b"Bearer s3cr", right + b"x", b"Basic " + right[7:], right[7:], b"Bearer \xff"):
        response = client.get("/v1/rings", headers={"Authorization": given} if given else {})
        assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer realm="ringleader"')
        ProblemDetails.model_validate_json(response.content)
    assert client.get("/v1/no/such/path").status_code == 401
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/version", "/openapi.json")] == [200] * 4
