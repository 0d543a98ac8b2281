"""Bundles of every scenario and audience, good and changed: what the evidence shows is the same to both verifiers."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.config import read_config
from ledger.workflows.open import open_ledger
from ledger.workflows.play import play
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from tests.bundle.files import Files, files_of
from tests.bundle.stories import magnet
from tests.oracle.generate import generate
from tests.stories import ore_to_magnet, rotor
from tests.verifier.agreement import EXHAUSTIVE, Case, agreed, changed_bytes, changed_everywhere
from tests.verifier.node import ask
from tests.world import World

SCENARIOS = sorted(
    path for path in (Path(__file__).parents[1] / "scenarios").glob("*.json") if ".expected" not in path.name
)
_ORDINARY = {"assembly", "half-done-rotor", "parts", "samarium-cobalt", "short-loop"}
WORLDS = (1_001, *(range(2_000, 2_040) if EXHAUSTIVE else ()))


def _bundles(played: Path, most: int) -> list[bytes]:
    """New bundles of what a scenario asked reports on: for an auditor and a buyer, whole and limited by depth."""
    ledger = open_ledger(read_config({}, home=played / "ledger"), found=False)
    made = []
    for credential in sorted(
        set((played / "reports").glob("*.json")) - set((played / "reports").glob("*.bundle.json"))
    )[:most]:
        said = orjson.loads(credential.read_bytes())["credentialSubject"]
        for audience in ("auditor", "buyer"):
            report = make_report(ledger, ReportRequest(said["batch"], audience, None, said.get("assumed", {})))
            for depth in (None, 2):
                out = BytesIO()
                write_bundle(ledger, report.id, out, depth)
                made.append(out.getvalue())
    ledger.close()
    return made


def _cases(story: dict[str, Any], played: Path, most: int) -> list[Case]:
    play(story, played)
    policy = (played / "policy.txt").read_bytes()
    given = [path.read_bytes() for path in sorted((played / "reports").glob("*.bundle.json"))]
    return [Case((data,), policy, name=f"{played.name} {n}") for n, data in enumerate(given + _bundles(played, most))]


def test_bundles_of_scenarios_and_random_worlds_are_judged_alike(tmp_path: Path) -> None:
    stories = {path.stem: orjson.loads(path.read_bytes()) for path in SCENARIOS if EXHAUSTIVE or path.stem in _ORDINARY}
    stories |= {f"world-{seed}": generate(seed, 40) for seed in WORLDS}
    cases = [
        case for name, story in stories.items() for case in _cases(story, tmp_path / name, 12 if EXHAUSTIVE else 2)
    ]
    told: Counter[tuple[str, str]] = Counter()
    assert agreed(cases, told) == {"passed": len(cases)}
    for name in ("masses", "statement", "verdicts", "upstream", "shares", "assembly statement", "assembly verdicts"):
        assert told[name, "passed"] > 0, name
        assert told[name, "not checked"] > 0, name
    assert told["assembly", "passed"] > 0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Files]]:
    """A magnet and a rotor, each for a buyer and for an auditor; with an inquiry, a certificate and a rotated key."""
    world = World(tmp_path_factory.mktemp("told") / "ledger")
    batch, maker = magnet(world)
    maker.rotate()
    maker.asks(batch)
    maker.certifies("IATF 16949", ("2026-01-01", "2028-01-01"), batch=batch)
    chain = ore_to_magnet(world)
    assembly, _ = rotor(world, chain)
    context: dict[str, Any] = {"delivered": "2027-02-01", "end_item": {"country": "US"}}
    yield [
        files_of(world, world.report(name, audience, **context))
        for name in (batch, assembly)
        for audience in ("buyer", "auditor")
    ]
    world.close()


def test_evidence_that_lacks_something_is_judged_alike(told: list[Files]) -> None:
    """Each disclosure withheld with what is inside of it, each record left out, and records in another order."""
    made = [(files, data) for files in told for data in _lacking(files)]
    some = made[:: 1 if EXHAUSTIVE else 8]
    assert len(some) > 90
    answers = agreed(_case(*each) for each in some)
    assert answers["passed"] > 30
    assert answers.keys() >= {"file", "signatures", "links", "replay", "upstream"}


def _lacking(files: Files) -> Iterator[bytes]:
    evidence = orjson.loads(files.bundle)["evidence"]
    for place, record in enumerate(evidence["records"]):
        carried = record["envelope"]["signatures"][0].get("header", {}).get("disclosures", [])
        for text in carried:
            yield files.with_evidence(partial(_withhold, place=place, text=text))
        yield files.with_evidence(partial(_leave_out, place=place))
    yield files.with_evidence(lambda e: e["records"].reverse())
    for depth in (0, 1, 5, -1, True, "1"):
        yield canonical({**orjson.loads(files.bundle), "depth": depth})


def _case(files: Files, data: bytes) -> Case:
    return Case((data,), files.policy.encode())


def _leave_out(evidence: dict[str, Any], place: int) -> None:
    del evidence["records"][place]


def _withhold(evidence: dict[str, Any], place: int, text: str) -> None:
    """A disclosure goes, and every one whose digest stands in what goes."""
    first = evidence["records"][place]["envelope"]["signatures"][0]
    left, gone = list(first["header"]["disclosures"]), [text]
    for each in gone:
        left.remove(each)
        inside = unb64u(each)
        gone += [
            other for other in left if b64u(sha256(other.encode()).digest()).encode() in inside and other not in gone
        ]
    first["header"]["disclosures"] = left
    if not left:
        del first["header"]


def test_subjects_that_say_something_else_are_judged_alike(told: list[Files]) -> None:
    """What only the operator could do: lie, and sign it. Small lies, large ones, and lies about everything."""
    lies = []
    for files in told:
        subject = files.credential["credentialSubject"]
        some = list(_small_lies(subject))[:: 1 if EXHAUSTIVE else 11]
        lies += [(files, lie) for lie in (*some, *_plain_lies(subject))]
    assert len(lies) > 130
    cases = [_case(files, files.resealed(lie).bundle) for files, lie in lies]
    answers = agreed(cases)
    assert answers.keys() >= {
        "statement", "recycled content", "completeness", "verdicts", "upstream", "replay", "credential",
        "assembly verdicts",
    }  # fmt: skip
    assert answers["passed"] > 0


def test_what_the_evidence_shows_is_said_in_chinese_too(told: list[Files]) -> None:
    cases = [_case(files, files.bundle) for files in told]
    for files in told:
        lies = list(_plain_lies(files.credential["credentialSubject"]))[::5]
        cases += [_case(files, files.resealed(lie).bundle) for lie in lies]
        cases += [_case(files, data) for data in list(_lacking(files))[::40]]
    found = {check["detail"] for case in cases for check in case.judged()["checks"]}
    answers = ask([{"ask": "chinese", "said": detail} for detail in sorted(found)])
    english = [detail for detail, answer in zip(sorted(found), answers, strict=True) if not answer["value"]]
    assert [detail for detail in english if not detail.startswith(_OF_FORM)] == []
    assert len(found) > 60


_OF_FORM = ("report, credentialSubject", "the bundle, depth")
"""A report or bundle that no program of ours would make: pydantic's own words, or a member of the wrong kind."""


def _small_lies(subject: dict[str, Any]) -> Iterator[Any]:
    for path, cells in _lists_of(subject, "countries"):
        for ppm in (1, 3, 40, 900, 5_000):
            yield lambda s, at=path, much=ppm: _shift(_at(s, at), much)
        yield lambda s, at=path: _at(s, at)[0].update(countries=["CN", "US"], basis="traced")
        if len(cells) > 1:
            yield lambda s, at=path: _merge(_at(s, at))
    for path, numbers in _numbers(subject):
        for ppm in (1, 40, 5_000):
            yield lambda s, at=path, names=list(numbers), much=ppm: _move(_at(s, at), names, much)


def _plain_lies(subject: dict[str, Any]) -> Iterator[Any]:
    for place in range(len(subject["verdicts"])):
        for name, value in OF_A_VERDICT:
            yield lambda s, at=place, n=name, v=value: s["verdicts"][at].update({n: v})
        yield lambda s, at=place: [r.update(share_ppm=r["share_ppm"] // 2 + 1) for r in s["verdicts"][at]["reasons"]]
    for name, value in (*OF_A_SUBJECT, ("batch", subject["batch"][:-1] + "7")):
        yield lambda s, n=name, v=value: s.update({n: v})
    for name in ("custody", "owners", "composition", "magnet_type", "magnets", "certificates", "inquiries"):
        yield lambda s, n=name: s.pop(n, None)
    for place in range(len(subject.get("magnets", ()))):
        yield lambda s, at=place: s["magnets"].pop(at)
        yield lambda s, at=place: s["magnets"].append(s["magnets"][at])
        yield lambda s, at=place: s["magnets"][at].update(material="block")


OF_A_VERDICT: list[tuple[str, Any]] = [
    ("verdict", "PASS"), ("verdict", "FAIL"), ("strict", "UNKNOWN"), ("ground", "recycled"), ("rule_pack", "x"),
    ("assumed", {}), ("delivered", "2027-02-02"), ("reasons", []), ("needs", []),
    ("pack_digest", "sha-256:" + b64u(bytes(32))),
]  # fmt: skip
OF_A_SUBJECT: list[tuple[str, Any]] = [
    ("custody", []), ("owners", {}), ("owners", {"mine": ["US"]}), ("material", "oxide"), ("verdicts", []),
    ("magnet_type", "SmCo"), ("composition", {"Nd": 1}), ("magnets", []), ("coating", "Zn"), ("certificates", []),
    ("audience", "public"), ("audience", "auditor"), ("audience", "buyer"),
]  # fmt: skip


def _lists_of(value: Any, name: str, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The lists of objects that have a member of this name."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and name in value[0]:
        yield path, value
    for key, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _lists_of(member, name, (*path, key))


def _numbers(subject: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, int]]]:
    for where in ((), *(("magnets", place) for place in range(len(subject.get("magnets", ()))))):
        said = _at(subject, where)
        yield (*where, "completeness"), said["completeness"]
        yield from (((*where, "recycled", element), shares) for element, shares in said["recycled"].items())


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def _shift(cells: list[dict[str, Any]], ppm: int) -> None:
    """From the largest cell to another one, or to a new one."""
    largest = max(cells, key=lambda cell: cell["share_ppm"])
    other = next((cell for cell in cells if cell is not largest), None)
    if other is None:
        cells.append(other := {"basis": "traced", "countries": ["AQ"], "share_ppm": 0})
    largest["share_ppm"] -= ppm
    other["share_ppm"] += ppm


def _merge(cells: list[dict[str, Any]]) -> None:
    cells[0]["share_ppm"] += cells.pop()["share_ppm"]


def _move(numbers: dict[str, int], names: list[str], ppm: int) -> None:
    largest = max(names, key=lambda name: numbers[name])
    other = next(name for name in names if name != largest)
    numbers[largest] -= ppm
    numbers[other] += ppm


def test_bytes_of_a_bundle_count_to_both(told: list[Files], tmp_path: Path) -> None:
    """Some bytes of larger bundles, and of the smallest some, or every one with LODESTONE_EXHAUSTIVE=1."""
    world = World(tmp_path / "ledger")
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    least = files_of(world, world.report(batch, delivered="2027-02-01"))
    world.close()
    end = least.bundle.index(b'"report"')  # the bytes of the report are those of the report alone
    rest = least.bundle[end:]
    some = changed_everywhere(least.bundle[:end], 5) if EXHAUSTIVE else changed_bytes(least.bundle[:end], 250, 5)
    cases = [_case(least, data + rest) for data in some]
    cases += [_case(files, data) for files in told for data in changed_bytes(files.bundle, 30, 6)]
    answers = agreed(cases)
    assert answers["passed"] == 0
    assert answers.keys() >= {"file", "inclusion", "signatures", "checkpoint"}
