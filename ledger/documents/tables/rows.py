"""Rows out of what an audit has proven, record by record in the order of the log.

Whatever is withheld leaves an empty cell, and the row says so in `known` and `reason`: unknown is never zero.
"""

from collections.abc import Iterable, Iterator, Mapping

from ledger.bundle.following import holes
from ledger.bundle.proven import CLOSED, ERASED, OPEN, ProvenRecord
from ledger.documents.tables.balances import balances
from ledger.documents.tables.cells import Row, Sink, integer, kilograms, member, text, words_of
from ledger.documents.tables.reasons import NOT_WEIGHED, ONLY_UPSTREAM, WITHHOLDING
from ledger.documents.tables.routes import Routes
from ledger.material.batch import Batch
from ledger.signing.disclosure import WITHHELD
from ledger.values.quantity import PPM

__all__ = ["Rows"]

_MAKING = ("source", "process")


class Rows:
    """A follower of an audit (`ledger.bundle.proven.Follower`) that makes rows of what it is told."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._names: dict[str, tuple[str | None, str | None]] = {}
        self._facilities: dict[str, str | None] = {}
        self._routes = Routes(sink)

    def record(self, seen: ProvenRecord) -> None:
        """The rows of one record; batches that are weighed come at the end."""
        if seen.type == "organization":
            self._names[seen.id] = text(member(seen.members, "name")), text(member(seen.members, "name_latin"))
        elif seen.type == "facility":
            self._facilities[seen.id] = text(member(seen.members, "name"))
        self.sink.add("records", self._record(seen))
        self._add("inputs", _inputs(seen))
        self._add("balances", balances(seen))
        if seen.type in _MAKING and seen.weighed is None:
            for place, output in enumerate(_elements(seen.members, "outputs")):
                self._stated(seen, place, output)
        elif seen.type == "transfer" and seen.weighed is None:
            self._parts(seen)
        elif seen.type == "certificate":
            self.sink.add("certificates", _certificate(seen))
        elif seen.type == "inquiry":
            self.sink.add("inquiries", _inquiry(seen))

    def batches(self, batches: Iterable[Batch], *, whole: bool) -> None:
        """The rows of every batch that was weighed, with its routes."""
        for batch in batches:
            self.sink.add("batches", _weighed(batch, whole=whole))
            totals = batch.element_masses
            for element, ppm in sorted((batch.composition or {}).items()):
                self.sink.add("compositions", (batch.id, element, ppm, totals.get(element)))
            self._routes.add(batch)

    def _add(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.sink.add(table, row)

    def _record(self, seen: ProvenRecord) -> Row:
        said = seen.members
        name, latin = self._names.get(seen.organization, (None, None))
        facility = text(member(said, "facility"))
        return (
            seen.index,
            seen.id,
            seen.type or None,
            seen.state,
            seen.withheld if seen.members else None,
            seen.organization or None,
            name,
            latin,
            text(member(said, "chain", "id")),
            integer(member(said, "chain", "seq")),
            text(member(said, "at")),
            facility,
            self._facilities.get(facility or ""),
            text(member(said, "country")),
            text(member(said, "owner_country")),
            text(member(said, "operated")),
            words_of(member(said, "steps")),
            text(member(said, "custody")),
            "; ".join(each.alg for each in seen.signatures) or None,
            "; ".join(each.kid for each in seen.signatures) or None,
            *_known_of_record(seen),
        )

    def _stated(self, seen: ProvenRecord, place: int, output: object) -> None:
        """A batch that could not be weighed: what its making record says of it, as far as that is disclosed."""
        name = f"{seen.id}#{place}"
        mass = integer(member(output, "mass_mg"))
        self.sink.add(
            "batches",
            (
                name,
                seen.index,
                text(member(seen.members, "at")),
                seen.organization or None,
                text(member(output, "lot")),
                text(member(output, "material")),
                mass,
                kilograms(mass),
                None,
                "unknown",
                None,
                *(text(member(output, said)) for said in ("form", "grade", "magnet_type", "consolidation", "coating")),
                text(member(output, "basis")),
                integer(member(output, "purity_ppm")),
                text(member(output, "hs")),
                integer(member(output, "gross_mg")),
                "no",
                "partly",
                f"{WITHHOLDING}; {NOT_WEIGHED}" if holes(output) else NOT_WEIGHED,
            ),
        )
        composition = member(output, "composition")
        if isinstance(composition, Mapping):
            for element, ppm in sorted(composition.items()):
                share = integer(ppm)
                known = mass * share // PPM if mass is not None and share is not None else None
                self.sink.add("compositions", (name, text(element), share, known))
        self._routes.unknown(name)

    def _parts(self, seen: ProvenRecord) -> None:
        """The parts that a transfer cuts off, where their mass is disclosed."""
        for place, offered in enumerate(_elements(seen.members, "batches")):
            mass = integer(member(offered, "mass_mg"))
            if mass is not None:
                self._stated(seen, place, {"mass_mg": mass})


def _elements(members: Mapping[str, object], name: str) -> list[object]:
    found = member(members, name)
    return found if isinstance(found, list) else []


def _known_of_record(seen: ProvenRecord) -> tuple[str, str | None]:
    if seen.state in (CLOSED, ERASED):
        return "no", seen.state
    return ("yes", None) if seen.state == OPEN else ("partly", WITHHOLDING)


def _known_of(value: object) -> tuple[str, str | None]:
    if value is WITHHELD:
        return "no", WITHHOLDING
    return ("partly", WITHHOLDING) if holes(value) else ("yes", None)


def _inputs(seen: ProvenRecord) -> Iterator[Row]:
    lists = {
        "process": (("inputs", "input"), ("additions", "addition")),
        "transfer": (("batches", "offered"),),
        "receive": (("accepted", "accepted"),),
    }
    for name, kind in lists.get(seen.type, ()):
        for place, entry in enumerate(_elements(seen.members, name)):
            yield _input(seen, kind, place, entry, _known_of(entry))
    if seen.type == "adjust":
        yield _input(seen, "adjusted", 0, seen.members, _known_of_record(seen))


def _input(seen: ProvenRecord, kind: str, place: int, entry: object, known: tuple[str, str | None]) -> Row:
    return (
        seen.index,
        seen.id,
        seen.type,
        kind,
        place,
        text(member(entry, "batch")),
        text(member(entry, "material")),
        integer(member(entry, "mass_mg")),
        text(member(entry, "step")),
        *known,
    )


def _weighed(batch: Batch, *, whole: bool) -> Row:
    said = batch.description
    standing = "in transit" if batch.transit else "held" if batch.holder else "left the ledger"
    return (
        batch.id,
        batch.index,
        batch.made_at,
        batch.maker,
        text(said.get("lot")),
        batch.material,
        batch.mass_mg,
        kilograms(batch.mass_mg),
        batch.left_mg if whole else None,
        standing if whole else "unknown",
        batch.holder if whole else None,
        *(text(said.get(name)) for name in ("form", "grade", "magnet_type", "consolidation", "coating", "basis")),
        integer(said.get("purity_ppm")),
        text(said.get("hs")),
        integer(said.get("gross_mg")),
        "yes",
        "yes" if whole else "partly",
        None if whole else ONLY_UPSTREAM,
    )


def _certificate(seen: ProvenRecord) -> Row:
    said = seen.members
    subject = member(said, "subject")
    kinds = [kind for kind in ("organization", "facility", "batch", "transfer") if member(subject, kind) is not None]
    kind = kinds[0] if kinds else None
    issuer = member(said, "issuer")
    document = member(said, "document")
    named = isinstance(issuer, Mapping)
    return (
        seen.index,
        seen.id,
        seen.organization or None,
        text(member(said, "at")),
        kind,
        text(member(subject, kind)) if kind else None,
        text(member(said, "scheme")),
        text(member(said, "number")),
        text(member(issuer, "name")) if named else text(issuer),
        text(member(issuer, "country")),
        text(member(said, "valid", "from")),
        text(member(said, "valid", "to")),
        text(member(document, "digest")) if isinstance(document, Mapping) else text(document),
        text(member(said, "limits")),
        *_known_of_record(seen),
    )


def _inquiry(seen: ProvenRecord) -> Row:
    said = seen.members
    return (
        seen.index,
        seen.id,
        seen.organization or None,
        text(member(said, "at")),
        text(member(said, "about", "batch")),
        words_of(member(said, "about", "elements")),
        words_of(member(said, "about", "stages")),
        text(member(said, "to", "name")),
        text(member(said, "to", "country")),
        *(text(member(said, name)) for name in ("method", "sent", "due", "closed", "outcome", "follows")),
        *_known_of_record(seen),
    )
