"""JSON documents that carry their own digest: whatever was altered by accident is told before anything is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

SEAL = "sha256"
LONGEST_TEXT = 500


class UnsealedError(ValueError):
    """Why a document is not to be believed, as the end of a sentence that begins with its name."""


def canonical(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def seal(document: Mapping[str, Any]) -> bytes:
    return canonical({**document, SEAL: digest(canonical(document))})


def unseal(content: bytes, number: int, shape: Mapping[str, type]) -> dict[str, Any]:
    """The document that `seal` wrote, without its seal. `number`: the `format` it must have. `shape`: type by field;
    `object` stands for a text or null. Raises UnsealedError."""
    document = _parsed(content)
    found = document.get("format")
    if type(found) is int and found != number:
        raise UnsealedError(f"has format {found}, and this ringleader reads format {number}")
    check_fields(document, {**shape, "format": int, SEAL: str})
    stated = document.pop(SEAL)
    try:
        if digest(canonical(document)) != stated or seal(document) != content:
            raise UnsealedError("was altered: its contents do not match its own sha256")
    except UnicodeEncodeError:
        raise UnsealedError("holds text that is no Unicode") from None
    return document


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise UnsealedError("is not JSON") from None
    if not isinstance(document, dict):
        raise UnsealedError("is no JSON object")
    return document


def check_fields(document: object, shape: Mapping[str, type]) -> dict[str, Any]:
    """The document. Raises UnsealedError unless it is an object of exactly these fields and types."""
    if not isinstance(document, dict):
        raise UnsealedError("holds something else where an object belongs")
    if different := sorted(document.keys() ^ shape.keys()):
        verb = "lacks" if different[0] in shape else "has an unknown"
        raise UnsealedError(f"{verb} field {different[0]!r:.60}")
    for field, wanted in shape.items():
        value = document[field]
        fits = value is None or type(value) is str if wanted is object else type(value) is wanted
        if not fits:
            raise UnsealedError(f"holds something else than it should in '{field}'")
    return document


def check_text(field: str, value: str) -> None:
    """Raises UnsealedError unless it is one printable line that is not blank."""
    if not (value.strip() and value.isprintable() and len(value) <= LONGEST_TEXT):
        raise UnsealedError(f"needs one printable line of at most {LONGEST_TEXT} characters in '{field}'")


def moment(field: str, value: str) -> datetime:
    """A time of ISO 8601 in UTC. Raises UnsealedError."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise UnsealedError(f"needs a time of ISO 8601 in '{field}'") from None
    if at.utcoffset() != timedelta(0):
        raise UnsealedError(f"needs a time in UTC in '{field}', with Z or +00:00")
    return at.astimezone(UTC)
