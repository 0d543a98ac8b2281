"""Debian's Chromium, in which pages are looked at."""

import shutil

__all__ = ["ChromiumUnavailable", "find_chromium"]


class ChromiumUnavailable(Exception):
    """There is none on this machine; the text says what is missing."""


def find_chromium() -> str:
    """Where Chromium is.

    Raises:
        ChromiumUnavailable: there is none.
    """
    found = shutil.which("chromium")
    if found is None:
        raise ChromiumUnavailable("Chromium is not here (on Debian: apt-get install chromium)")
    return found
