"""The only floor that knows SQL: envelopes as received, and the index columns that fsck can rebuild from them."""
