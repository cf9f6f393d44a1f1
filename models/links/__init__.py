"""Who shares what with whom, and how rare that is: from a snapshot to evidence between pairs of entities."""
