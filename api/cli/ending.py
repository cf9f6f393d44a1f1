"""How a command ends: one line on stderr and an exit code, whatever went wrong."""

from __future__ import annotations

import os
import signal
import sys
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager

from graph.errors import RingleaderError

FAILURE = 1
INTERRUPTED = 130
PIPE_CLOSED = 141
DEBUG_VARIABLE = "RINGLEADER_DEBUG"


@contextmanager
def ends_in_one_line() -> Iterator[None]:
    """Turn what is raised inside into a line and an exit code; with RINGLEADER_DEBUG set, a traceback before it."""
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        _stay_silent()
        _end("interrupted; nothing half-done is kept", INTERRUPTED)
    except BrokenPipeError:
        # the reader has gone: without this the interpreter complains once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except RingleaderError as error:
        _end(str(error), FAILURE)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        _end(f"{error.strerror or error}{place}; check that the path exists and may be used", FAILURE)
    except MemoryError:
        _end("out of memory; run it on a machine with more, or on less input", FAILURE)
    except Exception as error:  # noqa: BLE001  the last resort of a command: people get a line, --debug the traceback
        text = " ".join(str(error).split())
        _end(f"unexpected {type(error).__name__}: {text}; run it again with --debug and report what it shows", FAILURE)


def interrupts_are_never_lost() -> None:
    """An interrupt that Python can only report, for it came while something was being cleaned up, is raised again."""
    report = sys.unraisablehook

    def again(unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            interrupt_main()
        else:
            report(unraisable)

    sys.unraisablehook = again


def _stay_silent() -> None:
    """Once interrupted, what cleans up late finds its folder removed already: nobody needs to read about that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.unraisablehook = lambda _: None


def _end(line: str, code: int) -> None:
    if os.environ.get(DEBUG_VARIABLE, "").lower() in {"1", "true", "yes", "on"}:
        import traceback

        traceback.print_exc()
    sys.stderr.write(f"ringleader: {line}\n")
    sys.exit(code)
