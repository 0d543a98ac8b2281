"""Opening records: every disclosure in its place, holes kept, one shape."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.signing.build import build_payload, sign_envelope
from ledger.signing.disclosure import (
    WITHHELD,
    Opened,
    disclosure_digest,
    envelope_with,
    open_record,
    open_with_paths,
    read_record,
)
from ledger.signing.envelope import parse_envelope, parse_evidence
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from tests.unit.signing.samples import (
    CORRECTION,
    EARLIER,
    PROCESS,
    SHORT,
    SOURCE,
    content,
    counted_salts,
    disclosed,
    fixed_signer,
    organization,
    signed,
)
from tests.unit.signing.test_envelope import codes, forged

RECORDS = [SHORT, PROCESS, SOURCE, CORRECTION, organization([fixed_signer()])]
SALT = b64u(bytes(16))


def with_disclosures(data: bytes, disclosures: list[str]) -> bytes:
    value = content(data)
    value["signatures"][0]["header"]["disclosures"] = disclosures
    return canonical(value)


def disclosures_of(data: bytes) -> list[str]:
    found: list[str] = content(data)["signatures"][0]["header"]["disclosures"]
    return found


def member(name: object, value: object, salt: object = SALT) -> str:
    return b64u(canonical([salt, name, value]))


def element(value: object, salt: str = SALT) -> str:
    return b64u(canonical([salt, value]))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["type"])
def test_what_was_built_opens_as_what_it_was(record: dict[str, Any]) -> None:
    data = signed(record)
    envelope, tree = read_record(data)
    assert tree == record
    assert canonical(tree) == canonical(record)
    assert tree == open_record(parse_envelope(data)) == open_record(parse_evidence(content(data)), submission=False)
    assert tree.withheld == 0
    assert len(envelope.disclosures) == len(set(envelope.disclosures))


def test_each_disclosure_has_the_path_of_what_it_opens() -> None:
    envelope = parse_envelope(signed(PROCESS))
    tree, paths = open_with_paths(envelope)
    assert tree == PROCESS
    assert sorted(paths.values()) == sorted(envelope.disclosures)
    assert {
        "at",
        "inputs",
        "inputs[0]",
        "inputs[1].batch",
        "additions[0].origin",
        "additions[0].origin.kind",
        "outputs[1].contents[0].mass_mg",
        "evidence[0].digest",
    } <= paths.keys()
    assert "additions[0].origin.stages.*" not in paths
    order = list(paths)
    assert order.index("outputs") < order.index("outputs[1]") < order.index("outputs[1].contents[0]")


def test_a_withheld_element_stays_in_its_place() -> None:
    kept = envelope_with(parse_envelope(signed(PROCESS)), lambda path: not path.startswith("inputs[0]"))
    tree = open_record(parse_evidence(kept), submission=False)
    inputs = tree["inputs"]
    assert isinstance(inputs, list)
    assert inputs[0] is WITHHELD
    assert inputs[1] == PROCESS["inputs"][1]
    assert tree.withheld == 0


def test_a_withheld_member_is_counted_and_not_named() -> None:
    hidden = {"facility", "at", "inputs[0].mass_mg", "outputs[1].contents[0].batch", "additions[0].origin.supplier"}
    kept = envelope_with(parse_envelope(signed(PROCESS)), lambda path: path not in hidden)
    tree: Any = open_record(parse_evidence(kept), submission=False)
    assert tree.withheld == 2
    assert "facility" not in tree
    assert tree["inputs"][0].withheld == 1
    assert "mass_mg" not in tree["inputs"][0]
    assert tree["inputs"][1].withheld == 0
    assert tree["outputs"][1]["contents"][0] == {"mass_mg": 1}
    assert tree["outputs"][1]["contents"][0].withheld == 1
    assert tree["additions"][0]["origin"].withheld == 1


def test_nothing_is_shown_inside_what_is_withheld() -> None:
    envelope = parse_envelope(signed(PROCESS))
    kept = envelope_with(envelope, lambda path: path.endswith(("].batch", "country")))
    tree = open_record(parse_evidence(kept), submission=False)
    assert set(tree) == {"v", "log", "type", "country"}
    nothing = envelope_with(envelope, lambda path: False)
    assert "header" not in nothing["signatures"][0]  # type: ignore[index]
    bare = open_record(parse_evidence(nothing), submission=False)
    assert set(bare) == {"v", "log", "type"}
    assert bare.withheld == len(PROCESS) - 3


def test_evidence_with_everything_is_the_envelope_itself() -> None:
    data = signed(PROCESS)
    assert canonical(envelope_with(parse_envelope(data), lambda path: True)) == data


def test_evidence_can_be_narrowed_again_but_never_widened() -> None:
    shown = envelope_with(parse_envelope(signed(PROCESS)), lambda path: path.startswith("inputs"))
    first = parse_evidence(shown)
    second = parse_evidence(envelope_with(first, lambda path: path != "inputs[1]"))
    assert set(second.disclosures) < set(first.disclosures)
    assert envelope_with(first, lambda path: True) == shown


def test_a_withheld_value_is_neither_true_nor_false() -> None:
    assert repr(WITHHELD) == "WITHHELD"
    with pytest.raises(TypeError, match="unknown"):
        bool(WITHHELD)


def test_disclosures_may_come_in_any_order_at_submission() -> None:
    data = signed(SOURCE)
    for order in itertools.islice(itertools.permutations(disclosures_of(data)), 200):
        assert codes(with_disclosures(data, list(order))) == []


def test_a_missing_disclosure_is_refused_at_submission_and_a_hole_in_a_replay() -> None:
    data = signed(PROCESS)
    _, paths = open_with_paths(parse_envelope(data))
    parents = {path.rpartition(".")[0] for path in paths} | {path[: path.rindex("[")] for path in paths if "]" in path}
    for path, text in paths.items():
        without = with_disclosures(data, [each for each in disclosures_of(data) if each != text])
        assert "undisclosed" in {code for code, _ in codes(without)}
        if path not in parents:
            assert codes(without, submission=False) == []


def test_the_place_of_a_hole_is_named() -> None:
    data = signed(PROCESS)
    _, paths = open_with_paths(parse_envelope(data))
    for path, where in (("inputs[0].batch", "inputs[0]"), ("at", "_sd"), ("evidence[0].name", "evidence[0]")):
        left = [each for each in disclosures_of(data) if each != paths[path]]
        assert codes(with_disclosures(data, left)) == [("undisclosed", where)]


def test_a_disclosure_without_a_digest_is_refused_always() -> None:
    stray = [*disclosures_of(signed(SHORT)), member("note", "not signed")]
    data = with_disclosures(signed(SHORT), stray)
    assert codes(data) == [("undisclosed", f"disclosures[{len(stray) - 1}]")]
    assert codes(data, submission=False) == [("malformed", f"disclosures[{len(stray) - 1}]")]


def test_a_disclosure_that_is_there_twice_is_refused_always() -> None:
    data = with_disclosures(signed(SHORT), [*disclosures_of(signed(SHORT)), disclosures_of(signed(SHORT))[0]])
    assert codes(data) == [("undisclosed", "disclosures")]
    assert codes(data, submission=False) == [("malformed", "disclosures")]


def test_a_child_without_its_parent_is_refused_always() -> None:
    data = signed(PROCESS)
    _, paths = open_with_paths(parse_envelope(data))
    orphan = with_disclosures(data, [paths["inputs[0].batch"]])
    assert codes(orphan, submission=False) == [("malformed", "disclosures[0]")]


def test_a_changed_disclosure_fits_no_digest() -> None:
    data = signed(SHORT)
    for place, item in enumerate(disclosed(data)):
        texts = disclosures_of(data)
        texts[place] = member(item[1], "other", item[0])
        assert {code for code, _ in codes(with_disclosures(data, texts))} == {"undisclosed"}
        assert codes(with_disclosures(data, texts), submission=False) == [("malformed", f"disclosures[{place}]")]


@pytest.mark.parametrize(
    "disclosure",
    [
        member("a", 1, b64u(bytes(15))),
        member("a", 1, b64u(bytes(17))),
        member("a", 1, SALT[:-1] + "B"),
        member("a", 1, SALT[:-1] + "+"),
        member("a", 1, "é" * 22),
        member("a", 1, 5),
        member("a", 1, [SALT]),
        member("_sd", []),
        member("_sd_alg", "sha-256"),
        member("...", "x"),
        member("a.b", 1),
        member("a b", 1),
        member("", 1),
        member("a" * 65, 1),
        member("ä", 1),
        member(5, 1),
        member(["a"], 1),
        member("v", "lodestone-record/1"),
        member("log", "other"),
        member("type", "hold"),
        element(1),
        b64u(canonical([SALT])),
        b64u(canonical([SALT, "a", 1, 2])),
        b64u(canonical([])),
        b64u(canonical({"a": 1})),
        b64u(canonical(SALT)),
        b64u(b"null"),
        b64u(b"5"),
        b64u(b'"'),
        b64u(b""),
        "A",
        "*",
        "é",
        member("a", 1) + "=",
        b64u(b'["' + SALT.encode() + b'","a",{"b":{"_sd":[]}}]'),
        b64u(b'["' + SALT.encode() + b'","a",[{"...":"x"}]]'),
        b64u(b'["' + SALT.encode() + b'","a",{"_sd_alg":"sha-256"}]'),
        b64u(b'["' + SALT.encode() + b'","keys2",{"_sd":["' + b"A" * 43 + b'"]}]'),
    ],
)
def test_a_disclosure_of_another_form_is_refused_always(disclosure: str) -> None:
    for texts in ([disclosure], [member("zz", "fine"), disclosure]):
        for submission in (True, False):
            assert "malformed" in {code for code, _ in codes(forged(texts), submission=submission)}


@pytest.mark.parametrize("value", [b"1.5", b"null", b"9007199254740992", b"-9007199254740992", b'{"a b":1}', b"[1e5]"])
def test_a_value_outside_signed_json_is_refused(value: bytes) -> None:
    text = b64u(b'["' + SALT.encode() + b'","a",' + value + b"]")
    for submission in (True, False):
        assert "not-canonical" in {code for code, _ in codes(forged([text]), submission=submission)}


def test_a_disclosure_in_another_spelling_is_refused() -> None:
    for raw in (
        b'["%s", "a",1]',
        b'["%s","a",1] ',
        b'["%s","\\u0061",1]',
        b'["%s","a",{"b":1,"a":2}]',
        b'["%s","a",{"b":1,"b":1}]',
    ):
        text = b64u(raw % SALT.encode())
        for texts in ([text], [text, member("zz", 1)]):
            for submission in (True, False):
                assert "not-canonical" in {code for code, _ in codes(forged(texts), submission=submission)}


def test_a_disclosure_nested_too_deeply_to_be_written_again_is_refused() -> None:
    text = b64u(b'["' + SALT.encode() + b'","a",' + b"[" * 300 + b"]" * 300 + b"]")
    for submission in (True, False):
        assert "malformed" in {code for code, _ in codes(forged([text]), submission=submission)}
    with pytest.raises(Refused):
        open_with_paths(parse_envelope(forged([text])))


def test_strings_that_look_like_digests_are_just_strings() -> None:
    record = SHORT | {"reason": "_sd", "note": "...", "steps": ["_sd", "..."], "attributes": {"a": "_sd_alg"}}
    assert codes(signed(record)) == []


def test_no_two_disclosures_can_be_cut_apart_in_another_way() -> None:
    """Joined, these bytes are canonical JSON with as many arrays as there are disclosures; each alone is not."""
    salt = SALT.encode()
    whole = [b'["%s",["x"]' % salt, b'["%s"]]' % salt, b'["%s","a",1],["%s","b",2]' % (salt, salt)]
    for order in itertools.permutations(whole):
        for submission in (True, False):
            assert "malformed" in {code for code, _ in codes(forged([b64u(p) for p in order]), submission=submission)}


SHAPES: list[tuple[Callable[[Any], object], str]] = [
    (lambda p: p.update(v="lodestone-record/2"), "v"),
    (lambda p: p.pop("v"), "v"),
    (lambda p: p.pop("log"), "log"),
    (lambda p: p.update(log=5), "log"),
    (lambda p: p.pop("type"), "type"),
    (lambda p: p.update(type=["hold"]), "type"),
    (lambda p: p.pop("_sd_alg"), "_sd_alg"),
    (lambda p: p.update(_sd_alg="sha-512"), "_sd_alg"),
    (lambda p: p.pop("_sd"), "_sd"),
    (lambda p: p.update(_sd={}), "_sd"),
    (lambda p: p["_sd"].reverse(), "_sd"),
    (lambda p: p["_sd"].append(p["_sd"][-1]), "_sd"),
    (lambda p: p["_sd"].append("z" * 43), "_sd"),
    (lambda p: p["_sd"].append("z"), "_sd"),
    (lambda p: p["_sd"].append(5), "_sd"),
    (lambda p: p["_sd"].append([]), "_sd"),
    (lambda p: p.update(at="2026-01-01T00:00:00Z"), "at"),
    (lambda p: p.update(keys=[]), "keys"),
    (lambda p: p.update({"...": "x"}), "..."),
]


@pytest.mark.parametrize(("change", "where"), SHAPES)
def test_the_members_in_the_clear_are_exact(change: Callable[[Any], object], where: str) -> None:
    payload, disclosures = build_payload(SHORT, counted_salts())
    claims = parse_envelope(sign_envelope(payload, disclosures, [fixed_signer()])).claims
    change(claims)
    data = sign_envelope(canonical(claims), disclosures, [fixed_signer()])
    for submission in (True, False):
        assert ("malformed", where) in codes(data, submission=submission)


def test_keys_use_and_op_stand_in_the_clear_where_the_spec_says_so_and_nowhere_else() -> None:
    for kind in ("organization", "key"):
        for name in ("keys", "use", "op"):
            hidden = forged([member(name, "x")], type=kind)
            assert codes(hidden) == codes(hidden, submission=False) == [("malformed", "disclosures[0]")]
            assert codes(forged([member("a", "x")], **{"type": kind, name: "x"})) == []
    for name in ("keys", "use", "op"):
        assert codes(forged([member(name, "x")], type="admission")) == []
        assert codes(forged([member("a", "x")], **{"type": "admission", name: "x"})) == [("malformed", name)]
    holding = forged([member("a", 1)], type="key", keys=[{"_sd": []}])
    assert codes(holding) == [("malformed", "keys")]


def digests(*texts: str) -> list[str]:
    return sorted(disclosure_digest(text) for text in texts)


@pytest.mark.parametrize("name", ["inputs", "outputs", "batches", "accepted", "additions", "evidence"])
def test_a_list_of_parts_holds_disclosures_only(name: str) -> None:
    batch = member("batch", EARLIER)
    inner = element({"_sd": digests(batch)})
    place = {"...": disclosure_digest(inner)}
    good = member(name, [place], b64u(b"1" * 16))
    assert codes(_only(good, inner, batch)) == []
    wrongs: list[object] = [[{"batch": "x"}], ["x"], [{**place, "a": 1}], [{"...": 5}], {}, "x", {"_sd": []}, [[place]]]
    for value in wrongs:
        found = codes(_only(member(name, value, b64u(b"1" * 16)), inner, batch), submission=False)
        assert "malformed" in {code for code, where in found if where.startswith(name)}, value


@pytest.mark.parametrize(
    "content_of_element", [{"batch": "x"}, {"_sd": [], "a": 1}, "x", [], {}, {"_sd": {}}, {"_sd": "x"}]
)
def test_an_element_consists_of_digests_only(content_of_element: object) -> None:
    inner = element(content_of_element)
    outer = member("inputs", [{"...": disclosure_digest(inner)}])
    for submission in (True, False):
        assert "malformed" in {code for code, _ in codes(_only(outer, inner), submission=submission)}


def _only(outer: str, *inner: str) -> bytes:
    """A record of one member, with what is inside it."""
    value = content(forged([outer]))
    value["signatures"][0]["header"]["disclosures"] = [outer, *inner]
    return canonical(value)


def test_an_element_is_no_member_and_a_member_no_element() -> None:
    inner = member("batch", "x")
    assert "malformed" in {c for c, _ in codes(_only(member("inputs", [{"...": disclosure_digest(inner)}]), inner))}
    assert "malformed" in {c for c, _ in codes(_only(element({"_sd": []})))}


def test_an_element_has_a_salt_and_a_value_and_no_more() -> None:
    for items in ([SALT, {"_sd": []}, 1], [SALT, {"_sd": []}, {"_sd": []}]):
        inner = b64u(canonical(items))
        data = _only(member("inputs", [{"...": disclosure_digest(inner)}]), inner)
        for submission in (True, False):
            assert codes(data, submission=submission) == [("malformed", "disclosures[1]")]


@pytest.mark.parametrize("name", ["inputs", "outputs", "additions", "batches"])
def test_an_origin_consists_of_digests_wherever_it_stands(name: str) -> None:
    record = SHORT | {name: [{"origin": {"kind": "mined"}}]}
    _, paths = open_with_paths(parse_envelope(signed(record)))
    assert f"{name}[0].origin.kind" in paths
    origin = member("origin", {"kind": "mined"})
    inner = element({"_sd": digests(origin)})
    whole = _only(member(name, [{"...": disclosure_digest(inner)}]), inner, origin)
    assert ("malformed", f"{name}[0].origin") in codes(whole)


def test_an_origin_and_the_body_of_a_correction_consist_of_digests_only() -> None:
    wrongs: list[object] = [{"kind": "mined"}, "x", []]
    for value in wrongs:
        assert "malformed" in {code for code, _ in codes(forged([member("origin", value)]))}
        assert "malformed" in {code for code, _ in codes(forged([member("body", value)], type="correction"))}
        assert codes(forged([member("body", value)])) == []


def test_a_digest_in_two_places_is_refused() -> None:
    batch = member("batch", "x")
    inner = element({"_sd": digests(batch)})
    twice = member("inputs", [{"...": disclosure_digest(inner)}] * 2)
    assert ("malformed", "_sd") in codes(_only(twice, inner, batch), submission=False)
    hole = member("inputs", [{"...": "A" * 43}] * 2)
    assert codes(_only(hole), submission=False) == [("malformed", "_sd")]


def test_a_name_twice_in_an_object_is_refused() -> None:
    for submission in (True, False):
        found = codes(forged([member("a", 1), member("a", 2)]), submission=submission)
        assert found == [("malformed", "a")]


def test_a_digest_that_no_hash_gives_is_refused_also_where_nothing_is_disclosed() -> None:
    for odd in ("A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "+", "sha-256:" + "A" * 43, "é" * 43):
        assert ("malformed", "inputs[0]") in codes(_only(member("inputs", [{"...": odd}])), submission=False)
        payload = {"_sd": [odd], "_sd_alg": "sha-256", "log": "x", "type": "hold", "v": "lodestone-record/1"}
        data = sign_envelope(canonical(payload), [], [fixed_signer()])
        assert codes(data, submission=False) == [("malformed", "_sd")]


@given(st.permutations(range(40)), st.integers(min_value=0, max_value=40))
def test_any_choice_of_disclosures_opens_to_a_part_of_the_whole(order: list[int], count: int) -> None:
    envelope = parse_envelope(DATA)
    _, paths = open_with_paths(envelope)
    chosen = {list(paths)[place] for place in order[:count] if place < len(paths)}
    tree = open_record(parse_evidence(envelope_with(envelope, chosen.__contains__)), submission=False)
    assert _is_part(tree, PROCESS)


DATA = signed(PROCESS)


def _is_part(part: object, whole: object) -> bool:
    if part is WITHHELD:
        return True
    if isinstance(part, Opened) and isinstance(whole, dict):
        known = all(name in whole and _is_part(value, whole[name]) for name, value in part.items())
        return known and len(part) + part.withheld == len(whole)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(_is_part(one, other) for one, other in zip(part, whole, strict=True))
    return part == whole


def test_the_digest_of_the_example_in_rfc_9901_section_5_1() -> None:
    example = "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd"
    assert disclosure_digest(example) == "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"


def test_refused_lists_every_violation_of_the_bytes() -> None:
    texts = [member("a", 1), member("b", "\u202e"), member("a.b", 1)]
    with pytest.raises(Refused) as refused:
        read_record(with_disclosures(forged(texts), texts[:2]))
    assert {(v.code, v.member) for v in refused.value.violations} == {("malformed", "b"), ("undisclosed", "_sd")}


def test_unb64u_of_a_disclosure_is_what_was_hashed() -> None:
    for text, item in zip(disclosures_of(DATA), disclosed(DATA), strict=True):
        assert unb64u(text) == canonical(item)
