"""What may be stated: one frozen pydantic model for each type of record, and the one door to them, `parse_record`."""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from ledger.errors import Refused, Violation
from ledger.records.batches import Source
from ledger.records.certificates import Certificate, Inquiry
from ledger.records.corrections import Correction, Hold, Release
from ledger.records.header import RECORD_VERSION, Header
from ledger.records.parties import Admission, Facility, Key, Organization, Rules
from ledger.records.processes import Process
from ledger.records.transfers import Adjust, Receive, Transfer

__all__ = [
    "MODELS",
    "RECORD_VERSION",
    "UNSUPPORTED",
    "Adjust",
    "Admission",
    "Certificate",
    "Correction",
    "Facility",
    "Header",
    "Hold",
    "Inquiry",
    "Key",
    "Organization",
    "Process",
    "Receive",
    "Record",
    "Release",
    "Rules",
    "Source",
    "Transfer",
    "parse_record",
    "supported_type",
]

Record = (
    Organization
    | Admission
    | Rules
    | Key
    | Facility
    | Source
    | Process
    | Transfer
    | Receive
    | Adjust
    | Certificate
    | Inquiry
    | Correction
    | Hold
    | Release
)

MODELS: dict[str, type[Header]] = {
    "organization": Organization,
    "admission": Admission,
    "rules": Rules,
    "key": Key,
    "facility": Facility,
    "source": Source,
    "process": Process,
    "transfer": Transfer,
    "receive": Receive,
    "adjust": Adjust,
    "certificate": Certificate,
    "inquiry": Inquiry,
    "correction": Correction,
    "hold": Hold,
    "release": Release,
}
"""The types of records, in the order of docs/formats/record.md."""

UNSUPPORTED = frozenset({"correction", "hold", "release"})
"""Types whose form is fixed and whose rules are still to be built."""

_READERS: dict[str, TypeAdapter[Header]] = {kind: TypeAdapter(model) for kind, model in MODELS.items()}


def parse_record(members: Mapping[str, object]) -> Record:
    """The typed record of a wholly opened statement (plain members, no digests).

    Not checked: signatures, and every rule that needs other records.

    Raises:
        Refused: `unsupported-type`, or `malformed` once for every member that is not as expected.
    """
    kind = members.get("type")
    if not isinstance(kind, str) or kind not in MODELS:
        raise Refused([Violation("unsupported-type", f"Expected a type out of {', '.join(MODELS)}.", "type")])
    try:
        record = _READERS[kind].validate_python(members if type(members) is dict else dict(members))
    except ValidationError as error:
        raise Refused(_violations(error)) from error
    return record  # type: ignore[return-value]  # the models are those of `Record`


def supported_type(record: Record) -> list[Violation]:
    """`unsupported-type`: the form is known, the rules are still to be built."""
    if record.type in UNSUPPORTED:
        return [Violation("unsupported-type", f"Records of type {record.type} are not accepted yet.", "type")]
    return []


def _violations(error: ValidationError) -> list[Violation]:
    found = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        member = _member(problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            sentence = f"A member is missing: expected {member or 'it'}."
        elif problem["type"] == "extra_forbidden":
            sentence = f"There is no member {member} in this type of record."
        elif problem["type"] == "literal_error":
            sentence = f"{member}: expected {_choices(said)}."
        else:
            sentence = f"{member or 'The record'}: {said[0].lower()}{said[1:]}."
        found.append(Violation("malformed", sentence, member))
    return list(dict.fromkeys(found))


def _choices(said: str) -> str:
    """The values that are possible, or the first of them where there are many (countries, elements)."""
    listed = said.removeprefix("Input should be ").replace(" or ", ", ").replace("'", "").split(", ")
    return f"one of {', '.join(listed)}" if len(listed) <= 40 else f"a known value such as {', '.join(listed[:6])}"


def _member(location: tuple[int | str, ...]) -> str:
    """The path as people write it; pydantic's own marks for unions and tags are left out."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not any(sign in part for sign in "([") and part not in _TAGS:
            path += f".{part}" if path else part
    return path


_TAGS = frozenset(
    {"mined", "recycled", "declared", "undisclosed", "Party", "External", "SerialRange", "Evidence", "str"}
)
