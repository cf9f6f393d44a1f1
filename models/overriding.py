"""Parameters of detection out of a TOML file that names only what differs from the defaults."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from graph.errors import SettingsError
from models.parameters import Parameters

_SHARES = ("share", "chance", "tolerance", "rare")
_DURATIONS = ("_seconds", "_minutes", "_hours", ".hours")
_ADVICE = "see docs/conduct.md for what may be set"


def read_parameters(path: Path | None) -> Parameters:
    """The defaults, with what the file overrides; tables are nested as the fields of `Parameters` are.

    Raises SettingsError that names the file, the parameter and what is wrong with it.
    """
    if path is None:
        return Parameters()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the parameters: {error}", where=str(path), do="mend the TOML file") from error
    try:
        overridden = _overridden(Parameters(), given, "")
    except _WrongError as error:
        raise SettingsError(str(error), where=str(path), do=_ADVICE) from None
    assert isinstance(overridden, Parameters)  # noqa: S101
    return overridden


class _WrongError(ValueError):
    pass


def _overridden(default: Any, given: Mapping[str, Any], place: str) -> Any:
    """A dataclass with the values of `given` in place of its own."""
    known = {field.name for field in fields(default)}
    for name in given:
        if name not in known:
            raise _WrongError(f"there is no parameter {place}{name}; there are {', '.join(sorted(known))}")
    return replace(
        default, **{name: _value(getattr(default, name), value, place + name) for name, value in given.items()}
    )


def _value(default: Any, value: Any, name: str) -> Any:
    if is_dataclass(default):
        if not isinstance(value, Mapping):
            raise _WrongError(f"{name} is a table, not {value!r}")
        return _overridden(default, value, f"{name}.")
    if isinstance(default, tuple) and default and isinstance(default[0], tuple):
        return _pairs(default, value, name)
    if isinstance(default, tuple):
        return _list(default, value, name)
    return _number(default, value, name)


def _pairs(default: tuple[tuple[str, float], ...], value: Any, name: str) -> tuple[tuple[str, float], ...]:
    """Named numbers, kept in the order of the defaults."""
    if not isinstance(value, Mapping):
        raise _WrongError(f"{name} is a table of numbers, not {value!r}")
    kept = dict(default)
    for key, number in value.items():
        kept[key] = _number(kept.get(key, default[0][1]), number, f"{name}.{key}")
    return tuple(kept.items())


def _list(default: tuple[float, ...], value: Any, name: str) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise _WrongError(f"{name} is a list of numbers, not {value!r}")
    return tuple(_number(default[0], number, name) for number in value)


def _number(default: float, value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongError(f"{name} is a number, not {value!r}")
    if isinstance(default, int) and not isinstance(value, int):
        raise _WrongError(f"{name} is a whole number, not {value!r}")
    if not math.isfinite(value) or value < 0:
        raise _WrongError(f"{name} is {value}, and may not be below 0")
    if name.endswith(_DURATIONS) and value == 0:
        raise _WrongError(f"{name} is 0, and is a duration: above 0")
    if name.endswith(_SHARES) and value > 1:
        raise _WrongError(f"{name} is {value}, and is a share: at most 1")
    return type(default)(value)
