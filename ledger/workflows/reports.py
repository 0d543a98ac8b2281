"""Reports that were made: finding and revoking them, the status list, and the document of the key that signs them."""

import hmac

import orjson
from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.report.seal import seal
from ledger.report.status import BITS, encode_bits, status_credential
from ledger.signing.keys import public_key
from ledger.store.evidence import indexes_of, report_chain
from ledger.store.log import read_head
from ledger.store.notices import add_notice
from ledger.store.reports import (
    StoredReport,
    StoredStatus,
    keep_status,
    link_hash,
    newest_status,
    report_by_id,
    revoke,
    revoked_numbers,
    status_size,
)
from ledger.values.encoding import is_digest
from ledger.workflows.ledger import Ledger

__all__ = ["did_document", "report_by_link", "report_of", "revoke_report", "status_list"]

_CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"]


def report_of(ledger: Ledger, report: str, caller: str | None) -> StoredReport:
    """A report as signed, for the organization that asked for it, or for the operator (`caller` None).

    Raises:
        NotFound: there is no such report, or it is somebody else's.
    """
    with ledger.database.reading() as connection:
        found = report_by_id(connection, report)
        if found is None or not _may(connection, found, caller):
            raise NotFound("There is no report of this id that you asked for.")
        return found


def report_by_link(ledger: Ledger, report: str, link: str) -> StoredReport:
    """A report as signed, for whoever has the secret of its link.

    Raises:
        NotFound: there is no such report, or the secret is another one's.
    """
    with ledger.database.reading() as connection:
        found = report_by_id(connection, report)
    if found is None or not hmac.compare_digest(found.link, link_hash(link)):
        raise NotFound("There is no report behind this link.")
    return found


def revoke_report(ledger: Ledger, report: str, caller: str | None) -> None:
    """Revoke a report, for good. From now on the status list says so; a second time changes nothing.

    Raises:
        NotFound: there is no such report, or it is somebody else's.
    """
    found, now = report_of(ledger, report, caller), ledger.clock()
    with ledger.database.writing() as connection:
        if revoke(connection, report, now):
            add_notice(connection, found.organization, "report-revoked", report, now)


def status_list(ledger: Ledger) -> str:
    """The status list of all reports as a sealed credential; signed anew only when something has changed."""
    ledger.must_be_safe()
    with ledger.database.reading() as connection:
        numbers, size = revoked_numbers(connection), status_size(connection)
        newest = newest_status(connection)
    # Both only ever grow, so their sum tells each state of the list from every other.
    version = len(numbers) + size // BITS
    if newest is not None and newest.number >= version:
        return newest.jwt
    made_at, did = ledger.clock(), ledger.config.did
    made = status_credential(ledger.config.public_url, did, made_at, encode_bits(numbers, size))
    jwt = seal(made, ledger.reporter[0], did)
    with ledger.database.writing(locked=False) as connection:
        keep_status(connection, StoredStatus(version, made_at, jwt))
    return jwt


def did_document(ledger: Ledger) -> dict[str, object]:
    """The `did.json` of the issuer of reports: the keys of the operator's report chain, earlier ones too.

    It helps to find a key; what a report proves does not rest on it. After a compromise only the keys in force are
    listed.
    """
    did = ledger.config.did
    with ledger.database.reading() as connection:
        chain = report_chain(connection)
    sets = orjson.loads(chain.sets) if chain is not None else []
    if chain is not None and orjson.loads(chain.untrusted):
        sets = sets[-1:]
    keys = [public_key(jwk) for each in sets for jwk in each["jwks"]]
    methods = [
        {"id": f"{did}#{key.kid}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk} for key in keys
    ]
    return {
        "@context": _CONTEXTS,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _may(connection: Connection, report: StoredReport, caller: str | None) -> bool:
    if caller is None or caller == read_head(connection).operator:
        return True
    return is_digest(caller) and indexes_of(connection, [caller], report.organization + 1) == [report.organization]
