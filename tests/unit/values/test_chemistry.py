"""Elements and oxides: the elemental share in an assay of an oxide."""

import pytest

from ledger.values.chemistry import ELEMENTS, RARE_EARTHS, element_of_formula, elemental_ppm


def test_there_are_seventeen_rare_earths_and_all_are_elements() -> None:
    assert len(RARE_EARTHS) == len(set(RARE_EARTHS)) == 17
    assert set(RARE_EARTHS) < ELEMENTS
    assert {"Pb", "Bi", "Tc", "U", "H"} < ELEMENTS
    assert len(ELEMENTS) == 92


@pytest.mark.parametrize(
    ("formula", "ppm"),
    [
        ("Nd2O3", 857_354),
        ("Pr6O11", 827_706),
        ("Dy2O3", 871_318),
        ("Tb4O7", 850_214),
        ("La2O3", 852_679),
        ("B2O3", 310_551),
    ],
)
def test_a_pure_oxide_holds_its_textbook_share_of_the_element(formula: str, ppm: int) -> None:
    assert abs(elemental_ppm(formula, 1_000_000) - ppm) <= 30
    assert elemental_ppm(formula, 0) == 0


def test_a_share_is_rounded_to_the_nearest_ppm() -> None:
    assert elemental_ppm("Nd2O3", 100) == 86
    assert elemental_ppm("Nd2O3", 1) == 1


@pytest.mark.parametrize("formula", ["Nd", "O2", "Xx2O3", "nd2o3", "Nd2O3 ", "", "NdFeB", "H2O"])
def test_what_is_no_oxide_that_we_know_is_refused(formula: str) -> None:
    assert element_of_formula(formula) is None
    with pytest.raises(ValueError, match="oxide"):
        elemental_ppm(formula, 1)


def test_the_element_of_an_oxide_is_known() -> None:
    assert element_of_formula("Pr6O11") == "Pr"
    assert element_of_formula("CaO") == "Ca"
