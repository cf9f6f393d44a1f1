"""Those who know that they are watched: framing of innocents, and a ring planned from the data contract alone."""
