"""The rings of the published run, with what they rest on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.board import Standing
from api.http.answering import Answering, Ring, answered, problems, text, unchanged, unknown_ring
from api.http.documents import PageQuestion, RingEvidence, RingLineage, Rings, RingsQuestion, RingWithMembers
from api.http.paging import cursor_at, position_of
from api.prepared import RingPage

router = APIRouter(prefix="/v1/rings", tags=["rings"])


@router.get("", response_model=Rings, responses=problems(410))
async def rings(request: Request, asked: Annotated[RingsQuestion, Query()], standing: Answering) -> Response:
    """Rings by score, highest first, a page at a time."""
    question = f"rings?tier={asked.tier}&min_score={asked.min_score!r}"
    start = position_of(asked.cursor, standing, question)
    return unchanged(request, standing) or answered(
        standing, b"{" + _page(standing.run.rings(asked.tier, asked.min_score, start, asked.limit), standing, question)
    )


@router.get("/{ring_id}", response_model=RingWithMembers, responses=problems(404))
async def ring(request: Request, ring_id: Ring, standing: Answering) -> Response:
    """One ring with its members."""
    found = standing.run.ring(ring_id)
    if found is None:
        raise unknown_ring()
    return unchanged(request, standing) or answered(standing, found)


@router.get("/{ring_id}/evidence", response_model=RingEvidence, responses=problems(404, 410))
async def evidence(
    request: Request, ring_id: Ring, asked: Annotated[PageQuestion, Query()], standing: Answering
) -> Response:
    """What a ring rests on, in the order of the run, a page at a time."""
    question = f"rings/{ring_id}/evidence"
    page = standing.run.evidence(ring_id, position_of(asked.cursor, standing, question), asked.limit)
    if page is None:
        raise unknown_ring()
    return unchanged(request, standing) or answered(
        standing, b'{"ring_id":' + text(ring_id) + b"," + _page(page, standing, question)
    )


@router.get("/{ring_id}/lineage", response_model=RingLineage, responses=problems(404))
async def lineage(request: Request, ring_id: Ring, standing: Answering) -> Response:
    """Which rings of the previous run this one continues."""
    found = standing.run.lineage(ring_id)
    if found is None:
        raise unknown_ring()
    return unchanged(request, standing) or answered(
        standing, b'{"ring_id":' + text(ring_id) + b',"items":[' + found + b"]"
    )


def _page(page: RingPage, standing: Standing, question: str) -> bytes:
    following = None if page.following is None else cursor_at(page.following, standing, question)
    return b'"items":[' + page.items + b'],"total":' + text(page.total) + b',"next_cursor":' + text(following)
