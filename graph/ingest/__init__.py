"""Exchange records onto the tape: read, coerced, keyed, deduplicated, with every bad row in quarantine."""

from graph.ingest.keying import Keying
from graph.ingest.records import ingest_records
from graph.ingest.report import IngestReport
from graph.ingest.single import read_table
from graph.tape.segment import TableReport

__all__ = ["IngestReport", "Keying", "TableReport", "ingest_records", "read_table"]
