"""From a batch and what is known of it to the credential that a report signs (docs/formats/report.md).

Nothing here walks the chain: the routes, custody models, owners and inquiries of everything upstream are stored with
the batch. No mass leaves this file, and no name of anybody upstream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.material.batch import Batch, Content, Description, secondary
from ledger.material.table import RouteTable, summed
from ledger.report.assess import assess, assess_assembly
from ledger.report.combine import combine
from ledger.report.content import against_target, completeness, gaps, recycled
from ledger.report.context import Context
from ledger.report.disclose import AUDITOR, PUBLIC
from ledger.report.model import Inquiry, Subject
from ledger.report.statement import owner_countries, statement
from ledger.report.status import status_entry

__all__ = [
    "CONTEXT_PATH",
    "VC_CONTEXT",
    "AsOf",
    "Certified",
    "Known",
    "credential",
    "credential_subject",
    "magnets_inside",
    "subject_of",
]

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
CONTEXT_PATH = "/contexts/report/v1"

_MAGNETS = frozenset({"magnet", "block"})
_OPAQUE = frozenset({"assembly", "product"})
_SAID = ("magnet_type", "consolidation", "coating", "grade", "form")
_IN_PUBLIC = ("magnet_type", "consolidation")


@dataclass(frozen=True, slots=True)
class AsOf:
    """The checkpoint of the log that a report speaks of."""

    origin: str
    size: int
    root: str

    def as_json(self) -> dict[str, object]:
        """As a report prints it."""
        return {"origin": self.origin, "size": self.size, "root": self.root}


@dataclass(frozen=True, slots=True)
class Certified:
    """A third party's document that is valid on the day asked about. `about`: batch, facility or organization.

    `number`, `certifier` and `document` are given only of certificates that the caller cited himself: they would name
    whoever else they are about.
    """

    record: str
    about: str
    scheme: str
    since: str = ""
    until: str = ""
    number: str = ""
    certifier: str = ""
    document: str = ""

    def as_json(self) -> dict[str, object]:
        """As a report lists it: only the members that it has."""
        shown: dict[str, object] = {"about": self.about, "record": self.record, "scheme": self.scheme}
        valid = {name: day for name, day in (("from", self.since), ("to", self.until)) if day}
        shown |= {"valid": valid} if valid else {}
        extra = {"certifier": self.certifier, "document": self.document, "number": self.number}
        return shown | {name: value for name, value in extra.items() if value}


@dataclass(frozen=True, slots=True)
class Known:
    """What a report tells of a batch besides its routes."""

    inquiries: tuple[Inquiry, ...] = ()
    certificates: tuple[Certified, ...] = ()


def subject_of(batch: Batch, inquiries: Sequence[Inquiry], size: int) -> Subject:
    """A batch as a judgement sees it in the log of this size."""
    sold = batch.secondary_at is not None and batch.secondary_at < size
    routes = secondary(batch.made) if sold else batch.made
    return _subject(batch.id, batch.material, batch.composition, batch.description, routes, batch, inquiries)


def magnets_inside(batch: Batch, inquiries: Sequence[Inquiry]) -> list[Subject]:
    """The magnet lots inside an assembly, each once, in order of their names; empty for what is no assembly.

    What is inside and says of itself neither that it is a magnet nor what it holds may be one: it is an entry too.
    """
    lots: dict[str, list[Content]] = {}
    for content in batch.contents:
        if content.material in _MAGNETS | _OPAQUE or content.description.get("magnet_type"):
            lots.setdefault(content.batch, []).append(content)
    return [
        _subject(
            name,
            same[0].material,
            same[0].composition,
            same[0].description,
            summed([content.routes for content in same]),
            batch,
            inquiries,
        )
        for name, same in sorted(lots.items())
    ]


def credential_subject(batch: Batch, known: Known, context: Context, audience: str, as_of: AsOf) -> dict[str, object]:
    """The member `credentialSubject` of a report.

    Of an assembly the statement, shares and verdicts are those of its magnets together, each of which is an entry of
    its own. To the public what it is made of, by whom it was certified and who owned what stays withheld.
    """
    whole = subject_of(batch, known.inquiries, as_of.size)
    inside = magnets_inside(batch, known.inquiries)
    subject = combine(batch.id, inside) if inside else whole
    shown: dict[str, object] = {
        "id": f"urn:lodestone:{batch.id}",
        "batch": batch.id,
        "audience": audience,
        "as_of": as_of.as_json(),
        "material": batch.material,
        **_described(batch, audience),
        **_judged(subject),
        "verdicts": [v.as_json() for v in (assess_assembly(inside, context) if inside else assess(subject, context))],
        "recycled_target": against_target(recycled(subject)),
        "gaps": gaps(subject, context.delivered),
    }
    if inside:
        shown["magnets"] = [_entry(magnet, context, audience) for magnet in inside]
    if context.given:
        shown["assumed"] = dict(context.given)
    if audience != PUBLIC:
        shown |= {
            "custody": sorted(whole.custody),
            "owners": owner_countries(whole),
            "certificates": [certificate.as_json() for certificate in known.certificates],
            "inquiries": [inquiry.as_json() for inquiry in known.inquiries],
        }
    return shown


def credential(
    *,
    did: str,
    public_url: str,
    report: str,
    number: int,
    made_at: str,
    subject: Mapping[str, object],
    trust: Mapping[str, object],
) -> dict[str, object]:
    """The whole credential (W3C Verifiable Credentials Data Model 2.0) that a report seals."""
    return {
        "@context": [VC_CONTEXT, public_url + CONTEXT_PATH],
        "id": f"{public_url}/v1/reports/{report}",
        "type": ["VerifiableCredential", "MagnetTransparencyReport"],
        "issuer": did,
        "validFrom": made_at,
        "credentialStatus": status_entry(public_url, number),
        "credentialSubject": dict(subject),
        "trust": dict(trust),
    }


def _subject(
    name: str,
    material: str,
    composition: Mapping[str, int] | None,
    description: Description,
    routes: RouteTable,
    batch: Batch,
    inquiries: Sequence[Inquiry],
) -> Subject:
    said: dict[str, Any] = {member: str(description[member]) for member in _SAID if description.get(member)}
    return Subject(
        batch=name,
        material=material,
        **said,
        composition=dict(composition or {}),
        elements=routes.totals,
        routes=routes,
        custody=tuple(sorted(batch.carried.custody)),
        owners={stage: tuple(sorted(countries)) for stage, countries in batch.carried.owners.items()},
        inquiries=tuple(inquiries),
    )


def _described(batch: Batch, audience: str) -> dict[str, object]:
    """What the maker says of the batch; his own label of it, the lot, is for auditors only."""
    said = batch.description
    if audience == PUBLIC:
        return {member: said[member] for member in _IN_PUBLIC if said.get(member)}
    shown: dict[str, object] = {member: said[member] for member in _SAID if said.get(member)}
    if batch.composition is not None:
        shown["composition"] = dict(batch.composition)
    if audience == AUDITOR and said.get("lot"):
        shown["lot"] = said["lot"]
    return shown


def _judged(subject: Subject) -> dict[str, object]:
    shares = recycled(subject)
    return {"statement": statement(subject), "recycled": shares, "completeness": completeness(subject)}


def _entry(magnet: Subject, context: Context, audience: str) -> dict[str, object]:
    """One magnet lot of an assembly."""
    shown: dict[str, object] = {"batch": magnet.batch, "material": magnet.material}
    if magnet.magnet_type is not None:
        shown["magnet_type"] = magnet.magnet_type
    if audience != PUBLIC:
        shown["composition"] = dict(magnet.composition)
    verdicts = [verdict.as_json() for verdict in assess(magnet, context)]
    return {**shown, **_judged(magnet), "verdicts": verdicts}
