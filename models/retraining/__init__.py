"""From labels to a model that may go live: splits, training, comparison, drift."""
