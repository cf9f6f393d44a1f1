"""Named fault points: the places at which a test kills the process, one at every write boundary.

`RINGLEADER_FAULT=name` (or `name:3` for the third passage) makes `fault_point("name")` end the process with
SIGKILL, so nothing is flushed, closed or rolled back. Unset, a fault point costs one dictionary look-up.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

FAULT_VARIABLE = "RINGLEADER_FAULT"
_passages: Counter[str] = Counter()


def fault_point(name: str) -> None:
    wanted = os.environ.get(FAULT_VARIABLE)
    if not wanted:
        return
    wanted_name, _, nth = wanted.partition(":")
    if wanted_name != name:
        return
    _passages[name] += 1
    if _passages[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
