"""What users see, kept as golden files and held against the documents that OpenAPI promises."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from api.board import Board
from api.http import documents
from tests.casework.runs import ACCOUNTS

GOLDEN = Path(__file__).parent / "golden"
AWKWARD = quote(ACCOUNTS[5], safe="")

ANSWERS: dict[str, tuple[str, type[BaseModel]]] = {
    "member_of_two_rings": ("/v1/accounts/alice/membership", documents.AccountMembership),
    "member_with_an_awkward_id": (f"/v1/accounts/{AWKWARD}/membership", documents.AccountMembership),
    "individual_finding": ("/v1/accounts/erin/membership", documents.AccountMembership),
    "not_a_member": ("/v1/accounts/dave/membership", documents.AccountMembership),
    "unknown_account": ("/v1/accounts/nobody/membership", documents.AccountMembership),
    "rings": ("/v1/rings", documents.Rings),
    "rings_first_page": ("/v1/rings?limit=1", documents.Rings),
    "rings_at_review": ("/v1/rings?tier=review&min_score=0.5", documents.Rings),
    "ring": ("/v1/rings/R1", documents.RingWithMembers),
    "ring_evidence": ("/v1/rings/R1/evidence", documents.RingEvidence),
    "ring_lineage": ("/v1/rings/R1/lineage", documents.RingLineage),
    "ready": ("/readyz", documents.Ready),
    "alive": ("/livez", documents.Alive),
}

PROBLEMS: dict[str, tuple[str, int]] = {
    "unknown_ring": ("/v1/rings/R9", 404),
    "unknown_path": ("/v2/accounts", 404),
    "unknown_filter": ("/v1/rings?tear=review", 422),
    "filter_out_of_range": ("/v1/rings?min_score=2&limit=0", 422),
    "cursor_not_ours": ("/v1/rings?cursor=abc", 422),
}


def held_against(name: str, given: object) -> None:
    text = json.dumps(given, indent=2, ensure_ascii=False) + "\n"
    assert text == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(client: TestClient, name: str) -> None:
    path, document = ANSWERS[name]
    response = client.get(path)
    assert response.status_code == 200
    document.model_validate_json(response.content, strict=True)
    held_against(name, response.json())


@pytest.mark.parametrize("name", PROBLEMS)
def test_problem(client: TestClient, name: str) -> None:
    path, status = PROBLEMS[name]
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    documents.ProblemDetails.model_validate_json(response.content, strict=True)
    held_against(f"problem_{name}", response.json())


def test_no_golden_file_is_left_over() -> None:
    expected = {*ANSWERS, *(f"problem_{name}" for name in PROBLEMS), "lookup"}
    assert {path.stem for path in GOLDEN.iterdir()} == expected


def test_lookup_of_many(client: TestClient) -> None:
    response = client.post("/v1/memberships:lookup", json={"account_ids": ["bob", "nobody", "erin", "bob", "dave", ""]})
    assert response.status_code == 200
    documents.LookupAnswer.model_validate_json(response.content, strict=True)
    held_against("lookup", response.json())


def test_lookup_says_the_same_as_one_by_one(client: TestClient) -> None:
    answer = client.post("/v1/memberships:lookup", json={"account_ids": [*ACCOUNTS, "nobody"]}).json()
    for item in answer["items"]:
        alone = client.get(f"/v1/accounts/{quote(item['account_id'], safe='')}/membership").json()
        assert alone == {**item, "run": answer["run"]}


@pytest.mark.parametrize(
    "account", ["a/b", "/", "..", "%2F", "a%b", "ü", "?", "#", "a b", "a/membership", "\x00", ":x", "+"]
)
def test_an_id_may_hold_any_character(client: TestClient, account: str) -> None:
    response = client.get(f"/v1/accounts/{quote(account, safe='').replace('.', '%2E')}/membership")
    assert (response.status_code, response.json()["account_id"]) == (200, account)


def test_paths_have_other_spellings(client: TestClient) -> None:
    plain = client.get("/v1/accounts/alice/membership")
    assert client.get("/v1/accounts/%61lice/%6Dembership").json() == plain.json()
    assert client.post("/v1/memberships%3Alookup", json={"account_ids": ["bob"]}).status_code == 200


def test_an_id_that_is_no_text_is_refused(client: TestClient) -> None:
    response = client.get("/v1/accounts/%FF/membership")
    assert response.status_code == 422
    assert response.json()["errors"][0]["where"] == "path/account_id"


def test_pages_follow_each_other(client: TestClient) -> None:
    for path, key in (("/v1/rings", "ring_id"), ("/v1/rings/R1/evidence", "evidence_id")):
        whole = [item[key] for item in client.get(path).json()["items"]]
        seen, cursor = [], None
        while True:
            page = client.get(path, params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
            seen += [item[key] for item in page["items"]]
            assert page["total"] == len(whole)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == whole
        assert len(seen) > 1


def test_a_cursor_answers_only_its_own_question(client: TestClient) -> None:
    cursor = client.get("/v1/rings?limit=1").json()["next_cursor"]
    assert client.get("/v1/rings", params={"cursor": cursor}).status_code == 200
    assert client.get("/v1/rings", params={"cursor": cursor, "tier": "watch"}).status_code == 422
    assert client.get("/v1/rings/R1/evidence", params={"cursor": cursor}).status_code == 422


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    for path, _ in list(ANSWERS.values())[:11]:
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert client.get(path, headers={"If-None-Match": 'W/"other"'}).content == first.content


def test_nothing_to_answer_from(board: Board, client: TestClient) -> None:
    board._run = None
    for path in ("/v1/accounts/alice/membership", "/v1/rings", "/readyz"):
        response = client.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        documents.ProblemDetails.model_validate_json(response.content, strict=True)
    assert client.get("/livez").status_code == 200
