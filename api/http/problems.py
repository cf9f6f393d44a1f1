"""What is answered when a request fails: RFC 9457 problem details, for every status."""

from __future__ import annotations

import json

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

URN = "urn:ringleader:problem:"


class ProblemError(Exception):
    """A failed request. `kind` names it for machines; `detail` says to people what to do, and repeats no input."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers, self.errors = headers or {}, errors

    def response(self) -> Response:
        document: dict[str, object] = {
            "type": URN + self.kind,
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors is not None:
            document["errors"] = self.errors
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(json.dumps(document), self.status, headers=headers, media_type=MEDIA_TYPE)


_PLAIN = {
    404: ("no-such-path", "nothing is served at this path"),
    405: ("method-not-allowed", "this path does not answer to this method; see the Allow header"),
}


def contract_broken(errors: list[dict[str, str]]) -> ProblemError:
    """422. `errors`: `where` (a JSON pointer into the body, or the name of a parameter) and `why`."""
    return ProblemError(422, "invalid-request", "the request breaks the contract; see `errors`", errors=errors)


async def answer_problem(request: Request, error: Exception) -> Response:  # noqa: ARG001  (the framework's signature)
    """ProblemError, HTTPException and RequestValidationError alike."""
    return _problem_of(error).response()


def _problem_of(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        return ProblemError(
            422, "invalid-request", "the request breaks the contract; see `errors`", errors=_errors(error)
        )
    if isinstance(error, HTTPException):
        kind, detail = _PLAIN.get(error.status_code, ("refused", str(error.detail)))
        return ProblemError(error.status_code, kind, detail, headers=dict(error.headers or {}))
    raise error


def _errors(error: RequestValidationError) -> list[dict[str, str]]:
    """Where and why, as JSON pointers into the body or names of parameters; never the value, which may be an id."""
    return [{"where": _where(entry["loc"]), "why": str(entry["msg"])} for entry in error.errors()]


def _where(location: tuple[str | int, ...]) -> str:
    place, *parts = location
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return f"{place}{pointer}"
