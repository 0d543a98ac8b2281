"""The files that people are given, read strictly: a report, a bundle, a log export (docs/formats/bundle.md).

    report       <header>.<payload>.<signature>                       compact JWS (RFC 7515), nothing before or after
    bundle       {"evidence": {...}, "report": "<jwt>", "v": "lodestone-bundle/1"}
    log export   {"evidence": {...}, "v": "lodestone-bundle/1"}       every leaf of the log, no paths

A file is recognised by what is in it. Whatever is not in its one canonical form, has a member that is not known, or
lacks one, is refused with a sentence that says where. Nothing here proves anything: see `verify` and `audit`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.bundle.members import decoded, exactly, list_at, object_at, parsed, text_at
from ledger.errors import Refused, VerificationError
from ledger.log.leaf import GENESIS_VERSION, LEAF_VERSION
from ledger.signing.envelope import Envelope, parse_evidence
from ledger.signing.keys import ALGORITHMS
from ledger.values.canonical import (
    MAX_INTEGER,
    JsonValue,
    canonical,
    one_form,
)
from ledger.values.encoding import is_digest, unb64u_all

__all__ = [
    "BUNDLE_VERSION",
    "Bundle",
    "Entry",
    "Evidence",
    "Genesis",
    "Leaf",
    "LogExport",
    "Report",
    "log_entry",
    "parse_log",
    "parse_report",
    "read_envelope",
    "read_file",
]

BUNDLE_VERSION = "lodestone-bundle/1"
_TYP = "vc+jwt"
_DIGESTS = re.compile(r"(?:sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the log says of a record: both tags, the record's id, the digest of its signatures; and its bytes."""

    tags: tuple[str, str]
    record: str
    signatures: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Genesis:
    """Entry 0 of a log."""

    ledger: str
    operator: str
    origin: str
    rules: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as evidence: where it stands in the log, and how that is proven. Nothing is verified yet.

    `path` is empty in a log export. `where` names the entry in the file.
    """

    index: int
    leaf: Leaf
    path: tuple[bytes, ...]
    envelope: Envelope
    where: str

    @property
    def id(self) -> str:
        """The record's id."""
        return self.envelope.record_id

    def __str__(self) -> str:
        return f"{self.where} (index {self.index}, {self.id})"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A checkpoint, and records under it, in ascending order, each once.

    With a `depth`, ancestors that many records away are the last: what lies beyond counts as withheld.
    """

    checkpoint: str
    genesis: Genesis
    genesis_path: tuple[bytes, ...]
    entries: tuple[Entry, ...]
    where: str
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A sealed report, its signature not yet verified."""

    text: str
    alg: str
    did: str
    thumbprint: str
    signature: bytes = field(repr=False)
    credential: Mapping[str, JsonValue] = field(repr=False)
    trust: Evidence = field(repr=False)

    @property
    def signing_input(self) -> bytes:
        """What the signature signs."""
        return self.text.rpartition(".")[0].encode("ascii")

    @property
    def subject(self) -> Mapping[str, JsonValue]:
        """The credential's subject; that it is an object was checked."""
        subject = self.credential["credentialSubject"]
        assert isinstance(subject, dict)
        return subject


@dataclass(frozen=True, slots=True)
class Bundle:
    """A report and the evidence for what it says."""

    report: Report
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class LogExport:
    """Every entry of a log, from 1 on, as JSON: each is read when the replay comes to it."""

    checkpoint: str
    genesis: Genesis
    entries: Sequence[JsonValue] = field(repr=False)


def read_file(data: bytes) -> Report | Bundle | LogExport:
    """The report, bundle or log export that some bytes are. Not checked: anything that they claim.

    Raises:
        VerificationError: they are none of these; the sentence says where it shows.
    """
    if not data.startswith(b"{"):
        return parse_report(data)
    top = parsed(data, "this file", one_form)  # each member is read by name and type
    if "credentialSubject" in top:
        raise VerificationError(
            "this is a decoded credential, which carries no signature: the signed report is the .jwt file"
        )
    if "report" in top:
        names = ("evidence", "report", "v")
        exactly(top, ("depth", *names) if "depth" in top else names, "the bundle")
        _version(top)
        text = text_at(top, "report", "the bundle")
        evidence = replace(_evidence(top["evidence"], "evidence"), depth=_depth(top))
        return Bundle(parse_report(text.encode(), "report"), evidence)
    exactly(top, ("evidence", "v"), "the log export")
    _version(top)
    return parse_log(top["evidence"])


def parse_report(data: bytes, where: str = "the report") -> Report:
    """The report that a compact JWS is. Not checked: its signature, and all that it says.

    Raises:
        VerificationError: it is none; the sentence says in which part.
    """
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise VerificationError(
            f"{where} is no file of ours: byte {error.start} is not the text of a report or a bundle"
        ) from None
    parts = text.split(".")
    if len(parts) != 3:
        raise VerificationError(f"{where} is no file of ours: neither a report (three parts with dots) nor a bundle")
    header = parsed(decoded(parts[0], f"{where}, header"), f"{where}, header")
    exactly(header, ("alg", "kid", "typ"), f"{where}, header")
    alg, kid = text_at(header, "alg", where), text_at(header, "kid", where)
    did, sign, thumbprint = kid.partition("#")
    if header["typ"] != _TYP or alg not in ALGORITHMS or not did.startswith("did:") or not sign:
        raise VerificationError(f'{where}, header: expected typ "{_TYP}", one of our algorithms, and a kid <did>#<key>')
    credential = parsed(decoded(parts[1], f"{where}, payload"), f"{where}, payload")
    if not isinstance(credential.get("credentialSubject"), dict):
        raise VerificationError(f"{where}, payload: expected an object credentialSubject")
    trust = _evidence(credential.get("trust"), "trust")
    signature = decoded(parts[2], f"{where}, signature")
    return Report(text, alg, did, thumbprint, signature, credential, trust)


def parse_log(value: JsonValue) -> LogExport:
    """The evidence of a log export. Its entries are read one by one (`log_entry`).

    Raises:
        VerificationError: it is none.
    """
    evidence = object_at(value, "evidence")
    exactly(evidence, ("checkpoint", "genesis", "records"), "evidence")
    first = object_at(evidence["genesis"], "evidence.genesis")
    exactly(first, ("leaf",), "evidence.genesis")
    genesis = _genesis(first["leaf"], "evidence.genesis.leaf")
    return LogExport(
        text_at(evidence, "checkpoint", "evidence"), genesis, list_at(evidence["records"], "evidence.records")
    )


def log_entry(value: JsonValue, number: int) -> tuple[int, Leaf, JsonValue | None]:
    """Index, leaf and, where it is given, envelope of an entry of a log export.

    Raises:
        VerificationError: it is none.
    """
    where = f"evidence.records[{number}]"
    if type(value) is not dict:
        raise VerificationError(f"{where}: expected an object")
    if "envelope" in value:
        exactly(value, ("envelope", "index", "leaf"), where)
    elif "erased" in value:
        exactly(value, ("erased", "index", "leaf"), where)
        if value["erased"] is not True:
            raise VerificationError(f"{where}.erased: expected true, or nothing")
    else:
        exactly(value, ("index", "leaf"), where)
    return _index(value, where), _leaf(value["leaf"], where), value.get("envelope")


def _evidence(value: JsonValue | None, where: str) -> Evidence:
    evidence = object_at(value, where)
    exactly(evidence, ("checkpoint", "genesis", "records"), where)
    first = object_at(evidence["genesis"], f"{where}.genesis")
    exactly(first, ("leaf", "path"), f"{where}.genesis")
    records = list_at(evidence["records"], f"{where}.records")
    entries = tuple(_entry(record, f"{where}.records[{place}]") for place, record in enumerate(records))
    last = 0
    for entry in entries:
        if entry.index <= last:
            raise VerificationError(f"{entry.where}: index {entry.index} after {last}, but records ascend, each once")
        last = entry.index
    return Evidence(
        text_at(evidence, "checkpoint", where),
        _genesis(first["leaf"], f"{where}.genesis.leaf"),
        _path(first["path"], f"{where}.genesis"),
        entries,
        where,
    )


def _entry(value: JsonValue, where: str) -> Entry:
    members = object_at(value, where)
    exactly(members, ("envelope", "index", "leaf", "path"), where)
    index, leaf = _index(members, where), _leaf(members["leaf"], where)
    return Entry(index, leaf, _path(members["path"], where), read_envelope(members["envelope"], where), where)


def read_envelope(value: JsonValue, where: str) -> Envelope:
    """The envelope inside a file.

    Raises:
        VerificationError: it is none; the sentence says where.
    """
    try:
        return parse_evidence(value)
    except Refused as refusal:
        first = refusal.violations[0]
        member = f".{first.member}" if first.member else ""
        raise VerificationError(f"{where}.envelope{member}: {first.sentence}") from refusal


def _leaf(value: JsonValue, where: str) -> Leaf:
    if type(value) is not dict or len(value) != 4 or value.get("t") != LEAF_VERSION:
        raise VerificationError(f'{where}.leaf: expected exactly "c", "r", "s" and "t", which is "{LEAF_VERSION}"')
    both, record, signatures = value.get("c"), value.get("r"), value.get("s")
    if type(both) is not list or len(both) != 2 or not _are_digests(*both, record, signatures):
        raise VerificationError(f"{where}.leaf: expected two tags and two digests")
    tags = (str(both[0]), str(both[1]))
    return Leaf(tags, str(record), str(signatures), canonical(value))


def _are_digests(*values: JsonValue | None) -> bool:
    """As `is_digest` of each, at once: there are four in every leaf."""
    try:
        joined = "".join(values)  # type: ignore[arg-type]  # a TypeError means no
    except TypeError:
        return False
    return _DIGESTS.fullmatch(joined) is not None and len(set(map(len, values))) == 1  # type: ignore[arg-type]


def _genesis(value: JsonValue, where: str) -> Genesis:
    members = object_at(value, where)
    names = ("ledger", "operator", "origin", "rules", "t")
    exactly(members, (*names, "prev") if "prev" in members else names, where)
    if members["t"] != GENESIS_VERSION or not is_digest(members["operator"]) or not is_digest(members["rules"]):
        raise VerificationError(f"{where}: this is not the first entry of a log")
    ledger, origin = text_at(members, "ledger", where), text_at(members, "origin", where)
    return Genesis(ledger, str(members["operator"]), origin, str(members["rules"]), canonical(members))


def _path(value: JsonValue, where: str) -> tuple[bytes, ...]:
    try:
        return tuple(unb64u_all(list_at(value, f"{where}.path")))  # type: ignore[arg-type]  # a TypeError means no
    except (ValueError, TypeError):
        raise VerificationError(f"{where}.path: expected hashes in base64url") from None


def _depth(members: Mapping[str, JsonValue]) -> int | None:
    depth = members.get("depth")
    if "depth" in members and (type(depth) is not int or not 0 <= depth <= MAX_INTEGER):
        raise VerificationError("the bundle, depth: expected a number from 0 on, of at most 2^53-1")
    return depth if type(depth) is int else None


def _index(members: Mapping[str, JsonValue], where: str) -> int:
    index = members["index"]
    if type(index) is not int or not 1 <= index <= MAX_INTEGER:
        raise VerificationError(f"{where}.index: expected a number from 1 on, of at most 2^53-1")
    return index


def _version(top: Mapping[str, JsonValue]) -> None:
    if top["v"] != BUNDLE_VERSION:
        raise VerificationError(f'v: expected "{BUNDLE_VERSION}"')
