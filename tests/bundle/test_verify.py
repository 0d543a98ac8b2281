"""The verify road on real files: what passes, and what each forger is told."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.bundle.verify import NOT_A_REPORT
from ledger.log.policy import policy_text
from ledger.signing.disclosure import disclosure_digest
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from tests.bundle.both import verify
from tests.bundle.files import Files, failure, files_of, log_export, payload, record_of, results, with_payload
from tests.bundle.stories import magnet
from tests.world import World


def test_a_report_alone_is_signed_and_not_recomputed(magnets: Files) -> None:
    answer = verify(magnets.report, None, magnets.policy, magnets.world.config.did)
    assert answer.passed
    assert answer.credential == magnets.credential
    assert results(answer)["report signature"] == "passed"
    assert results(answer)["issuer"] == "passed"
    assert results(answer)["statement"] == "not checked"
    assert "needs its bundle" in answer.sentence


def test_a_bundle_is_recomputed_without_one_mass(magnets: Files) -> None:
    answer = verify(None, magnets.bundle, magnets.policy)
    assert answer.passed
    found = results(answer)
    for name in ("links", "shares", "statement", "recycled content", "completeness", "verdicts", "upstream"):
        assert found[name] == "passed", name
    assert b"mass_mg" not in magnets.bundle


def test_a_report_and_its_bundle_must_carry_the_same_report(magnets: Files, oxide: Files) -> None:
    assert magnets.verified().passed
    assert verify(magnets.bundle, magnets.report, magnets.policy).passed  # recognised by what is in them
    other = magnets.world.report(magnets.credential["credentialSubject"]["batch"])
    assert "another report" in failure(verify(other.jwt.encode(), magnets.bundle, magnets.policy))
    assert failure(verify(oxide.report, magnets.bundle, magnets.policy))


def test_two_files_of_one_sort_or_none_are_refused(magnets: Files) -> None:
    assert failure(verify(magnets.report, magnets.report, magnets.policy))
    assert failure(verify(magnets.bundle, magnets.bundle, magnets.policy))
    assert failure(verify(None, None, magnets.policy))
    assert NOT_A_REPORT in failure(verify(log_export(magnets.world), None, magnets.policy))


@pytest.mark.parametrize("audience", ["public", "buyer", "auditor"])
def test_every_audience_can_verify_what_it_gets(magnets: Files, audience: str) -> None:
    world, batch = magnets.world, magnets.credential["credentialSubject"]["batch"]
    for caller in (None, world.organizations["maker"].id):
        made = files_of(world, world.report(batch, audience, caller, delivered="2026-12-31"))
        answer = made.verified()
        assert answer.passed, answer.sentence
        if audience == "public":
            assert results(answer)["statement"] == "not checked"
        if audience == "auditor":
            assert results(answer)["masses"] == ("passed" if caller is None else "not checked")


def test_the_answer_lists_what_it_does_not_show(magnets: Files) -> None:
    buyer = verify(None, magnets.bundle, magnets.policy).not_shown
    assert any("Mass balance" in line for line in buyer)
    assert any("witness" in line for line in buyer)
    assert any("ground" in line for line in buyer)
    batch = magnets.credential["credentialSubject"]["batch"]
    auditor = files_of(magnets.world, magnets.world.report(batch, "auditor")).verified().not_shown
    assert not any("Mass balance" in line for line in auditor)


def test_without_a_policy_that_names_the_log_nobody_can_say_who_signed(magnets: Files, tmp_path: Path) -> None:
    foreign = World(tmp_path / "foreign")
    assert "I cannot say who signed this" in failure(verify(None, magnets.bundle, foreign.policy))
    foreign.close()
    assert "malformed policy" in failure(verify(None, magnets.bundle, "nothing\n"))
    log, own = magnets.world.ledger.signer.vkeys()
    assert policy_text(log, own) == magnets.policy


def test_a_checkpoint_that_the_log_signed_alone_is_too_little(magnets: Files) -> None:
    """The policy demands both keys: a log key that leaked, or that a quantum computer found, is not enough."""
    note = magnets.credential["trust"]["checkpoint"]
    head, _, tail = note.rpartition("\n\n")
    only_one = f"{head}\n\n{tail.splitlines(keepends=True)[0]}"

    def strip(credential_subject: dict[str, Any]) -> None:
        del credential_subject

    stripped = magnets.credential
    stripped["trust"]["checkpoint"] = only_one
    from ledger.report.seal import seal

    report = seal(stripped, magnets.world.ledger.reporter[0], magnets.world.config.did)
    assert "log-ml-dsa-44" in failure(verify(report.encode(), None, magnets.policy))


def test_an_expected_issuer_is_held_against_the_report(magnets: Files) -> None:
    assert results(verify(None, magnets.bundle, magnets.policy, magnets.world.config.did))["issuer"] == "passed"
    assert "expected did:web:else" in failure(verify(None, magnets.bundle, magnets.policy, "did:web:else"))


def test_a_report_signed_by_a_key_that_the_log_does_not_hold_is_refused(magnets: Files) -> None:
    forged = magnets.resealed(lambda subject: subject, LocalSigner.generate())
    assert "not one that signs reports of this log" in failure(forged.verified())


def test_a_key_that_signs_records_signs_no_reports(magnets: Files) -> None:
    operator = magnets.world.ledger.operator[0]
    assert "not one that signs reports" in failure(magnets.resealed(lambda subject: subject, operator).verified())


def _all_australian(subject: dict[str, Any]) -> None:
    subject["statement"]["elements"]["Nd"]["mined"] = [{"basis": "traced", "countries": ["AU"], "share_ppm": 1_000_000}]
    subject["gaps"]["cells"] = [
        cell for cell in subject["gaps"]["cells"] if (cell["element"], cell["bucket"]) != ("Nd", "mined")
    ]


def _renamed(subject: dict[str, Any]) -> None:
    for row in subject["statement"]["elements"].values():
        for cells in row.values():
            for cell in cells:
                cell["countries"] = ["AU" if country == "CN" else country for country in cell["countries"]]


def _passing(subject: dict[str, Any]) -> None:
    subject["verdicts"][0] |= {"verdict": "PASS", "reasons": [], "needs": []}


def _recycled(subject: dict[str, Any]) -> None:
    share = {"post_consumer_ppm": 1_000_000, "pre_consumer_ppm": 0, "primary_ppm": 0, "unknown_ppm": 0}
    subject["recycled"]["Nd"] = share
    held = {"met": "yes", "post_consumer_met": "yes", "pre_consumer_ppm": 0}
    held |= {"post_consumer_ppm": 1_000_000, "recovered_ppm": 1_000_000}
    subject["recycled_target"]["shares"]["Nd"] = held


def _complete(subject: dict[str, Any]) -> None:
    subject["completeness"] = {"traced_ppm": 1_000_000, "declared_ppm": 0, "unknown_ppm": 0}


def _fewer_owners(subject: dict[str, Any]) -> None:
    subject["owners"]["mine"] = ["AU"]


def _purer(subject: dict[str, Any]) -> None:
    subject["composition"]["Nd"] += 1


@pytest.mark.parametrize(
    ("lie", "where"),
    [
        (_all_australian, "statement.elements.Nd.mined"),
        (_renamed, "statement.elements."),
        (_passing, "verdicts[0].verdict"),
        (_recycled, "recycled.Nd"),
        (_complete, "completeness"),
        (_fewer_owners, "owners"),
        (_purer, "composition"),
        (lambda subject: subject.update(magnet_type="SmCo"), "magnet_type"),
        (lambda subject: subject.update(material="oxide"), "material"),
        (lambda subject: subject.update(custody=["segregated"]), "custody"),
        (lambda subject: subject["verdicts"][0].update(rule_pack="us-dfars-252.225-7052-through-2026"), "verdicts"),
        (lambda subject: subject.update(verdicts=[]), "verdicts"),
        (lambda subject: subject["gaps"].update(cells=[]), "gaps"),
        (lambda subject: subject["gaps"].update(due="2028-01-01"), "gaps.due"),
        (lambda subject: subject["as_of"].update(size=subject["as_of"]["size"] - 1), "as_of"),
        (lambda subject: subject["statement"].update(extra=[]), "extra"),
        (lambda subject: subject["statement"]["magnetized"][0].update(share_ppm=999_999), "1,000,000"),
        (lambda subject: subject.update(audience="public"), "public report comes without records"),
    ],
)
def test_a_lie_that_the_operator_himself_signs_is_found_by_recomputing(magnets: Files, lie: Any, where: str) -> None:
    assert where in failure(magnets.resealed(lie).verified())


def test_a_share_that_is_a_little_off_is_told_and_not_called_a_lie(magnets: Files) -> None:
    def shift(subject: dict[str, Any]) -> None:
        cells = subject["statement"]["elements"]["Nd"]["mined"]
        cells[0]["share_ppm"] += 300
        cells[1]["share_ppm"] -= 300
        for gap in subject["gaps"]["cells"]:
            for cell in cells:
                if (gap["element"], gap["bucket"], gap["reason"]) == ("Nd", "mined", cell.get("reason")):
                    gap["share_ppm"] = cell["share_ppm"]

    answer = magnets.resealed(shift).verified()
    assert results(answer)["statement"] == "not checked"
    assert "as far as" in answer.sentence


def _drop(kind: str, number: int = 0) -> Any:
    def change(evidence: dict[str, Any]) -> None:
        evidence["records"].remove(record_of(evidence, kind, number))

    return change


def _swap(evidence: dict[str, Any]) -> None:
    evidence["records"][3], evidence["records"][4] = evidence["records"][4], evidence["records"][3]


def _swap_envelopes(evidence: dict[str, Any]) -> None:
    one, other = record_of(evidence, "process"), record_of(evidence, "process", 1)
    one["envelope"], other["envelope"] = other["envelope"], one["envelope"]


def _twice(evidence: dict[str, Any]) -> None:
    evidence["records"].insert(4, evidence["records"][4])


def _fewer_disclosures(evidence: dict[str, Any]) -> None:
    record_of(evidence, "process")["envelope"]["signatures"][0]["header"]["disclosures"].reverse()


def _no_hole(evidence: dict[str, Any]) -> None:
    with_payload(record_of(evidence, "process"), lambda clear: clear["_sd"].pop())


def _stripped(evidence: dict[str, Any]) -> None:
    record_of(evidence, "process")["envelope"]["signatures"] = []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_drop("process"), "is missing from the evidence"),
        (_drop("source", 1), "is missing from the evidence"),
        (_drop("transfer"), "is missing"),
        (_drop("organization"), "index 1"),
        (_drop("organization", 3), "not signed by a key set that is in force"),
        (_drop("admission", 1), "no admission"),
        (_swap, "ascend"),
        (_swap_envelopes, "the leaf is that of the record"),
        (_twice, "ascend"),
        (_fewer_disclosures, "ascending"),
        (_no_hole, "the leaf is that of the record"),
        (_stripped, "signatures"),
        (lambda e: e["records"][-1].update(index=e["records"][-1]["index"] - 1), "evidence.records"),
        (lambda e: e["records"][-1]["path"].pop(), "expected a proof of"),
        (lambda e: e["records"][-1].update(path=[]), "expected a proof of"),
        (lambda e: e["records"][-1]["leaf"].update(extra="x"), "leaf"),
        (lambda e: e["records"][-1].update(extra="x"), "extra is not known"),
        (lambda e: e.update(extra="x"), "extra is not known"),
        (lambda e: e["genesis"].update(path=[]), "evidence.genesis"),
        (lambda e: e["genesis"]["leaf"].update(operator=e["records"][-1]["leaf"]["r"]), "evidence.genesis"),
        (lambda e: e.update(checkpoint="nothing"), "checkpoint"),
    ],
)
def test_evidence_that_was_changed_says_where(magnets: Files, change: Any, where: str) -> None:
    assert where in failure(verify(None, magnets.with_evidence(change), magnets.policy))


def test_a_record_that_has_nothing_to_do_with_the_batch_is_refused(magnets: Files, oxide: Files) -> None:
    """Also one that the log holds: nobody slips in what the report does not rest on."""
    world = magnets.world
    maker = world.organizations["maker"]
    other = maker.source({"kind": "undisclosed"}, [_lot()])[0]
    later = files_of(world, maker.report(magnets.credential["credentialSubject"]["batch"]))
    foreign = orjson.loads(files_of(world, maker.report(other)).bundle)["evidence"]
    assert foreign["checkpoint"] == orjson.loads(later.bundle)["evidence"]["checkpoint"]
    assert later.verified().passed

    def slip_in(evidence: dict[str, Any]) -> None:
        evidence["records"].append(record_of(foreign, "source"))

    assert "does not bear on" in failure(verify(None, later.with_evidence(slip_in), later.policy))


def test_a_chain_whose_records_are_not_there_is_refused(world: World) -> None:
    batch, maker = magnet(world)
    other = world.organization("stranger").source({"kind": "undisclosed"}, [_lot()])[0]
    made = files_of(world, maker.report(batch))
    foreign = orjson.loads(files_of(world, world.report(other)).bundle)["evidence"]
    kinds = ("organization", "admission")
    strangers = [entry for entry in foreign["records"] if payload(entry)["type"] in kinds][-2:]

    def slip_in(evidence: dict[str, Any]) -> None:
        evidence["records"] = sorted([*evidence["records"], *strangers], key=lambda entry: int(entry["index"]))

    assert "not used" in failure(verify(None, made.with_evidence(slip_in), made.policy))


def test_a_checkpoint_of_another_log_or_an_older_one_is_refused(world: World, magnets: Files) -> None:
    batch, maker = magnet(world)
    before = files_of(world, maker.report(batch))
    maker.source({"kind": "undisclosed"}, [_lot()])
    after = files_of(world, maker.report(batch))
    older = orjson.loads(before.bundle)["evidence"]["checkpoint"]
    foreign = orjson.loads(magnets.bundle)["evidence"]["checkpoint"]
    for note in (older, foreign):
        changed = after.with_evidence(lambda evidence, note=note: evidence.update(checkpoint=note))  # type: ignore[misc]
        assert "not the checkpoint of the report" in failure(verify(None, changed, after.policy))
    whole = orjson.loads(after.bundle) | {"report": before.report.decode()}
    assert failure(verify(None, orjson.dumps(whole, option=orjson.OPT_SORT_KEYS), after.policy))


def test_an_older_report_stays_good_after_the_log_has_grown(world: World) -> None:
    batch, maker = magnet(world)
    before = files_of(world, maker.report(batch))
    maker.source({"kind": "undisclosed"}, [_lot()])
    assert before.verified().passed


def test_a_bundle_cut_off_at_a_depth_leaves_open_what_lies_beyond_and_proves_the_rest(magnets: Files) -> None:
    made = magnets.world.report(magnets.credential["credentialSubject"]["batch"], delivered="2027-02-01")
    for depth in (0, 1, 2):
        cut = magnets.world.bundle_bytes(made, depth=depth)
        answer = verify(None, cut, magnets.policy)
        assert answer.passed, answer.sentence
        told = {check.name: check.result for check in answer.checks}
        assert told["links"] == "passed"
        assert (told["shares"], told["statement"]) == ("not checked", "not checked")
    assert verify(None, magnets.world.bundle_bytes(made, depth=99), magnets.policy).passed


def test_a_record_that_is_missing_from_a_whole_bundle_is_missed(magnets: Files) -> None:
    made = magnets.world.report(magnets.credential["credentialSubject"]["batch"], delivered="2027-02-01")
    cut = orjson.loads(magnets.world.bundle_bytes(made, depth=1))
    del cut["depth"]
    assert "missing from the evidence" in verify(None, canonical(cut), magnets.policy).sentence


def test_what_is_false_within_the_depth_is_found(magnets: Files) -> None:
    def abroad(subject: dict[str, Any]) -> None:
        subject["statement"]["magnetized"] = [{"basis": "traced", "countries": ["US"], "share_ppm": 1_000_000}]

    lying = magnets.resealed(abroad)
    made = orjson.loads(lying.bundle)
    assert not verify(None, canonical({"depth": 9, **made}), magnets.policy).passed


def test_a_disclosure_that_was_taken_out_leaves_its_answers_open(magnets: Files) -> None:
    """Whoever passes a bundle on can withhold, not change: what hangs on it is not checked, and that is said."""

    def withhold(evidence: dict[str, Any]) -> None:
        header = record_of(evidence, "source")["envelope"]["signatures"][0]["header"]
        header["disclosures"] = [text for text in header["disclosures"] if "origin" not in _opened(text)]

    answer = verify(None, magnets.with_evidence(withhold), magnets.policy)
    assert failure(answer)  # what stood inside the origin has no place any more

    def withhold_country(evidence: dict[str, Any]) -> None:
        header = record_of(evidence, "source")["envelope"]["signatures"][0]["header"]
        header["disclosures"] = [text for text in header["disclosures"] if _opened(text)[1] != "country"]

    answer = verify(None, magnets.with_evidence(withhold_country), magnets.policy)
    assert answer.passed
    assert results(answer)["statement"] == "not checked"
    assert "withholds" in next(check.detail for check in answer.checks if check.name == "statement")


@pytest.mark.parametrize("kind", ["source", "process"])
def test_outputs_that_are_withheld_as_a_whole_leave_what_they_are_open(oxide: Files, kind: str) -> None:
    def withhold(evidence: dict[str, Any]) -> None:
        header = record_of(evidence, kind)["envelope"]["signatures"][0]["header"]
        gone = [text for text in header["disclosures"] if "outputs" in _opened(text)]
        for text in gone:  # and what stands inside of them
            gone += [each for each in header["disclosures"] if disclosure_digest(each) in unb64u(text).decode()]
        header["disclosures"] = [text for text in header["disclosures"] if text not in gone]

    answer = verify(None, oxide.with_evidence(withhold), oxide.policy)
    assert answer.passed
    assert results(answer)["description"] == ("not checked" if kind == "process" else "passed")


def _opened(disclosure: str) -> list[Any]:
    opened: list[Any] = orjson.loads(unb64u(disclosure))
    return opened


def _lot() -> Any:
    from tests.world import Lot

    return Lot("oxide", 1_000, {"Nd": 500_000})


def test_the_root_in_the_report_is_the_checkpoints(magnets: Files) -> None:
    forged = magnets.resealed(lambda subject: subject["as_of"].update(root=b64u(bytes(32))))
    assert "as_of" in failure(forged.verified())
