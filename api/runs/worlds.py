"""`simulate`: a world in a folder, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from api.runs.folder import replaced
from graph.progress import Progress
from simulator.parameters import WorldParameters
from simulator.simulate import MANIFEST, World, simulate


def write_world(parameters: WorldParameters, out: Path, progress: Progress) -> World:
    """Simulate into a new folder that then takes the place of `out`. Raises as `replaced` and `simulate` do."""
    with replaced(out, marker=MANIFEST) as folder:
        return simulate(parameters, folder, threads=os.cpu_count() or 1, progress=progress)
