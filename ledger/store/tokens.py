"""Bearer tokens as rows: a token's own id, and the SHA-256 of its secret. The secret itself is never here."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ledger.store.gather import record_name
from ledger.store.tables import ChainRow, RecordRow, TokenRow
from ledger.values.encoding import digest_bytes

__all__ = ["StoredToken", "add_token", "end_token", "organization_number", "token_by_id", "tokens", "tokens_of"]

_token = TokenRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token without its secret. `number` and `organization` name whose it is; both are None for the operator's."""

    id: str
    secret_hash: bytes
    number: int | None
    organization: str | None
    scopes: tuple[str, ...]
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None


def organization_number(connection: Connection, organization: str) -> int | None:
    """The log index of an organization's first record, or None where the ledger knows no such organization."""
    named = select(_record.c.idx).where(_record.c.id == digest_bytes(organization))
    found = select(_chain.c.organization).where(_chain.c.organization.in_(named)).limit(1)
    return connection.execute(found).scalar_one_or_none()


def add_token(connection: Connection, token: StoredToken) -> None:
    """Keep a new token; it counts once the caller's transaction commits."""
    row = {
        "id": token.id,
        "secret": token.secret_hash,
        "organization": token.number,
        "scopes": " ".join(token.scopes),
        "label": token.label,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
    connection.execute(insert(_token), [row])


def end_token(connection: Connection, token_id: str, at: str) -> bool:
    """Revoke a token; False where there is none. One that was revoked keeps its first time."""
    if token_by_id(connection, token_id) is None:
        return False
    ended = update(_token).where(_token.c.id == token_id, _token.c.revoked_at.is_(None)).values(revoked_at=at)
    connection.execute(ended)
    return True


def token_by_id(connection: Connection, token_id: str) -> StoredToken | None:
    """The token of an id, revoked or not."""
    rows = _read(connection, _token.c.id == token_id)
    return rows[0] if rows else None


def tokens(connection: Connection) -> list[StoredToken]:
    """All tokens, oldest first."""
    return _read(connection, None)


def tokens_of(connection: Connection, organization: int | None) -> list[StoredToken]:
    """The tokens of an organization, oldest first; the operator's own for None."""
    return _read(connection, _token.c.organization == organization)


def _read(connection: Connection, condition: Any) -> list[StoredToken]:
    columns = select(_token, _record.c.id.label("name")).outerjoin(_record, _record.c.idx == _token.c.organization)
    wanted = columns if condition is None else columns.where(condition)
    return [
        StoredToken(
            id=row.id,
            secret_hash=bytes(row.secret),
            number=row.organization,
            organization=record_name(row.name) if row.name is not None else None,
            scopes=tuple(row.scopes.split()),
            label=row.label,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(wanted.order_by(_token.c.created_at, _token.c.id))
    ]
