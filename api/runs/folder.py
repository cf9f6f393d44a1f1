"""The folder that one detection leaves behind: written beside its place, then moved there as a whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.parquet as pq

from graph.errors import InputError, SettingsError
from graph.faults import fault_point
from graph.locking import only_one
from graph.vocabulary import columns
from models.detection import SCHEMAS, Detection
from models.learned_scores import would_change

if TYPE_CHECKING:
    from api.learning.live import Learned

MANIFEST = "run.json"
LINKED_SCHEMA = columns(account_id=pl.String)
ROWS_PER_GROUP = 131_072


@contextmanager
def replaced(out: Path, marker: str = MANIFEST) -> Iterator[Path]:
    """A new folder to write into; it takes the place of `out` when the body ends well and vanishes when it does not.

    Only a folder that holds a file named `marker`, or nothing, is replaced: SettingsError otherwise; BusyError when
    another process writes there. What a killed process left beside `out` is put back or swept away.
    """
    out = out.absolute()
    new, old = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.old")
    with only_one(out.with_name(f".{out.name}.lock"), "is writing to this folder"):
        if old.exists() and not out.exists():
            old.rename(out)
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        _refuse_foreign(out, marker)
        try:
            new.mkdir()
            yield new
            fault_point("out.written")
            _swap(new, out, old)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _refuse_foreign(out: Path, marker: str) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise SettingsError("the output folder is a file", where=str(out), do="name another folder with --out")
    if any(out.iterdir()) and not (out / marker).is_file():
        raise SettingsError(
            f"the output folder holds other things than an earlier output (there is no {marker})",
            where=str(out),
            do="name an empty or a new folder with --out",
        )


def _swap(new: Path, out: Path, old: Path) -> None:
    _settle(new)
    if out.exists():
        out.rename(old)
        fault_point("out.moved")
    new.rename(out)
    _settle_folder(out.parent)
    fault_point("out.swapped")
    shutil.rmtree(old, ignore_errors=True)


def _settle(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            _settle(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _settle_folder(folder)


def _settle_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_run(folder: Path, detection: Detection, quarantine: pl.DataFrame, manifest: Mapping[str, Any]) -> None:
    """Write every output table, the accounts within reach of the evidence, the closed sets, the provisional tiers, and
    the manifest; equal tables give equal bytes."""
    for name, frame in detection.tables():
        write_table(frame, folder / f"{name}.parquet")
    write_table(detection.linked.to_frame("account_id"), folder / "linked.parquet")
    write_table(detection.closed_sets, folder / "closed_sets.parquet")
    write_table(detection.provisional, folder / "provisional_tiers.parquet")
    write_table(quarantine, folder / "quarantine.parquet")
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")


def write_learned(folder: Path, learned: Learned) -> None:
    """What models say of who is told, whose tier the challenger would allow otherwise, and how far the champion's world
    has drifted; each may be empty."""
    write_table(learned.table, folder / "learned_scores.parquet")
    write_table(would_change(learned.table), folder / "tier_changes.parquet")
    write_table(learned.drift, folder / "drift.parquet")


def keep_learned(place: Path, learned: Learned) -> None:
    """`write_learned` into a folder of its own, as a whole; nothing where no model was asked."""
    if not learned.versions:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with replaced(place, marker="learned_scores.parquet") as folder:
        write_learned(folder, learned)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """One Parquet file whose bytes depend on the rows and the library versions alone."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    pq.write_table(
        table,
        path,
        row_group_size=ROWS_PER_GROUP,
        compression="zstd",
        compression_level=3,
        version="2.6",
        use_dictionary=True,
        write_statistics=True,
        store_schema=True,
    )


def read_manifest(out: Path) -> dict[str, Any]:
    """The manifest of an output folder. Raises InputError when the folder holds no run."""
    path = out / MANIFEST
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(
            "this folder holds no run", where=str(out), do="name the OUT folder of an earlier `ringleader detect`"
        ) from None
    except ValueError:
        raise InputError("the manifest is not JSON", where=str(path), do="run `ringleader detect` again") from None
    if not isinstance(manifest, dict) or "run_id" not in manifest:
        raise InputError("the manifest names no run", where=str(path), do="run `ringleader detect` again")
    return manifest


def read_output(out: Path, name: str) -> pl.DataFrame:
    """One output table of `models.detection.SCHEMAS`, or `linked` (`account_id`: accounts that any evidence links to
    another entity). Raises InputError when it is missing or has other columns."""
    path = out / f"{name}.parquet"
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"cannot read {name}: {error}", where=str(path), do="run `ringleader detect` again") from error
    if frame.schema != (LINKED_SCHEMA if name == "linked" else SCHEMAS[name]):
        raise InputError(f"{name} has other columns than a run writes", where=str(path), do="run `detect` again")
    return frame
