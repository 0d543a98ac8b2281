"""What people are told of the log's witnesses: who they are, what they have signed, and whether that is enough."""

from ledger.workflows.collect import collect_once
from ledger.workflows.standing import log_standing, past_checkpoints
from tests.witnesses.conftest import NOW, Panel


def test_a_witness_is_told_with_what_it_has_signed_and_when(panel: Panel) -> None:
    world = panel.open()
    try:
        before = log_standing(world.ledger)
        assert before is not None
        assert (before.demands_witness, before.met, before.witnessed) == (True, False, None)
        asked = [each for each in before.signers if each.independent]
        assert [(each.signed, each.newest, each.at) for each in asked] == [(False, None, None)] * 4
        assert world.ledger.witnesses is not None
        for each in world.ledger.witnesses.asked:
            collect_once(world.ledger, each)
        after = log_standing(world.ledger)
        assert after is not None
        assert (after.met, after.witnessed) == (True, after.size)
        signed = [each for each in after.signers if each.independent]
        assert [(each.signed, each.newest, each.at) for each in signed] == [(True, after.size, NOW)] * 4
        past, _ = past_checkpoints(world.ledger, None, 1)
        assert past[0].note == after.note
    finally:
        world.close()


def test_a_witness_that_has_signed_an_older_checkpoint_only_is_told_so(panel: Panel) -> None:
    world = panel.open()
    try:
        assert world.ledger.witnesses is not None
        size = world.ledger.tree.size
        collect_once(world.ledger, world.ledger.witnesses.asked[0])
        world.organization("mine", "AU")
        standing = log_standing(world.ledger)
        assert standing is not None
        assert standing.size > size
        independent = [each for each in standing.signers if each.independent]
        assert [each.newest for each in independent] == [size, size, None, None]
        assert not any(each.signed for each in independent)
    finally:
        world.close()
