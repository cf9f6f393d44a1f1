"""How the ledger's tables come to be, step by step; each step is final once released."""
