"""An organization's own tokens: listed, ended, and made anew, with no more rights than the caller has himself.

Whoever has a token may hand on a part of its rights, for no longer than it lasts itself: so nobody gains anything.
"""

from collections.abc import Sequence

from ledger.errors import Forbidden, NotFound, UsageError
from ledger.store.tokens import StoredToken, token_by_id, tokens_of
from ledger.values.instant import posix_seconds
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown
from ledger.workflows.tokens import Caller, NewToken, new_token, revoke_token

__all__ = ["list_own_tokens", "make_own_token", "revoke_own_token"]

_DAY = 86_400
_LONGEST_LABEL = 100


def list_own_tokens(ledger: Ledger, caller: Caller) -> list[Shown]:
    """The tokens of the caller's organization, newest first, without their secrets, which are kept nowhere."""
    with ledger.database.reading() as connection:
        found = tokens_of(connection, caller.number)
    return [_shown(each, caller) for each in reversed(found)]


def make_own_token(ledger: Ledger, caller: Caller, scopes: Sequence[str], label: str, days: int) -> NewToken:
    """Make a token for the caller's own organization, whose secret is shown this once.

    Raises:
        UsageError: unknown scopes, a label that is too long, or more days than the caller's own token has left.
        Forbidden: a scope that the caller does not have; or the operator, whose tokens are made on his own machine.
    """
    if caller.organization is None:
        raise Forbidden("Tokens of the operator are made where the ledger is: lodestone token new.")
    if not set(scopes) <= caller.scopes:
        raise Forbidden("A token can hand on no more than its own scopes.")
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        raise UsageError(f"Expected a label of at most {_LONGEST_LABEL} characters.")
    most = _days_left(ledger, caller)
    if not 1 <= days <= most:
        raise UsageError(f"Expected from 1 to {most} days: your own token does not last longer.")
    return new_token(ledger, caller.organization, scopes, label, days=days)


def revoke_own_token(ledger: Ledger, caller: Caller, token_id: str) -> None:
    """End a token of the caller's organization at once.

    Raises:
        NotFound: there is no such token of it.
        Forbidden: it has scopes that the caller's own has not: who may only read ends nobody's right to do more.
    """
    with ledger.database.reading() as connection:
        found = token_by_id(connection, token_id)
    if found is None or found.number != caller.number:
        raise NotFound("There is no token of this id.")
    if not _may_end(found, caller):
        raise Forbidden("This token has scopes that yours has not.")
    revoke_token(ledger, token_id)


def _may_end(token: StoredToken, caller: Caller) -> bool:
    return set(token.scopes) <= caller.scopes or "operator" in caller.scopes


def _days_left(ledger: Ledger, caller: Caller) -> int:
    with ledger.database.reading() as connection:
        own = token_by_id(connection, caller.token)
    return (posix_seconds(own.expires_at) - posix_seconds(caller.at)) // _DAY if own is not None else 0


def _shown(token: StoredToken, caller: Caller) -> Shown:
    ended = token.revoked_at is not None
    return {
        "token": token.id,
        "label": token.label,
        "scopes": list(token.scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at or "",
        "standing": "revoked" if ended else "expired" if token.expires_at <= caller.at else "in-force",
        "own": token.id == caller.token,
        "revocable": not ended and _may_end(token, caller),
    }
