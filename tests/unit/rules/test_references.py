"""Who and where: organizations, facilities and records that are named must be there, and be what is said of them."""

import pytest

from tests.helpers.desk import NOBODY, Desk, Maker, entry, lot

SOURCE = {"origin": {"kind": "mined"}, "outputs": [lot("ore", 10)]}
ASKED = {"to": {"name": "X"}, "sent": "2026-01-01", "outcome": "open"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker("AU", owner="GB")


def test_a_facility_is_known_and_ones_own(desk: Desk, maker: Maker) -> None:
    expected = {("unknown-facility", "facility")}
    assert maker.wrong("source", **SOURCE, facility=NOBODY) == expected
    theirs = desk.maker("AU").place["facility"]
    assert maker.wrong("source", **SOURCE, facility=theirs) == expected
    assert maker.wrong("source", **SOURCE, facility=maker.organization) == expected
    batch = maker.source(10)
    process = {"steps": ["alloy"], "inputs": [entry(batch, 1)], "outputs": [lot("alloy", 1)]}
    assert maker.wrong("process", **process, facility=theirs) == expected


def test_a_facility_belongs_to_the_organization_and_not_to_one_of_its_chains(desk: Desk, maker: Maker) -> None:
    plant = desk.maker("DE", of=maker)
    plant.place = maker.place
    assert plant.wrong("source", **SOURCE) == set()


def test_country_owner_and_operator_are_those_of_the_facility(maker: Maker) -> None:
    assert maker.wrong("source", **SOURCE) == set()
    assert maker.wrong("source", **SOURCE, country="NZ") == {("country-mismatch", "country")}
    assert maker.wrong("source", **SOURCE, owner_country="CN") == {("country-mismatch", "owner_country")}
    without_owner = {key: value for key, value in maker.place.items() if key != "owner_country"}
    maker.place = without_owner
    assert maker.wrong("source", **SOURCE) == {("country-mismatch", "owner_country")}
    several = maker.wrong("source", **SOURCE, country="NZ", owner_country="CN")
    assert several == {("country-mismatch", "country"), ("country-mismatch", "owner_country")}


def test_an_owner_is_not_made_up(desk: Desk) -> None:
    maker = desk.maker("AU")
    assert maker.wrong("source", **SOURCE, owner_country="AU") == {("country-mismatch", "owner_country")}


def test_only_the_operator_of_a_facility_speaks_of_his_own_doing(desk: Desk, maker: Maker) -> None:
    expected = {("country-mismatch", "operated")}
    for operator in (desk.maker().organization, {"name": "A toller", "country": "MY"}):
        maker.facility("MY", operator=operator)
        assert maker.wrong("source", **SOURCE) == set()
        assert maker.wrong("source", **SOURCE, operated="self") == expected
    maker.facility("MY")
    assert maker.wrong("source", **SOURCE, operated="other") == set()  # to claim less is no lie


def test_organizations_that_are_named_are_of_this_ledger(maker: Maker) -> None:
    batch = maker.source(10)
    assert maker.wrong("transfer", batches=[entry(batch)], to=NOBODY) == {("unknown-organization", "to")}
    facility = {"name": "Works", "country": "AU", "operator": NOBODY}
    assert maker.wrong("facility", **facility) == {("unknown-organization", "operator")}
    certificate = {"scheme": "ISO 14001", "subject": {"organization": NOBODY}}
    assert maker.wrong("certificate", **certificate) == {("unknown-organization", "subject.organization")}


def test_a_certificate_is_about_something_that_concerns_its_issuer(desk: Desk, maker: Maker) -> None:
    other, third = desk.maker("US"), desk.maker("DE")
    transfer = maker.accept("transfer", batches=[entry(maker.source(10))], to=other.organization)
    for who, fits in ((maker, True), (other, True), (third, False)):
        wrong = who.wrong("certificate", scheme="export licence", subject={"transfer": transfer})
        assert wrong == (set() if fits else {("unknown-transfer", "subject.transfer")})
    unknown = maker.wrong("certificate", scheme="export licence", subject={"transfer": NOBODY})
    assert unknown == {("unknown-transfer", "subject.transfer")}
    place = {"facility": maker.place["facility"]}
    assert maker.wrong("certificate", scheme="IATF 16949", subject=place) == set()
    assert other.wrong("certificate", scheme="IATF 16949", subject=place) == {("unknown-facility", "subject.facility")}
    assert maker.wrong("certificate", scheme="IRMA", subject={"organization": other.organization}) == set()


def test_an_inquiry_follows_one_of_ones_own(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch, theirs = maker.source(10), other.source(10)
    first = maker.accept("inquiry", about={"batch": batch}, **ASKED)
    assert maker.wrong("inquiry", about={"batch": batch}, **ASKED, follows=first) == set()
    expected = {("malformed", "follows")}
    assert other.wrong("inquiry", about={"batch": theirs}, **ASKED, follows=first) == expected
    for wrong in (NOBODY, maker.organization):
        assert maker.wrong("inquiry", about={"batch": batch}, **ASKED, follows=wrong) == expected
