"""What no record says: reports as signed, status lists, tokens. Each is held against its signature and against the log.

Not shown by anything: whose request a report was, the secrets of links and tokens (only hashes are kept), labels, and
that nothing was revoked which stands here as not revoked.
"""

import re
from typing import Any

from sqlalchemy import Connection, select

from ledger.errors import LodestoneError, SignatureInvalid, VerificationError
from ledger.report.seal import Sealed, open_sealed, verify_sealed
from ledger.report.status import BITS, is_set, status_list_bits
from ledger.signing.keys import PublicKey
from ledger.store.compare import rows, table_named
from ledger.store.gather import record_name
from ledger.values.instant import is_time
from ledger.workflows.findings import Findings
from ledger.workflows.tokens import SCOPES

__all__ = ["check_erasures", "check_reports", "check_status_lists", "check_tokens"]

_HASH_BYTES = 32
_TOKEN_ID = re.compile(r"[0-9a-f]{18}")


def check_reports(
    connection: Connection, keys: dict[str, PublicKey], organizations: set[int], findings: Findings
) -> int:
    """Hold every report's columns against what was signed; how many there are."""
    table = table_named("report")
    names = [each.name for each in table.columns]
    seen = 0
    for row in rows(connection, table, ("number",)):
        seen += 1
        stored = dict(zip(names, row, strict=True))
        where = f"report[{stored['number']}]"
        signed = _opened(stored["jwt"], keys, where, findings)
        for name, said in _reported(connection, signed, stored).items() if signed else ():
            if stored[name] != said:
                sentence = f"The report {stored['id']} is signed with another {name} than the database says."
                findings.differs("report", f"{where}.{name}", sentence, expected=said, found=stored[name])
        for name, why in _ill_formed(stored, organizations):
            findings.differs("report", f"{where}.{name}", f"The column {name} of the report {stored['id']} {why}.")
    return seen


def check_status_lists(connection: Connection, keys: dict[str, PublicKey], findings: Findings) -> int:
    """Hold the signed status lists against the reports that were revoked; how many lists there are."""
    report = table_named("report")
    wanted = select(report.c.number).where(report.c.revoked_at.is_not(None))
    revoked = set(connection.execute(wanted).scalars())
    seen = 0
    for name, made_at, jwt in rows(connection, table_named("status_list"), ("number",)):
        seen += 1
        where = f"status_list[{name}]"
        signed = _opened(jwt, keys, where, findings)
        if signed is None:
            continue
        if signed.payload.get("validFrom") != made_at:
            findings.differs("status-list", f"{where}.made_at", "The status list is signed with another time.")
        try:
            bits = status_list_bits(signed.payload)
        except VerificationError as error:
            findings.differs("status-list", where, f"The status list cannot be read: {error}.")
            continue
        listed = {place for place in range(len(bits) * 8) if bits[place // 8] and is_set(bits, place)}
        for place in sorted(listed - revoked):
            sentence = f"A signed status list says that the report {place} is revoked, the database does not say so."
            findings.differs("status-list", f"report[{place}].revoked_at", sentence)
        version = len(listed) + len(bits) * 8 // BITS
        if name != version:
            sentence = "The number of the status list is not the one that its bits give."
            findings.differs("status-list", f"{where}.number", sentence, expected=version, found=name)
    return seen


def check_tokens(connection: Connection, organizations: set[int], findings: Findings) -> int:
    """Look whether tokens are what this service makes; how many there are."""
    table = table_named("token")
    names = [each.name for each in table.columns]
    seen = 0
    for row in rows(connection, table, ("id",)):
        seen += 1
        stored = dict(zip(names, row, strict=True))
        for name in _ill_formed_token(stored, organizations):
            sentence = f"The column {name} of a token holds what this service never writes: revoke it and make another."
            findings.differs("token", f"token[{stored['id']}].{name}", sentence)
    return seen


def check_erasures(connection: Connection, findings: Findings) -> None:
    """Hold the list of erasures against the records that have no time any more, which are those that were erased."""
    record = table_named("record")
    gone = set(connection.execute(select(record.c.organization).where(record.c.at == "").distinct()).scalars())
    listed: dict[Any, str] = {row[0]: row[2] for row in rows(connection, table_named("erasure"), ("organization",))}
    for number in sorted(gone ^ listed.keys()):
        sentence = f"The list of erasures and the records do not agree on the organization {number}."
        findings.differs("erasure", f"erasure[{number}].organization", sentence)
    for number, at in listed.items():
        if not is_time(at):
            findings.differs("erasure", f"erasure[{number}].erased_at", "The time of an erasure is no time.", found=at)


def _opened(jwt: object, keys: dict[str, PublicKey], where: str, findings: Findings) -> Sealed | None:
    """A sealed document whose signature is one of the operator's report chain."""
    try:
        sealed = open_sealed(jwt if isinstance(jwt, str) else "")
        key = keys.get(sealed.thumbprint)
        if key is None:
            raise SignatureInvalid(f"no chain for reports ever had the key {sealed.thumbprint}")
        verify_sealed(sealed, key)
    except (LodestoneError, ValueError) as error:
        sentence = f"What is stored as signed is not: {error}. It cannot be made again; who has a copy can verify it."
        findings.differs("report" if where.startswith("report") else "status-list", f"{where}.jwt", sentence)
        return None
    return sealed


def _reported(connection: Connection, sealed: Sealed, stored: dict[str, Any]) -> dict[str, object]:
    """The columns of a report as its credential says them; None where it does not."""
    said = sealed.payload
    subject, status = _object(said.get("credentialSubject")), _object(said.get("credentialStatus"))
    record = table_named("record")
    raw = connection.execute(select(record.c.id).where(record.c.idx == stored["batch"])).scalar_one_or_none()
    made_by, _, place = str(subject.get("batch")).rpartition("#")
    named = raw is not None and record_name(raw) == made_by
    return {
        "number": _number(status.get("statusListIndex")),
        "id": str(said.get("id")).rpartition("/")[2],
        "batch": stored["batch"] if named else f"the index of {made_by}",
        "place": _number(place),
        "audience": subject.get("audience"),
        "as_of": _object(subject.get("as_of")).get("size"),
        "made_at": said.get("validFrom"),
    }


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ill_formed(stored: dict[str, Any], organizations: set[int]) -> list[tuple[str, str]]:
    wrong = []
    if stored["organization"] not in organizations:
        wrong.append(("organization", "names no organization of the ledger"))
    if not isinstance(stored["link"], bytes) or len(stored["link"]) != _HASH_BYTES:
        wrong.append(("link", "is no hash"))
    if stored["revoked_at"] is not None and not is_time(stored["revoked_at"]):
        wrong.append(("revoked_at", "is no time"))
    return wrong


def _ill_formed_token(stored: dict[str, Any], organizations: set[int]) -> list[str]:
    scopes = str(stored["scopes"]).split(" ")
    organization = stored["organization"]
    right = {
        "id": isinstance(stored["id"], str) and _TOKEN_ID.fullmatch(stored["id"]) is not None,
        "secret": isinstance(stored["secret"], bytes) and len(stored["secret"]) == _HASH_BYTES,
        "organization": organization is None or organization in organizations,
        "scopes": bool(scopes) and set(scopes) <= SCOPES.keys() and ("operator" in scopes) == (organization is None),
        "label": isinstance(stored["label"], str),
        "created_at": is_time(stored["created_at"]),
        "expires_at": is_time(stored["expires_at"]),
        "revoked_at": stored["revoked_at"] is None or is_time(stored["revoked_at"]),
    }
    return [name for name, good in right.items() if not good]
