"""Cursors: where the next page starts, bound to the run and to the question that was asked."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from api.board import Standing
from api.http.problems import ProblemError, contract_broken


def cursor_at(start: int, standing: Standing, question: str) -> str:
    """An opaque word for a position in the answer to a question (its path and filters) from one run."""
    words = f"{start}.{standing.run.digest}.{_digest(question)}"
    return urlsafe_b64encode(words.encode()).decode().rstrip("=")


def position_of(cursor: str | None, standing: Standing, question: str) -> int:
    """Where to go on; 0 without a cursor.

    Raises ProblemError: 410 when the cursor is of another run, so that no two pages mix runs; 422 when it is none of
    ours or of another question.
    """
    if cursor is None:
        return 0
    try:
        words = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        start, run, asked = words.split(".")
        position = int(start)
    except ValueError:
        raise _not_ours() from None
    if run != standing.run.digest:
        raise ProblemError(410, "cursor-expired", "another run has been published since; ask for the first page again")
    if asked != _digest(question) or position < 0:
        raise _not_ours()
    return position


def _not_ours() -> ProblemError:
    return contract_broken([{"where": "query/cursor", "why": "not a cursor of this path with these filters"}])


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:16]
