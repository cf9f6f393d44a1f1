"""Writing a version, and reading it only when every byte of it is what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.errors import ModelError
from models.registry.manifest import LARGEST_MANIFEST, MANIFEST, VERSION, FileStamp, Manifest, Origin, stamp
from models.registry.sealing import UnsealedError
from models.registry.storage import Place

VERSIONS = "versions"
FILE_FAULTS = ("model.file", "model.file")
MANIFEST_FAULTS = ("model.manifest", "model.manifest")
RESTORE = "restore the folder from a copy, or move it away and train again"


@dataclass(frozen=True)
class Version:
    version: str
    manifest: Manifest


@dataclass(frozen=True)
class StoredModel:
    """`files`: contents by name, the manifest not among them."""

    version: str
    manifest: Manifest
    files: Mapping[str, bytes] = field(repr=False)


def write_version(place: Place, files: Mapping[str, bytes], origin: Origin) -> str:
    """Write a version and answer its id. One that is there already stays as it is; one that is unfinished or damaged is
    made whole, and loses what does not belong to it. Raises ModelError for what no version may hold."""
    manifest = Manifest(origin, {name: stamp(content) for name, content in files.items()})
    content = manifest.content()
    try:
        Manifest.of(content)
    except UnsealedError as error:
        raise ModelError(f"no version can be written: its manifest {error}", do="correct what is handed over") from None
    version = manifest.version
    with place.alone():
        if not _is_whole(place, version):
            _sweep(place, version, manifest)
            for name in sorted(files):
                place.replace(_path(version, name), files[name], FILE_FAULTS)
            place.replace(_path(version, MANIFEST), content, MANIFEST_FAULTS)
    return version


def load_version(place: Place, version: str) -> StoredModel:
    """Raises ModelError unless the version is there and every byte is as it was written."""
    manifest = _manifest(place, version)
    if manifest is None:
        raise ModelError(
            f"there is no version '{version[:60]}'", where=place.where(VERSIONS), do="name one that the registry lists"
        )
    present = place.names(f"{VERSIONS}/{version}")
    if missing := sorted(manifest.files.keys() - present.keys()):
        raise _damaged(place, version, f"{missing[0]} is missing")
    if extra := sorted(present.keys() - manifest.files.keys() - {MANIFEST}):
        raise _damaged(place, version, f"{extra[0]!r:.60} does not belong to it")
    for name, wanted in manifest.files.items():
        if present[name] != wanted.size:
            raise _damaged(place, version, f"{name} has not the {wanted.size} bytes that were written")
    return StoredModel(
        version, manifest, {name: _read(place, version, name, each) for name, each in sorted(manifest.files.items())}
    )


def list_versions(place: Place) -> tuple[Version, ...]:
    """By time of creation, then id; unfinished ones are left out, files are not looked at. Raises ModelError for a
    manifest that is damaged."""
    folders = [name.removesuffix(f"/{MANIFEST}") for name in place.names(VERSIONS) if name.endswith(f"/{MANIFEST}")]
    manifests = ((folder, _manifest(place, folder)) for folder in folders if "/" not in folder)
    found = [Version(folder, manifest) for folder, manifest in manifests if manifest is not None]
    return tuple(sorted(found, key=lambda each: (each.manifest.created, each.version)))


def _path(version: str, name: str) -> str:
    return f"{VERSIONS}/{version}/{name}"


def _manifest(place: Place, version: str) -> Manifest | None:
    content = place.read(_path(version, MANIFEST), LARGEST_MANIFEST) if VERSION.fullmatch(version) else None
    if content is None:
        return None
    try:
        manifest = Manifest.of(content)
    except UnsealedError as error:
        raise _damaged(place, version, f"its manifest {error}") from None
    if manifest.version != version:
        raise _damaged(place, version, f"it holds {manifest.version}")
    return manifest


def _read(place: Place, version: str, name: str, wanted: FileStamp) -> bytes:
    content = place.read(_path(version, name), wanted.size)
    if content is None or stamp(content) != wanted:
        raise _damaged(place, version, f"{name} was altered: it does not match its sha256")
    return content


def _is_whole(place: Place, version: str) -> bool:
    try:
        load_version(place, version)
    except ModelError:
        return False
    return True


def _sweep(place: Place, version: str, manifest: Manifest) -> None:
    present = place.names(f"{VERSIONS}/{version}")
    folders = {name.partition("/")[0] for name, size in present.items() if size is None or "/" in name}
    for name in sorted(folders):
        place.remove(_path(version, name), folder=True)
    for name in sorted(present.keys() - folders - manifest.files.keys() - {MANIFEST}):
        if "/" not in name:
            place.remove(_path(version, name), folder=False)


def _damaged(place: Place, version: str, why: str) -> ModelError:
    return ModelError(f"a model version is damaged: {why}", where=place.where(f"{VERSIONS}/{version}"), do=RESTORE)
