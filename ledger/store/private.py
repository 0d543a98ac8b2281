"""Files that only the service may read: a database holds everything that was ever disclosed to the ledger."""

from pathlib import Path

__all__ = ["make_private"]


def make_private(path: Path) -> None:
    """Make an empty file with mode 0600 where there is none; SQLite gives its side files the same mode.

    Not changed: the mode of a file that exists. Where the folder is missing, whoever opens the file says so.
    """
    if path.parent.is_dir():
        path.touch(mode=0o600)
