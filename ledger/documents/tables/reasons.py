"""Why something in a row is unknown: the words of the column `reason`, which the dictionary explains."""

__all__ = ["NOT_WEIGHED", "ONLY_UPSTREAM", "WITHHOLDING"]

WITHHOLDING = "withheld"
NOT_WEIGHED = "not-weighed"
ONLY_UPSTREAM = "only-upstream"
