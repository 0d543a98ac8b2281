"""Records that make batches, good and odd: whether they are well formed is the same to both verifiers."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from ledger.bundle.format import Entry
from ledger.bundle.partial import read_story
from ledger.errors import Refused, VerificationError
from ledger.records import parse_record
from ledger.signing.disclosure import WITHHELD, Opened
from ledger.signing.shape import Part, Parts, parts_of
from ledger.values.canonical import canonical
from tests.verifier.agreement import EXHAUSTIVE
from tests.verifier.node import ask, text_of

ID = "sha-256:" + "A" * 43
BATCH = f"{ID}#0"
STAGES = {"*": {"mine": ["AU"]}, "Nd": {"separate": ["MY", "CN"], "reduce": ["VN"]}}
HEADER = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "chain": {"id": "A" * 43, "seq": 2, "prev": ID},
    "at": "2026-01-02T03:04:05Z",
}
PLACE = {"facility": ID, "country": "AU", "owner_country": "CA", "operated": "self"}
EVIDENCE = [{"digest": ID, "kind": "assay", "name": "paper"}]
OUTPUT = {
    "lot": "L-1", "material": "magnet", "mass_mg": 1_000, "composition": {"Nd": 300_000, "Fe": 700_000},
    "basis": "assay", "assay": {"Nd2O3": 10}, "form": "block", "grade": "42SH",
    "serials": ["1", {"from": "2", "to": "9"}], "hs": "850511", "purity_ppm": 999_000, "gross_mg": 1_100,
    "magnet_type": "NdFeB", "consolidation": "sintered",
    "coating": "NiCuNi", "contents": [{"batch": BATCH, "mass_mg": 5}],
}  # fmt: skip
ADDITION = {
    "material": "iron", "mass_mg": 10, "composition": {"Fe": 990_000}, "step": "alloy", "shares": {"Fe": 10, "*": 4},
    "origin": {"kind": "declared", "stages": STAGES, "supplier": {"name": "Iron AB", "country": "SE"}},
}  # fmt: skip
RECORDS: dict[str, dict[str, Any]] = {
    "mined": {**HEADER, **PLACE, "type": "source", "outputs": [OUTPUT], "evidence": EVIDENCE,
              "origin": {"kind": "mined", "mineral": "monazite", "deposit": "Hill"}},
    "recycled": {**HEADER, **PLACE, "type": "source", "outputs": [OUTPUT, "withheld"],
                 "origin": {"kind": "recycled", "feed": "post-consumer", "product": "motor", "collected": "US",
                            "was": [BATCH]}},
    "bought": {**HEADER, **PLACE, "type": "source", "outputs": [OUTPUT],
               "origin": {"kind": "declared", "stages": STAGES, "supplier": "Somebody"}},
    "unsaid": {**HEADER, **PLACE, "type": "source", "outputs": [OUTPUT],
               "origin": {"kind": "undisclosed", "inquiry": ID}},
    "process": {**HEADER, **PLACE, "type": "process", "steps": ["alloy", "sinter"], "custody": "segregated",
                "inputs": [{"batch": BATCH, "mass_mg": 7, "step": "sinter", "shares": {"Nd": 1_000_000, "*": 5}},
                           "withheld"],
                "additions": [ADDITION], "undetermined": {"Cu": 1_000_000}, "outputs": [OUTPUT],
                "period": {"from": "2026-01-01", "to": "2026-01-02T00:00:00Z"},
                "attributes": {"heat": "H-7", "ok": True, "furnace": 3}, "evidence": EVIDENCE},
    "handling": {**HEADER, **PLACE, "type": "process", "steps": ["store", "blend"], "custody": "mass-balance",
                 "inputs": [{"batch": BATCH, "mass_mg": 7}], "outputs": [OUTPUT]},
    "transfer": {**HEADER, "type": "transfer", "batches": [{"batch": BATCH, "mass_mg": 3}, {"batch": BATCH}],
                 "to": {"external": {"name": "Buyer", "country": "US"}}, "terms": "sale", "documents": EVIDENCE},
    "receive": {**HEADER, "type": "receive", "transfer": ID, "accepted": [{"batch": BATCH}, "withheld"]},
}  # fmt: skip
ODD: list[Any] = [
    ..., "", "x", "x" * 2_001, "\U0001f600" * 2_000, "AU", "XX", "Nd", "*", ID, BATCH, f"{ID}#01", f"{ID}#10000",
    "2026-02-30", "2026-01-02", "withheld", "mined", "other", "none",
    0, 1, -1, 1_000_000, 1_000_001, 10**15, 10**15 + 1, 2**53 - 1,
    True, False, [], ["x"], ["AU"], ["alloy"], ["alloy", "store"], ["x"] * 501, {}, {"x": 1}, {"Nd": 1}, {"Dy": 0},
    {"Dy": 5}, {"*": 1}, {"kind": "declared"}, {"kind": "mined"}, {"kind": "undisclosed"}, {"kind": "recycled"},
    {"name": "X"}, {"external": {"name": "X"}}, {"from": "2026-01-03", "to": "2026-01-03"}, {"id": "A" * 43, "seq": 0},
    {"Nd": {"mine": []}}, {"Nd": {"store": ["AU"]}}, {"nd": {"mine": ["AU"]}}, {"Nd": {"mine": ["AU"] * 61}},
]  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from _paths(member, (*path, name))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a path; with three dots, without what is there."""
    name, *rest = path
    changed: Any = list(value) if isinstance(value, list) else dict(value)
    if rest:
        changed[name] = _with(value[name], tuple(rest), new)
    elif new is ...:
        del changed[name]
    else:
        changed[name] = new
    return changed


def _opened(value: Mapping[str, Any], parts: Parts) -> Opened:
    """A record as opening makes it: what consists of disclosures is opened, an element `withheld` is not."""
    return Opened({name: _inside(member, parts.get(name)) for name, member in value.items()})


def _inside(value: Any, part: Part | None) -> Any:
    if part is None:
        return value
    if isinstance(value, dict):
        return _opened(value, part.parts)
    if isinstance(value, list):
        return [WITHHELD if each == "withheld" else _inside(each, part) for each in value]
    return value


def _story(value: dict[str, Any]) -> bool | None:
    """Whether Python takes a record as it is disclosed; None where it tells nothing of material."""
    try:
        return None if read_story(cast("Entry", "here"), _opened(value, parts_of(value["type"]))) is None else True
    except VerificationError:
        return False


def _record(value: dict[str, Any]) -> bool:
    try:
        parse_record(dict(_opened(value, parts_of(value["type"]))))
    except Refused:
        return False
    return True


@pytest.fixture(scope="module")
def odd() -> list[dict[str, Any]]:
    """Every record with every member taken away or turned into something else; and with one more."""
    made = list(RECORDS.values())
    for record in RECORDS.values():
        for path in _paths(record):
            if path[0] != "type":
                made += [_with(record, path, new) for new in ODD if new is not ... or not isinstance(path[-1], int)]
        made.append({**record, "odd": 1})
    return made


def test_records_as_they_are_disclosed_are_read_alike(odd: list[dict[str, Any]]) -> None:
    some = odd if EXHAUSTIVE else odd[:8] + odd[8::3]
    answers = ask([{"ask": "story", "data": text_of(canonical(each))} for each in some], "records.mjs")
    for each, answer in zip(some, answers, strict=True):
        assert answer.get("value", False) == _story(each), (each, answer)
    assert sum("value" in answer for answer in answers) > 1_000
    assert sum("refused" in answer for answer in answers) > 1_000


def test_records_that_are_wholly_disclosed_are_read_alike(odd: list[dict[str, Any]]) -> None:
    making = [each for each in odd if each["type"] != "receive" and "withheld" not in str(each)]
    some = making if EXHAUSTIVE else making[:6] + making[6::3]
    answers = ask([{"ask": "record", "data": text_of(canonical(each))} for each in some], "records.mjs")
    for each, answer in zip(some, answers, strict=True):
        assert answer.get("value", False) == _record(each), (each, answer)
    assert all("value" in answer for answer in answers[:4])
    assert sum("refused" in answer for answer in answers) > 1_000
