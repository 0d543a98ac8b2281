"""Fuzzing: every reader of foreign bytes is given what it does not expect, and may only refuse it in its own words."""
