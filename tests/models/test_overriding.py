from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import SettingsError
from models.overriding import read_parameters
from models.parameters import Parameters


def _file(folder: Path, text: str) -> Path:
    path = folder / "parameters.toml"
    path.write_text(text)
    return path


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    assert read_parameters(None) == read_parameters(_file(tmp_path, "")) == Parameters()


def test_only_what_is_named_differs(tmp_path: Path) -> None:
    text = "seed = 3\n[conduct.spoofing]\nleast_acts = 9\nmost_chance = 1e-9\n[links.most_users]\nip = 50\n"
    read = read_parameters(_file(tmp_path, text))
    assert (read.seed, read.conduct.spoofing.least_acts, read.conduct.spoofing.most_chance) == (3, 9, 1e-9)
    assert dict(read.links.most_users) == {**dict(Parameters().links.most_users), "ip": 50}
    assert read.conduct.layering == Parameters().conduct.layering
    assert read.rings == Parameters().rings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[conduct.spofing]\n",
            "there is no parameter conduct.spofing; there are arrangement, closed_sets, front_running",
        ),
        ("[conduct.spoofing]\nacts = 3\n", "there is no parameter conduct.spoofing.acts; there are least_acts"),
        ("conduct = 3\n", "conduct is a table, not 3"),
        ("[conduct.spoofing]\nleast_acts = 'many'\n", "conduct.spoofing.least_acts is a number, not 'many'"),
        ("[conduct.spoofing]\nleast_acts = 2.5\n", "conduct.spoofing.least_acts is a whole number, not 2.5"),
        ("[conduct.spoofing]\nleast_acts = true\n", "conduct.spoofing.least_acts is a number, not True"),
        ("[conduct.spoofing]\nleast_acts = -1\n", "conduct.spoofing.least_acts is -1, and may not be below 0"),
        ("[conduct.pressure]\nsize_ratio = nan\n", "conduct.pressure.size_ratio is nan, and may not be below 0"),
        ("[conduct.pressure]\nunfilled_share = 1.5\n", "unfilled_share is 1.5, and is a share: at most 1"),
        ("[conduct.arrangement]\ngap_seconds = 0\n", "gap_seconds is 0, and is a duration: above 0"),
        ("[links]\nmost_users = 3\n", "links.most_users is a table of numbers, not 3"),
        ("seed = \n", "cannot read the parameters"),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        read_parameters(path)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the parameters"):
        read_parameters(tmp_path / "none.toml")
