"""Is this account in a ring? One at a time, or up to a thousand."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.board import Standing
from api.http.answering import Account, Answering, answered, problems, text, unchanged
from api.http.documents import AccountMembership, Lookup, LookupAnswer
from graph.vocabulary import AccountId

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.get("/accounts/{account_id}/membership", response_model=AccountMembership, responses=problems())
async def membership(request: Request, account_id: Account, standing: Answering) -> Response:
    """Which rings an account is in. An account that the run does not know is answered too: `known` is false."""
    return unchanged(request, standing) or answered(standing, _status(standing, account_id).removesuffix(b"}"))


@router.post("/memberships:lookup", response_model=LookupAnswer, responses=problems(413))
async def lookup(asked: Lookup, standing: Answering) -> Response:
    """The same for many accounts, in the order of asking; each item has its own `status`."""
    items = b",".join([_status(standing, AccountId(account)) for account in asked.account_ids])
    return answered(standing, b'{"items":[' + items + b"]", cached=False)


def _status(standing: Standing, account: AccountId) -> bytes:
    return b'{"account_id":' + text(account) + b"," + standing.run.membership(account)
