"""What every request passes before it reaches an endpoint: failures, access, size, and the spelling of its path."""

from __future__ import annotations

import hmac
import logging
import traceback
from urllib.parse import quote, unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import ProblemError

log = logging.getLogger("ringleader.http")

OPEN_PATHS = frozenset({"/livez", "/readyz", "/version", "/openapi.json"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Failures:
    """Turns an unexpected exception into a 500 and logs where it came from, without its words: they may hold ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  (the last place that can answer)
            log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
            if not begun:
                problem = ProblemError(500, "internal-error", "the service failed; its log says where")
                await problem.response()(scope, receive, send)


class Access:
    """Asks for the bearer token, or, where there is none, answers only what addresses this machine by a loopback
    name: a web page in a browser on it cannot then read answers under a name of its own (DNS rebinding)."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(scope) if scope["type"] == "http" else None
        await (self._app if refused is None else refused.response())(scope, receive, send)

    def _refused(self, scope: Scope) -> ProblemError | None:
        headers = Headers(scope=scope)
        if self._token is None:
            name = headers.get("host", "").lower()
            name = name if name.endswith("]") else name.rpartition(":")[0] or name
            if name in LOOPBACK_NAMES:
                return None
            return ProblemError(403, "not-local", "without an API token only requests to localhost are answered")
        if scope["path"] in OPEN_PATHS:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        if same and scheme.lower() == "bearer":
            return None
        detail = "give the API token as `Authorization: Bearer TOKEN`"
        return ProblemError(401, "token-required", detail, headers={"WWW-Authenticate": 'Bearer realm="ringleader"'})


class BodyLimit:
    """Refuses a body of more than `most` bytes, announced or not, without reading on."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._most:
            await self._problem().response()(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # whoever reads the body sees its sender leave, and what it then says of that is not sent
            return message if received <= self._most else {"type": "http.disconnect"}

        async def kept(message: Message) -> None:
            if received <= self._most:
                await send(message)

        await self._app(scope, counted, kept)
        if received > self._most:
            await self._problem().response()(scope, receive, send)

    def _problem(self) -> ProblemError:
        detail = f"the body is larger than {self._most} bytes; ask in several requests"
        return ProblemError(413, "body-too-large", detail, headers={"Connection": "close"})


class PathSpelling:
    """Routes by the path as it was sent, segment by segment in one spelling, so that an id may hold any character:
    `%2F` in an id is no separator. Endpoints decode their parameters."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = scope["raw_path"].partition(b"?")[0].decode("latin-1")
            spelled = "/".join(quote(unquote_to_bytes(segment), safe=":") for segment in sent.split("/"))
            scope = {**scope, "path": spelled}
        await self._app(scope, receive, send)
