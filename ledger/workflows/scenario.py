"""A scenario's entries into the members of records: names become ids, units become integers, defaults are filled in.

Not checked here: what the rules check. A name that stands for nothing becomes an id that stands for nothing, so that
the ledger itself says what is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import UsageError, Violation
from ledger.values.encoding import digest, is_batch_id, is_digest
from ledger.workflows.people import Reader

__all__ = ["OWN_MEMBERS", "FacilityCard", "Names", "check_scenario", "record_members"]

OWN_MEMBERS = frozenset({"as", "by", "type", "at", "expect", "violations"})
"""Members of an entry that are the scenario's own and not the record's."""


@dataclass(frozen=True, slots=True)
class FacilityCard:
    """What a scenario knows of a facility: its id, the organization that runs it, and the facts to repeat."""

    id: str
    operator: str
    country: str
    owner_country: str | None


@dataclass(slots=True)
class Names:
    """What the names of a scenario stand for so far."""

    organizations: dict[str, str] = field(default_factory=dict)
    facilities: dict[str, FacilityCard] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    def organization(self, name: object) -> object:
        """The id of an organization."""
        return self._id(name, self.organizations)

    def record(self, name: object) -> object:
        """The id of an accepted record."""
        return self._id(name, self.records)

    def facility(self, name: object) -> object:
        """The id of a facility."""
        return self._id(name, {name: card.id for name, card in self.facilities.items()})

    def batch(self, name: object) -> object:
        """The id of a batch named `<record>#<place>`."""
        if not isinstance(name, str) or is_batch_id(name) or "#" not in name:
            return name
        record, _, place = name.rpartition("#")
        return f"{self.record(record)}#{place}"

    def _id(self, name: object, known: Mapping[str, str]) -> object:
        if not isinstance(name, str) or is_digest(name):
            return name
        return known.get(name) or digest(b"nothing of this name: " + name.encode())


def record_members(entry: Mapping[str, Any], issuer: str, names: Names) -> tuple[dict[str, object], list[Violation]]:
    """The members of a scenario's record besides its header, and what of it cannot be read.

    Raises:
        UsageError: the entry is not put as a scenario's record is.
    """
    reader = Reader()
    members = {name: value for name, value in entry.items() if name not in OWN_MEMBERS}
    kind = entry.get("type")
    for name, convert in _CONVERSIONS.items():
        if name in members:
            members[name] = convert(members[name], names, reader)
    if kind == "adjust":
        members = reader.quantities(members, "")
    if kind in ("source", "process"):
        members = {**_of_facility(entry, issuer, names), **members}
        _lots(members, str(entry.get("as", "batch")))
    if kind == "process":
        members.setdefault("custody", "segregated")
    if kind == "facility":
        members.setdefault("operator", issuer)
    if kind == "inquiry" and isinstance(members.get("to"), str):
        members["to"] = {"name": members["to"]}
    return members, reader.wrong


def _of_facility(entry: Mapping[str, Any], issuer: str, names: Names) -> dict[str, object]:
    facility = entry.get("facility")
    card = names.facilities.get(facility) if isinstance(facility, str) else None
    if card is None:
        return {"country": "US", "operated": "self"}
    repeated: dict[str, object] = {"country": card.country, "operated": "self" if card.operator == issuer else "other"}
    if card.owner_country is not None:
        repeated["owner_country"] = card.owner_country
    return repeated


def _lots(members: dict[str, object], name: str) -> None:
    outputs = members.get("outputs")
    if isinstance(outputs, list):
        members["outputs"] = [
            {"lot": f"{name}-{place}", **output} if isinstance(output, dict) else output
            for place, output in enumerate(outputs)
        ]


def _entries(said: Any, names: Names, reader: Reader, member: str) -> Any:
    if not isinstance(said, list):
        return said
    return [_entry(entry, names, reader, f"{member}[{place}]") for place, entry in enumerate(said)]


def _entry(said: Any, names: Names, reader: Reader, member: str) -> Any:
    if isinstance(said, str):
        return {"batch": names.batch(said)}
    if not isinstance(said, Mapping):
        return said
    entry = reader.quantities(said, member)
    if "batch" in entry:
        entry["batch"] = names.batch(entry["batch"])
    if "origin" in entry:
        entry["origin"] = _origin(entry["origin"], names, reader)
    if "contents" in entry:
        entry["contents"] = _entries(entry["contents"], names, reader, f"{member}.contents")
    return entry


def _origin(said: Any, names: Names, _: Reader) -> Any:
    if isinstance(said, str):
        return {"kind": said}
    if not isinstance(said, Mapping):
        return said
    origin = dict(said)
    if isinstance(origin.get("was"), Sequence) and not isinstance(origin["was"], str):
        origin["was"] = [names.batch(batch) for batch in origin["was"]]
    if "inquiry" in origin:
        origin["inquiry"] = names.record(origin["inquiry"])
    return origin


def _to(said: Any, names: Names, _: Reader) -> Any:
    return names.organization(said) if isinstance(said, str) and said in names.organizations else _unknown(said)


def _unknown(said: Any) -> Any:
    """A recipient of no known name: an id that stands for nothing, or what it is (outside the ledger, a party)."""
    return digest(b"nobody: " + said.encode()) if isinstance(said, str) and not is_digest(said) else said


def _subject(said: Any, names: Names, _: Reader) -> Any:
    if isinstance(said, str):
        if "#" in said:
            return {"batch": names.batch(said)}
        if said in names.facilities:
            return {"facility": names.facility(said)}
        return (
            {"organization": names.organization(said)}
            if said in names.organizations
            else {"transfer": names.record(said)}
        )
    if not isinstance(said, Mapping):
        return said
    resolve = {"batch": names.batch, "facility": names.facility, "organization": names.organization}
    return {kind: resolve.get(kind, names.record)(value) for kind, value in said.items()}


def _about(said: Any, names: Names, _: Reader) -> Any:
    if isinstance(said, str):
        return {"batch": names.batch(said)}
    return {**said, "batch": names.batch(said.get("batch"))} if isinstance(said, Mapping) else said


def _operator(said: Any, names: Names, _: Reader) -> Any:
    return names.organization(said)


_CONVERSIONS: dict[str, Any] = {
    "facility": lambda said, names, _: names.facility(said),
    "origin": _origin,
    "outputs": lambda said, names, reader: _entries(said, names, reader, "outputs"),
    "inputs": lambda said, names, reader: _entries(said, names, reader, "inputs"),
    "additions": lambda said, names, reader: _entries(said, names, reader, "additions"),
    "batches": lambda said, names, reader: _entries(said, names, reader, "batches"),
    "accepted": lambda said, names, reader: _entries(said, names, reader, "accepted"),
    "batch": lambda said, names, _: names.batch(said),
    "transfer": lambda said, names, _: names.record(said),
    "to": _to,
    "subject": _subject,
    "about": _about,
    "follows": lambda said, names, _: names.record(said),
    "since": lambda said, names, _: names.record(said),
    "operator": _operator,
}


def check_scenario(scenario: object) -> Mapping[str, Any]:
    """The scenario, if it has the form of one.

    Raises:
        UsageError: a member is missing, unknown, or of another form than expected.
    """
    if not isinstance(scenario, Mapping):
        raise UsageError("A scenario is a JSON object.")
    forms = {"organizations": dict, "facilities": dict, "records": list, "reports": list}
    for name, value in scenario.items():
        if name not in forms:
            raise UsageError(f"A scenario has no member {name}: expected {', '.join(forms)}.")
        if not isinstance(value, forms[name]):
            raise UsageError(f"The scenario's {name} are not of the expected form.")
    for place, entry in enumerate(scenario.get("records", [])):
        known = isinstance(entry, Mapping) and {"by", "type", "at"} <= entry.keys()
        if not known:
            raise UsageError(f"records[{place}]: expected an object with by, type and at.")
        if not isinstance(entry["by"], str) or entry["by"] not in scenario.get("organizations", {}):
            raise UsageError(f"records[{place}].by: there is no organization {entry['by']!r} in the scenario.")
    return scenario
