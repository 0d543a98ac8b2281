"""Properties have no stopwatch: a busy machine is no reason for a test to fail."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
