"""A second, independent meaning of the ledger: exact, from the specification alone, without any of its code."""
