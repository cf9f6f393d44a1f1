"""From groups of entities to rings of accounts: scores, roles, evidence, sentences."""
