"""From a batch to what a report says of it."""

from dataclasses import replace
from typing import Any

from ledger.material.batch import Batch, Carried, Content
from ledger.material.routes import BODY, Route, Stage
from ledger.material.table import as_table
from ledger.report.context import parse_context
from ledger.report.credential import AsOf, Certified, Known, credential, credential_subject, magnets_inside, subject_of
from ledger.report.model import Inquiry
from ledger.values.canonical import check_profile

ID = f"sha-256:{'A' * 43}"
AS_OF = AsOf("ledger.example/2026", 10, "B" * 43)
MINED = Route("mined", (Stage("mine", ("AU",), "traced"),))
SAID = {"lot": "L-7", "serials": ["1"], "magnet_type": "NdFeB", "grade": "42SH", "coating": "epoxy"}


def a_batch(**changes: Any) -> Batch:
    made = Batch(
        id=f"{ID}#0",
        index=5,
        made_at="2026-01-01T00:00:00Z",
        maker=ID,
        holder=ID,
        material="magnet",
        mass_mg=1_000,
        left_mg=600,
        composition={"Nd": 300_000},
        description=SAID,
        made=as_table({"Nd": {MINED: 300}, BODY: {MINED: 1_000}}),
        carried=Carried(frozenset({"segregated"}), {"mine": frozenset({"CA"})}),
    )
    return replace(made, **changes)


def a_content(name: str, material: str, mass: int = 100, **said: object) -> Content:
    routes = as_table({"Nd": {MINED: mass // 3}, BODY: {MINED: mass}})
    return Content(f"{ID}#{name}", material, mass, {"Nd": 333_333}, said, routes)


def shown(batch: Batch, audience: str = "buyer", known: Known = Known(), **context: object) -> dict[str, Any]:
    return credential_subject(batch, known, parse_context(context), audience, AS_OF)


def numbers(value: object) -> set[int]:
    if isinstance(value, dict):
        return {n for member in value.values() for n in numbers(member)}
    if isinstance(value, list):
        return {n for member in value for n in numbers(member)}
    return {value} if type(value) is int else set()


def test_no_mass_and_no_serial_number_leaves_a_report() -> None:
    batch = a_batch(mass_mg=123_457, left_mg=98_773, made=as_table({"Nd": {MINED: 37_037}, BODY: {MINED: 123_457}}))
    for audience in ("public", "buyer", "auditor"):
        subject = shown(batch, audience, delivered="2026-12-31")
        assert not numbers(subject) & {123_457, 98_773, 37_037}
        assert "serials" not in subject
        assert ("lot" in subject) == (audience == "auditor")
        check_profile(subject)


def test_scrap_counts_as_recovered_from_the_receipt_on_and_not_before() -> None:
    for sold_at, origin in ((9, "pre-consumer"), (10, "mined"), (None, "mined")):
        subject = subject_of(a_batch(material="scrap", secondary_at=sold_at), (), AS_OF.size)
        assert [route.origin for route in subject.routes["Nd"]] == [origin]


def test_the_magnets_inside_are_each_one_entry_and_what_may_hold_magnets_is_one_too() -> None:
    contents = (
        a_content("3", "magnet", magnet_type="NdFeB"),
        a_content("1", "block"),
        a_content("3", "magnet", 200, magnet_type="NdFeB"),
        a_content("4", "assembly"),
        a_content("5", "other"),
        a_content("6", "other", magnet_type="SmCo"),
        a_content("7", "swarf"),
    )
    inside = magnets_inside(a_batch(material="assembly", contents=contents), ())
    assert [magnet.batch[-1] for magnet in inside] == ["1", "3", "4", "6"]
    assert inside[1].routes[BODY] == {MINED: 300}
    assert magnets_inside(a_batch(), ()) == []


def test_an_assembly_with_something_opaque_in_it_never_passes() -> None:
    contents = (a_content("4", "assembly"),)
    subject = shown(a_batch(material="assembly", description={}, contents=contents), delivered="2026-12-31")
    assert [verdict["verdict"] for verdict in subject["verdicts"]] == ["UNKNOWN"]
    assert [entry["verdicts"] for entry in subject["magnets"]] == [[]]


def test_an_assembly_without_magnets_is_reported_as_what_it_is() -> None:
    subject = shown(a_batch(material="assembly", description={}, contents=(a_content("5", "other"),)))
    assert "magnets" not in subject
    assert sorted(subject["statement"]["elements"]) == ["Nd"]


def test_a_batch_of_unknown_composition_has_a_statement_of_its_body() -> None:
    subject = shown(a_batch(composition=None, made=as_table({BODY: {MINED: 1_000}})))
    assert subject["statement"]["elements"] == {}
    assert "composition" not in subject
    assert subject["recycled"].keys() == {"total_rare_earth"}


def test_inquiries_and_certificates_are_listed_with_the_members_that_they_have() -> None:
    known = Known(
        (Inquiry(record=ID, outcome="refused", sent="2026-01-01", closed="2026-02-01"),),
        (Certified(ID, "facility", "IRMA", since="2026-01-01"), Certified(ID, "batch", "assay", number="7")),
    )
    subject = shown(a_batch(), known=known)
    assert subject["inquiries"] == [{"record": ID, "outcome": "refused", "sent": "2026-01-01", "closed": "2026-02-01"}]
    assert subject["certificates"] == [
        {"about": "facility", "record": ID, "scheme": "IRMA", "valid": {"from": "2026-01-01"}},
        {"about": "batch", "record": ID, "scheme": "assay", "number": "7"},
    ]
    assert "inquiries" not in shown(a_batch(), "public", known)


def test_the_context_is_repeated_as_it_was_asked() -> None:
    asked: dict[str, Any] = {"delivered": "2026-12-31", "above_sat": True, "end_item": {"country": "US"}}
    assert shown(a_batch(), **asked)["assumed"] == asked
    assert "assumed" not in shown(a_batch())


def test_the_credential_names_report_issuer_and_status() -> None:
    made = credential(
        did="did:web:x",
        public_url="https://x",
        report="R",
        number=7,
        made_at="2026-01-01T00:00:00Z",
        subject={"batch": "b"},
        trust={},
    )
    assert made["@context"] == ["https://www.w3.org/ns/credentials/v2", "https://x/contexts/report/v1"]
    assert made["id"] == "https://x/v1/reports/R"
    assert made["type"] == ["VerifiableCredential", "MagnetTransparencyReport"]
    assert (made["issuer"], made["validFrom"]) == ("did:web:x", "2026-01-01T00:00:00Z")
    assert made.keys() == {
        "@context", "id", "type", "issuer", "validFrom", "credentialStatus", "credentialSubject", "trust",
    }  # fmt: skip
