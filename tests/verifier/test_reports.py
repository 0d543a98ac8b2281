"""Reports, policies, receipts and later checkpoints, good and changed: both verifiers say the same of all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.errors import LodestoneError
from ledger.log.note import COSIGN_ED25519, parse_note
from ledger.log.signatures import NoteSigner
from ledger.log.tiles import TileSource
from ledger.log.tree import consistency_path
from ledger.log.witness import AddCheckpoint, parse_add_checkpoint
from ledger.report.seal import seal
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.receipts import receipt
from tests.bundle.files import Files, files_of
from tests.bundle.stories import magnet
from tests.verifier.agreement import EXHAUSTIVE, Case, agreed, changed_bytes, changed_everywhere, cut_and_longer
from tests.world import World

VALUES: list[Any] = ["", "x", 0, 1, -1, 1_000_001, 2**53 - 1, True, [], ["x"], {}, {"x": 1}, "2027-02-30", "x" * 2_001]
OTHERS: list[Any] = [..., "", "AAAA", 5, [], {}, True]
"""What a member may turn into; three dots: it goes away."""
CLAIMS: list[dict[str, Any]] = [
    {"type": "transfer"},
    {"log": "other"},
    {"v": "x"},
    {"_sd": []},
    {"_sd_alg": "md5"},
    {"x": 1},
]
HEADERS: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "ES256"},
    {"typ": "JWT"},
    {"kid": "#"},
    {"crit": []},
    {"kid": 1},
]


@pytest.fixture(scope="module")
def magnets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    world = World(tmp_path_factory.mktemp("magnets") / "ledger")
    batch, maker = magnet(world)
    maker.certifies("IATF 16949", ("2026-01-01", "2028-01-01"), batch=batch)
    context = {"clause": "252.225-7052", "end_item": {"country": "US", "cots": False, "mass_mg": 5_000_000}}
    yield files_of(world, maker.report(batch, "auditor", delivered="2027-02-01", **context))
    world.close()


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    world = World(tmp_path_factory.mktemp("least") / "ledger")
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    yield files_of(world, world.report(batch, delivered="2027-02-01"))
    world.close()


def _case(files: Files, *data: bytes, issuer: str | None = None, name: str = "") -> Case:
    return Case(data, files.policy.encode(), issuer, name)


def test_good_reports_are_good_to_both(magnets: Files, least: Files) -> None:
    cases = [_case(files, files.report) for files in (magnets, least)]
    did = magnets.world.config.did
    cases += [_case(magnets, magnets.report, issuer=name) for name in (did, "did:web:other.example", "")]
    assert agreed(cases) == {"passed": 3, "issuer": 2}


def test_files_of_other_sorts_are_refused_alike(magnets: Files) -> None:
    credential = orjson.dumps(magnets.credential, option=orjson.OPT_SORT_KEYS)
    log = orjson.dumps({"evidence": {}, "v": "lodestone-bundle/1"}, option=orjson.OPT_SORT_KEYS)
    odd = [credential, log, b"{}", b"[]", b"a.b.c", b"..", b"e30.e30.", "é".encode(), b"null", magnets.policy.encode()]
    cases = [_case(magnets, data) for data in (*odd, *cut_and_longer(magnets.report))]
    cases += [_case(magnets, magnets.report, magnets.report), _case(magnets, magnets.report, log)]
    told = agreed(cases)
    assert told.keys() == {"file", "report signature"}
    assert told["file"] > 20


def test_a_report_with_a_byte_changed_is_refused_alike(magnets: Files, least: Files) -> None:
    """Some bytes, or each three times with LODESTONE_EXHAUSTIVE=1."""
    some = [*changed_bytes(least.report, 300, 1), *changed_bytes(magnets.report, 50, 2)]
    every = (data for seed in range(3) for data in changed_everywhere(least.report, seed))
    told = agreed(_case(least, data) for data in (every if EXHAUSTIVE else some))
    assert told["passed"] == 0
    assert told.keys() >= {"file", "report signature", "inclusion", "checkpoint"}


def _changed_inside(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every member and element."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from _changed_inside(member, (*path, name))


def _with(subject: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path, or without what is there."""
    copy = orjson.loads(orjson.dumps(subject))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def test_whatever_the_operator_signs_is_read_alike(magnets: Files) -> None:
    """Each member of a credential taken away or turned into something else, and sealed with the ledger's key."""
    world, credential = magnets.world, magnets.credential
    del credential["trust"]
    paths = list(_changed_inside(credential))
    every = 1 if EXHAUSTIVE else 37
    changes = [(path, value) for path in paths for value in (..., *VALUES)][::every]
    changes += [((*path, "odd"), 1) for path in paths if _is_object(credential, path)][:: 1 if EXHAUSTIVE else 7]
    changes.append((("issuer",), "did:web:other.example"))
    made = [_with(credential, path, value) for path, value in changes]
    trust = magnets.credential["trust"]
    signer = world.ledger.reporter[0]
    sealed = [seal({**each, "trust": trust}, signer, world.config.did).encode() for each in made]
    told = agreed(_case(magnets, data) for data in sealed)
    assert told["credential"] > len(sealed) // 2
    assert told["issuer"] > 0


def _is_object(value: Any, path: tuple[Any, ...]) -> bool:
    for name in path:
        value = value[name]
    return isinstance(value, dict)


def test_headers_and_keys_of_a_report_are_judged_alike(magnets: Files) -> None:
    credential, did = magnets.credential, magnets.world.config.did
    others = [LocalSigner.generate(alg) for alg in ("Ed25519", "ES256", "ML-DSA-65")]
    cases = [_case(magnets, seal(credential, signer, did).encode()) for signer in others]
    own = magnets.world.ledger.reporter[0]
    cases += [
        _case(magnets, seal(credential, own, name).encode()) for name in ("did:web:x.example", "did:x#y", "x", "did:")
    ]
    _, payload, signature = magnets.report.decode().split(".")
    good = {"alg": "Ed25519", "kid": f"{did}#{own.key.kid}", "typ": "vc+jwt"}
    for change in (*HEADERS, {"kid": did}, {"kid": f"{did}#"}):
        header = b64u(orjson.dumps({**good, **change}, option=orjson.OPT_SORT_KEYS))
        cases.append(_case(magnets, f"{header}.{payload}.{signature}".encode()))
    assert agreed(cases)["passed"] == 0


def test_trust_that_leads_nowhere_is_refused_alike(magnets: Files) -> None:
    """The evidence inside a report, changed and sealed anew: records left out, doubled, swapped, of other logs."""
    world, credential = magnets.world, magnets.credential
    trust = credential["trust"]
    paths = [path for path in _changed_inside(trust) if path[-1] != "disclosures"]
    made = [_with(trust, path, value) for path in paths for value in OTHERS]
    records = trust["records"]
    lists: list[Any] = [records[::-1], records * 2, records[1:], records[:-1], records[:1], []]
    made += [{**trust, "records": each} for each in lists]
    made += [
        _with(trust, ("records", place, "index"), index)
        for place in range(len(records))
        for index in (1, 2, 99, 2**53 - 1)
    ]
    for place in range(len(records)):
        for change in CLAIMS:
            clear = {**orjson.loads(unb64u(records[place]["envelope"]["payload"])), **change}
            payload = b64u(orjson.dumps(clear, option=orjson.OPT_SORT_KEYS))
            made.append(_with(trust, ("records", place, "envelope", "payload"), payload))
    signer = world.ledger.reporter[0]
    sealed = [seal({**credential, "trust": each}, signer, world.config.did).encode() for each in made if each != trust]
    told = agreed(_case(magnets, data) for data in sealed)
    assert told["passed"] < 10  # a disclosure less: what nobody needs may be withheld
    assert told.keys() >= {"file", "checkpoint", "inclusion"}


POLICIES = [
    b"", b"\n", b"quorum none\n", b"quorum none", b"quorum\n", b"# only words\n", b"log x\nquorum none\n",
    b"\xff\nquorum none\n", b"quorum none\nquorum none\n", b"group a any b\nquorum a\n",
    b"log a+00000000+AQ==\nquorum none\n", b"a\tb\rc\n", b"what 'is' \"this\\\"\n",
    b"\xe4\xbd \xe4\xbd\xa0\nquorum none\n", b"witness\nquorum none\n", b"group\nquorum none\n",
    b"log\nquorum none\n", b"quorum x\n", b"log a+00000000+A\nquorum none\n", b"log a+00000000+====\nquorum none\n",
    b"log a+00000000+\nquorum none\n", b"log a+0000000g+AQ==\nquorum none\n",
]  # fmt: skip


def test_policies_good_and_changed_are_read_alike(magnets: Files) -> None:
    good = magnets.policy.encode()
    lines = good.splitlines(keepends=True)
    changed = [*POLICIES, *changed_bytes(good, 250, 3), *cut_and_longer(good)]
    changed += [b"".join(lines[:at] + lines[at + 1 :]) for at in range(len(lines))]
    changed += [b"".join(lines[: at + 1] + lines[at:]) for at in range(len(lines))]
    changed += [
        b"".join(lines[::-1]),
        b"# word\n\n" + good.replace(b" ", b"\t "),
        good.replace(b"all", b"any"),
        good.replace(b"all", b"1"),
    ]
    changed += [good.replace(b"all", count) for count in (b"0", b"2", b"3", b"01", b"99999")]
    changed += [
        good.replace(b"quorum trusted", b"quorum none"),
        good.replace(b"quorum trusted", b"quorum log-ml-dsa-44"),
    ]
    told = agreed(Case((magnets.report,), policy) for policy in changed)
    assert told["passed"] > 3
    assert told["policy"] > 200


def test_receipts_good_and_changed_are_judged_alike(magnets: Files) -> None:
    world = magnets.world
    given = orjson.dumps(receipt(world.ledger, world.ledger.tree.size - 1))
    value = orjson.loads(given)
    odd = [_with(value, path, other) for path in _changed_inside(value) for other in (*OTHERS, None, 1.5, 2**60)]
    files = [given, given + b"\n" + given + b"\n", given + b"\n\n", *map(orjson.dumps, odd)]
    files += [
        given.replace(b'":', b'" : '),
        given.replace(b'"state"', b'"state":"x","state"'),
        given.replace(b"}", b',"x":1}', 1),
    ]
    files += [given.replace(b'"index":', b'"index":0'), given + b"\n" + given.replace(b'"integrated"', b'"x"')]
    files += changed_everywhere(given, 4) if EXHAUSTIVE else changed_bytes(given, 250, 4)
    other = world.policy.replace("test.lodestone.example/2026+", "other.lodestone.example/2026+").encode()
    cases = [_case(magnets, data) for data in files if b"c2sp.org/tlog-proof@v1" in data and b'"proof"' in data]
    told = agreed([*cases, Case((given,), other), Case((given,), b"x")])
    assert told["passed"] >= 3
    assert told["receipt"] > 100
    assert told["line 2"] >= 2


def test_later_cosignatures_are_judged_alike(least: Files, tmp_path: Path) -> None:
    """Under a policy whose witness signed a later checkpoint only."""
    world = least.world
    witness = NoteSigner.from_seed("witness.example", COSIGN_ED25519, bytes(range(32)))
    policy = least.policy.replace(
        "group trusted all log-ml-dsa-44", "witness w " + witness.key.vkey + "\ngroup trusted all log-ml-dsa-44 w"
    )
    size = least.credential["credentialSubject"]["as_of"]["size"]
    world.organization("later", "DE")
    note = parse_note(world.ledger.checkpoint)
    grown = world.ledger.tree.size
    path = tuple(consistency_path(TileSource(world.ledger.published.read_object, grown), size, grown))
    later = AddCheckpoint(size, path, str(note.signed_by([witness.sign(note.text, 1_780_000_000)]))).text.encode()
    unsigned = AddCheckpoint(size, path, str(note)).text.encode()
    files = [later, unsigned, AddCheckpoint(size, (), str(note)).text.encode(), *changed_bytes(later, 150, 5)]
    told = agreed(Case((least.report, each), policy.encode()) for each in files if _parses(each))
    assert told["passed"] >= 1
    assert told["checkpoint"] > 50


def _parses(data: bytes) -> bool:
    try:
        parse_add_checkpoint(data)
    except LodestoneError:
        return False
    return data.startswith(b"old ")
