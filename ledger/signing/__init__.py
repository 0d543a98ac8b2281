"""Keys, envelopes and their verification: the only way from received bytes to a signed record."""
