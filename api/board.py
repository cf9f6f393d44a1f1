"""The board: the last published run, held in memory, and how far it may be trusted."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.prepared import PreparedRun, rfc3339
from casework.ledger import Ledger
from graph.errors import RingleaderError

log = logging.getLogger("ringleader.board")

POLL_SECONDS = 2.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Standing:
    """A run, and how it stands at one moment. `stale`: the ledger could not say whether there is a newer one.
    `age`: seconds since its publication."""

    run: PreparedRun
    stale: bool
    age: int

    @property
    def etag(self) -> str:
        """The same for everything that this run answers; weak, for the age is not counted."""
        return f'W/"{self.run.digest}{"-stale" if self.stale else ""}"'

    def describe(self) -> dict[str, object]:
        run = self.run
        return {
            "run_id": run.run_id,
            "published_at": rfc3339(run.published_at),
            "as_of": run.as_of,
            "data_age_seconds": self.age,
            "certificate_id": run.certificate_id,
            "certificate_kind": run.certificate_kind,
            "stale": self.stale,
        }


class Board:
    """Holds the run that the ledger points to, and looks for a newer one from a thread of its own.

    A new run is prepared aside and then takes the old one's place at once. When the ledger does not answer, the board
    keeps what it has, marked stale, and goes on asking. Readers never wait and never meet the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._run: PreparedRun | None = None
        self._trouble: str | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> str | None:
        """Why the last look at the ledger failed, in one line; None when it did not."""
        return self._trouble

    def standing(self) -> Standing | None:
        """What to answer from now; None before the first run."""
        run, stale = self._run, self._trouble is not None
        if run is None:
            return None
        return Standing(run, stale, max(0, int((self._clock() - run.published_at).total_seconds())))

    def refresh(self) -> None:
        """Look at the ledger once, and take its latest run when that is another. Never raises."""
        try:
            trouble = self._look()
        except RingleaderError as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001  (whatever goes wrong, answers must go on, and say that they are stale)
            trouble = f"the published run cannot be prepared: {type(error).__name__}"
            if trouble != self._trouble:
                log.error("%s", "".join(traceback.format_tb(error.__traceback__)))
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.info("the ledger answers again")
        self._trouble = trouble

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, name="board", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End looking; waits a few seconds for a run that is being prepared."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _watch(self) -> None:
        while not self._ended.is_set():
            self.refresh()
            self._ended.wait(self._poll_seconds)

    def _look(self) -> str | None:
        latest = self._ledger.latest()
        if latest is None:
            return None if self._run is None else "the ledger no longer names a run; check which ledger is served"
        if self._run is None or self._run.run_id != latest:
            started = time.monotonic()
            self._run = PreparedRun(self._ledger.load(latest))
            log.info("answering from run %s, prepared in %.1f s", latest, time.monotonic() - started)
        return None
