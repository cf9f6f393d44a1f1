"""The input contract: one definition of every table that an exchange hands over."""

from graph.contract.columns import Column, Holds, Kind, Table
from graph.contract.definition import LOADED, TABLES

__all__ = ["LOADED", "TABLES", "Column", "Holds", "Kind", "Table"]
