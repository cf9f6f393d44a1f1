"""Is the process alive, can it answer, and which one is it?"""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request

from api.http.answering import board_of, not_ready
from api.http.documents import Alive, ProblemDetails, Ready, Version

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses={503: {"model": ProblemDetails, "description": "No run to answer from yet."}})
async def readyz(request: Request) -> Ready:
    """A run is held, so membership is answered; also while it is stale."""
    board = board_of(request)
    standing = board.standing()
    if standing is None:
        raise not_ready(board)
    return Ready(run_id=standing.run.run_id, stale=standing.stale)


@router.get("/version")
async def which_version() -> Version:
    """Which Ringleader this is."""
    return Version(version=version("ringleader"))
