"""The verdict on a delivery to the US Department of Defense, by dated rule pack (docs/formats/report.md).

Rows are tried in order: an exception that is met (rows 0 to 4) decides before the end item and the chain (rows 5 to
10). In the strict reading an exception decides as in the plain one, since it lifts the whole prohibition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ledger.report.chain import findings
from ledger.report.context import Context
from ledger.report.exceptions import GROUNDS, first_met
from ledger.report.model import FAIL, PASS, UNKNOWN, Remark, Subject, Verdict, worst
from ledger.report.packs import Pack, packs_for
from ledger.report.remarks import chain_remarks, context_remarks

__all__ = ["assess", "assess_assembly", "judge"]


def assess(subject: Subject, context: Context) -> list[Verdict]:
    """The verdicts on a magnet: of the pack in force on the day of delivery, and for SmCo of the allow-list after it.

    None without a day of delivery, and none for a batch that is not said to be NdFeB or SmCo: nothing is promised of
    it, least of all a pass.
    Not checked: what the context states.
    """
    if context.delivered is None:
        return []
    return [judge(pack, subject, context) for pack in packs_for(subject.magnet_type, context.delivered)]


def assess_assembly(subjects: Sequence[Subject], context: Context) -> list[Verdict]:
    """The worst verdict on the magnets of an assembly, for each pack that applies to one of them.

    A magnet whose type nobody stated may be of either kind: it counts in every pack, and is UNKNOWN unless an exception
    is met. Reasons, needs and remarks name the batch that they are about.
    """
    if context.delivered is None:
        return []
    kinds = [subject.magnet_type for subject in subjects]
    stated = {kind for kind in kinds if kind is not None and packs_for(kind, context.delivered)}
    if not stated and None in kinds:
        stated = {"NdFeB"}
    packs = {pack.id: pack for kind in stated for pack in packs_for(kind, context.delivered)}
    ordered = sorted(packs.values(), key=lambda pack: (bool(pack.allowed), pack.id))
    return [_worst(pack, subjects, context) for pack in ordered]


def judge(pack: Pack, subject: Subject, context: Context) -> Verdict:
    """What one pack says of one magnet.

    Raises:
        ValueError: the context names no day of delivery.
    """
    if context.delivered is None:
        raise ValueError("a verdict is for a day of delivery")
    ground, remarks = first_met(pack, subject, context)  # rows 0 to 4
    plain = findings(pack, subject, context, strict=False)  # rows 5 to 10
    strict = findings(pack, subject, context, strict=True)
    remarks += context_remarks(pack, context) + chain_remarks(pack, subject, plain, strict)
    verdict = Verdict(
        rule_pack=pack.id,
        pack_digest=pack.digest,
        delivered=context.delivered,
        verdict=plain.verdict,
        strict=strict.verdict,
        ground="chain",
        reasons=plain.reasons,
        needs=plain.needs if plain.verdict == UNKNOWN else (),
        assumed=context.given,
    )
    if ground is not None:
        if plain.verdict != PASS:
            what = f"Without this exception the chain's own tests would give {plain.verdict}."
            remarks.append(Remark("chain-alone", what))
        verdict = replace(verdict, verdict=PASS, strict=PASS, ground=ground, reasons=(), needs=())
    return replace(verdict, remarks=_sorted(remarks))


def _worst(pack: Pack, subjects: Sequence[Subject], context: Context) -> Verdict:
    """One verdict for several magnets; its ground is that of the worst, the chain's before any exception's."""
    meant = [subject for subject in subjects if subject.magnet_type in (None, *pack.magnet_types)]
    judged = [(subject.batch, judge(pack, subject, context)) for subject in meant]
    verdict = worst([found.verdict for _, found in judged])
    grounds = {found.ground for _, found in judged if found.verdict == verdict}
    return replace(
        judged[0][1],
        verdict=verdict,
        strict=worst([found.strict for _, found in judged]),
        ground=min(grounds, key=GROUNDS.index),
        reasons=tuple(sorted(replace(r, batch=batch) for batch, found in judged for r in found.reasons)),
        needs=tuple(sorted(replace(n, batch=batch) for batch, found in judged for n in found.needs))
        if verdict != FAIL
        else (),
        remarks=_sorted(replace(r, batch=batch) for batch, found in judged for r in found.remarks),
    )


def _sorted(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(set(remarks), key=lambda remark: remark.place))
