"""A registry on a folder, and the same on an S3 server of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from pyarrow.fs import FileSystem, LocalFileSystem

from models.registry import Registry
from tests.models.registry.made import Shelf
from tests.servers.process import folder_for, free_port, guarded, listening

BUCKETS = count()


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        folder_for("s3") as folder,
        guarded("the S3 server", command, folder, lambda: listening(port), ending="SIGTERM"),
    ):
        yield f"127.0.0.1:{port}"


def s3_uri(address: str, path: str, options: str = "") -> str:
    return f"s3://key:secret@{path}?endpoint_override={quote(address, safe='')}&scheme=http&region=us-east-1{options}"


@pytest.fixture
def folder(tmp_path: Path) -> Shelf:
    """On the local file system."""
    root = tmp_path / "models" / "registry"
    return Shelf(str(root), LocalFileSystem(), str(root))


@pytest.fixture
def bucket(s3_address: str) -> Shelf:
    """On an S3 server, in a bucket of its own."""
    name = f"models-{next(BUCKETS)}"
    files, _ = FileSystem.from_uri(s3_uri(s3_address, name, "&allow_bucket_creation=true"))
    files.create_dir(name)
    return Shelf(s3_uri(s3_address, f"{name}/of/ours"), files, f"{name}/of/ours")


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """Each of both."""
    found: Shelf = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def registry(shelf: Shelf) -> Registry:
    return Registry(shelf.location)
