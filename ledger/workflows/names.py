"""Names that nobody can guess, for reports and grants."""

import os

from ledger.values.encoding import b64u

__all__ = ["new_id"]


def new_id() -> str:
    """128 random bits as 22 characters of base64url, never with `-` in front: on a command line that is an option."""
    while (name := b64u(os.urandom(16))).startswith("-"):
        pass
    return name
