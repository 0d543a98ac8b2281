"""Pages for auditors: one supply chain, or everything that is open to the reader, with masses, balances and proofs."""
