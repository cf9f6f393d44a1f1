"""Versions of learned models, on a folder or on object storage, and which of them is in force."""

from models.registry.aliases import ALIASES, AUTOMATIC, Aliases, Event
from models.registry.manifest import FileStamp, Manifest, Origin
from models.registry.promotion import ScorecardProof
from models.registry.registry import Registry
from models.registry.versions import StoredModel, Version

__all__ = [
    "ALIASES",
    "AUTOMATIC",
    "Aliases",
    "Event",
    "FileStamp",
    "Manifest",
    "Origin",
    "Registry",
    "ScorecardProof",
    "StoredModel",
    "Version",
]
