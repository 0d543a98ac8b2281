"""Small frozen values: no input or output, no cryptography beyond SHA-256, no clock."""
