"""Named bytes on a local folder or on object storage, each file there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path, PurePosixPath

from pyarrow import ArrowException
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from graph.errors import SettingsError, StoreError
from graph.faults import fault_point
from graph.locking import only_one

LOCK = ".lock"


class Place:
    """A folder with everything under it. `location`: a path, or a URI that pyarrow knows (`s3://bucket/prefix`).

    Raises SettingsError for a location that is none, and, in every method, StoreError where the storage fails.
    """

    def __init__(self, location: str | Path) -> None:
        text = str(location)
        if "://" not in text:
            self._files, self._root = LocalFileSystem(), str(Path(text).absolute())
        else:
            self._files, self._root = _opened(text)
        self._local = Path(self._root) if isinstance(self._files, LocalFileSystem) else None

    def where(self, name: str = "") -> str:
        """For people: without the credentials that a URI may hold."""
        path = str(PurePosixPath(self._root, name))
        return path if self._local else f"{self._files.type_name}://{path}"

    def names(self, folder: str) -> dict[str, int | None]:
        """Everything under a folder, by name relative to it: a file's bytes, None for a folder."""
        selector = FileSelector(self._path(folder), recursive=True, allow_not_found=True)
        with self._speaking("read", folder):
            found = self._files.get_file_info(selector)
        start = len(selector.base_dir) + 1
        return {
            info.path[start:].rstrip("/"): info.size if info.type == FileType.File else None
            for info in found
            if info.path[start:].rstrip("/")
        }

    def read(self, name: str, limit: int) -> bytes | None:
        """At most `limit` bytes and one more, which tells that there are more; None when there is no such file."""
        with self._speaking("read", name):
            if self._files.get_file_info(self._path(name)).type != FileType.File:
                return None
            with self._files.open_input_stream(self._path(name), compression=None) as stream:
                return bytes(stream.read(limit + 1))

    def replace(self, name: str, content: bytes, faults: tuple[str, str]) -> None:
        """Put a file where it belongs at once, whatever was there. `faults`: the fault points after the bytes are safe
        beside their place, and after they have taken it; object storage knows no beside."""
        steps = self._local_steps(self._local / name, content) if self._local else self._put(name, content)
        with self._speaking("written", name):
            for step, fault in zip(steps, faults, strict=True):
                step()
                fault_point(fault)

    def remove(self, name: str, *, folder: bool) -> None:
        with self._speaking("written", name):
            (self._files.delete_dir if folder else self._files.delete_file)(self._path(name))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other writers on this machine out of a local folder. Raises BusyError. Object storage knows no locks."""
        lock = only_one(self._local / LOCK, "is writing to this model registry") if self._local else nullcontext()
        with self._speaking("written", ""), lock:
            yield

    def _path(self, name: str) -> str:
        return str(PurePosixPath(self._root, name))

    def _put(self, name: str, content: bytes) -> tuple[Callable[[], None], Callable[[], None]]:
        def put() -> None:
            with self._files.open_output_stream(self._path(name), compression=None) as stream:
                stream.write(content)

        return lambda: None, put

    def _local_steps(self, path: Path, content: bytes) -> tuple[Callable[[], None], Callable[[], None]]:
        beside = path.with_name(f".{path.name}.new")

        def write() -> None:
            _make(path.parent)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

        def swap() -> None:
            beside.replace(path)
            _settle(path.parent)

        return write, swap

    @contextmanager
    def _speaking(self, doing: str, name: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ArrowException) as error:
            raise StoreError(
                f"the model registry cannot be {doing}: {error}",
                where=self.where(name),
                do="check that it is there, its credentials and its disk",
            ) from error


def _opened(uri: str) -> tuple[FileSystem, str]:
    scheme = uri.partition("://")[0]
    try:
        files, root = FileSystem.from_uri(uri)
    except (ValueError, TypeError, ArrowException):
        # no cause and no URI in the message: both may hold a password
        raise SettingsError(
            "this is no place for a model registry",
            where=f"{scheme}://...",
            do="name a folder, or a URI like s3://bucket/prefix",
        ) from None
    except OSError as error:
        raise StoreError(
            f"the model registry does not answer: {error}", where=f"{scheme}://...", do="check its address"
        ) from error
    return files, root


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _settle(folder.parent)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
