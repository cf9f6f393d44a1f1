"""A graph neural network over accounts and what they share. The only package that imports torch."""

import warnings

import torch

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state", category=UserWarning)
with warnings.catch_warnings():
    # torch warns of its own torch.jit while torch_geometric is imported; nothing here uses it
    warnings.simplefilter("ignore", FutureWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    import torch_geometric  # noqa: F401

# edges are sorted and within bounds by construction (models.gnn.messages); torch warns until somebody says so
torch.sparse.check_sparse_tensor_invariants.disable()  # type: ignore[no-untyped-call]
