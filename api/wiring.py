"""The only place that builds adapters: settings in, ports out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.settings import Settings

if TYPE_CHECKING:
    from casework.ledger import Ledger
    from graph.ingest.keying import Keying
    from graph.store.port import GraphStore
    from graph.tape import Tape
    from models.parameters import Parameters


def tape_of(settings: Settings) -> Tape:
    from graph.tape import Tape

    return Tape(settings.tape_folder)


def keying_of(settings: Settings) -> Keying | None:
    """How device ids, IPs and addresses are hashed; None when no key is set, so they are kept as they are."""
    from graph.ingest.keying import Keying

    return Keying(settings.key.get_secret_value().encode()) if settings.key else None


def parameters_of(settings: Settings) -> Parameters:
    """The parameters of detection, with the differences that the operator's file names."""
    from models.overriding import read_parameters

    return read_parameters(settings.parameters)


@contextmanager
def graph_store(settings: Settings) -> Iterator[GraphStore]:
    from graph.store.opening import open_store

    password = settings.graph_password.get_secret_value() if settings.graph_password else None
    store = open_store(settings.graph_location, user=settings.graph_user, password=password)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def ledger(settings: Settings) -> Iterator[Ledger]:
    from casework.ledger import Ledger

    opened = Ledger(settings.ledger_location)
    try:
        yield opened
    finally:
        opened.close()
