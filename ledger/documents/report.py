"""A report laid out for people: one sealed report in, so that paper and page say what was signed and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ledger.bundle.printed import PrintedCertificate, PrintedSubject, read_credential
from ledger.documents.layout import Block, Bullets, Facts, Line, Note, Page, Section, Table, Text, Tone, data, line
from ledger.documents.statement import (
    completeness_section,
    content_section,
    gaps_section,
    map_section,
    percent,
    statement_blocks,
    statement_section,
)
from ledger.documents.verdicts import verdict_cards, verdicts_section
from ledger.documents.voice import Reader, Voice
from ledger.errors import VerificationError
from ledger.report.seal import open_sealed
from ledger.values.encoding import digest
from ledger.values.vocabulary import STEPS

__all__ = ["Signed", "lay_out", "read_signed"]

_REPORTS = "/v1/reports/"
_LONGEST = 500
"""Characters of an address: more has no place in a QR code that a phone reads."""
_ORDER = {step: place for place, step in enumerate(("mine", *STEPS))}


@dataclass(frozen=True, slots=True)
class Signed:
    """A sealed report, read. Not checked: its signature; whoever prints it verifies it first."""

    jwt: str = field(repr=False)
    digest: str
    issuer: str
    made_at: str
    address: str
    subject: PrintedSubject

    @property
    def id(self) -> str:
        """The report's own id."""
        return self.address.rpartition("/")[2]

    @property
    def verify_at(self) -> str:
        """Where to verify it, with the digest to hold the file against; the service is the one that made it."""
        return f"{self.address.removesuffix(_REPORTS + self.id)}/verify#report={self.id}&digest={self.digest}"


def read_signed(jwt: str) -> Signed:
    """A compact JWS as a report to lay out.

    Not checked: the signature, and that what it says is so.

    Raises:
        VerificationError: it is no report, or a member of it is unknown or malformed; the sentence names it.
    """
    sealed = open_sealed(jwt)
    subject = read_credential(sealed.payload)
    address, made_at = str(sealed.payload["id"]), str(sealed.payload["validFrom"])
    if not address.startswith("https://") and not address.startswith("http://"):
        raise VerificationError("report, id: expected the address of the report")
    if len(address) > _LONGEST or not address.rpartition("/")[0].endswith(_REPORTS.rstrip("/")):
        raise VerificationError(f"report, id: expected an address that ends in {_REPORTS} and the report's id")
    return Signed(jwt, digest(jwt.encode()), sealed.did, made_at, address, subject)


def lay_out(signed: Signed, reader: Reader, keywords: tuple[str, ...] = ()) -> Page:
    """The report in the order in which people need it: what is stated, what follows, what backs it, what is open."""
    voice, subject = Voice(reader), signed.subject
    _ = voice.gettext
    parts: list[Callable[[Voice, PrintedSubject], Section | None]] = [
        statement_section,
        verdicts_section,
        content_section,
        map_section,
        completeness_section,
        gaps_section,
        _certificates,
        _inquiries,
        _custody,
        _owners,
    ]
    sections = [section for part in parts if (section := part(voice, subject)) is not None]
    return Page(
        language=reader,
        title=_("Magnet transparency report"),
        subtitle=voice.listed(_kind(voice, subject)),
        facts=_head(voice, signed),
        verify=signed.verify_at,
        verify_words=_("Verify this report"),
        sections=(*sections, *_magnets(voice, subject), _not_shown(voice, subject)),
        foot=_("Report {report}", report=signed.id),
        keywords=keywords,
    )


def _kind(voice: Voice, subject: PrintedSubject) -> list[Text]:
    said = [voice.label("material", subject.material)]
    said += [voice.label("magnet-type", subject.magnet_type)] if subject.magnet_type else []
    said += [voice.label("consolidation", subject.consolidation)] if subject.consolidation else []
    return said


def _head(voice: Voice, signed: Signed) -> Facts:
    _, subject = voice.gettext, signed.subject
    as_of = subject.as_of
    said: list[tuple[Text, str | Text | None, Tone]] = [
        (_("Batch"), subject.batch, "mono"),
        (_("Grade"), subject.grade, ""),
        (_("Form"), subject.form, ""),
        (_("Coating"), subject.coating, ""),
        (_("Lot"), subject.lot, ""),
        (_("Made at"), signed.made_at, ""),
        (_("Signed by"), signed.issuer, ""),
        (_("As of"), _("{size} entries of the log {log}", size=f"{as_of.size:,}", log=as_of.origin), ""),
        (_("Made for"), voice.label("audience", subject.audience), ""),
        (_("Digest of the signed report"), signed.digest, "mono"),
    ]
    return Facts(
        tuple(
            (name, Line(data(value) if isinstance(value, str) else value, tone)) for name, value, tone in said if value
        )
    )


def _certificates(voice: Voice, subject: PrintedSubject) -> Section | None:
    _, found = voice.gettext, subject.certificates
    if found is None:
        return None
    heading = _("Certificates valid on the day")
    if not found:
        return Section("certificates", heading, (Note(_("None is known.")),))
    rows = tuple(_certificate(voice, each) for each in found)
    columns = (_("Scheme"), _("About"), _("Number and issuer"), _("Valid"), _("Document"))
    said = _("Third parties' documents, by digest: they were cited, not opened.")
    return Section("certificates", heading, (Note(said, "soft"), Table(columns, rows, (16, 14, 24, 20, 26))))


def _certificate(voice: Voice, each: PrintedCertificate) -> tuple[tuple[Line, ...], ...]:
    withheld = Line(voice.gettext("withheld"), "unknown")
    valid, open_end = each.valid or {}, voice.gettext("not stated")
    named = [Line(data(said)) for said in (each.number, each.certifier) if said] or [withheld]
    period = voice.gettext("{start} to {end}", start=valid.get("from") or open_end, end=valid.get("to") or open_end)
    return (
        line(each.scheme, "strong"),
        line(voice.label("record", each.about) if each.about != "batch" else voice.gettext("batch")),
        tuple(named),
        line(period, "" if len(valid) == 2 else "unknown"),
        (Line(data(each.document), "mono") if each.document else withheld,),
    )


def _inquiries(voice: Voice, subject: PrintedSubject) -> Section | None:
    _, found = voice.gettext, subject.inquiries
    if found is None:
        return None
    heading = _("Inquiries sent upstream")
    if not found:
        return Section("inquiries", heading, (Note(_("None was recorded.")),))
    missing = line(_("not stated"), "unknown")
    rows = tuple(
        (
            line(each.record, "mono"),
            line(voice.label("outcome", each.outcome), "unknown" if each.outcome == "open" else ""),
            *(line(day) if (day := getattr(each, name)) else missing for name in ("sent", "due", "closed")),
        )
        for each in found
    )
    columns = (_("Record"), _("Outcome"), _("Sent"), _("Due"), _("Closed"))
    return Section("inquiries", heading, (Table(columns, rows, (34, 18, 16, 16, 16)),))


def _custody(voice: Voice, subject: PrintedSubject) -> Section | None:
    _, models = voice.gettext, subject.custody
    if models is None:
        return None
    heading = _("Models of custody used upstream (ISO 22095)")
    said = (
        Note(voice.listed([voice.label("custody", model) for model in models])) if models else Note(_("None is known."))
    )
    return Section("custody", heading, (said,))


def _owners(voice: Voice, subject: PrintedSubject) -> Section | None:
    """Who owned, by country; beside the statement, never mixed into it."""
    _, owners = voice.gettext, subject.owners
    if not owners:
        return None
    alike: dict[tuple[str, ...], list[str]] = {}
    for stage in sorted(owners, key=lambda stage: (_ORDER.get(stage, len(_ORDER)), stage)):
        alike.setdefault(tuple(owners[stage]), []).append(stage)
    rows = tuple(
        (
            line(
                voice.listed([voice.country(country) for country in countries]),
                "unknown" if "unknown" in countries else "",
            ),
            line(voice.steps(stages)),
        )
        for countries, stages in alike.items()
    )
    said = _("Where the owners of the facilities are. Ownership is a fact apart: no verdict counts it.")
    return Section(
        "owners", _("Owners by step"), (Note(said, "soft"), Table((_("Countries"), _("Steps")), rows, (30, 70)))
    )


def _magnets(voice: Voice, subject: PrintedSubject) -> list[Section]:
    """Each magnet lot inside an assembly with its own statement and verdicts."""
    _ = voice.gettext
    made = []
    for number, magnet in enumerate(subject.magnets or [], 1):
        kind = [voice.label("material", magnet.material)]
        kind += [voice.label("magnet-type", magnet.magnet_type)] if magnet.magnet_type else []
        recovered = magnet.recycled.get("total_rare_earth")
        facts = Facts(
            (
                (_("Batch"), Line(data(magnet.batch), "mono")),
                (_("Kind"), Line(voice.listed(kind))),
                (
                    _("Post-consumer, of all rare earths"),
                    _ppm(voice, recovered.post_consumer_ppm if recovered else None),
                ),
                (_("Unknown, of the statement"), Line(data(percent(magnet.completeness.unknown_ppm)))),
            )
        )
        blocks: tuple[Block, ...] = (facts, *statement_blocks(voice, magnet, magnet.composition))
        blocks += verdict_cards(voice, magnet.verdicts)
        made.append(Section(f"magnet-{number}", _("Magnet inside, {number}", number=str(number)), blocks))
    return made


def _ppm(voice: Voice, ppm: int | None) -> Line:
    return Line(voice.label("basis", "unknown"), "unknown") if ppm is None else Line(data(percent(ppm)))


def _not_shown(voice: Voice, subject: PrintedSubject) -> Section:
    _ = voice.gettext
    said = [
        _("That the first record told the truth about the ground: nothing can show that to anybody."),
        _("Mass balance, and that nothing was used twice: an audit shows them."),
        _("Who stands behind a key that signs under a pseudonym."),
        _(
            "Anything after entry {size} of the log, and whether this report was revoked since: looking online shows"
            " it.",
            size=f"{subject.as_of.size:,}",
        ),
        _(
            "By being printed, that it is true: what was signed is the file report.jwt inside this document, and"
            " anybody can verify it offline."
        ),
    ]
    return Section("not-shown", _("What this does not show"), (Bullets((), tuple(Line(each) for each in said)),))
