"""What a ledger says of drafts, brought back to the cells that it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.errors import Violation
from ledger.sheets.drafts import Draft, place_of
from ledger.sheets.says import Remark, Say, _
from ledger.words.catalogue import words
from ledger.words.language import Language

__all__ = ["Told", "remarks_on", "told_before", "totals"]

_CODES: Mapping[str, str] = {
    "malformed": _("This is not as expected."),
    "not-canonical": _("This cannot stand in a record."),
    "too-large": _("This is too large for one record."),
    "not-admitted": _("Your chain has not been admitted."),
    "unknown-key": _("These keys do not speak for the chain."),
    "unknown-batch": _("You hold no such batch."),
    "unknown-facility": _("There is no such facility."),
    "unknown-organization": _("There is no such organization."),
    "unknown-transfer": _("There is no such transfer."),
    "country-mismatch": _("Country or owner differ from the facility's."),
    "not-recipient": _("The transfer is addressed to somebody else."),
    "already-received": _("The transfer has been answered already."),
    "in-transit": _("The batch is on its way and not yet received."),
    "on-hold": _("The batch is on hold."),
    "mass-exceeded": _("More is used than is left."),
    "element-exceeded": _("More of an element comes out than went in."),
    "output-exceeds-input": _("More mass comes out than went in."),
    "composition-exceeded": _("The composition sums to more than 100 %."),
    "custody-mismatch": _("The custody model does not fit the inputs."),
    "step-mismatch": _("The steps do not fit the material."),
    "time-order": _("The time does not fit those of earlier records."),
    "book-and-claim": _("Book and claim is not accepted."),
}
"""What the ledger's codes mean, in a sentence that has a translation; the ledger's own sentences are English."""


@dataclass(frozen=True, slots=True)
class Told:
    """A violation as the ledger tells it; in other languages what its code means goes before it."""

    violation: Violation

    def said(self, language: Language) -> str:
        """Its words."""
        if language == "en" or self.violation.code not in _CODES:
            return self.violation.sentence
        return f"{words(language).gettext(_CODES[self.violation.code])} ({self.violation.sentence})"


def remarks_on(drafts: Sequence[Draft], violations: Sequence[Sequence[Violation]]) -> list[Remark]:
    """A remark for each violation of each draft, at the cell of the member that it names."""
    return [
        Remark(place_of(draft, violation.member), Told(violation), violation.code)
        for draft, found in zip(drafts, violations, strict=True)
        for violation in found
    ]


def told_before(kind: str, found: str) -> Say:
    """A facility or lot that its maker has told the ledger of before: allowed, and perhaps the same file again."""
    if kind == "facility":
        return Say(_("You have described a facility {found} before."), {"found": found})
    return Say(_("You have made a batch of the lot {found} before."), {"found": found})


def totals(answers: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """What all processes together would put in, take out and lose of each element, in mg, as a check answered."""
    summed: dict[str, dict[str, int]] = {}
    for answer in answers:
        for element, masses in (answer.get("balance") or {}).items():
            sums = summed.setdefault(element, {"in_mg": 0, "out_mg": 0, "loss_mg": 0})
            for name in sums:
                sums[name] += int(masses.get(name, 0))
    return dict(sorted(summed.items()))
