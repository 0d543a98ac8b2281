"""What the verifier says of good files, and of the commonest bad ones, is said in Chinese as well."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from ledger.workflows.receipts import receipt
from tests.bundle.files import files_of
from tests.bundle.stories import magnet
from tests.verifier.agreement import Case
from tests.verifier.node import ask
from tests.world import Lot, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("words") / "ledger")
    yield world
    world.close()


def _files(world: World) -> Iterator[tuple[bytes, bytes]]:
    """Reports and bundles for every audience, of magnets and of what holds them, whole and limited by depth."""
    batch, maker = magnet(world)
    maker.certifies("IATF 16949", ("2026-01-01", "2028-01-01"), batch=batch)
    maker.asks(batch)
    inside = {"contents": [{"batch": batch, "mass_mg": 4_000_000}]}
    held = maker.process(["assemble"], {batch: 4_000}, [Lot("assembly", 4_000, None, inside)])[0]
    reports = [maker.report(batch, audience, delivered="2027-02-01") for audience in ("public", "buyer", "auditor")]
    for made in (*reports, maker.report(held, delivered="2027-02-01"), maker.report(batch)):
        for depth in (None, 1):
            yield made.jwt.encode(), world.bundle_bytes(made, depth)


def _said(answer: dict[str, Any]) -> set[str]:
    return {answer["sentence"], *answer["not_shown"], *(check["detail"] for check in answer["checks"])}


def _untranslated(sentences: set[str]) -> list[str]:
    told = sorted(sentences)
    answers = ask({"ask": "chinese", "said": each} for each in told)
    return [each for each, answer in zip(told, answers, strict=True) if answer["value"]["lang"] != "zh"]


def test_whatever_is_said_of_good_files_is_said_in_chinese(world: World) -> None:
    said: set[str] = set()
    for report, bundle in _files(world):
        for given in ((report,), (bundle,), (report, bundle)):
            answer = Case(given, world.policy.encode()).judged()
            assert answer["result"] == "passed", answer["sentence"]
            said |= _said(answer)
    proven = orjson.dumps(receipt(world.ledger, 5))
    for given in ((proven,), (proven + b"\n" + proven,)):
        said |= _said(Case(given, world.policy.encode()).judged())
    assert len(said) > 30
    assert _untranslated(said) == []


def test_the_commonest_refusals_are_said_in_chinese(world: World) -> None:
    files = files_of(world, world.report(magnet(world)[0], delivered="2027-02-01"))
    policy = files.policy.encode()
    other = policy.replace(b"/2026+", b"/2027+")
    head, _, tail = files.report.rpartition(b".")
    bad: list[tuple[tuple[bytes, ...], bytes]] = [
        ((b"x",), policy),
        ((files.report[:-5],), policy),
        ((head + b"." + tail[:-6] + b"AAAAAA",), policy),
        ((files.report, files.report), policy),
        ((files.bundle.replace(b'"path"', b'"paths"'),), policy),
        ((files.report,), b"quorum none\n"),
        ((files.report,), b"quorum none"),
        ((files.report,), other),
    ]
    said = {Case(given, pinned).judged()["sentence"] for given, pinned in bad}
    said |= {Case((files.report,), policy, "did:web:other.example").judged()["sentence"]}
    assert len(said) > 7
    assert len(_untranslated(said)) == 0
