"""The VERIFY road: a report, a bundle or both, and a pinned policy -> what is proven, and what nobody can show.

    bytes -> policy -> checkpoint -> inclusion -> signatures -> report's key -> links -> shares -> statement

Offline, without a clock, and without believing anything that was not proven a step before.
"""

from collections.abc import Callable
from typing import TypeVar

from ledger.bundle.chains import Chain, Chains, follow
from ledger.bundle.collector import uncollected
from ledger.bundle.compare import Outcome, compare_gaps
from ledger.bundle.exact import Exact
from ledger.bundle.following import hand_on
from ledger.bundle.format import Bundle, Evidence, LogExport, Report, read_file
from ledger.bundle.graph import read_graph
from ledger.bundle.inclusion import prove_inclusion
from ledger.bundle.online import ONLINE, Online, later_online, look_online
from ledger.bundle.printed import PrintedSubject, read_credential
from ledger.bundle.proven import Follower
from ledger.bundle.proving import Ahead, proving
from ledger.bundle.recompute import recompute
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Check, Verification, concluded
from ledger.bundle.trust import (
    Approved,
    Later,
    approve,
    issuer_known,
    report_signer,
    verify_credential,
)
from ledger.errors import LodestoneError, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.policy import Policy, parse_policy
from ledger.report.content import FOLLOW_UP_DAYS, against_target
from ledger.report.context import Context, parse_context
from ledger.values.encoding import b64u, is_batch_id
from ledger.values.instant import days_after

__all__ = ["NOT_A_REPORT", "verify"]

NOT_A_REPORT = "this is the export of a log: audit it"
_TRUST = frozenset({"organization", "admission", "key"})
T = TypeVar("T")


def verify(
    report: bytes | None,
    bundle: bytes | None,
    policy: bytes | str,
    issuer: str | None = None,
    later: Later | None = None,
    online: Online | None = None,
    follower: Follower | None = None,
) -> Verification:
    """Verify a report, its bundle, or both together, which must carry the same report.

    `policy` is the pinned C2SP policy file; one inside a file under test is never used. `issuer` is the DID that is
    expected to have issued the report, where the caller knows it. `later` finds a witnessed checkpoint that continues
    that of the report, for a policy that demands witnesses who had not signed yet when the report was made.

    `follower` is handed the records of the bundle as they are proven; it keeps them only if the answer passes.

    With `online` the log and the status list are asked too, over the network that it brings; without it nothing is.

    Promised: no bytes raise; the credential is in the answer only if nothing failed; each failure says where.
    Not checked: revocation and whatever came after the checkpoint (`not_shown` lists all of it).
    """
    with uncollected():
        return _verify(report, bundle, policy, issuer, later, online, follower)


def _verify(
    report: bytes | None,
    bundle: bytes | None,
    policy: bytes | str,
    issuer: str | None,
    later: Later | None,
    online: Online | None,
    follower: Follower | None = None,
) -> Verification:
    steps = _Steps()
    try:
        jwt, evidence = steps.take("file", lambda: _read(report, bundle))  # 1
        pinned = steps.take("policy", lambda: _policy(policy))  # 2
        if online is not None and later is None:
            later = later_online(online, jwt)
        approval = steps.take("checkpoint", lambda: _checkpoint(jwt, evidence, pinned, later))  # 3
        with proving(evidence, approval.checkpoint) as ahead:  # 4 in a second process, while this one is at 5
            followed = _attempt(lambda: _signatures(jwt, evidence, ahead))
            steps.take("inclusion", lambda: _inclusion(jwt, evidence, approval.checkpoint, ahead))  # 4
        trust, chains = steps.take("signatures", followed)  # 5
        signer = steps.take("report signature", lambda: _signed(jwt, trust, chains))  # 6
        steps.take("issuer", lambda: _issuer(jwt, signer, trust, issuer))  # 7
        subject, context = steps.take("credential", lambda: _credential(jwt, approval.checkpoint))  # 8
        if chains is not None and evidence is not None:
            exact = _recompute(steps, jwt, evidence, chains, subject, context)  # 9
            if follower is not None:
                hand_on(follower, chains, exact)
        else:
            steps.skip("statement", "it was not recomputed: that needs the bundle of this report")
        _left_open(steps, subject, online=online is not None)  # 10
    except _Stopped:
        return concluded(steps.checks, "", "This report cannot be trusted")
    bad, asked = "This report cannot be trusted", False
    good = _sentence(jwt, approval, chains, steps.checks)
    if online is not None and not any(check.result == FAILED for check in steps.checks):
        bad = "This report can no longer be relied on"
        steps.checks += look_online(online, jwt, evidence, approval.checkpoint, signer, pinned)  # 11
        asked = any(check.name == ONLINE and check.result == PASSED for check in steps.checks)
        good += "" if asked else " Whether anything changed since could not be asked."
    not_shown = _not_shown(subject, pinned, with_bundle=evidence is not None, asked=asked)
    return concluded(steps.checks, good, bad, not_shown, jwt.credential)


class _Stopped(Exception):
    """A step failed, and what follows would stand on it."""


class _Steps:
    """The checks so far. A step gives a value and a sentence; an empty sentence says that it could not be checked."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def take(self, name: str, step: Callable[[], tuple[T, str]]) -> T:
        try:
            value, detail = step()
        except LodestoneError as error:
            self.checks.append(Check(name, FAILED, str(error)))
            raise _Stopped from error
        if detail.startswith(_OPEN):
            self.skip(name, detail.removeprefix(_OPEN))
        else:
            self.checks.append(Check(name, PASSED, detail))
        return value

    def skip(self, name: str, why: str) -> None:
        self.checks.append(Check(name, NOT_CHECKED, why))


def _attempt(step: Callable[[], T]) -> Callable[[], T]:
    """Take a step before its turn; what comes of it, good or bad, is told when it is called."""
    try:
        value = step()
    except LodestoneError as error:
        failed = error

        def tell() -> T:
            raise failed

        return tell
    return lambda: value


_OPEN = "?"
"""Begins the sentence of a step that found nothing wrong, but nothing to hold against either."""


def _read(report: bytes | None, bundle: bytes | None) -> tuple[tuple[Report, Evidence | None], str]:
    """The report, and the evidence if there is a bundle; each file may be given in either place."""
    if report is None and bundle is None:
        raise VerificationError("there is neither a report nor a bundle")
    found = [read_file(data) for data in (report, bundle) if data is not None]
    if any(isinstance(each, LogExport) for each in found):
        raise VerificationError(NOT_A_REPORT)
    bundles = [each for each in found if isinstance(each, Bundle)]
    reports = [each for each in found if isinstance(each, Report)]
    if len(bundles) == 2 or len(reports) == 2:
        raise VerificationError("these are two files of one sort: expected one report and its bundle")
    if not bundles:
        return (reports[0], None), "a report, in its one form"
    carried = bundles[0].report
    if reports and reports[0].text != carried.text:
        raise VerificationError("report: the bundle carries another report than the one beside it")
    detail = "a report and its bundle, which carries the same report" if reports else "a bundle, in its one form"
    return (carried, bundles[0].evidence), detail


def _policy(policy: bytes | str) -> tuple[Policy, str]:
    pinned = parse_policy(policy)
    return pinned, f"trusts {', '.join(key.name for key in pinned.logs) or 'no log'}"


def _checkpoint(report: Report, evidence: Evidence | None, policy: Policy, later: Later | None) -> tuple[Approved, str]:
    if evidence is not None and evidence.checkpoint != report.trust.checkpoint:
        raise VerificationError("evidence.checkpoint: it is not the checkpoint of the report")
    approval = approve(report.trust.checkpoint, policy, later)
    checkpoint = approval.checkpoint
    return approval, f"{checkpoint.origin}, {checkpoint.size} entries, {approval.said}"


def _inclusion(report: Report, evidence: Evidence | None, checkpoint: Checkpoint, ahead: Ahead) -> tuple[None, str]:
    prove_inclusion(report.trust, checkpoint)
    count = len(report.trust.entries)
    if evidence is not None:
        if not ahead.included():
            prove_inclusion(evidence, checkpoint)
        if evidence.genesis != report.trust.genesis:
            raise VerificationError("evidence.genesis: it is not that of the report")
        count = len(evidence.entries)
    return None, f"genesis and {count} records stand in the log, each at its index"


def _signatures(report: Report, evidence: Evidence | None, ahead: Ahead) -> tuple[tuple[Chains, Chains | None], str]:
    trust = follow(report.trust)
    odd = next((record for record in trust.records if record.type not in _TRUST), None)
    if odd is not None:
        raise VerificationError(f"{odd.entry}: a {odd.type} record does not lead to the report's key")
    if evidence is None:
        return (trust, None), f"{trust.signatures} on the way from the log to the report's key"
    chains = follow(evidence, ahead.proven)
    detail = f"{chains.signatures} by the keys in force at their indexes, of {len(chains.all)} chains"
    return (trust, chains), detail


def _signed(report: Report, trust: Chains, chains: Chains | None) -> tuple[Chain, str]:
    signer = report_signer(report, trust)
    for known in (trust, chains):
        idle = [c for c in (known.reporters if known else ()) if c.opened_by.id != signer.opened_by.id]
        if idle:
            raise VerificationError(f"{idle[0].opened_by}: no report of this chain is here: it is not used")
    if chains is not None:
        report_signer(report, chains)
    verify_credential(report, signer)
    return signer, f"{report.alg}, by a key that signs reports of this log at its checkpoint"


def _issuer(report: Report, signer: Chain, trust: Chains, expected: str | None) -> tuple[None, str]:
    said = issuer_known(report, signer, trust, expected)
    open_still = f"{_OPEN}the log vouches for the key, but not for the name {report.did}: say whom you expect"
    return None, said or open_still


def _credential(report: Report, checkpoint: Checkpoint) -> tuple[tuple[PrintedSubject, Context], str]:
    """The report's own parts fit each other, and the checkpoint."""
    subject = read_credential(report.credential)
    as_of = subject.as_of
    if (as_of.origin, as_of.size, as_of.root) != (checkpoint.origin, checkpoint.size, b64u(checkpoint.root)):
        raise VerificationError("report, as_of: it is not the checkpoint of the evidence")
    if not is_batch_id(subject.batch):
        raise VerificationError("report, batch: expected <record id>#<number>")
    context = parse_context(subject.assumed or {})
    shares = {name: found.model_dump() for name, found in subject.recycled.items()}
    if subject.recycled_target != against_target(shares):
        raise VerificationError("report, recycled_target: it does not follow from recycled")
    outcome = Outcome()
    compare_gaps(subject.gaps.cells, subject.statement, outcome)
    if outcome.result == FAILED:
        raise VerificationError(f"report, {outcome.detail}")
    due = days_after(context.delivered, FOLLOW_UP_DAYS) if context.delivered else None
    if (subject.gaps.delivered, subject.gaps.due) != (context.delivered, due):
        raise VerificationError("report, gaps.due: it does not follow from the day of delivery")
    if context.delivered is None and subject.verdicts:
        raise VerificationError("report, verdicts: there are some without a day of delivery")
    detail = f"on {subject.batch}, for the {subject.audience}, as of {as_of.size} entries; its parts agree"
    return (subject, context), detail


def _recompute(
    steps: _Steps, report: Report, evidence: Evidence, chains: Chains, subject: PrintedSubject, context: Context
) -> Exact:
    """Follow the batch upstream, replay what was done to it, and hold the report against that."""
    others = [record for record in chains.records if record.type not in _TRUST]
    if subject.audience == "public":
        if others:
            steps.take(
                "links", lambda: _refuse(f"{others[0].entry}: a public report comes without records of the chain")
            )
        steps.skip("statement", "it was not recomputed: a public report comes without records of the chain")
        return Exact()
    cited = {entry.record for entry in (*(subject.certificates or ()), *(subject.inquiries or ()))}
    graph = steps.take(
        "links",
        lambda: (
            found := read_graph(
                chains.records,
                subject.batch,
                cited,
                limited=evidence.depth is not None,
                audited=subject.audience == "auditor",
            ),
            f"{len(found.nodes)} records make the {len(found.batches)} batches upstream; none is missing or unused",
        ),
    )
    found, exact = steps.take(
        "replay",
        lambda: (
            recompute(graph, chains, subject, report.subject, context, evidence.genesis.rules),
            "what was disclosed of each record is well formed and fits together",
        ),
    )
    steps.checks += found
    return exact


def _refuse(why: str) -> tuple[None, str]:
    raise VerificationError(why)


def _left_open(steps: _Steps, subject: PrintedSubject, *, online: bool) -> None:
    if subject.certificates:
        steps.skip("certificates", f"{len(subject.certificates)} third parties' documents are listed, not opened")
    if subject.inquiries:
        steps.skip("inquiries", f"{len(subject.inquiries)} inquiries are listed as the log's operator tells them")
    if not online:
        steps.skip("revocation", "whether the report was revoked since is only known online")


def _sentence(report: Report, approval: Approved, chains: Chains | None, checks: list[Check]) -> str:
    checkpoint = approval.checkpoint
    signed = f"This report was signed by {report.did} as of {checkpoint.size} entries of the log {checkpoint.origin}"
    if chains is None:
        return f"{signed}; what it says was not recomputed, which needs its bundle."
    if not any(check.name == "replay" for check in checks):
        return f"{signed}; what it says was not recomputed, since a public report comes without its records."
    computed = ("statement", "verdicts", "shares", "assembly statement", "assembly verdicts")
    if any(check.result == NOT_CHECKED for check in checks if check.name in computed):
        return f"{signed}, and what it says follows from the records in its bundle as far as they are disclosed."
    return f"{signed}, and what it says follows from the {len(chains.records)} records in its bundle."


def _not_shown(subject: PrintedSubject, policy: Policy, *, with_bundle: bool, asked: bool) -> list[str]:
    """What no verification of these files can show to this reader."""
    missing = []
    if subject.audience != "auditor" or not with_bundle:
        missing.append("Mass balance, and that nothing was used twice: an audit shows them.")
    else:
        missing.append("A change of the rule set that the operator left out: the audit of a whole log shows it.")
    missing.append("Who stands behind a key that signs under a pseudonym.")
    if asked:
        missing.append(
            "Anything that the log did not hold when it was asked just now, and what a change of a key says."
        )
    else:
        missing += [
            f"Anything after entry {subject.as_of.size}; looking online shows it.",
            "A key's end, suspension or compromise before that which the operator left out; looking online shows it.",
        ]
    if not policy.demands_witness:
        missing.append("That everybody sees one and the same log: the policy names no independent witness.")
    return [*missing, "That the first record told the truth about the ground: nothing can show that to anybody."]
