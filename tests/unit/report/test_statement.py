"""The cells of the section 857 statement."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.material.routes import BODY, UNDETERMINED, Route
from ledger.report.model import Cell, Inquiry, Subject
from ledger.report.statement import BODY_BUCKETS, ELEMENT_BUCKETS, answer, cells, owner_countries, statement
from tests.unit.report.magnets import magnet, route

MINED, REFINED, METALS = ELEMENT_BUCKETS
FORMED, MAGNETIZED = BODY_BUCKETS
LISTS = {"mined": MINED, "refined": REFINED, "metals_and_alloys": METALS}


def batch(material: str, *routes: tuple[Route, int], element: str = "Nd", **more: object) -> Subject:
    masses = dict(routes)
    weight = sum(masses.values())
    fields = {"batch": "b#0", "material": material, "composition": {"Nd": 300_000}, **more}
    return Subject(elements={element: weight}, routes={element: masses}, **fields)  # type: ignore[arg-type]


def test_a_cell_unites_the_countries_of_the_bucket_s_stages() -> None:
    made = route({"mine": "AU", "leach": "MY", "separate": "EE", "calcine": "MY FR"})
    assert cells(batch("oxide", (made, 7)), "Nd", REFINED) == (Cell(("EE", "FR", "MY"), 1_000_000, "traced"),)


def test_a_bucket_with_any_declared_stage_is_declared() -> None:
    made = route({"leach": "MY", "separate": "EE?"})
    assert cells(batch("oxide", (made, 7)), "Nd", REFINED)[0].basis == "declared"


def test_fluorination_and_beneficiation_are_shown_beneath_and_count_for_no_bucket() -> None:
    made = route({"mine": "AU", "beneficiate": "BR", "fluorinate": "CN", "separate": "EE"})
    shown = statement(batch("metal", (made, 7)))
    assert [c.countries for c in cells(batch("metal", (made, 7)), "Nd", REFINED)] == [("EE",)]
    assert [c.countries for c in cells(batch("metal", (made, 7)), "Nd", MINED)] == [("AU",)]
    assert shown["beneath"] == {
        "Nd": {
            "beneficiated": [{"basis": "traced", "countries": ["BR"], "share_ppm": 1_000_000}],
            "fluorinated": [{"basis": "traced", "countries": ["CN"], "share_ppm": 1_000_000}],
        }
    }


def test_nothing_stands_beneath_where_such_a_stage_did_not_occur() -> None:
    assert "beneath" not in statement(batch("oxide", (route({"mine": "AU"}), 7)))


@pytest.mark.parametrize(
    ("material", "done"),
    [
        ("ore", "mined"),
        ("concentrate", "mined"),
        ("mixed-compound", "mined refined"),
        ("solution", "mined refined"),
        ("oxide", "mined refined"),
        ("salt", "mined refined"),
        ("metal", "mined refined metals_and_alloys"),
        ("powder", "mined refined metals_and_alloys"),
        ("compact", "mined refined metals_and_alloys"),
        ("block", "mined refined metals_and_alloys sintered_or_bonded"),
        ("magnet", "mined refined metals_and_alloys sintered_or_bonded magnetized"),
        ("scrap", "mined refined metals_and_alloys sintered_or_bonded magnetized"),
        ("in-process", "mined refined metals_and_alloys sintered_or_bonded magnetized"),
    ],
)
def test_what_is_still_ahead_of_a_material_is_not_done_and_all_else_is_unknown(material: str, done: str) -> None:
    nothing = Route("undisclosed")
    for bucket in (*ELEMENT_BUCKETS, *BODY_BUCKETS):
        element = BODY if bucket in BODY_BUCKETS else "Nd"
        (cell,) = cells(batch(material, (nothing, 5), element=element), element, bucket)
        assert cell.basis == ("unknown" if bucket.name in done.split() else "not-done"), bucket.name
        assert (cell.reason == "undisclosed") is (cell.basis == "unknown")


def test_not_done_goes_before_recycled_and_a_stage_before_both() -> None:
    waste = route({}, "post-consumer")
    assert answer(waste, METALS, "oxide", "Nd").basis == "not-done"
    assert answer(waste, METALS, "metal", "Nd").basis == "recycled"
    assert answer(route({"reduce": "EE"}, "post-consumer"), METALS, "oxide", "Nd").countries == ("EE",)


def test_the_body_is_never_recycled_but_unknown() -> None:
    said = answer(route({}, "post-consumer"), FORMED, "magnet", BODY)
    assert said == ((), "unknown", "not-recorded")


@pytest.mark.parametrize(
    ("silent", "reason"),
    [
        (Route("undisclosed"), "undisclosed"),
        (Route("undisclosed", reason="erased"), "erased"),
        (Route("undisclosed", reason="compromised"), "compromised"),
        (UNDETERMINED, "undetermined"),
        (Route("declared"), "not-declared"),
        (Route("mined"), "not-recorded"),
    ],
)
def test_an_unknown_cell_says_why(silent: Route, reason: str) -> None:
    assert answer(silent, REFINED, "oxide", "Nd") == ((), "unknown", reason)


def test_a_stage_without_a_country_is_not_known() -> None:
    made = Route("declared", (route({"separate": "EE"}).stages[0]._replace(countries=()),))
    assert answer(made, REFINED, "oxide", "Nd").basis == "unknown"


def test_cells_that_say_the_same_are_merged_before_they_become_ppm() -> None:
    same = [route({"mine": "AU", "separate": country}) for country in ("EE", "FR", "MY")]
    subject = batch("oxide", *((r, 1) for r in same))
    assert cells(subject, "Nd", MINED) == (Cell(("AU",), 1_000_000, "traced"),)
    assert [cell.share_ppm for cell in cells(subject, "Nd", REFINED)] == [333_334, 333_333, 333_333]


def test_cells_stand_in_the_order_of_their_canonical_json() -> None:
    subject = batch("oxide", (route({"separate": "MY"}), 1), (route({"separate": "EE?"}), 1), (Route("undisclosed"), 1))
    assert [cell.basis for cell in cells(subject, "Nd", REFINED)] == ["declared", "traced", "unknown"]


def test_a_share_above_zero_is_never_printed_as_nothing() -> None:
    subject = batch("oxide", (route({"separate": "MY"}), 10**15), (route({"separate": "CN"}), 1))
    assert {c.countries: c.share_ppm for c in cells(subject, "Nd", REFINED)} == {("CN",): 1, ("MY",): 999_999}


@pytest.mark.parametrize("routes", [{}, {"Nd": {}}, {"Nd": {route({"mine": "AU"}): 0}}])
def test_an_element_without_mass_is_one_unknown_cell(routes: dict) -> None:
    subject = Subject("b#0", "oxide", composition={"Nd": 1}, elements={"Nd": 0}, routes=routes)
    assert cells(subject, "Nd", MINED) == (Cell((), 1_000_000, "unknown", "undetermined"),)


def test_weight_without_a_route_is_undetermined() -> None:
    subject = replace(batch("oxide", (route({"mine": "AU"}), 3)), elements={"Nd": 4})
    assert {c.basis: c.share_ppm for c in cells(subject, "Nd", MINED)} == {"traced": 750_000, "unknown": 250_000}


def test_unknown_cells_name_the_inquiries_about_them_and_known_cells_none() -> None:
    inquiries = (
        Inquiry("sha-256:all"),
        Inquiry("sha-256:dy", elements=("Dy",)),
        Inquiry("sha-256:sep", elements=("Nd",), stages=("separate",)),
        Inquiry("sha-256:sinter", elements=("Nd",), stages=("sinter",)),
    )
    half = batch("oxide", (route({"separate": "MY"}), 1), (Route("undisclosed"), 1), inquiries=inquiries)
    by_basis = {cell.basis: cell.inquiries for cell in cells(half, "Nd", REFINED)}
    assert by_basis == {"traced": (), "unknown": ("sha-256:all", "sha-256:sep")}
    body = replace(half, material="magnet")
    assert cells(body, BODY, FORMED)[0].inquiries == ("sha-256:all", "sha-256:sinter")


def test_the_statement_lists_every_element_of_the_composition_and_the_body() -> None:
    subject = magnet()
    shown = statement(subject)
    assert list(shown) == ["title", "elements", "sintered_or_bonded", "magnetized", "beneath"]
    elements = shown["elements"]
    assert isinstance(elements, dict)
    assert set(elements) == set(subject.composition)
    assert all(list(lists) == ["mined", "refined", "metals_and_alloys"] for lists in elements.values())
    assert shown["magnetized"] == [{"basis": "traced", "countries": ["US"], "share_ppm": 1_000_000}]


def test_the_title_says_prepared_against_and_never_filed() -> None:
    title = str(statement(magnet())["title"])
    assert "prepared against section 857(a)(2)" in title
    assert "filed" not in title


def test_owner_countries_stand_beside_the_statement() -> None:
    subject = magnet(owners={"sinter": ("JP", "CN", "CN"), "alloy": ("JP",)})
    assert owner_countries(subject) == {"alloy": ["JP"], "sinter": ["CN", "JP"]}
    assert "CN" not in str(statement(subject))


# ---- against an oracle in fractions

PLACES = st.sampled_from(["AU", "CN", "EE", "JP", "MY", "US"])
STEPS = st.sampled_from(["mine", "leach", "separate", "dissolve", "reduce", "alloy", "sinter", "magnetize", "coat"])
TOLD = st.dictionaries(STEPS, st.tuples(PLACES, st.sampled_from(["", "?"])).map("".join), max_size=5)
ORIGINS = st.sampled_from(["mined", "post-consumer", "pre-consumer", "declared", "undisclosed", "undetermined"])
ROUTES = st.builds(route, TOLD, ORIGINS)
MASSES = st.dictionaries(ROUTES, st.integers(0, 10**15), max_size=8)
MATERIALS = st.sampled_from(["ore", "oxide", "metal", "block", "magnet", "scrap"])


def expected(subject: Subject, element: str, name: str) -> dict[tuple, Fraction]:
    """The cells by the text of the design, told anew: (countries, basis, reason) -> share."""
    bucket = {b.name: b for b in (*ELEMENT_BUCKETS, *BODY_BUCKETS)}[name]
    masses = {r: m for r, m in subject.routes[element].items() if m}
    found: dict[tuple, Fraction] = {}
    for r, m in masses.items():
        hit = [s for s in r.stages if s.step in bucket.steps]
        if hit:
            basis = "declared" if any(s.basis == "declared" for s in hit) else "traced"
            key = (tuple(sorted({c for s in hit for c in s.countries})), basis, "")
        elif subject.material in bucket.ahead:
            key = ((), "not-done", "")
        elif r.origin.endswith("-consumer") and element != "*":
            key = ((), "recycled", "")
        else:
            key = ((), "unknown", {"mined": "not-recorded", "declared": "not-declared"}.get(r.origin, r.origin))
            key = (*key[:2], "not-recorded") if r.origin.endswith("-consumer") else key
        found[key] = found.get(key, Fraction(0)) + Fraction(m, sum(masses.values()))
    return found or {((), "unknown", "undetermined"): Fraction(1)}


@settings(deadline=None)
@given(
    MASSES, MATERIALS, st.sampled_from(["mined", "refined", "metals_and_alloys", "sintered_or_bonded", "magnetized"])
)
def test_every_list_sums_to_a_million_and_agrees_with_fractions(masses: dict, material: str, name: str) -> None:
    element = BODY if name in ("sintered_or_bonded", "magnetized") else "Nd"
    bucket = {b.name: b for b in (*ELEMENT_BUCKETS, *BODY_BUCKETS)}[name]
    subject = Subject("b#0", material, composition={"Nd": 1}, routes={element: masses})
    shown = {(c.countries, c.basis, c.reason): c.share_ppm for c in cells(subject, element, bucket)}
    exact = expected(subject, element, name)
    assert sum(shown.values()) == 1_000_000
    assert shown.keys() == exact.keys()
    assert all(share >= 1 for share in shown.values())
    bumped = sum(1 for share in exact.values() if share * 1_000_000 < 1)
    assert all(abs(share - exact[key] * 1_000_000) <= 1 + bumped for key, share in shown.items())


@settings(deadline=None)
@given(MASSES, MATERIALS)
def test_only_ratios_leave_so_any_unit_of_weight_gives_the_same_statement(masses: dict, material: str) -> None:
    subject = Subject("b#0", material, composition={"Nd": 1}, routes={"Nd": masses, BODY: masses})
    scaled = {r: m * 10**12 for r, m in masses.items()}
    assert statement(subject) == statement(replace(subject, routes={"Nd": scaled, BODY: scaled}))


@settings(deadline=None)
@given(st.lists(st.tuples(ROUTES, st.integers(1, 10**9)), max_size=8, unique_by=lambda pair: pair[0].key))
def test_the_order_of_routes_does_not_matter(pairs: list) -> None:
    one = Subject("b#0", "magnet", composition={"Nd": 1}, routes={"Nd": dict(pairs), BODY: dict(pairs)})
    other = replace(one, routes={"Nd": dict(pairs[::-1]), BODY: dict(pairs[::-1])})
    assert statement(one) == statement(other)
