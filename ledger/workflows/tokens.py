"""Bearer tokens for reading: 256 bits, shown once, stored as a hash, scoped, expiring, revocable.

Integrity never depends on a token: submissions authenticate themselves by their signatures.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.errors import NotFound, Unauthorized, UsageError
from ledger.store.tokens import StoredToken, add_token, end_token, organization_number, token_by_id
from ledger.store.tokens import tokens as stored_tokens
from ledger.values.encoding import b64u, is_digest
from ledger.values.instant import after
from ledger.workflows.ledger import Ledger

__all__ = ["SCOPES", "Caller", "NewToken", "authenticate", "list_tokens", "new_token", "revoke_token"]

SCOPES = {
    "read": "read one's own records and batches, and upstream of them what a buyer sees",
    "report": "make and revoke reports on batches that one holds or held",
    "grant": "open one's own records and batches to other organizations, and withdraw that",
    "operator": "everything in the ledger; only for the operator's own tokens",
}
"""Every scope with its meaning."""

_PREFIX = "lodestone_"
_DAY = 86_400
_MOST_DAYS = 3_660
_NO = "Expected a bearer token that is known, not revoked and not expired."
_NOBODY = hashlib.sha256(os.urandom(32)).digest()


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with its secret, which nobody can show again."""

    id: str
    token: str
    organization: str | None
    scopes: tuple[str, ...]
    label: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, proven by a token, and when. `number` is the log index of the organization; None for the operator.

    `expires_at` is when the token ends.
    """

    token: str
    organization: str | None
    number: int | None
    scopes: frozenset[str]
    at: str
    expires_at: str

    def may(self, scope: str) -> bool:
        """Whether the token is for this; the operator's own is for everything."""
        return scope in self.scopes or "operator" in self.scopes


def new_token(
    ledger: Ledger, organization: str | None, scopes: Iterable[str], label: str, *, days: int = 365
) -> NewToken:
    """Make a token for an organization (the id of its first `organization` record), or with None for the operator.

    Raises:
        UsageError: unknown scopes, the operator's scope for somebody else, or an impossible time.
        NotFound: the ledger has no such organization.
    """
    wanted = tuple(sorted(set(scopes)))
    if not wanted or not set(wanted) <= SCOPES.keys():
        raise UsageError(f"Expected one or more of the scopes {', '.join(SCOPES)}.")
    if ("operator" in wanted) != (organization is None):
        raise UsageError("The scope operator and a token without organization belong together.")
    if not 1 <= days <= _MOST_DAYS:
        raise UsageError(f"Expected a token that lasts from 1 to {_MOST_DAYS} days.")
    token_id, secret, now = os.urandom(9).hex(), b64u(os.urandom(32)), ledger.clock()
    expires_at = after(now, days * _DAY)
    with ledger.database.writing(locked=False) as connection:
        number = None
        if organization is not None:
            number = organization_number(connection, organization) if is_digest(organization) else None
            if number is None:
                raise NotFound("The ledger has no organization of this id.")
        row = StoredToken(token_id, _hash(secret), number, organization, wanted, label, now, expires_at, None)
        add_token(connection, row)
    return NewToken(token_id, f"{_PREFIX}{token_id}_{secret}", organization, wanted, label, expires_at)


def revoke_token(ledger: Ledger, token_id: str) -> None:
    """End a token at once.

    Raises:
        NotFound: there is no token of this id.
    """
    with ledger.database.writing(locked=False) as connection:
        if not end_token(connection, token_id, ledger.clock()):
            raise NotFound("There is no token of this id.")


def list_tokens(ledger: Ledger) -> list[StoredToken]:
    """All tokens ever made, oldest first; the hashes of their secrets are of no use to anybody."""
    with ledger.database.reading() as connection:
        return stored_tokens(connection)


def authenticate(ledger: Ledger, token: str) -> Caller:
    """Who holds this token. The comparison takes as long for a wrong secret as for an unknown token.

    Raises:
        Unauthorized: unknown, revoked or expired; the sentence does not say which.
    """
    token_id, _, secret = token.removeprefix(_PREFIX).partition("_")
    with ledger.database.reading() as connection:
        stored = token_by_id(connection, token_id) if token.startswith(_PREFIX) else None
    same = hmac.compare_digest(_hash(secret), stored.secret_hash if stored else _NOBODY)
    now = ledger.clock()
    if stored is None or not same or stored.revoked_at is not None or stored.expires_at <= now:
        raise Unauthorized(_NO)
    return Caller(stored.id, stored.organization, stored.number, frozenset(stored.scopes), now, stored.expires_at)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
