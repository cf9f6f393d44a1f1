"""From the board to a response: which run answers, what the client has already, and the JSON put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Path, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.board import Board, Standing
from api.http.documents import ProblemDetails
from api.http.problems import ProblemError
from graph.vocabulary import AccountId, RingId

RETRY_SECONDS = 5


def _decoded(spelled: str) -> str:
    try:
        return unquote(spelled, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 after percent-decoding") from None


Account = Annotated[AccountId, Path(description="Percent-encoded; any characters."), AfterValidator(_decoded)]
Ring = Annotated[RingId, Path(description="Percent-encoded."), AfterValidator(_decoded)]


def board_of(request: Request) -> Board:
    board: Board = request.app.state.board
    return board


def _standing(request: Request) -> Standing:
    board = board_of(request)
    standing = board.standing()
    if standing is None:
        raise not_ready(board)
    return standing


Answering = Annotated[Standing, Depends(_standing)]


def not_ready(board: Board) -> ProblemError:
    """No run is held yet: because none is published, because it is being read, or because the ledger is away."""
    detail = f"no run to answer from: {board.trouble}" if board.trouble else "no published run has been read yet"
    return ProblemError(503, "no-run", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def unchanged(request: Request, standing: Standing) -> Response | None:
    """304 when the client already holds this answer of this run."""
    asked = request.headers.get("if-none-match")
    if asked is None:
        return None
    known = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
    if "*" in known or standing.etag.removeprefix("W/") in known:
        return Response(status_code=304, headers=_headers(standing))
    return None


def answered(standing: Standing, body: bytes, *, cached: bool = True) -> Response:
    """`body`: a JSON object without its closing brace, to which the run's standing is added."""
    whole = body + b',"run":' + json.dumps(standing.describe()).encode() + b"}"
    return Response(whole, headers=_headers(standing) if cached else None, media_type="application/json")


def text(value: str | int | None) -> bytes:
    return json.dumps(value).encode()


def unknown_ring() -> ProblemError:
    return ProblemError(404, "unknown-ring", "the published run has no such ring; list them at /v1/rings")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of failures, beside those that any request may meet."""
    return {
        status: {"model": ProblemDetails, "description": _MEANING[status]} for status in (*statuses, 401, 422, 500, 503)
    }


_MEANING: Mapping[int, str] = {
    401: "No or another API token.",
    404: "No such ring in the published run.",
    410: "The cursor is of an earlier run.",
    413: "The body is too large.",
    422: "The request breaks the contract.",
    500: "The service failed.",
    503: "No run to answer from yet.",
}


def _headers(standing: Standing) -> dict[str, str]:
    return {"ETag": standing.etag, "Cache-Control": "private, no-cache"}
