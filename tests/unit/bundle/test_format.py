"""Files in their one form: what is refused, and that the sentence says where."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bundle.format import Bundle, LogExport, Report, read_file
from ledger.errors import VerificationError
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, digest
from tests.unit.signing.samples import SHORT, fixed_signer, signed

_ID = digest(b"operator")


def _envelope() -> dict[str, Any]:
    envelope: dict[str, Any] = orjson.loads(signed(SHORT, fixed_signer()))
    return envelope


def _entry(index: int = 1) -> dict[str, Any]:
    leaf = {"c": [digest(b"1"), digest(b"2")], "r": digest(b"r"), "s": digest(b"s"), "t": "lodestone-leaf/1"}
    return {"envelope": _envelope(), "index": index, "leaf": leaf, "path": [b64u(bytes(32))]}


def _evidence() -> dict[str, Any]:
    genesis = {"ledger": "l", "operator": _ID, "origin": "l/2026", "rules": _ID, "t": "lodestone-genesis/1"}
    return {"checkpoint": "note", "genesis": {"leaf": genesis, "path": []}, "records": [_entry(1), _entry(2)]}


def _report(payload: dict[str, Any] | None = None, **header: str) -> str:
    head = {"alg": "Ed25519", "kid": "did:web:l#key", "typ": "vc+jwt", **header}
    body = payload if payload is not None else {"credentialSubject": {}, "trust": _evidence()}
    return ".".join(b64u(part) for part in (canonical(head), canonical(body), bytes(64)))


def _bundle(**members: Any) -> bytes:
    return canonical({"evidence": _evidence(), "report": _report(), "v": "lodestone-bundle/1", **members})


def _log() -> dict[str, Any]:
    evidence = _evidence()
    del evidence["genesis"]["path"]
    for entry in evidence["records"]:
        del entry["path"]
    return {"evidence": evidence, "v": "lodestone-bundle/1"}


def test_a_file_is_recognised_by_what_is_in_it() -> None:
    assert isinstance(read_file(_report().encode()), Report)
    assert isinstance(read_file(_bundle()), Bundle)
    assert isinstance(read_file(canonical(_log())), LogExport)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "neither a report"),
        (b"\xff", "byte 0"),
        (b"{", "near byte"),
        (b"{}", "is missing"),
        (canonical({"credentialSubject": {}, "trust": {}}), "the signed report is the .jwt file"),
        (_bundle() + b"\n", "near byte"),
        (b" " + _bundle(), "header"),
        (_bundle().replace(b'"v":', b'"v" :'), "near byte"),
        (_bundle(v="lodestone-bundle/2"), "v: expected"),
        (_bundle(extra=1), "extra is not known"),
        (_bundle(report=1), "report: expected a text"),
        (_bundle(evidence=[]), "evidence: expected an object"),
        (_report().encode() + b"\n", "signature"),
        (_report().encode() + b".", "three parts"),
        (_report(typ="jwt").encode(), "header"),
        (_report(alg="none").encode(), "header"),
        (_report(kid="did:web:l").encode(), "header"),
        (_report(crit="x").encode(), "header: the member crit is not known"),
        (_report({"trust": _evidence()}).encode(), "credentialSubject"),
        (_report({"credentialSubject": {}}).encode(), "trust: expected an object"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "this file"),
        (canonical({"evidence": _evidence(), "v": "lodestone-bundle/1"}), "path is not known"),
        (b'{"evidence":1.5,"v":"lodestone-bundle/1"}', "evidence: expected an object"),
        (b'{"evidence":null,"v":"lodestone-bundle/1"}', "evidence: expected an object"),
        (b'{"evidence":1.5}', "v is missing"),
        *(
            (_bundle().replace(b'"index":1,', b'"index":%b,' % index, 1), "index: expected a number")
            for index in (b"1.5", b"null", b"true", b"9007199254740992")
        ),
        (b'{"evidence":1,"evidence":1}', "this file"),
    ],
)
def test_what_is_not_in_its_one_form_is_refused(data: bytes, where: str) -> None:
    with pytest.raises(VerificationError) as caught:
        read_file(data)
    assert where in str(caught.value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda e: e.pop("checkpoint"), "checkpoint is missing"),
        (lambda e: e["records"].reverse(), "records[1]: index 1 after 2"),
        (lambda e: e["records"][1].update(index=1), "records[1]: index 1 after 1"),
        (lambda e: e["records"][0].update(index=0), "records[0].index"),
        (lambda e: e["records"][0].update(index=True), "records[0].index"),
        (lambda e: e["records"][0].update(index="1"), "records[0].index"),
        (lambda e: e["records"][0]["leaf"].update(c=[_ID]), "records[0].leaf"),
        (lambda e: e["records"][0]["leaf"].update(c=[_ID + _ID, ""]), "records[0].leaf"),
        (lambda e: e["records"][0]["leaf"].update(c=["", _ID]), "records[0].leaf"),
        (lambda e: e["records"][0]["leaf"].update(r="x"), "records[0].leaf"),
        (lambda e: e["records"][0]["leaf"].update(r=_ID[:-1] + "B"), "records[0].leaf"),
        (lambda e: e["records"][0].update(path=["*"]), "records[0].path"),
        (lambda e: e["records"][0].update(path=[1]), "records[0].path"),
        (lambda e: e["records"][0].update(path="x"), "records[0].path"),
        (lambda e: e["records"][0]["envelope"].update(x=1), "records[0].envelope"),
        (lambda e: e["records"][0]["envelope"].update(payload="*"), "records[0].envelope.payload"),
        (lambda e: e["genesis"]["leaf"].update(t="x"), "genesis.leaf"),
        (lambda e: e["genesis"]["leaf"].update(prev={}, more=1), "more is not known"),
        (lambda e: e.update(records={}), "records: expected a list"),
    ],
)
def test_evidence_is_read_strictly(change: Any, where: str) -> None:
    evidence = _evidence()
    change(evidence)
    with pytest.raises(VerificationError) as caught:
        read_file(_bundle(evidence=evidence))
    assert where in str(caught.value)


@given(
    st.recursive(st.integers(-5, 5) | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3))
)
def test_any_member_may_be_anything_and_only_ever_is_refused(value: Any) -> None:
    for name in ("checkpoint", "genesis", "records"):
        evidence = {**_evidence(), name: value}
        with suppress(VerificationError):
            read_file(_bundle(evidence=evidence))
