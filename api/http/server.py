"""`ringleader serve`: the process that answers."""

from __future__ import annotations

import logging
import socket
from ipaddress import ip_address

import uvicorn

from api.board import POLL_SECONDS, Board
from api.http.application import create_app
from casework.ledger import Ledger
from graph.errors import SettingsError

log = logging.getLogger("ringleader.http")

STOP_SECONDS = 10
BACKLOG = 2048

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def serve(ledger_url: str, host: str, port: int, token: str | None, poll_seconds: float = POLL_SECONDS) -> None:
    """Answer HTTP v1 until SIGINT or SIGTERM; port 0 takes a free one; the address is told on the log, which goes to
    stderr unless the process has set it up otherwise.

    The ledger need not be there yet: until a run is read, `/readyz` answers 503. Raises SettingsError when the address
    cannot be had, or is not this machine's own without a token.
    """
    token = token or None
    if token is None and not is_loopback(host):
        raise SettingsError(
            f"without an API token nothing is served on {host or 'every address'}",
            do="set RINGLEADER_API_TOKEN, or serve on 127.0.0.1",
        )
    listening = _listen(host, port)
    ledger = Ledger(ledger_url)
    with listening:
        config = uvicorn.Config(
            create_app(Board(ledger, poll_seconds), token=token),
            access_log=False,  # its lines hold account ids
            log_config=None,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
        log.info("listening on %s", _address(listening))
        uvicorn.Server(config).run(sockets=[listening])
    ledger.close()


def is_loopback(host: str) -> bool:
    """Whether a host to listen on is this machine's own, by its name or number."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    # asyncio switches Nagle's delay off (40 ms an answer) only where the protocol is named
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((name, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        raise SettingsError(f"cannot listen on {host}:{port}: {error}", do="choose another --host or --port") from error
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
