"""From the tape to batches of nodes and links."""

from graph.aggregate.links import link_batches
from graph.aggregate.nodes import node_batches

__all__ = ["link_batches", "node_batches"]
