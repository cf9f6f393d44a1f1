"""Which files of an input folder belong to which table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from graph.contract import LOADED, TABLES
from graph.errors import InputError

LABELS = "labels"


class Format(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSON_LINES = "jsonl"


SUFFIXES = {
    ".parquet": Format.PARQUET,
    ".csv": Format.CSV,
    ".csv.gz": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".jsonl.gz": Format.JSON_LINES,
}
READABLE = ", ".join(SUFFIXES)


@dataclass(frozen=True)
class Part:
    """One file of a table. `name`: its path within the input folder, with slashes."""

    path: Path
    name: str
    format: Format

    @property
    def zipped(self) -> bool:
        return self.path.name.endswith(".gz")


@dataclass(frozen=True)
class Sources:
    """`parts`: the files of each table that is there, in byte order of their names. `strange`: names that mean
    nothing to a load."""

    parts: Mapping[str, tuple[Part, ...]]
    strange: tuple[str, ...]


def find_sources(folder: Path) -> Sources:
    """The tables of an input folder. Raises InputError when there is no folder, no table or no `accounts`."""
    if not folder.is_dir():
        raise InputError("there is no such input folder", where=str(folder), do="give the folder of the tables")
    parts: dict[str, tuple[Part, ...]] = {}
    strange: list[str] = []
    for entry in _entries(folder):
        table = _table_of(entry)
        if entry.name.startswith((".", "_")):
            continue
        if table is None:
            strange.append(entry.name)
        elif table in parts:
            raise InputError(
                f"table {table} is there twice", where=str(entry), do="keep one file or one folder of part files"
            )
        else:
            parts[table] = parts_of(entry, folder)
    parts.pop(LABELS, None)
    if not parts:
        raise InputError(
            "no input table was found", where=str(folder), do=f"put files like accounts.parquet there ({READABLE})"
        )
    if "accounts" not in parts:
        raise InputError("the table accounts is missing", where=str(folder), do="add it: it is the one required table")
    return Sources({name: parts[name] for name in LOADED if name in parts}, tuple(strange))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))
    except OSError as error:
        raise InputError(
            f"the input folder cannot be read: {error.strerror}", where=str(folder), do="check its permissions"
        ) from error


def parts_of(entry: Path, folder: Path) -> tuple[Part, ...]:
    """The file, or the part files of the folder at any depth, as parts named relative to `folder`."""
    if entry.is_file():
        return (_part(entry, folder),)
    files = [path for path in entry.rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]
    if not files:
        raise InputError("the folder holds no part file", where=str(entry), do=f"add files ({READABLE}) or remove it")
    return tuple(sorted((_part(path, folder) for path in files), key=lambda part: os.fsencode(part.name)))


def find_table(path: Path, table: str) -> tuple[Part, ...]:
    """The parts of one table: `path` is its file, its folder of part files, or the input folder that holds it."""
    if path.is_file():
        return (_part(path, path.parent),)
    if path.is_dir():
        found = [entry for entry in path.iterdir() if _table_of(entry) == table]
        if len(found) == 1:
            return parts_of(found[0], path)
        if path.name == table and not found:
            return parts_of(path, path.parent)
    raise InputError(f"the table {table} was not found", where=str(path), do=f"give its file or folder ({READABLE})")


def _part(path: Path, folder: Path) -> Part:
    for suffix, form in SUFFIXES.items():
        if path.name.endswith(suffix):
            return Part(path, path.relative_to(folder).as_posix(), form)
    raise InputError("a file of unknown format", where=str(path), do=f"give one of {READABLE}")


def _table_of(entry: Path) -> str | None:
    name = entry.name
    if entry.is_file():
        endings = [suffix for suffix in SUFFIXES if name.endswith(suffix)]
        if not endings:
            return None
        name = name.removesuffix(endings[0])
    return name if name in TABLES else None
