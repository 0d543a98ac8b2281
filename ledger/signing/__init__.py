"""Signed records: keys, envelopes, disclosures. Bytes in, values out; the only input is a key file."""
