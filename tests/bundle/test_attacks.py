"""Attacks on who verifies a file that no other file tells of (docs/threat-model.md)."""

import socket
import urllib.request
from collections.abc import Iterator

import orjson
import pytest

from ledger.values.canonical import canonical
from tests.bundle.both import verify
from tests.bundle.files import Files, failure, files_of
from tests.bundle.stories import small
from tests.world import World


@pytest.fixture(scope="module")
def forger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """A whole ledger of the same name, with all the right words, by keys of its own."""
    world = World(tmp_path_factory.mktemp("forger") / "ledger")
    yield files_of(world, world.report(small(world)))
    world.close()


def test_a_ledger_of_the_same_name_by_other_keys_is_nobody(forger: Files, oxide: Files) -> None:
    assert forger.verified().passed  # under the forger's own policy it is a perfect report
    assert forger.credential["issuer"] == oxide.credential["issuer"]
    for report, bundle in ((forger.report, None), (None, forger.bundle), (forger.report, forger.bundle)):
        assert "I cannot say who signed this" in failure(verify(report, bundle, oxide.policy))
        assert failure(verify(report, bundle, oxide.policy, oxide.world.config.did))


@pytest.mark.parametrize("place", ["bundle", "evidence", "trust"])
def test_a_policy_that_comes_inside_a_file_is_never_used(forger: Files, oxide: Files, place: str) -> None:
    bundle = orjson.loads(forger.bundle)
    if place == "bundle":
        bundle["policy"] = forger.policy
    elif place == "evidence":
        bundle["evidence"]["policy"] = forger.policy
    else:
        resealed = forger.resealed(lambda subject: subject.update(policy=forger.policy))
        bundle = orjson.loads(resealed.bundle)
    for policy in (oxide.policy, forger.policy):
        assert failure(verify(None, canonical(bundle), policy))
    assert failure(verify(None, forger.bundle, ""))


def test_verifying_a_file_asks_nobody(magnets: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*what: object, **_: object) -> object:
        asked.append(what)
        raise OSError("somebody was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert magnets.verified().passed
    for name in ("https://", "did:web:"):
        assert name in str(magnets.credential), "there is something that could be fetched"
    assert asked == []
