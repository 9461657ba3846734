"""What conflictlens costs, measured beside its peers: one module a table, `python -m` each."""
