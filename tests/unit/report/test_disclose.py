"""What each audience may see of a record, path by path."""

import pytest

from ledger.errors import UsageError
from ledger.report.disclose import AUDIENCES, check_audience, disclosed

STORY = ("source", "process", "transfer", "receive")
OTHERS = (
    "organization",
    "key",
    "rules",
    "facility",
    "adjust",
    "certificate",
    "inquiry",
    "correction",
    "hold",
    "release",
)
SHOWN = """
    country owner_country operated steps custody undetermined terms transfer
    origin origin.kind origin.mineral origin.feed origin.product origin.stages origin.inquiry
    inputs inputs[0] inputs[3].batch inputs[3].step inputs[3].shares
    additions additions[1] additions[1].origin additions[1].origin.kind additions[1].origin.stages additions[1].step
    additions[1].shares
    outputs outputs[2] outputs[2].material outputs[2].magnet_type outputs[2].consolidation
    outputs[2].contents outputs[2].contents[5] outputs[2].contents[5].batch
    batches batches[2] batches[2].batch accepted accepted[2] accepted[2].batch
""".split()
HIDDEN = """
    chain at facility to attributes period evidence evidence[0] evidence[0].digest documents about name keys body
    origin.supplier origin.deposit origin.collected origin.was origin.other
    inputs[0].mass_mg additions[0].mass_mg additions[0].material additions[0].composition additions[0].origin.supplier
    outputs[2].mass_mg outputs[2].lot outputs[2].composition outputs[2].grade outputs[2].form outputs[2].coating
    outputs[2].serials outputs[2].basis outputs[2].purity_ppm outputs[2].hs outputs[2].gross_mg
    outputs[2].contents[5].mass_mg batches[2].mass_mg accepted[2].mass_mg mass_mg batch reason
    outputs[1] outputs[1].material outputs[22] outputs[22].material outputs[12].contents[2].batch
    batches[1] batches[1].batch accepted[1] accepted[1].batch subject.batch
""".split()


@pytest.mark.parametrize("kind", STORY)
def test_a_buyer_sees_where_and_how_and_the_way_to_his_batch(kind: str) -> None:
    keep = disclosed("buyer", kind, {2})
    assert [path for path in SHOWN if not keep(path)] == []
    assert [path for path in HIDDEN if keep(path)] == []


def test_the_composition_is_shown_of_the_subject_only() -> None:
    assert disclosed("buyer", "process", {2}, {2})("outputs[2].composition")
    assert not disclosed("buyer", "process", {2}, {3})("outputs[2].composition")
    assert not disclosed("buyer", "process", {2}, {3})("outputs[3].composition")


@pytest.mark.parametrize("audience", ["public", "buyer", "auditor"])
def test_of_an_admission_everyone_sees_that_it_admits_and_auditors_whom(audience: str) -> None:
    keep = disclosed(audience, "admission")
    shown = [path for path in ("op", "record", "organization", "succeeds", "evidence", "chain", "at") if keep(path)]
    assert shown == (["op", "record", "organization"] if audience == "auditor" else ["op", "record"])


@pytest.mark.parametrize("kind", OTHERS)
def test_of_other_records_nobody_but_their_auditor_sees_anything(kind: str) -> None:
    for audience in AUDIENCES:
        assert not any(disclosed(audience, kind, {2}, {2})(path) for path in [*SHOWN, *HIDDEN])
    assert disclosed("auditor", kind, own=True)("anything")


def test_an_auditor_sees_which_rule_set_was_put_in_force() -> None:
    assert disclosed("auditor", "rules")("rules")
    assert not disclosed("auditor", "rules")("reason")
    assert not disclosed("buyer", "rules")("rules")


def test_the_public_sees_nothing_of_the_story() -> None:
    assert not any(disclosed("public", kind, {2}, {2})(path) for kind in STORY for path in [*SHOWN, *HIDDEN])


def test_only_an_auditor_gains_by_a_record_being_his_own() -> None:
    for audience in ("public", "buyer"):
        assert not disclosed(audience, "process", {2}, own=True)("outputs[2].mass_mg")
    assert disclosed("auditor", "process", own=True)("outputs[1].mass_mg")
    assert not disclosed("auditor", "process", {2})("outputs[2].mass_mg")


def test_an_unknown_audience_is_refused() -> None:
    assert [check_audience(audience) for audience in AUDIENCES] == list(AUDIENCES)
    for audience in ("Buyer", "", None, 3):
        with pytest.raises(UsageError):
            check_audience(audience)
