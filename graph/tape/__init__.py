"""The tape: everything that was ever loaded, as Parquet in immutable segments."""

from graph.tape.segment import Fingerprint, Segment, StoredFile, TableReport
from graph.tape.tape import QUARANTINE_SCHEMA, Tape
from graph.tape.trades import valid_trades

__all__ = ["QUARANTINE_SCHEMA", "Fingerprint", "Segment", "StoredFile", "TableReport", "Tape", "valid_trades"]
