"""Seconds and peak memory of a step in a process of its own, and how they grow."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil


@contextmanager
def _peak_memory(process: subprocess.Popen[str], peak: list[int]) -> Iterator[None]:
    """Watch a process's resident set, ten times a second."""
    done = threading.Event()

    def watch() -> None:
        watched = psutil.Process(process.pid)
        while not done.wait(0.1):
            try:
                peak[0] = max(peak[0], watched.memory_info().rss)
            except psutil.NoSuchProcess:
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def measured(arguments: list[str], environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run Python with `arguments`; the JSON object that it prints, and its peak memory in MiB."""
    answer, peak = watched(arguments, environment)
    return {**json.loads(answer), "peak_mib": peak}


def watched(arguments: list[str], environment: dict[str, str] | None = None) -> tuple[str, int]:
    """Run Python with `arguments`; what it prints, and its peak memory in MiB."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | (environment or {})) as process:
        peak = [0]
        with _peak_memory(process, peak):
            answer, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return answer, peak[0] // 2**20


def growth(sizes: list[int], seconds: list[float]) -> float:
    """Exponent b of seconds ~ size^b between the two largest sizes."""
    (n, m), (s, t) = sizes[-2:], seconds[-2:]
    return round(math.log(t / s) / math.log(m / n), 2)
