"""What an audience may see of a record: which of its disclosures go into a bundle (docs/formats/bundle.md).

Everything not named here stays a digest. A public report comes without the records of the chain; a buyer sees where and
how, and shares, but no mass, name, lot, time or chain; an auditor sees his own records whole and the others as a buyer.
"""

import re
from collections.abc import Callable, Collection

from ledger.errors import UsageError

__all__ = ["AUDIENCES", "AUDITOR", "BUYER", "PUBLIC", "Keep", "check_audience", "disclosed"]

PUBLIC = "public"
BUYER = "buyer"
AUDITOR = "auditor"
AUDIENCES = (PUBLIC, BUYER, AUDITOR)

Keep = Callable[[str], bool]
"""Whether the disclosure at a path of a record is shown (`ledger.signing.disclosure.envelope_with`)."""

_STORY = frozenset({"source", "process", "transfer", "receive"})
_ORIGIN = ("kind", "mineral", "feed", "product", "stages", "inquiry")
_BUYER = frozenset(
    """
    country owner_country operated steps custody undetermined terms transfer origin
    inputs inputs[] inputs[].batch inputs[].step inputs[].shares
    additions additions[] additions[].origin additions[].step additions[].shares
    outputs outputs[] outputs[].material outputs[].magnet_type outputs[].consolidation
    outputs[].contents outputs[].contents[] outputs[].contents[].batch
    batches batches[] batches[].batch accepted accepted[] accepted[].batch
    """.split()
) | {f"{where}.{member}" for where in ("origin", "additions[].origin") for member in _ORIGIN}
_COMPOSITION = "outputs[].composition"
_PLACE = re.compile(r"\[(\d+)\]")
_ON_THE_WAY = re.compile(r"(?:outputs|batches|accepted)\[(\d+)\]")


def check_audience(audience: object) -> str:
    """The audience, if there is such a one.

    Raises:
        UsageError: there is none.
    """
    if audience not in AUDIENCES:
        raise UsageError(f"Expected an audience out of {', '.join(AUDIENCES)}.")
    return str(audience)


def disclosed(
    audience: str, kind: str, places: Collection[int] = (), composed: Collection[int] = (), *, own: bool = False
) -> Keep:
    """Which disclosures of a record of some type an audience sees.

    `places` are those of its outputs, batches or accepted entries that lead to the subject: the others stay hidden.
    `composed` are the outputs whose composition the report states. `own`: the record is the auditor's own, or granted.
    """
    if audience == AUDITOR and own:
        return _everything
    if kind == "admission":
        seen = {"op", "record", "organization"} if audience == AUDITOR else {"op", "record"}
        return seen.__contains__
    if kind == "rules" and audience == AUDITOR:
        return {"rules"}.__contains__
    if kind == "key":
        return {"since"}.__contains__
    if audience == PUBLIC or kind not in _STORY:
        return _nothing
    return lambda path: _buyer_sees(path, places, composed)


def _everything(_: str) -> bool:
    return True


def _nothing(_: str) -> bool:
    return False


def _buyer_sees(path: str, places: Collection[int], composed: Collection[int]) -> bool:
    shape = _PLACE.sub("[]", path)
    listed = _ON_THE_WAY.match(path)
    place = int(listed[1]) if listed else None
    if shape == _COMPOSITION:
        return place in places and place in composed
    return shape in _BUYER and (place is None or place in places)
