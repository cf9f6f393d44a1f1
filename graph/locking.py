"""One writer at a time, on one machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import BusyError


@contextmanager
def only_one(lock: Path, what: str) -> Iterator[None]:
    """Hold a lock file while the body runs. Raises BusyError at once when another process holds it; a process that was
    killed holds nothing."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _hold(lock, what)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _hold(lock: Path, what: str) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BusyError(
                f"another ringleader {what}", where=str(lock), do="wait until it has ended and try again"
            ) from None
        # its last holder may have unlinked the file between open and lock: then the lock is on a file nobody sees
        if _is(lock, descriptor):
            return descriptor
        os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
