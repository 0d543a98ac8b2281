"""Erasing what an organization disclosed: it is gone, what was proved stays proved, what rested on it is unknown."""

import copy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text, update
from typer.testing import CliRunner

from ledger.bundle.audit import audit
from ledger.bundle.receipt import verify_receipts
from ledger.bundle.verify import verify
from ledger.cli.main import app
from ledger.errors import LedgerUnsafe, NotFound, Refused, UsageError
from ledger.signing.signer import LocalSigner
from ledger.store.compare import table_named
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.values.encoding import split_batch_id
from ledger.workflows import erase as erasing
from ledger.workflows.config import Config
from ledger.workflows.erase import erase
from ledger.workflows.export import write_log_export
from ledger.workflows.fsck import fsck
from ledger.workflows.grants import Wanted, list_grants, new_grant
from ledger.workflows.notices import read_notices
from ledger.workflows.open import open_ledger
from ledger.workflows.reading import read_batch
from ledger.workflows.receipts import receipt
from ledger.workflows.restore import restore
from tests.fsck.everything import moved
from tests.stories import Chain, ore_to_magnet, rotor
from tests.world import Lot, Organization, World

SECRET = "WHOSE-LOT-77"


@dataclass
class Told:
    world: World
    chain: Chain
    rotor: str

    @property
    def config(self) -> Config:
        return self.world.config

    def end(self, *who: Organization) -> None:
        for each in who:
            self.world.operate("admission", {"op": "end", "record": each.id})

    def erase(self, who: Organization) -> int:
        self.end(who)
        self.world.close()
        done = erase(self.config, who.id, clock=lambda: self.world.now)
        self.world.reopen()
        return done.records


def tell(home: Path) -> Told:
    """From ore to magnet to rotor; what the works say of themselves has words that stand nowhere else."""
    world = World(home)
    chain = ore_to_magnet(world)
    works = chain.works
    works.facility("MY", name=SECRET)
    (own,) = works.source({"kind": "undisclosed"}, [Lot("oxide", 900, {"Nd": 640_000}, lot=SECRET)])
    works.record("adjust", {"batch": own, "mass_mg": 1_000, "reason": f"spill in {SECRET}"})
    works.certifies(SECRET, ("2026-01-01", "2026-12-31"), organization=works.id)
    works.asks(chain.oxide)
    return Told(world, chain, rotor(world, chain)[0])


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The story on SQLite, told once; nobody changes it."""
    made = tell(tmp_path_factory.mktemp("told") / "home")
    made.world.close()
    return made


@pytest.fixture
def told(once: Told, tmp_path: Path) -> Iterator[Told]:
    """A copy of it, with people who go on by themselves."""
    shutil.copytree(once.config.home, tmp_path / "home")
    yield from _going_on(once, replace(once.config, home=tmp_path / "home"))


@pytest.fixture(params=["sqlite", "postgresql"])
def either_told(request: pytest.FixtureRequest, once: Told, tmp_path: Path) -> Iterator[Told]:
    """The same, once on SQLite and once on PostgreSQL."""
    shutil.copytree(once.config.home, tmp_path / "home")
    config = replace(once.config, home=tmp_path / "home")
    if request.param == "postgresql":
        config = moved(config, request.getfixturevalue("postgresql_url"))
    yield from _going_on(once, config)


def _going_on(once: Told, config: Config) -> Iterator[Told]:
    world = copy.copy(once.world)
    world.config, world.operator = config, copy.copy(world.operator)
    world.ledger = open_ledger(config, clock=lambda: world.now)
    who = {n: replace(each, world=world, issuer=copy.copy(each.issuer)) for n, each in world.organizations.items()}
    world.organizations = who
    people = {field.name: value for field in fields(Chain) if (value := _twin(once.chain, field.name, who))}
    yield Told(world, replace(once.chain, **people), once.rotor)
    world.close()


def _twin(chain: Chain, name: str, who: dict[str, Organization]) -> Any:
    """The organization of a chain among others of the same names; nothing where it is a batch."""
    member = getattr(chain, name)
    return who[member.name] if isinstance(member, Organization) else None


def origins(world: World, batch: str, element: str = "Nd") -> dict[tuple[str, str], int]:
    """Masses of an element by origin and reason."""
    found: dict[tuple[str, str], int] = {}
    for route, mass in world.state("A" * 43, [batch]).batches[batch].routes[element].items():
        key = (route.origin, route.reason)
        found[key] = found.get(key, 0) + mass
    return found


def files_of(config: Config) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in config.home.rglob("*") if path.is_file()}


def test_what_was_disclosed_is_gone_and_the_ledger_is_whole(either_told: Told) -> None:
    assert either_told.erase(either_told.chain.works) == 10
    either_told.world.close()
    for name, data in files_of(either_told.config).items():
        assert SECRET.encode() not in data, name
        assert b"works plc" not in data, name
    answer = fsck(either_told.config)
    assert (answer.findings, answer.unchecked) == ((), ())
    assert answer.counts["erased"] == 10
    assert len(answer.notes) == 1
    assert "erased on purpose" in answer.notes[0]


def test_in_the_database_no_text_of_the_organization_is_left(either_told: Told) -> None:
    either_told.erase(either_told.chain.works)
    with either_told.world.ledger.database.reading() as connection:
        for table in table_named("record").metadata.sorted_tables:
            for row in connection.execute(table.select()):
                assert SECRET not in str([bytes(v) if isinstance(v, memoryview) else v for v in row]), table.name


def test_log_receipts_and_reports_given_before_still_verify(told: Told) -> None:
    world, policy = told.world, told.world.policy
    index = world.ledger.tree.size - 1
    given = [receipt(world.ledger, each) for each in range(1, index)]
    report = world.report(told.chain.magnet, "buyer", delivered="2027-02-01")
    bundle = world.bundle_bytes(report)
    before = world.ledger.checkpoint
    told.erase(told.chain.works)
    lines = b"".join(orjson.dumps(each) + b"\n" for each in given)
    assert verify_receipts(lines, policy).passed
    assert verify(report.jwt.encode(), bundle, policy).passed
    assert world.ledger.tree.root_at(int(before.split("\n")[1])) == _root(before)
    again = verify(report.jwt.encode(), world.bundle_bytes(report), policy)
    assert again.passed
    assert "not checked" in {check.result for check in again.checks}


def _root(note: str) -> bytes:
    from ledger.log.checkpoint import parse_checkpoint
    from ledger.log.note import parse_note

    return parse_checkpoint(parse_note(note).text).root


def test_what_was_made_of_it_is_unknown_in_later_reports_and_says_why(either_told: Told) -> None:
    chain, world = either_told.chain, either_told.world
    known = origins(world, chain.magnet)
    assert ("mined", "") in known
    either_told.erase(chain.works)
    assert origins(world, chain.magnet) == {("undisclosed", "erased"): sum(known.values())}
    for batch, audience in ((chain.magnet, "buyer"), (either_told.rotor, "buyer"), (chain.magnet, "auditor")):
        report = world.report(batch, audience, delivered="2027-02-01")
        subject = world.bundle(report)["evidence"]
        assert subject["records"]
        verified = verify(report.jwt.encode(), world.bundle_bytes(report), world.policy)
        assert verified.passed, [check for check in verified.checks if check.result == "failed"]
    statement = _statement(world.report(chain.magnet, "buyer", delivered="2027-02-01").credential)
    (cell,) = statement["elements"]["Nd"]["mined"]
    assert (cell["basis"], cell["reason"], cell["share_ppm"]) == ("unknown", "erased", 1_000_000)
    (iron,) = [c for c in statement["elements"]["Fe"]["mined"] if c["basis"] == "declared"]
    assert iron["countries"] == ["SE"]


def _statement(credential: dict[str, Any]) -> Any:
    return credential["credentialSubject"]["statement"]


def test_what_comes_before_and_beside_it_stays_known(told: Told) -> None:
    chain, world = told.chain, told.world
    before = origins(world, chain.concentrate)
    told.erase(chain.works)
    assert origins(world, chain.concentrate) == before
    batch = world.state("A" * 43, [chain.metal]).batches[chain.metal]
    assert (batch.material, batch.mass_mg, batch.composition) == ("metal", 400_000_000, {"Nd": 750_000, "Pr": 230_000})


def test_material_mass_and_composition_stay_with_whoever_has_the_batch_and_bind_him(told: Told) -> None:
    chain, world = told.chain, told.world
    told.erase(chain.works)
    part = world.state("A" * 43, [chain.part, chain.cerium]).batches
    assert (part[chain.part].material, part[chain.part].mass_mg) == ("oxide", 500_000_000)
    assert part[chain.part].composition == {"Nd": 640_000, "Pr": 190_000}
    assert part[chain.part].description == {}
    assert (part[chain.cerium].material, part[chain.cerium].mass_mg) == ("", 0)
    with pytest.raises(Refused) as refused:
        chain.buyer.record("adjust", {"batch": chain.magnet, "mass_mg": 10**12, "reason": "spill"})
    assert [violation.code for violation in refused.value.violations] == ["mass-exceeded"]
    chain.buyer.record("adjust", {"batch": chain.magnet, "mass_mg": 1_000, "reason": "spill"})
    with pytest.raises(Refused):
        chain.works.mines("concentrate", 10, {"Nd": 62_000})
    world.close()
    assert fsck(told.config).findings == ()


def test_everything_recorded_after_an_erasure_is_judged_again_by_a_check(either_told: Told) -> None:
    either_told.erase(either_told.chain.works)
    world = either_told.world
    batch = either_told.chain.mine.mines("concentrate", 50_000, {"Nd": 62_000})
    world.hand_over(batch, either_told.chain.mine, either_told.chain.stranger)
    world.close()
    answer = fsck(either_told.config)
    assert answer.findings == ()
    assert answer.counts["replayed"] == answer.counts["records"]
    with world.ledger.database.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET left_mg = left_mg + 1"))
    world.ledger.database.close()
    assert {finding.code for finding in fsck(either_told.config).findings} == {"row"}
    assert fsck(either_told.config, repair=True).clean


def test_a_second_erasure_after_the_first(either_told: Told) -> None:
    chain, world = either_told.chain, either_told.world
    either_told.erase(chain.works)
    either_told.end(chain.mine, chain.metal_maker)
    world.close()
    for who in (chain.mine, chain.metal_maker):  # at one size of the log
        erase(either_told.config, who.id, clock=lambda: world.now)
    world.reopen()
    world.close()
    answer = fsck(either_told.config)
    assert answer.findings == ()
    assert [path.suffix for path in (either_told.config.home / "erased").iterdir()] == [".db"]
    world.reopen()
    assert {reason for _, reason in origins(world, chain.magnet)} == {"erased"}


def test_what_a_dealer_passed_on_stays_known_and_what_is_found_out_later_reaches_through_him(either_told: Told) -> None:
    """His records say only what went from whom to whom; where the material has been, others' records say."""
    world, maker = either_told.world, either_told.chain.metal_maker
    mine, dealer = world.organization("second-mine", "AU"), world.organization("dealer", "SG")
    since = mine.issuer.head
    oxide = mine.mines("oxide", 1_000, {"Nd": 640_000})
    whole = mine.mines("oxide", 500, {"Nd": 640_000})
    for batch in (oxide, whole):
        world.hand_over(batch, mine, dealer)
    part = world.hand_over(oxide, dealer, maker, grams=600)
    world.hand_over(whole, dealer, maker)
    (metal,) = maker.process(["reduce"], {part: 600, whole: 500}, [Lot("metal", 700, {"Nd": 950_000})])
    before = origins(world, metal)
    either_told.erase(dealer)
    assert origins(world, metal) == before
    assert {origin for origin, _ in before} == {"mined"}
    report = world.report(metal, delivered="2027-02-01")
    verified = verify(report.jwt.encode(), world.bundle_bytes(report), world.policy)
    assert verified.passed, [check for check in verified.checks if check.result == "failed"]
    new = [LocalSigner.generate("Ed25519")]
    keys = [signer.key.jwk for signer in new]
    mine.record("key", {"op": "compromised", "keys": keys, "since": since}, also=new)
    assert origins(world, metal) == {("undisclosed", "compromised"): sum(before.values())}
    world.close()
    assert fsck(either_told.config).findings == ()


def test_an_audit_of_the_export_says_what_is_closed(told: Told, tmp_path: Path) -> None:
    told.erase(told.chain.works)
    with (tmp_path / "log.json").open("wb") as out:
        write_log_export(told.world.ledger, out)
    answer = audit((tmp_path / "log.json").read_bytes(), told.world.policy)
    assert answer.passed
    (rules,) = [check for check in answer.checks if check.name == "rules"]
    assert (rules.result, "10 of" in rules.detail, "erased" in rules.detail) == ("not checked", True, True)


def test_only_an_organization_that_has_ended_is_erased_and_never_the_operator(told: Told) -> None:
    works, config = told.chain.works, told.config
    told.world.close()
    with pytest.raises(UsageError, match="has not ended"):
        erase(config, works.id)
    told.world.reopen()
    operator = told.world.ledger
    with operator.database.reading() as connection:
        first = connection.execute(text("SELECT operator FROM log_head")).scalar_one()
    told.world.close()
    with pytest.raises(UsageError, match="operator"):
        erase(config, str(first))
    with pytest.raises(NotFound):
        erase(config, "sha-256:" + "A" * 43)
    told.world.reopen()
    told.erase(works)
    told.world.close()
    with pytest.raises(UsageError, match="already"):
        erase(config, works.id)


def test_a_ledger_that_is_not_whole_is_not_erased_from(told: Told) -> None:
    told.end(told.chain.works)
    with told.world.ledger.database.engine.begin() as connection:
        table = table_named("batch")
        connection.execute(update(table).where(table.c.left_mg > 0).values(left_mg=table.c.left_mg - 1))
    told.world.close()
    with pytest.raises(LedgerUnsafe, match="nothing is erased"):
        erase(told.config, told.chain.works.id)


def test_every_column_that_an_erasure_writes_is_looked_at(told: Told) -> None:
    told.erase(told.chain.works)
    table, engine = table_named("erasure"), told.world.ledger.database.engine
    other = {"organization": 1, "size": 7, "erased_at": "never", "baseline": b"x" * 32}
    assert other.keys() == set(table.columns.keys())
    with engine.begin() as connection:
        right = dict(connection.execute(table.select()).mappings().one())
    for column, wrong in other.items():
        with engine.begin() as connection:
            connection.execute(update(table).values({column: wrong}))
        assert {finding.code for finding in fsck(told.config, alone=True).findings} & {"erasure", "baseline"}, column
        with engine.begin() as connection:
            connection.execute(update(table).values(right))


class PowerCut(BaseException):
    """Nothing of ours catches it on purpose."""


@pytest.mark.parametrize(
    ("step", "after"), [("_keep", True), ("rewritten", False), ("rewritten", True), ("overwrite_deleted", False)]
)
def test_an_erasure_that_was_interrupted_has_happened_or_not(told: Told, step: str, *, after: bool) -> None:
    told.end(told.chain.works)
    told.world.close()
    real = getattr(erasing, step)

    def stopped(*arguments: Any, **named: Any) -> Any:
        if after:
            real(*arguments, **named)
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasing, step, stopped)
        with pytest.raises(PowerCut):
            erase(told.config, told.chain.works.id)
    happened = step == "overwrite_deleted"
    answer = fsck(told.config)
    assert (answer.findings, "erased" in answer.counts) == ((), happened)
    if not happened:
        erase(told.config, told.chain.works.id)
        assert fsck(told.config).findings == ()


def test_the_command_asks_and_erases(told: Told) -> None:
    works, home = told.chain.works.id, str(told.config.home)
    told.end(told.chain.works)
    told.world.close()
    given = {"LODESTONE_DATABASE_URL": told.config.database_url, "LODESTONE_LEDGER": told.config.ledger}
    refused = CliRunner().invoke(app, ["org", "erase", works, "--home", home], input="n\n", env=given)
    assert refused.exit_code != 0
    assert "erased" not in fsck(told.config).counts
    done = CliRunner().invoke(app, ["org", "erase", works, "--home", home, "--yes", "--json"], env=given)
    assert (done.exit_code, orjson.loads(done.stdout)["records"]) == (0, 10)
    assert fsck(told.config).counts["erased"] == 10


def test_a_baseline_that_is_lost_is_named_and_comes_back_from_a_backup(told: Told, tmp_path: Path) -> None:
    from ledger.workflows.backup import back_up

    told.erase(told.chain.works)
    told.world.close()
    back_up(told.config, tmp_path / "backup", keys=True)
    (baseline,) = (told.config.home / "erased").iterdir()
    kept = baseline.read_bytes()
    baseline.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    answer = fsck(told.config)
    assert "baseline" in {finding.code for finding in answer.findings}
    assert not any(finding.mends for finding in answer.findings)
    baseline.write_bytes(kept)
    assert fsck(told.config).findings == ()
    assert restore(tmp_path / "backup", tmp_path / "again").fsck.findings == ()


def test_an_erasure_ends_what_was_granted_and_is_told_to_whoever_has_what_came_of_it(either_told: Told) -> None:
    told = either_told
    works, stranger = told.chain.works, told.chain.stranger
    with told.world.ledger.database.reading() as connection:
        number = {who.id: organization_number(connection, who.id) for who in (works, stranger, told.chain.buyer)}
    new_grant(told.world.ledger, Viewer(number[works.id]), Wanted(stranger.id, batches=(told.chain.oxide,)))
    told.erase(works)
    ledger = told.world.ledger
    (grant,), _ = list_grants(ledger, Viewer(number[stranger.id]))
    assert grant["revoked_at"]
    with pytest.raises(NotFound):
        read_batch(ledger, Viewer(number[stranger.id]), split_batch_id(told.chain.oxide))
    kinds = {who: [each["kind"] for each in read_notices(ledger, Viewer(number[who]))[0]] for who in number}
    assert "disclosures-erased" in kinds[told.chain.buyer.id]
    assert "disclosures-erased" not in kinds[stranger.id] + kinds[works.id]
    told.world.close()
    assert fsck(told.config).clean
