"""From weighted pairs to groups: Leiden, then the bridges cut."""
