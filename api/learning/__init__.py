"""Models trained, compared, promoted and asked: the flows between records, registry and runs."""
