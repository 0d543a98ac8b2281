"""The REPORT road: batch → routes, certificates, inquiries → assess → disclose → seal; and then the bundle.

Making a report reads what is stored with the batch and never walks the chain; only a bundle does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from sqlalchemy import Connection

from ledger.errors import LodestoneError, NotFound, UsageError
from ledger.material.batch import Batch
from ledger.report.context import Context, parse_context
from ledger.report.credential import credential, credential_subject
from ledger.report.disclose import AUDITOR, Keep, check_audience, disclosed
from ledger.report.opened import either
from ledger.report.seal import open_sealed, seal
from ledger.store.evidence import rules_changes
from ledger.store.gather import Loader
from ledger.store.grants import Opening, granted_batch
from ledger.store.lineage import Key
from ledger.store.records import StoredRecord
from ledger.store.references import References
from ledger.store.reports import StoredReport, free_number, keep_report, link_hash
from ledger.values.canonical import canonical
from ledger.values.encoding import is_batch_id, split_batch_id
from ledger.workflows.evidence import (
    Published,
    View,
    evidence,
    evidence_records,
    genesis,
    published,
    published_at,
    trust_indexes,
    with_standing,
)
from ledger.workflows.known import known_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.names import new_id
from ledger.workflows.opened import keep_of, keeps_of
from ledger.workflows.reports import report_of
from ledger.workflows.story import story_of

__all__ = ["MadeReport", "ReportRequest", "make_report", "write_bundle"]

_BUNDLE_VERSION = "lodestone-bundle/1"
OPERATOR = 1
"""The operator's organization: it has the log index of its record, which is the entry after the genesis."""
_TRIES = 16


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is asked for. `caller` is the id of an organization's first record, or None for the operator.

    `context` is what the caller states of a delivery (`ledger.report.context`), its day `delivered` among it.
    """

    batch: str
    audience: str = "buyer"
    caller: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report: its id, the sealed credential, the same decoded, and the secret of its link, which is kept nowhere."""

    id: str
    jwt: str
    credential: dict[str, object]
    link: str


@dataclass(frozen=True, slots=True)
class _Asked:
    batch: Batch
    key: Key
    whole: Key
    viewer: int
    operator: bool


def make_report(ledger: Ledger, request: ReportRequest) -> MadeReport:
    """Make, seal and store a report on a batch that the caller holds or held, as of the newest published checkpoint.

    Durable on return. Its cost does not grow with the depth of the chain behind the batch.

    Raises:
        NotFound: there is no such batch, or the caller may not know of it.
        UsageError: the audience or the context is put wrongly.
        LedgerUnsafe: the service has stopped, or its report key is not in force.
    """
    ledger.must_be_safe()
    audience, context = check_audience(request.audience), parse_context(request.context)
    under = published(ledger)
    made_at = ledger.clock()
    with ledger.database.reading() as connection:
        asked = _asked(ledger, connection, request, under.size, made_at)
        subject = _subject(connection, asked, audience, context, under, made_at)
        view = _view(asked.viewer, audience, operator=asked.operator, in_trust=True)
        trust = evidence(ledger, connection, under, trust_indexes(ledger, connection, under.size), view)
    report, link = new_id(), new_id()
    for _ in range(_TRIES):
        with ledger.database.reading() as connection:
            number = free_number(connection)
        made = credential(
            did=ledger.config.did,
            public_url=ledger.config.public_url,
            report=report,
            number=number,
            made_at=made_at,
            subject=subject,
            trust=trust,
        )
        jwt = seal(made, ledger.reporter[0], ledger.config.did)
        row = StoredReport(
            number, report, asked.viewer, *asked.key, audience, under.size, made_at, jwt, link_hash(link)
        )
        with ledger.database.writing(locked=False) as connection:
            if keep_report(connection, row):
                return MadeReport(report, jwt, made, link)
    raise LodestoneError("No free number was found in the status list: try again.")


def write_bundle(ledger: Ledger, report: StoredReport | str, out: BinaryIO, depth: int | None = None) -> None:
    """Write the bundle of a report: canonical JSON, streamed, linear in the records behind the batch.

    With a depth, ancestors that many records away are the last. Not checked: that the reader may have it.

    Raises:
        NotFound: there is no report of this id.
        UsageError: the depth is negative.
    """
    if depth is not None and depth < 0:
        raise UsageError("Expected a depth of 0 or more.")
    if isinstance(report, str):
        report = report_of(ledger, report, None)
    under = published_at(_checkpoint_of(report.jwt))
    with ledger.database.reading() as connection:
        story = story_of(ledger, connection, report, under.size, depth)
        view = _view(
            report.organization, report.audience, operator=story.operator, places=story.places, composed=story.composed
        )
        if report.audience == AUDITOR and not story.operator:
            view = _with_grants(view, keeps_of(connection, report.organization, ledger.clock()))
        indexes = story.indexes | trust_indexes(ledger, connection, under.size)
        if report.audience == AUDITOR:  # whoever weighs judges each record by the rules of its time
            indexes |= with_standing(connection, rules_changes(connection, OPERATOR, under.size), under.size)
        head = {"checkpoint": under.note, "genesis": genesis(ledger, connection, under.size)}
        begin = b'{"evidence":' if depth is None else b'{"depth":%d,"evidence":' % depth
        out.write(begin + canonical(head)[:-1] + b',"records":[')
        entries = evidence_records(ledger, connection, indexes, under.size, view)
        out.writelines(b"," + canonical(entry) if count else canonical(entry) for count, entry in enumerate(entries))
        end = canonical({"report": report.jwt, "v": _BUNDLE_VERSION})
        out.write(b"]}," + end[1:])


def _asked(ledger: Ledger, connection: Connection, request: ReportRequest, size: int, now: str) -> _Asked:
    """The batch, if it stands in the published log and the caller holds or held it; for an audit, was granted it."""
    batch_id, caller = request.batch, request.caller
    missing = NotFound(f"There is no batch {batch_id[:60]} that you hold or held.")
    if not is_batch_id(batch_id):
        raise missing
    loader = Loader(connection, ledger.book)
    viewer = caller or loader.state.operator
    state = loader.load(References(batches={batch_id}, organizations={viewer}))
    operator = viewer == state.operator
    batch = state.batches.get(batch_id)
    if batch is None or batch.index >= size or viewer not in loader.index:
        raise missing
    key = (batch.index, split_batch_id(batch_id)[1])
    if not operator and (batch_id, viewer) not in state.held:
        audited = request.audience == AUDITOR and granted_batch(connection, key, loader.index[viewer], now)
        if not audited:
            raise missing
    return _Asked(batch, key, loader.whole[batch_id], loader.index[viewer], operator)


def _subject(
    connection: Connection, asked: _Asked, audience: str, context: Context, under: Published, made_at: str
) -> dict[str, object]:
    known = known_of(
        connection,
        asked.batch,
        {asked.key, asked.whole},
        context.delivered or made_at[:10],
        under.size,
        lambda record: record.organization == asked.viewer or (audience == AUDITOR and asked.operator),
    )
    return credential_subject(asked.batch, known, context, audience, under.as_of)


def _view(
    viewer: int,
    audience: str,
    *,
    operator: bool,
    places: Mapping[int, set[int]] | None = None,
    composed: Mapping[int, set[int]] | None = None,
    in_trust: bool = False,
) -> View:
    """What an audience sees of each record; an auditor's own records, and to the operator all, are open.

    `in_trust`: what leads to the key of a report, where everybody sees which DID the operator's records name.
    """

    def view(record: StoredRecord) -> Keep:
        if in_trust and record.organization == OPERATOR and record.type == "organization":
            return "identifiers".__eq__
        return disclosed(
            audience,
            record.type,
            (places or {}).get(record.index, ()),
            (composed or {}).get(record.index, ()),
            own=operator or record.organization == viewer,
        )

    return view


def _with_grants(view: View, opened: Mapping[int, Sequence[Opening]]) -> View:
    """What a view shows, and beside it what grants open to the auditor at this moment."""

    def more(record: StoredRecord) -> Keep:
        found = opened.get(record.index)
        return either(view(record), keep_of(record.type, found)) if found else view(record)

    return more


def _checkpoint_of(jwt: str) -> str:
    trust = open_sealed(jwt).payload["trust"]
    assert isinstance(trust, dict)
    return str(trust["checkpoint"])
