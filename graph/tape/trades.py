"""Trades as the exchange has them now: the tape keeps all that it ever said, revisions beside what they revise."""

from __future__ import annotations

from graph.engine import query_text


def valid_trades(recorded: str = "trades") -> str:
    """SQL of the trades that hold, over a relation of the table `trades` and with all its columns.

    `recorded` is the relation's name, never taken from input, and has to hold the rows of all days and segments: a
    revision may be dated and arrive long after its trade.
    """
    return query_text("graph.tape", "valid_trades.sql").format(recorded=recorded)
