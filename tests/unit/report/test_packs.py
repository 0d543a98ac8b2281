"""Rule packs are data: read strictly, dated without overlap or gap, named by digest."""

import hashlib
from dataclasses import replace
from importlib import resources

import pytest

from ledger.errors import ConfigError
from ledger.report.packs import Pack, in_order, load_packs, packs_for, parse_pack
from ledger.values.encoding import b64u

FOLDER = resources.files("ledger.report").joinpath("packs")
BEFORE = FOLDER.joinpath("us-dfars-252.225-7052-through-2026.toml").read_bytes()


def pack(name: str) -> Pack:
    (found,) = [p for p in load_packs() if p.id == f"us-dfars-252.225-{name}"]
    return found


def test_the_packs_of_this_version_are_these() -> None:
    assert [(p.id, p.since, p.until) for p in load_packs()] == [
        ("us-dfars-252.225-7009", None, None),
        ("us-dfars-252.225-7052-through-2026", None, "2026-12-31"),
        ("us-dfars-252.225-7052-from-2027", "2027-01-01", None),
    ]


def test_a_pack_s_digest_is_that_of_its_bytes() -> None:
    assert parse_pack(BEFORE).digest == "sha-256:" + b64u(hashlib.sha256(BEFORE).digest())


@pytest.mark.parametrize("day", ["2020-01-01", "2024-05-30", "2026-12-31", "2027-01-01", "2031-07-04"])
def test_on_every_day_exactly_one_pack_of_the_covered_material_clause_is_in_force(day: str) -> None:
    assert len(packs_for("NdFeB", day)) == 1
    assert len(packs_for("SmCo", day)) == 2
    assert packs_for(None, day) == packs_for("ferrite", day) == ()


def test_the_covered_countries_are_the_four_of_the_statute() -> None:
    for name in ("7052-through-2026", "7052-from-2027"):
        assert pack(name).covered == {"CN", "RU", "IR", "KP"}


def test_the_allow_list_is_the_united_states_and_the_qualifying_countries() -> None:
    qualifying = "AU AT BE CA CZ DK EG EE FI FR DE GR IL IT JP LV LT LU NL NO PL PT SI ES SE CH TR GB".split()
    outlying = "AS GU MP PR UM VI".split()
    assert pack("7009").allowed == {"US", *outlying, *qualifying}


def moved(since: str | None, until: str | None, name: str = "x") -> Pack:
    return replace(pack("7052-from-2027"), id=name, since=since, until=until)


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        (("2026-12-31", None), "overlap"),
        (("2020-01-01", None), "overlap"),
        ((None, None), "overlap"),
        (("2027-01-02", None), "gap"),
        (("2030-01-01", None), "gap"),
    ],
)
def test_packs_of_a_family_that_overlap_or_leave_a_gap_are_refused(second: tuple, wrong: str) -> None:
    first = moved(None, "2026-12-31", "first")
    with pytest.raises(ConfigError, match=wrong):
        in_order([first, moved(second[0], second[1], "second")])


def test_a_third_pack_must_follow_the_second() -> None:
    chain = [moved(None, "2026-12-31", "a"), moved("2027-01-01", None, "b"), moved("2028-01-01", None, "c")]
    with pytest.raises(ConfigError, match="overlap"):
        in_order(chain)
    chain[1] = moved("2027-01-01", "2027-12-31", "b")
    assert [p.id for p in in_order(chain[::-1])] == ["a", "b", "c"]


def test_two_packs_of_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="same id"):
        in_order([load_packs()[0], load_packs()[0]])


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (b"end_item = true", b"", "lacks its end_item"),
        (b"end_item = true", b'end_item = "yes"', "true or false"),
        (b"end_item = true", b"end_item = true\nend_items = true", "no member end_items"),
        (b'id = "us', b'id = 7 # "us', "text as its id"),
        (b'until = "2026-12-31"', b'until = "2026-12"', "date"),
        (b'until = "2026-12-31"', b'from = "2027-01-01"\nuntil = "2026-12-31"', "ends before"),
        (b'"CN", "IR"', b'"CN", "XX"', "unknown word in its covered_countries"),
        (b'["CN", "IR", "KP", "RU"]', b"[]", "unknown word in its covered_countries"),
        (b'["CN", "IR", "KP", "RU"]', b'[["CN"]]', "unknown word in its covered_countries"),
        (b'covered_countries = ["CN", "IR", "KP", "RU"]', b"", "either covered_countries or allowed_countries"),
        (b'magnet_types = ["NdFeB", "SmCo"]\ncovered', b'magnet_types = ["NdFeB"]\ncovered', "name elements for each"),
        (b'Co"]\n', b'Xx"]\n', "unknown word"),
        (b'"clause", "above-sat"', b'"above-sat", "clause"', "out of order"),
        (b', "recycled"]', b"]", "recycled exception"),
        (b'"melt-spin"]\nelements = "named"', b'"melting"]\nelements = "named"', "unknown word in its steps"),
        (b'elements = "named"', b'elements = "some"', "some"),
        (b'strict = "all"', b'strict = "every"', "every"),
        (b"[named]", b"[[named]]", "table as its named"),
        (b"[[known]]", b"[known]", "TOML"),
        (b"[named]", b"\xff", "TOML"),
    ],
)
def test_a_pack_with_anything_missing_misspelt_or_unknown_is_refused(old: bytes, new: bytes, wrong: str) -> None:
    assert old in BEFORE
    with pytest.raises(ConfigError, match=wrong):
        parse_pack(BEFORE.replace(old, new))


def test_tests_that_are_no_list_are_refused() -> None:
    head, _, tail = BEFORE.partition(b"\n[named]")
    broken = head + b"\nnoted = 5\n[named]" + tail.replace(b"[[noted]]", b"[[listed]]", 1)
    with pytest.raises(ConfigError, match="list of tables"):
        parse_pack(broken)
