"""The application: endpoints, guards, and the OpenAPI document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from api.board import Board
from api.http import accounts, health, rings
from api.http.guard import Access, BodyLimit, Failures, PathSpelling
from api.http.problems import MEDIA_TYPE, ProblemError, answer_problem

BODY_BYTES = 1 << 20

_DESCRIPTION = """Who is in a coordinated ring, with the evidence for every member, from the last published run.

Every failure is a problem document (RFC 9457); every time is RFC 3339 in UTC. Answers to GET carry an ETag."""


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """As FastAPI makes it, but failures are problem documents."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    _tell_problems(operation["responses"])
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
            self.openapi_schema = document
        return self.openapi_schema


def create_app(board: Board, *, token: str | None = None) -> FastAPI:
    """Answers from a board, which it starts and stops. Without a token only requests to localhost are answered."""

    @asynccontextmanager
    async def watching(_: FastAPI) -> AsyncIterator[None]:
        board.start()
        yield
        board.stop()

    app = _Application(
        title="Ringleader",
        version=version("ringleader"),
        description=_DESCRIPTION,
        lifespan=watching,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.board = board
    bearer = [Depends(HTTPBearer(auto_error=False, description="Needed where the service was given a token."))]
    app.include_router(accounts.router, dependencies=bearer)
    app.include_router(rings.router, dependencies=bearer)
    app.include_router(health.router)
    for failure in (ProblemError, HTTPException, RequestValidationError):
        app.add_exception_handler(failure, answer_problem)
    # the last one added sees a request first
    app.add_middleware(PathSpelling)
    app.add_middleware(BodyLimit, most=BODY_BYTES)
    app.add_middleware(Access, token=token)
    app.add_middleware(Failures)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of HTTP v1, as committed in docs/openapi.json."""
    from casework.ledger import Ledger

    return create_app(Board(Ledger("unopened"))).openapi()


def _tell_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
