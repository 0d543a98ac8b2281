"""Reports on a real ledger: what each audience gets, who may ask, what is revoked."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.errors import LedgerUnsafe, NotFound, UsageError
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.policy import parse_policy
from ledger.report.jsonld import report_context
from ledger.report.seal import open_sealed, verify_sealed
from ledger.report.status import BITS, is_set, status_list_bits
from ledger.signing.disclosure import WITHHELD, open_record, open_with_paths
from ledger.signing.envelope import parse_evidence
from ledger.signing.keys import public_key
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import canonical, parse_canonical
from ledger.values.encoding import unb64u
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from ledger.workflows.reports import did_document, report_by_link, report_of, revoke_report, status_list
from tests.stories import MAGNET, Chain, ore_to_magnet, rotor
from tests.world import Lot, World

DAY = "2026-12-31"
BUYER_MEMBERS = {
    "country", "owner_country", "operated", "steps", "custody", "undetermined", "terms", "transfer", "origin", "inputs",
    "additions", "outputs", "batches", "accepted",
}  # fmt: skip
BUYER_INSIDE = {
    "inputs": {"batch", "step", "shares"},
    "additions": {"origin", "step", "shares"},
    "outputs": {"material", "magnet_type", "consolidation", "composition", "contents"},
    "batches": {"batch"},
    "accepted": {"batch"},
    "contents": {"batch"},
    "origin": {"kind", "mineral", "feed", "product", "stages", "inquiry"},
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Chain]]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world, ore_to_magnet(world)
    world.close()


def subject_of(credential: dict[str, Any]) -> dict[str, Any]:
    subject: dict[str, Any] = credential["credentialSubject"]
    return subject


def opened(bundle: dict[str, Any]) -> list[tuple[str, Any]]:
    """The records of a bundle by type, as far as they are disclosed."""
    envelopes = [parse_evidence(entry["envelope"]) for entry in bundle["evidence"]["records"]]
    return [(str(e.claims["type"]), open_record(e, submission=False)) for e in envelopes]


def paths(bundle: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every disclosure of a bundle: the type of its record, and its path."""
    for entry in bundle["evidence"]["records"]:
        envelope = parse_evidence(entry["envelope"])
        _, found = open_with_paths(envelope)
        yield from ((str(envelope.claims["type"]), path) for path in found)


def must_be_proven(evidence: dict[str, Any], world: World) -> None:
    """Every record of some evidence stands in the log under its one checkpoint, which the policy trusts."""
    checkpoint = parse_policy(world.policy).evaluate(evidence["checkpoint"]).checkpoint
    indexes = [entry["index"] for entry in evidence["records"]]
    assert indexes == sorted(set(indexes))
    for index, entry in [(0, evidence["genesis"]), *zip(indexes, evidence["records"], strict=True)]:
        path = [unb64u(node) for node in entry["path"]]
        verify_inclusion(index, checkpoint.size, leaf_hash(canonical(entry["leaf"])), path, checkpoint.root)
        if index:
            assert set(entry) == {"index", "leaf", "path", "envelope"}
            envelope = parse_evidence(entry["envelope"])
            assert (entry["leaf"]["r"], entry["leaf"]["s"]) == (envelope.record_id, envelope.signatures_digest())


def test_a_report_states_the_countries_of_every_step_from_ore_to_magnet(told: tuple[World, Chain]) -> None:
    _, chain = told
    made = chain.buyer.report(chain.magnet, delivered=DAY)
    subject = subject_of(made.credential)
    nd = {bucket: cells[0] for bucket, cells in subject["statement"]["elements"]["Nd"].items()}
    assert {bucket: cell["countries"] for bucket, cell in nd.items()} == {
        "mined": ["AU"],
        "refined": ["MY"],
        "metals_and_alloys": ["DE", "VN"],
    }
    assert {cell["basis"] for cell in nd.values()} == {"traced"}
    assert subject["statement"]["sintered_or_bonded"][0]["countries"] == ["DE"]
    for cells in [*subject["statement"]["elements"]["Nd"].values(), subject["statement"]["magnetized"]]:
        assert sum(cell["share_ppm"] for cell in cells) == 1_000_000
    assert sorted(subject["statement"]["elements"]) == sorted(MAGNET)
    assert [verdict["verdict"] for verdict in subject["verdicts"]] == ["PASS"]
    assert subject["owners"]["mine"] == ["CA"]
    assert (subject["custody"], subject["assumed"]) == (["segregated"], {"delivered": DAY})
    assert subject["composition"] == MAGNET
    assert "lot" not in subject


def test_a_report_is_signed_by_the_report_key_and_carries_what_leads_to_it(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.buyer.report(chain.magnet)
    sealed = open_sealed(made.jwt)
    assert sealed.payload == made.credential
    verify_sealed(sealed, world.ledger.reporter[0].key)
    trust: Any = made.credential["trust"]
    must_be_proven(trust, world)
    kinds: list[Any] = [parse_evidence(entry["envelope"]).claims for entry in trust["records"]]
    assert [claims["type"] for claims in kinds] == ["organization", "admission", "organization"]
    (jwk,) = kinds[2]["keys"]
    assert public_key(jwk).kid == sealed.thumbprint
    as_of = subject_of(made.credential)["as_of"]
    checkpoint = parse_policy(world.policy).evaluate(trust["checkpoint"]).checkpoint
    assert (as_of["origin"], as_of["size"], unb64u(as_of["root"])) == (
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
    )
    assert kinds[0].keys() & {"keys", "use"} == {"keys", "use"}


def test_a_buyer_sees_exactly_the_members_that_are_meant_for_him(told: tuple[World, Chain]) -> None:
    world, chain = told
    bundle = world.bundle(chain.buyer.report(chain.magnet, delivered=DAY))
    must_be_proven(bundle["evidence"], world)
    seen = set()
    for kind, path in paths(bundle):
        if kind == "admission":
            assert path in ("op", "record")
            continue
        assert kind in ("source", "process", "transfer", "receive")
        names = [part.partition("[")[0] for part in path.split(".")]
        assert names[0] in BUYER_MEMBERS
        for above, name in pairwise(names):
            assert name in BUYER_INSIDE[above]
        seen.add(names[-1])
    assert not seen & {"mass_mg", "name", "lot", "at", "chain", "facility", "to", "supplier", "grade"}
    assert seen >= {"country", "owner_country", "operated", "steps", "custody", "shares", "stages", "transfer"}
    shown = [unb64u(text) for e in bundle["evidence"]["records"] for text in parse_evidence(e["envelope"]).disclosures]
    assert not any(b" plc" in text or b"Northern" in text for text in [*shown, unb64u(bundle["report"].split(".")[1])])


def test_a_buyer_sees_only_the_outputs_on_the_way_to_his_batch(told: tuple[World, Chain]) -> None:
    world, chain = told
    records = opened(world.bundle(chain.buyer.report(chain.magnet)))
    processes = [record for kind, record in records if kind == "process"]
    assert [record["steps"][0] for record in processes] == ["leach", "reduce", "alloy"]
    leaching, _, making = processes
    assert leaching["outputs"][0] == {"material": "oxide"}
    assert leaching["outputs"][1] is WITHHELD  # the cerium went elsewhere
    assert making["outputs"][0]["composition"] == MAGNET
    assert making["outputs"][1] is WITHHELD
    assert "composition" not in processes[1]["outputs"][0]
    (source,) = [record for kind, record in records if kind == "source"]
    assert source["origin"] == {"kind": "mined", "mineral": "monazite"}
    assert making["additions"][0]["origin"] == {"kind": "declared", "stages": {"*": {"mine": ["SE"]}}}


def test_the_story_of_a_batch_holds_every_change_of_custody_and_nothing_else(told: tuple[World, Chain]) -> None:
    world, chain = told
    bundle = world.bundle(chain.buyer.report(chain.magnet))
    kinds = [kind for kind, _ in opened(bundle)]
    story = [kind for kind in kinds if kind not in ("organization", "admission", "key")]
    handed_over = ["transfer", "receive", "process"]
    assert story == ["source", *handed_over, *handed_over, *handed_over, "transfer", "receive"]
    assert kinds.count("organization") == 2 + 5  # operator, report key; all but the stranger
    assert kinds.count("admission") == 1 + 5


def test_the_public_gets_statement_and_verdicts_and_no_record_of_the_chain(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.buyer.report(chain.magnet, "public", delivered=DAY)
    subject = subject_of(made.credential)
    assert subject.keys() == {
        "id", "batch", "audience", "as_of", "material", "magnet_type", "consolidation", "statement", "verdicts",
        "recycled", "recycled_target", "completeness", "gaps", "assumed",
    }  # fmt: skip
    bundle = world.bundle(made)
    assert {kind for kind, _ in opened(bundle)} == {"organization", "admission"}
    trust = made.credential["trust"]
    assert isinstance(trust, dict)
    shown, led = bundle["evidence"]["records"], trust["records"]
    assert [(entry["leaf"], entry["path"]) for entry in shown] == [(entry["leaf"], entry["path"]) for entry in led]


def test_an_auditor_sees_his_own_records_whole_and_the_others_as_a_buyer(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.magnet_maker.report(chain.magnet, "auditor")
    assert subject_of(made.credential)["lot"] == "LOT"
    records = opened(world.bundle(made))
    processes = [record for kind, record in records if kind == "process"]
    assert [record.withheld for record in processes][2] == 0
    assert processes[2]["outputs"][1]["mass_mg"] == 10_000_000
    assert all("chain" not in record and "at" not in record for record in processes[:2])
    facilities = [record for kind, record in records if kind == "facility"]
    assert [record["country"] for record in facilities] == ["DE"]
    names = [record.get("name") for kind, record in records if kind == "organization"]
    assert [name for name in names if name] == ["magnets plc"]
    admissions = [record for kind, record in records if kind == "admission"]
    assert all(set(record) >= {"op", "record", "organization"} for record in admissions)


def test_the_operator_as_auditor_sees_everything(told: tuple[World, Chain]) -> None:
    world, chain = told
    bundle = world.bundle(world.report(chain.magnet, "auditor"))
    for entry in bundle["evidence"]["records"]:
        open_record(parse_evidence(entry["envelope"]), submission=True)  # refuses any hole


def test_a_bundle_is_one_canonical_document_and_the_same_each_time(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.buyer.report(chain.magnet, delivered=DAY)
    data = world.bundle_bytes(made)
    assert data == world.bundle_bytes(made)
    bundle = parse_canonical(data, max_depth=60)
    assert isinstance(bundle, dict)
    assert bundle.keys() == {"evidence", "report", "v"}
    assert bundle["report"] == made.jwt


def test_later_records_change_neither_a_report_nor_its_bundle(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.magnet_maker.report(chain.swarf)
    before = world.bundle_bytes(made)
    world.hand_over(chain.swarf, chain.magnet_maker, chain.works)
    assert world.bundle_bytes(made) == before
    later = subject_of(chain.works.report(chain.swarf).credential)
    assert later["recycled"]["Nd"]["pre_consumer_ppm"] == 1_000_000
    assert subject_of(made.credential)["recycled"]["Nd"]["primary_ppm"] == 1_000_000


def test_a_part_that_was_cut_off_leads_back_to_what_it_was_cut_from(told: tuple[World, Chain]) -> None:
    world, chain = told
    bundle = world.bundle(chain.metal_maker.report(chain.part))
    records = opened(bundle)
    story = [kind for kind, _ in records if kind not in ("organization", "admission")]
    assert story == ["source", "transfer", "receive", "process", "transfer", "receive"]
    (process,) = [record for kind, record in records if kind == "process"]
    assert process["outputs"][0]["composition"] == {"Nd": 640_000, "Pr": 190_000}


def test_who_never_held_a_batch_is_not_told_that_it_exists(told: tuple[World, Chain]) -> None:
    world, chain = told
    for nobody in (chain.stranger, chain.mine):
        with pytest.raises(NotFound):
            nobody.report(chain.magnet)
    for batch in ("nonsense", chain.magnet[:-1] + "7", f"sha-256:{'A' * 43}#0"):
        with pytest.raises(NotFound):
            world.report(batch)
    assert chain.mine.report(chain.concentrate).credential  # held once


def test_a_request_that_is_put_wrongly_is_refused(told: tuple[World, Chain]) -> None:
    world, chain = told
    with pytest.raises(UsageError):
        chain.buyer.report(chain.magnet, "everyone")
    with pytest.raises(UsageError):
        chain.buyer.report(chain.magnet, delivered="tomorrow")
    made = chain.buyer.report(chain.magnet)
    with pytest.raises(UsageError):
        write_bundle(world.ledger, made.id, BytesIO(), depth=-1)


def test_a_bundle_can_stop_at_a_depth(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.buyer.report(chain.magnet)
    steps = [
        [record["steps"][0] for kind, record in opened(world.bundle(made, depth)) if kind == "process"]
        for depth in (0, 1, 2, 9)
    ]
    assert steps == [["alloy"], ["reduce", "alloy"], ["reduce", "alloy"], ["leach", "reduce", "alloy"]]
    assert world.bundle_bytes(made, 9) == world.bundle_bytes(made).replace(b"{", b'{"depth":9,', 1)


def test_every_member_of_a_report_has_a_name_in_the_context(told: tuple[World, Chain]) -> None:
    world, chain = told
    chain.magnet_maker.certifies("IATF 16949", ("2025-01-01", "2027-12-31"), facility=chain.magnet_maker.at)
    chain.buyer.asks(chain.magnet)
    assembly, _ = rotor(world, chain)
    context = orjson.loads(report_context())["@context"]
    assert "@vocab" not in str(context)
    reserved = {"@context", "id", "type", "issuer", "validFrom", "credentialStatus", "credentialSubject"}
    assert not reserved & context.keys()
    used = set()

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            for name, member in value.items():
                assert name in context or name in reserved, name
                used.add(name)
                if name != "credentialStatus" and context.get(name, {}).get("@type") != "@json":
                    walk(member)

    for made in (
        chain.magnet_maker.report(chain.magnet, "auditor", delivered=DAY),
        chain.buyer.report(chain.magnet, delivered="2027-01-01"),
        chain.buyer.report(assembly, delivered=DAY),
    ):
        walk(made.credential)
    assert used >= {"certificates", "inquiries", "magnets", "needs", "reasons", "remarks", "gaps", "valid", "certifier"}


def test_a_certificate_counts_on_the_day_of_delivery_and_names_nobody_else(tmp_path: Path) -> None:
    world = World(tmp_path)
    chain = ore_to_magnet(world)
    maker = chain.magnet_maker
    plant = maker.certifies("IATF 16949", ("2025-01-01", "2026-12-31"), facility=maker.at)
    assay = maker.certifies("assay", ("2025-01-01", "2030-01-01"), batch=chain.magnet)
    chain.stranger.certifies("forged", ("2025-01-01", "2030-01-01"), organization=maker.id)
    old = subject_of(chain.buyer.report(chain.magnet, delivered=DAY).credential)["certificates"]
    assert [(entry["record"], entry["about"]) for entry in old] == [(plant, "facility"), (assay, "batch")]
    assert all(entry.keys() == {"about", "record", "scheme", "valid"} for entry in old)
    own = subject_of(maker.report(chain.magnet, delivered="2027-01-01").credential)["certificates"]
    assert [(entry["record"], entry["number"], entry["certifier"]) for entry in own] == [(assay, "NO-1", "Certifier")]
    kinds = [kind for kind, _ in opened(world.bundle(maker.report(chain.magnet, "auditor", delivered=DAY)))]
    assert kinds.count("certificate") == 2
    world.close()


def test_an_inquiry_travels_with_what_is_made_of_the_batch(tmp_path: Path) -> None:
    world = World(tmp_path)
    maker = world.organization("maker", "JP")
    (powder,) = maker.source({"kind": "undisclosed"}, [Lot("oxide", 1_000, {"Nd": 850_000})])
    asked = maker.asks(powder, due="2026-06-01")
    (metal,) = maker.process(["reduce"], {powder: 1_000}, [Lot("metal", 800, {"Nd": 990_000})])
    subject = subject_of(maker.report(metal, delivered=DAY).credential)
    assert [(entry["record"], entry["outcome"], entry["due"]) for entry in subject["inquiries"]] == [
        (asked, "open", "2026-06-01")
    ]
    assert subject["statement"]["elements"]["Nd"]["mined"][0]["inquiries"] == [asked]
    assert subject["gaps"]["due"] == "2027-06-29"
    world.close()


def test_an_assembly_has_an_entry_for_each_magnet_lot_and_the_worst_verdict(told: tuple[World, Chain]) -> None:
    world, chain = told
    assembly, bought = rotor(world, chain)
    made = chain.buyer.report(assembly, delivered=DAY)
    subject = subject_of(made.credential)
    assert [entry["batch"] for entry in subject["magnets"]] == sorted([chain.magnet, bought])
    verdicts = {entry["batch"]: entry["verdicts"][0]["verdict"] for entry in subject["magnets"]}
    assert verdicts == {chain.magnet: "PASS", bought: "UNKNOWN"}
    assert [verdict["verdict"] for verdict in subject["verdicts"]] == ["UNKNOWN"]
    mined = subject["statement"]["elements"]["Nd"]["mined"]
    assert [(cell["countries"], cell["share_ppm"]) for cell in mined if cell["countries"]] == [(["AU"], 666_667)]
    assert sum(cell["share_ppm"] for cell in mined) == 1_000_000
    assert subject["material"] == "assembly"
    bundle = world.bundle(made)
    must_be_proven(bundle["evidence"], world)
    processes = [record for kind, record in opened(bundle) if kind == "process"]
    assert processes[-1]["steps"] == ["assemble"]
    assert [part["batch"] for part in processes[-1]["outputs"][0]["contents"]][:2] == [chain.magnet, bought]
    sources = [record for kind, record in opened(bundle) if kind == "source"]
    composed = [output for record in [*sources, *processes] for output in record["outputs"] if output is not WITHHELD]
    assert [output["composition"] for output in composed if "composition" in output] == [MAGNET, MAGNET]


def test_a_revoked_report_has_its_bit_set_for_good(told: tuple[World, Chain]) -> None:
    world, chain = told
    made, other = chain.buyer.report(chain.magnet), chain.buyer.report(chain.magnet)
    before = open_sealed(status_list(world.ledger))
    number, spared = (int(str(m.credential["credentialStatus"]["statusListIndex"])) for m in (made, other))  # type: ignore[index]
    assert not is_set(status_list_bits(before.payload), number)
    assert status_list(world.ledger) == status_list(world.ledger)
    with pytest.raises(NotFound):
        revoke_report(world.ledger, made.id, chain.stranger.id)
    revoke_report(world.ledger, made.id, chain.buyer.id)
    revoke_report(world.ledger, made.id, None)
    after = open_sealed(status_list(world.ledger))
    verify_sealed(after, world.ledger.reporter[0].key)
    bits = status_list_bits(after.payload)
    assert len(bits) * 8 == BITS
    assert is_set(bits, number)
    assert not is_set(bits, spared)
    assert after.payload["id"] == made.credential["credentialStatus"]["statusListCredential"]  # type: ignore[index]


def test_a_report_is_found_by_who_asked_for_it_and_by_its_link(told: tuple[World, Chain]) -> None:
    world, chain = told
    made = chain.buyer.report(chain.magnet)
    assert report_of(world.ledger, made.id, chain.buyer.id).jwt == made.jwt
    assert report_of(world.ledger, made.id, None).jwt == made.jwt
    assert report_by_link(world.ledger, made.id, made.link).jwt == made.jwt
    assert len(unb64u(made.link)) == len(unb64u(made.id)) == 16
    for stranger in (chain.stranger.id, "nobody"):
        with pytest.raises(NotFound):
            report_of(world.ledger, made.id, stranger)
    with pytest.raises(NotFound):
        report_by_link(world.ledger, made.id, chain.buyer.report(chain.magnet).link)
    assert made.link.encode() not in (world.config.home / "ledger.db").read_bytes()


def test_the_document_of_the_issuer_names_the_key_of_its_reports(told: tuple[World, Chain]) -> None:
    world, chain = told
    document: Any = did_document(world.ledger)
    sealed = open_sealed(chain.buyer.report(chain.magnet).jwt)
    assert document["id"] == sealed.did
    assert document["assertionMethod"] == [sealed.kid]
    (method,) = document["verificationMethod"]
    verify_sealed(sealed, public_key(method["publicKeyJwk"]))


def test_the_keys_that_a_chain_has_had_come_with_its_records(tmp_path: Path) -> None:
    world = World(tmp_path)
    mine = world.organization("mine", "AU")
    ore = mine.mines("ore", 1_000, {"Nd": 10_000})
    mine.rotate([LocalSigner.generate("ES256")])
    kinds = [kind for kind, _ in opened(world.bundle(mine.report(ore)))]
    assert sorted(kinds) == ["admission", "admission", "key", "organization", "organization", "organization", "source"]
    world.close()


def test_no_report_is_signed_with_a_key_that_is_not_in_force(tmp_path: Path) -> None:
    world = World(tmp_path)
    mine = world.organization("mine", "AU")
    ore = mine.mines("ore", 1_000, {"Nd": 10_000})
    world.ledger.reporter = (LocalSigner.generate("Ed25519"),)
    with pytest.raises(LedgerUnsafe):
        mine.report(ore)
    world.close()


def test_a_service_that_stopped_makes_no_reports(tmp_path: Path) -> None:
    world = World(tmp_path)
    mine = world.organization("mine", "AU")
    ore = mine.mines("ore", 1_000, {"Nd": 10_000})
    world.ledger.broken = "for a reason"
    with pytest.raises(LedgerUnsafe):
        make_report(world.ledger, ReportRequest(ore))
    world.reopen()
    assert mine.report(ore).id
    world.close()


def test_reports_bundles_and_revocation_work_on_either_database(tmp_path: Path, database_url: str) -> None:
    world = World(tmp_path / "home", database_url=database_url)
    chain = ore_to_magnet(world)
    made = chain.buyer.report(chain.magnet, delivered=DAY)
    bundle = world.bundle(made)
    must_be_proven(bundle["evidence"], world)
    assert [kind for kind, _ in opened(bundle)].count("process") == 3
    assert world.bundle(made, 9) == {"depth": 9, **bundle}
    revoke_report(world.ledger, made.id, chain.buyer.id)
    number = int(str(made.credential["credentialStatus"]["statusListIndex"]))  # type: ignore[index]
    assert is_set(status_list_bits(open_sealed(status_list(world.ledger)).payload), number)
    world.close()
