"""What an exchange records, as a tape and as a graph: the contract, ingest, the stores and the snapshot."""
