"""The command line: `ringleader COMMAND`."""

from __future__ import annotations


def main() -> None:
    """Run one command and end the process: 0 success, 1 failure, 2 usage, 130 interrupted."""
    from api.cli.ending import ends_in_one_line, interrupts_are_never_lost

    interrupts_are_never_lost()
    with ends_in_one_line():
        from api.cli.commands import app

        app(prog_name="ringleader")
