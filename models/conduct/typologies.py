"""The seven typologies: their SQL, filled in with their parameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from string import Template

from models.conduct.parameters import ConductParameters, Repetition

TYPOLOGIES = (
    "self_trading",
    "wash_trading",
    "pump_and_dump",
    "front_running",
    "quote_stuffing",
    "spoofing",
    "layering",
)
KEPT = (
    "fills",
    "lives",
    "executed",
    "habits",
    "usual_sizes",
    "arranged",
    "opposite",
    "closing",
    "answers",
    "withdrawals",
    "wakes",
    "quotes",
    "followed",
    "pressed",
)
"""Relations that several definitions share, in the order in which they are made."""
SHOWN = frozenset({"fills"})
"""Of these, what is cheaper to compute whenever it is read."""


_UNITS = {"_seconds": 1_000_000, "_minutes": 60_000_000, "_hours": 3_600_000_000}


@dataclass(frozen=True)
class Definition:
    """`acts`: SQL of the acts of one typology. `counted`: SQL over the relation `acts` that leaves those that count."""

    typology: str
    acts: str
    counted: str


def relation_sql(name: str, parameters: ConductParameters) -> str:
    """SQL of a shared relation."""
    return _filled(f"relations/{name}.sql", _shared(parameters))


def definition(typology: str, parameters: ConductParameters) -> Definition:
    """The SQL of a typology of `TYPOLOGIES`."""
    values = {**_shared(parameters), **own_parameters(typology, parameters)}
    return Definition(typology, _filled(f"{typology}.sql", values), _filled("repetition.sql", values, typology))


def own_parameters(typology: str, parameters: ConductParameters) -> dict[str, float]:
    """What the typology alone decides, by the names that its file uses."""
    own: Repetition = getattr(parameters, typology)
    return asdict(own)


def source(path: str) -> str:
    """A SQL file of this package as it is written."""
    return files("models.conduct").joinpath(path).read_text(encoding="utf-8")


def _shared(parameters: ConductParameters) -> dict[str, float]:
    return {**asdict(parameters.arrangement), **asdict(parameters.pressure)}


def _filled(path: str, values: dict[str, float], typology: str = "") -> str:
    """Every parameter as a literal; a duration also in microseconds (`$gap_us` for `gap_seconds`)."""
    literals = {name: repr(value) for name, value in values.items()}
    for unit, microseconds in _UNITS.items():
        literals |= {
            f"{name.removesuffix(unit)}_us": repr(round(value * microseconds))
            for name, value in values.items()
            if name.endswith(unit)
        }
    return Template(source(path)).substitute(literals, typology=typology)
