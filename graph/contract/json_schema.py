"""The contract as JSON Schema: one document per table, for one row as JSON Lines carry it."""

from __future__ import annotations

from typing import Any

from graph.contract.columns import FRACTION_DIGITS, TEXT_BYTES, WHOLE_DIGITS, Column, Kind, Table

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DECIMAL_PATTERN = rf"^[+-]?\d{{1,{WHOLE_DIGITS}}}(\.\d{{1,{FRACTION_DIGITS}}})?$"


def json_schema(table: Table) -> dict[str, Any]:
    """A row of a table. Names that it does not know are allowed: the reader ignores them with a warning."""
    return {
        "$schema": DRAFT,
        "title": table.name,
        "description": table.meaning,
        "type": "object",
        "properties": {column.name: _property(column) for column in table.columns},
        "required": list(table.required_columns),
        "additionalProperties": True,
        "x-natural-key": list(table.key),
    }


def _property(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"description": column.meaning, **_type(column)}
    if column.default is not None:
        described["default"] = column.default
    return described


def _type(column: Column) -> dict[str, Any]:
    null = () if column.required else ("null",)
    if column.kind is Kind.INSTANT:
        return {"type": _types("string", *null), "format": "date-time"}
    if column.kind is Kind.TEXT:
        if column.allowed:
            return {"enum": [*column.allowed, *([None] if null else [])]}
        return {"type": _types("string", *null), "minLength": 1, "maxLength": TEXT_BYTES}
    number = "integer" if column.kind is Kind.INTEGER else "number"
    pattern = {} if column.kind is Kind.INTEGER else {"pattern": DECIMAL_PATTERN}
    return {"type": _types(number, "string", *null), **pattern, **_range(column)}


def _types(*names: str) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


def _range(column: Column) -> dict[str, int]:
    bounds = {"minimum": column.at_least, "exclusiveMinimum": column.above, "exclusiveMaximum": column.below}
    return {name: bound for name, bound in bounds.items() if bound is not None}
