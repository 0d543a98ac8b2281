"""Cursors of pages: opaque to clients, numbers to us. A page begins after its cursor, however much was added since."""

from api.problems import Rejected
from ledger.values.encoding import b64u, unb64u

__all__ = ["cursor", "position"]


def cursor(numbers: tuple[int, ...] | None) -> str | None:
    """The text that stands for a position; None where there is no next page."""
    return None if numbers is None else b64u(".".join(map(str, numbers)).encode())


def position(text: str | None, *lengths: int) -> tuple[int, ...] | None:
    """The position of a cursor with so many numbers.

    Raises:
        Rejected: it is not one of ours.
    """
    if text is None:
        return None
    try:
        numbers = tuple(int(part) for part in unb64u(text).decode("ascii").split("."))
    except ValueError:
        numbers = ()
    if len(numbers) not in lengths or any(abs(number) > 2**62 for number in numbers):
        raise Rejected("invalid-request", "Expected `after` to be the cursor of an earlier page.")
    return numbers
