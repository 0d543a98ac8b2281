"""What a judgement is about, and what it says: plain frozen values (docs/formats/report.md).

The weights of a `Subject` are exact milligrams for the service and an auditor, and scaled integers for a buyer who has
shares and no masses. So nothing in this folder prints a weight: only ratios leave it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.material.routes import BODY, UNDETERMINED, Masses, Route

__all__ = ["FAIL", "PASS", "UNKNOWN", "Cell", "Inquiry", "Need", "Reason", "Remark", "Subject", "Verdict", "worst"]

PASS = "PASS"  # noqa: S105 - a verdict, no password
FAIL = "FAIL"
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question that was sent upstream, and how it stands. Empty `elements` or `stages` mean all of them."""

    record: str
    elements: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    outcome: str = "open"
    sent: str = ""
    due: str = ""
    closed: str = ""

    def concerns(self, element: str, steps: frozenset[str]) -> bool:
        """Whether it asks about one of these steps of that element.

        A step of the body is asked about by its name, whatever elements the question names: the body is sintered once.
        """
        if self.stages and not steps & set(self.stages):
            return False
        return not self.elements or element in self.elements or (element == BODY and bool(self.stages))

    def as_json(self) -> dict[str, object]:
        """The inquiry as a report lists it."""
        shown: dict[str, object] = {"outcome": self.outcome, "record": self.record}
        dates = {"sent": self.sent, "due": self.due, "closed": self.closed}
        return shown | {name: day for name, day in dates.items() if day}


@dataclass(frozen=True, slots=True)
class Subject:
    """A batch as a judgement sees it.

    `composition` is in ppm, `elements` and `routes` in any one unit of weight, the same for all of them. `routes` is by
    element, or `*` for the body. `owners` is by stage.
    Not checked: that the weights are what the batch weighs. Weight that has no route counts as undetermined.
    """

    batch: str
    material: str
    magnet_type: str | None = None
    consolidation: str | None = None
    coating: str | None = None
    grade: str | None = None
    form: str | None = None
    composition: Mapping[str, int] = field(default_factory=dict)
    elements: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, Masses] = field(default_factory=dict)
    custody: tuple[str, ...] = ()
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inquiries: tuple[Inquiry, ...] = ()
    parts: tuple["Subject", ...] = ()
    """The magnets of a union: what is still ahead of one depends on its own material."""
    partly_withheld: bool = False
    """Some of its routes were left out, since nobody tells them: an exception may be met that these do not show."""

    def lots(self, element: str) -> list[tuple[str, dict[Route, int]]]:
        """The routes of an element (or `*`) by the material that they are of: one, or one for each magnet of a union.

        An element of a magnet's composition whose weight nobody states counts with the least there is.
        """
        if not self.parts:
            return [(self.material, self.masses(element))]
        found = []
        for part in self.parts:
            masses = part.masses(element)
            if not masses and element not in part.elements and element in (*part.composition, BODY):
                masses = {UNDETERMINED: 1}
            found.append((part.material, masses))
        return found

    def masses(self, element: str) -> dict[Route, int]:
        """The routes of an element (or `*`) with their weights, each above zero; what has no route is undetermined."""
        routes = {route: mass for route, mass in self.routes.get(element, {}).items() if mass > 0}
        missing = self.elements.get(element, 0) - sum(routes.values())
        if missing > 0:
            routes[UNDETERMINED] = routes.get(UNDETERMINED, 0) + missing
        return routes


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer of the statement: some share of an element, and the countries of one statutory step for it."""

    countries: tuple[str, ...]
    share_ppm: int
    basis: str
    reason: str = ""
    inquiries: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The cell as printed."""
        shown: dict[str, object] = {
            "basis": self.basis,
            "countries": list(self.countries),
            "share_ppm": self.share_ppm,
        }
        if self.reason:
            shown["reason"] = self.reason
        if self.inquiries:
            shown["inquiries"] = list(self.inquiries)
        return shown


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why a verdict is FAIL: this share of the element passed this stage in this country.

    `batch` names the magnet that is meant where several are judged together, and is empty otherwise.
    """

    element: str
    stage: str
    country: str
    share_ppm: int
    batch: str = ""

    def as_json(self) -> dict[str, object]:
        """The reason as printed."""
        shown: dict[str, object] = {
            "country": self.country,
            "element": self.element,
            "share_ppm": self.share_ppm,
            "stage": self.stage,
        }
        return shown | ({"batch": self.batch} if self.batch else {})


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """What would settle an UNKNOWN: for this share of the element, the country of one of these stages."""

    element: str
    stages: tuple[str, ...]
    share_ppm: int
    what: str
    batch: str = ""

    def as_json(self) -> dict[str, object]:
        """The need as printed."""
        shown: dict[str, object] = {
            "element": self.element,
            "share_ppm": self.share_ppm,
            "stages": list(self.stages),
            "what": self.what,
        }
        return shown | ({"batch": self.batch} if self.batch else {})


@dataclass(frozen=True, slots=True)
class Remark:
    """What people should read beside a verdict, and what never decides one."""

    code: str
    what: str
    element: str = ""
    stages: tuple[str, ...] = ()
    country: str = ""
    share_ppm: int = 0
    batch: str = ""

    @property
    def place(self) -> tuple[str, str, str, tuple[str, ...], str, str]:
        """What remarks are sorted by."""
        return (self.batch, self.code, self.element, self.stages, self.country, self.what)

    def as_json(self) -> dict[str, object]:
        """The remark as printed: only the members that it has."""
        shown: dict[str, object] = {"code": self.code, "what": self.what}
        extra = {"batch": self.batch, "country": self.country, "element": self.element, "share_ppm": self.share_ppm}
        shown |= {name: value for name, value in extra.items() if value}
        return shown | ({"stages": list(self.stages)} if self.stages else {})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one dated rule pack says of one delivery.

    `strict` is the verdict of the same tests put to every element, not only to those that the law names.
    `assumed` repeats the context that was asked with.
    """

    rule_pack: str
    pack_digest: str
    delivered: str
    verdict: str
    strict: str
    ground: str
    reasons: tuple[Reason, ...] = ()
    needs: tuple[Need, ...] = ()
    remarks: tuple[Remark, ...] = ()
    assumed: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The verdict as printed."""
        return {
            "assumed": dict(self.assumed),
            "delivered": self.delivered,
            "ground": self.ground,
            "needs": [need.as_json() for need in self.needs],
            "pack_digest": self.pack_digest,
            "reasons": [reason.as_json() for reason in self.reasons],
            "remarks": [remark.as_json() for remark in self.remarks],
            "rule_pack": self.rule_pack,
            "strict": self.strict,
            "verdict": self.verdict,
        }


def worst(verdicts: list[str]) -> str:
    """The verdict of several: FAIL beats UNKNOWN, UNKNOWN beats PASS; of none it is UNKNOWN."""
    for verdict in (FAIL, UNKNOWN):
        if verdict in verdicts:
            return verdict
    return PASS if verdicts else UNKNOWN
