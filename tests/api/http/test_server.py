"""`serve` as a process of its own, over a real socket."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.http.server import _listen, is_loopback, serve
from casework.ledger import Ledger
from graph.errors import SettingsError
from graph.vocabulary import RunId
from tests.casework.runs import ACCOUNTS, small_detection

SERVE = "import sys; from api.http.server import serve; serve(sys.argv[1], '127.0.0.1', 0, sys.argv[2], 0.05)"


@contextmanager
def serving(ledger: Path, log: Path, token: str = "") -> Iterator[tuple[subprocess.Popen[bytes], HTTPConnection]]:
    with log.open("wb") as lines:
        process = subprocess.Popen([sys.executable, "-W", "error", "-c", SERVE, ledger, token], stderr=lines)
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with closing(HTTPConnection("127.0.0.1", int(found[1]), timeout=30)) as connection:
            yield process, connection
    finally:
        process.kill()
        process.wait()


def get(connection: HTTPConnection, path: str, **headers: str) -> tuple[int, dict[str, object]]:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def ready(connection: HTTPConnection, run: str) -> None:
    deadline = time.monotonic() + 60
    while get(connection, "/readyz")[1].get("run_id") != run:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_answers_while_a_run_is_published_and_stops_when_told(ledger_path: Path, ledger: Ledger) -> None:
    log = ledger_path.with_suffix(".log")
    with serving(ledger_path, log) as (process, connection):
        ready(connection, "run-1")
        publishing = threading.Thread(target=ledger.publish, args=(RunId("run-2"), {}, small_detection(), ACCOUNTS))
        with ledger._connections.transaction("write"):
            publishing.start()
            status, answer = get(connection, "/v1/accounts/q%2Fu%3Fo%25te%22d'/membership")
            assert (status, answer["member"]) == (200, True)
        publishing.join()
        ready(connection, "run-2")
        ledger_path.unlink()
        while not get(connection, "/readyz")[1]["stale"]:
            time.sleep(0.05)
        assert get(connection, "/v1/accounts/alice/membership")[1]["member"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {0, -signal.SIGTERM}
    assert "alice" not in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.usefixtures("ledger")
def test_it_asks_for_the_token(ledger_path: Path) -> None:
    with serving(ledger_path, ledger_path.with_suffix(".log"), "s3cret") as (_, connection):
        ready(connection, "run-1")
        assert get(connection, "/v1/rings")[0] == 401
        assert get(connection, "/v1/rings", Authorization="Bearer s3cret")[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "ringleader.example"])
@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_it_stays_on_this_machine(tmp_path: Path, host: str, token: str | None) -> None:
    with pytest.raises(SettingsError, match="without an API token nothing is served on") as caught:
        serve(str(tmp_path / "ledger.db"), host, 0, token)
    assert "set RINGLEADER_API_TOKEN, or serve on 127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(str(tmp_path / "ledger.db"), "127.0.0.1", port, None)
    assert list(tmp_path.iterdir()) == []


def test_answers_are_not_held_back_by_nagle() -> None:
    with closing(_listen("127.0.0.1", 0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP
