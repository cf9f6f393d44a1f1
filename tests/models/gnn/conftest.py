"""One thread: these graphs are so small that threads only wait for one another."""

from __future__ import annotations

import torch

from models import gnn  # noqa: F401  quiets what torch_geometric's import says

torch.set_num_threads(1)
