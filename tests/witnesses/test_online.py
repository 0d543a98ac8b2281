"""`verify --online`: what changed since a report was made, by the public log alone; without it nothing is fetched."""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from ledger.bundle.chains import follow
from ledger.bundle.format import Bundle, read_file
from ledger.bundle.online import Online, look_online
from ledger.bundle.result import Check, Verification
from ledger.bundle.trust import report_signer
from ledger.bundle.verify import verify
from ledger.errors import LodestoneError
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import leaf_bytes, tags
from ledger.log.merkle import leaf_hash
from ledger.log.policy import parse_policy
from ledger.log.tiles import entry_bundles, hash_tiles, read_entries
from ledger.log.tree import Tree
from ledger.values.encoding import b64u, digest
from ledger.workflows.publish import leaves
from ledger.workflows.reports import revoke_report, status_list
from tests.api.conftest import serving
from tests.bundle.files import Files, files_of
from tests.cli.commands import inside
from tests.world import World

BASE = "https://service.example"


@dataclass
class Net:
    """A service as it looks from outside, out of what the ledger has published; `asked` are the addresses."""

    world: World
    instead: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, url: str) -> bytes | None:
        path = url.removeprefix(BASE)
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        if path == "/v1/status/1":
            return status_list(self.world.ledger).encode()
        return self.world.ledger.published.read_object(path.removeprefix("/log/"))

    @property
    def online(self) -> Online:
        return Online(self.get, BASE)


@dataclass
class Case:
    world: World
    batch: str
    report: str
    files: Files
    net: Net

    def verify(self, online: Online | None = None) -> Verification:
        return verify(self.files.report, self.files.bundle, self.files.policy, online=online or self.net.online)

    def checks(self) -> dict[str, Check]:
        return {check.name: check for check in self.verify().checks}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    world = World(tmp_path / "ledger")
    mine = world.organization("mine", "AU")
    works = world.organization("works", "EE")
    ore = mine.mines("concentrate", 1_000, {"Nd": 62_000})
    world.hand_over(ore, mine, works)
    made = world.report(ore, caller=works.id)
    yield Case(world, ore, made.id, files_of(world, made), Net(world))
    world.close()


def test_a_report_whose_records_nobody_changed_is_said_to_stand_as_the_log_does(case: Case) -> None:
    case.world.organization("later", "US").mines("concentrate", 1_000, {"Nd": 62_000})
    answer = case.verify()
    assert answer.passed, answer
    checks = {check.name: check for check in answer.checks}
    assert checks["online"].detail.startswith(f"the log stands at {case.world.ledger.tree.size} entries")
    assert (checks["later changes"].result, checks["revocation"].result) == ("passed", "passed")
    assert "changed up to entry" in checks["later changes"].detail
    assert not any("looking online" in each for each in answer.not_shown)
    assert {path.split("/")[1] for path in case.net.asked} == {"log", "v1"}
    assert [path for path in case.net.asked if path.startswith("/v1")] == ["/v1/status/1"]  # nobody learns which report


def test_a_revoked_report_is_refused(case: Case) -> None:
    revoke_report(case.world.ledger, case.report, None)
    answer = case.verify()
    assert not answer.passed
    assert "can no longer be relied on" in answer.sentence
    assert "revoked" in answer.sentence


def test_a_change_of_keys_and_a_suspension_since_are_told(case: Case) -> None:
    works = case.world.organizations["works"]
    works.rotate()
    answer = case.verify()
    assert answer.passed
    told = next(check for check in answer.checks if check.name == "later changes")
    assert (told.result, works.id in told.detail) == ("not checked", True)
    mine = case.world.organizations["mine"]
    case.world.operate("admission", {"op": "suspend", "record": mine.id, "organization": mine.id})
    detail = case.checks()["later changes"].detail
    assert mine.id in detail
    assert works.id in detail


def later_changes(case: Case, size: int) -> Check:
    """What is said of the bundle as if its report had been made when the log had so many entries."""
    found = read_file(case.files.bundle)
    assert isinstance(found, Bundle)
    shown = Tree(map(leaf_hash, (entry for _, entry in read_entries(case.net.online.fetch(found.report), 0, size))))
    known = Checkpoint(case.world.ledger.config.origin, size, shown.root())
    signer = report_signer(found.report, follow(found.report.trust))
    policy = parse_policy(case.files.policy)
    checks = look_online(case.net.online, found.report, found.evidence, known, signer, policy)
    return next(check for check in checks if check.name == "later changes")


def test_a_suspension_before_the_report_that_the_evidence_leaves_out_is_refused(case: Case) -> None:
    mine = case.world.organizations["mine"]
    case.world.operate("admission", {"op": "suspend", "record": mine.id, "organization": mine.id})
    told = later_changes(case, case.world.ledger.tree.size)
    assert (told.result, "leaves out" in told.detail) == ("failed", True)


def publish(case: Case, more: Sequence[bytes], *, keep: int | None = None) -> None:
    """What the operator could show, with his keys: the log's own entries (the first `keep` of them) and these."""
    ledger = case.world.ledger
    entries = [*leaves(ledger, 0, ledger.tree.size)[:keep], *more]
    tree = Tree(map(leaf_hash, entries))
    note = ledger.signer.sign(Checkpoint(ledger.config.origin, tree.size, tree.root()))
    objects = {**dict(hash_tiles(tree, 0, tree.size)), "checkpoint": note.encode()}
    objects |= dict(entry_bundles(lambda start, count: entries[start : start + count], 0, tree.size))
    case.net.instead |= {f"/log/{path}": data for path, data in objects.items()}


def test_a_correction_or_a_hold_of_a_record_upstream_is_found_by_its_tag(case: Case) -> None:
    source = case.batch.partition("#")[0]
    found = read_file(case.files.bundle)
    assert isinstance(found, Bundle)
    payload = next(entry.envelope.payload for entry in found.evidence.entries if entry.id == source)
    changed = leaf_bytes(digest(b"a hold"), digest(b"s"), tags(b64u(bytes(32)), 7, (payload, 0)))
    publish(case, [changed])
    told = case.checks()["later changes"]
    assert (told.result, source in told.detail) == ("failed", True)
    again = leaf_bytes(digest(b"freed"), digest(b"s"), tags(b64u(bytes(32)), 8, (payload, 1)))
    publish(case, [changed, again])
    assert case.checks()["later changes"].detail.count(source) == 2
    before = later_changes(case, case.world.ledger.tree.size + 2)  # the report itself tells of those, if it should
    assert (before.result, before.detail.count(source)) == ("not checked", 2)


def test_a_log_that_does_not_go_on_from_the_report_is_refused(case: Case) -> None:
    size = case.world.ledger.tree.size
    other = [leaf_bytes(digest(bytes([i])), digest(b"s"), tags(b64u(bytes(32)), i, None)) for i in range(10)]
    for keep, more in ((size - 2, other), (size - 2, other[:2]), (size - 1, [])):
        publish(case, more, keep=keep)
        answer = case.verify()
        assert not answer.passed
        assert next(check for check in answer.checks if check.name == "online").result == "failed"


def test_entries_and_lists_that_are_not_signed_are_refused(case: Case) -> None:
    width = case.world.ledger.tree.size
    path = f"/log/tile/entries/000.p/{width}"
    whole = case.net.get(path)
    assert whole is not None
    case.net.instead[path] = whole.replace(b'"s":"sha-256:', b'"s":"sha-256_', 1)
    assert case.checks()["later changes"].result == "failed"
    case.net.instead[path] = None
    assert case.checks()["later changes"].result == "failed"
    del case.net.instead[path]
    listed = status_list(case.world.ledger)
    head, payload, _ = listed.split(".")
    for false in (b"junk", f"{head}.{payload}.{b64u(bytes(64))}".encode(), case.files.report):
        case.net.instead["/v1/status/1"] = false
        assert case.checks()["revocation"].result == "failed", false[:20]
    case.net.instead["/v1/status/1"] = None
    assert case.checks()["revocation"].result == "not checked"


def test_a_service_that_cannot_be_asked_is_not_taken_for_one_that_says_yes(case: Case) -> None:
    def unreachable(_: str) -> bytes | None:
        raise LodestoneError("nobody answers")

    answer = case.verify(Online(unreachable, BASE))
    assert answer.passed
    assert "could not be asked" in answer.sentence
    assert next(check for check in answer.checks if check.name == "online").result == "not checked"
    assert any("looking online" in each for each in answer.not_shown)


def test_what_fails_offline_is_not_looked_up(case: Case) -> None:
    verify(case.files.report, case.files.bundle, case.files.policy, "did:web:other.example", online=case.net.online)
    assert case.net.asked == []


@pytest.fixture
def saved(case: Case, tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    names = []
    for name, data in (("r.jwt", case.files.report), ("r.bundle.json", case.files.bundle)):
        (tmp_path / name).write_bytes(data)
        names.append(str(tmp_path / name))
    (tmp_path / "policy.txt").write_text(case.files.policy)
    return lambda *more: ("verify", *names, "--policy", str(tmp_path / "policy.txt"), "--json", *more)


def test_the_command_looks_online_only_where_it_is_told_to(
    case: Case, saved: Callable[..., tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[object] = []

    def refuse(*where: object, **_: object) -> None:
        reached.append(where)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    offline = inside(*saved())
    assert (offline.code, reached) == (0, [])
    assert inside(*saved("--url", BASE)).code == 2
    assert reached == []
    inside(*saved("--online", "--url", "http://127.0.0.1:9"))
    assert reached


def test_the_command_asks_a_running_service(case: Case, saved: Callable[..., tuple[str, ...]]) -> None:
    with serving(case.world.ledger) as http:
        url = str(http.base_url)
        good = inside(*saved("--online", "--url", url))
        assert good.code == 0, good
        results = {check["check"]: check["result"] for check in good.json["checks"]}
        assert results.items() >= {"online": "passed", "later changes": "passed", "revocation": "passed"}.items()
        revoke_report(case.world.ledger, case.report, None)
        assert inside(*saved("--online", "--url", url)).code == 1
        assert inside(*saved()).code == 0
    gone = inside(*saved("--online", "--url", url))
    assert gone.code == 1
    assert "could not be asked" in gone.json["sentence"]
    named = inside(*saved("--online"))  # the address that the report names, which tests do not reach
    assert named.code == 1
    assert isinstance(http, httpx.Client)
