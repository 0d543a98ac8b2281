"""The operator changes the service's own keys: what was signed stays good, the new ones sign from then on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ledger.bundle.verify import verify
from ledger.errors import ConfigError, Refused, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.pkcs11 import HardwareSigner, parse_key_uri
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import unb64u
from ledger.workflows import rotate
from ledger.workflows.keys import OPERATOR, REPORTER, next_name, read_service_keys
from ledger.workflows.open import open_ledger, operator_issuer, policy_of
from ledger.workflows.reports import did_document
from ledger.workflows.rotate import ServiceChange, Which, change_service_keys
from tests.softhsm import PIN, SoftHsm
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home")
    yield made
    made.close()


def reopened(world: World) -> World:
    """The same service after a restart."""
    world.ledger.close()
    world.ledger = open_ledger(world.ledger.config, clock=world.ledger.clock, found=False)
    world.operator = operator_issuer(world.ledger)
    return world


def listed(world: World) -> list[str]:
    methods = did_document(world.ledger)["verificationMethod"]
    assert isinstance(methods, list)
    return [method["publicKeyJwk"]["x"] for method in methods]


def test_a_report_of_before_stays_good_and_one_of_after_is_signed_by_the_new_key(world: World) -> None:
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    policy = policy_of(world.ledger)
    before = world.report(batch)
    old = world.ledger.reporter[0].key.kid
    (new,) = change_service_keys(world.ledger, ServiceChange("report", reason="yearly"))
    after = world.report(batch)
    assert old != new.key.kid
    for report, kid in ((before, old), (after, new.key.kid)):
        answer = verify(report.jwt.encode(), world.bundle_bytes(report), policy)
        assert answer.passed, answer
        assert answer.credential is not None
        assert orjson.loads(unb64u(report.jwt.split(".")[0]))["kid"].endswith(kid)
    assert len(listed(world)) == 2
    reopened(world)
    assert world.ledger.reporter[0].key.kid == new.key.kid
    assert verify(world.report(batch).jwt.encode(), None, policy).passed


def test_the_operator_admits_with_his_new_keys_and_a_hybrid_cannot_be_stripped(world: World) -> None:
    new = change_service_keys(world.ledger, ServiceChange("operator", algorithm="Ed25519+ML-DSA-65"))
    assert [signer.key.alg for signer in new] == ["Ed25519", "ML-DSA-65"]
    world.operator = operator_issuer(world.ledger)
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    report = world.report(batch)
    assert verify(None, world.bundle_bytes(report), policy_of(world.ledger)).passed
    reopened(world)
    world.organization("works", "EE")
    world.ledger.operator = new[:1]
    world.operator = operator_issuer(world.ledger)
    with pytest.raises(Refused):
        world.organization("stripped", "EE")


def test_a_compromised_report_key_is_replaced_and_no_longer_listed(world: World) -> None:
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    old = world.ledger.reporter[0].key.kid
    (new,) = change_service_keys(
        world.ledger, ServiceChange("report", "compromised", opener_of_reports(world), reason="a lost disk")
    )
    assert new.key.kid != old
    assert len(listed(world)) == 1
    assert verify(world.report(batch).jwt.encode(), None, policy_of(world.ledger)).passed


def opener_of_reports(world: World) -> str:
    """The record that opened the report chain."""
    return rotate._report_issuer(world.ledger).head


@pytest.mark.parametrize("which", ["operator", "report"])
@pytest.mark.parametrize("moment", ["before the record", "after the record"])
def test_a_change_that_was_interrupted_is_settled_at_the_next_start(
    world: World, which: Which, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = OPERATOR if which == "operator" else REPORTER
    broken = "commit_one" if moment == "before the record" else "take_place"
    old = read_keys(world.ledger.config.keys / name)

    def crash(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(rotate, broken, crash)
        with pytest.raises(RuntimeError):
            change_service_keys(world.ledger, ServiceChange(which))
    waiting = world.ledger.config.keys / next_name(name)
    begun = read_keys(waiting)
    reopened(world)
    used = read_keys(world.ledger.config.keys / name)
    assert [s.key for s in used] == [s.key for s in (old if moment == "before the record" else begun)]
    assert waiting.exists() is (moment == "before the record")
    if moment == "before the record":  # made again, with the keys that were made for it
        assert [s.key for s in change_service_keys(world.ledger, ServiceChange(which))] == [s.key for s in begun]
        assert not waiting.exists()
    world.operator = operator_issuer(world.ledger)
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    assert verify(None, world.bundle_bytes(world.report(batch)), policy_of(world.ledger)).passed


def test_reports_are_signed_by_one_key(world: World) -> None:
    with pytest.raises(UsageError, match="one key"):
        change_service_keys(world.ledger, ServiceChange("report", algorithm="Ed25519+ML-DSA-65"))
    keys = world.ledger.config.keys
    (keys / REPORTER).unlink()
    write_keys(keys / REPORTER, [LocalSigner.generate("Ed25519"), LocalSigner.generate("ML-DSA-65")])
    with pytest.raises(ConfigError, match="signed by one"):
        read_service_keys(keys, world.ledger.config.origin)


def test_an_algorithm_that_there_is_not_is_told(world: World) -> None:
    with pytest.raises(UsageError, match="RSA"):
        change_service_keys(world.ledger, ServiceChange("operator", algorithm="RSA"))


def test_reports_are_signed_by_a_key_in_a_hardware_module(world: World, softhsm: SoftHsm) -> None:
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    world.ledger.config = replace(world.ledger.config, ask=lambda _: PIN)
    change = ServiceChange("report", hardware=parse_key_uri(softhsm.uri("reports")))
    (new,) = change_service_keys(world.ledger, change)
    assert isinstance(new, HardwareSigner)
    reopened(world)
    report = world.report(batch)
    answer = verify(report.jwt.encode(), world.bundle_bytes(report), policy_of(world.ledger))
    assert answer.passed, answer
    assert report.jwt.startswith("eyJhbGciOiJFUzI1NiI")  # {"alg":"ES256"
    with pytest.raises(UsageError, match="in force already"):
        change_service_keys(world.ledger, replace(change))
