"""Run with jgo on the path: `resolve.py GROUP:ARTIFACT:VERSION FOLDER` copies the jars of an artifact to a folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver  # type: ignore[import-not-found, unused-ignore]


def main(artifact: str, folder: Path) -> None:
    context = MavenContext(resolver=PythonResolver(), timeout=60)
    inputs, dependencies = context.resolver.resolve([context.create_dependency(artifact)])
    folder.mkdir(parents=True)
    for dependency in (*inputs, *dependencies):
        if dependency.type == "jar" and dependency.scope in (None, "compile", "runtime"):
            shutil.copy(dependency.artifact.resolve(), folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
