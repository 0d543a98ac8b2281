"""The recycled share of what the organization made, month by month, against the target of a closed loop."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.deps import LedgerDep, viewer_of
from api.web.org.sections import known
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.values.quantity import PPM
from ledger.workflows.reading import Shown
from ledger.workflows.recycled_share import CHARTED, recycled_share

__all__ = ["recycled", "router"]

router = APIRouter(include_in_schema=False)

_COLUMNS = (
    Column("month", N_("Month"), "time"),
    Column("batches", N_("Batches"), "count"),
    Column("rare_earth_mg", N_("Rare earths"), "mass"),
    Column("post_consumer_ppm", N_("Post-consumer"), "share"),
    Column("pre_consumer_ppm", N_("Pre-consumer"), "share"),
    Column("primary_ppm", N_("Primary"), "share"),
    Column("unknown_ppm", N_("Unknown"), "share"),
    Column("recovered_ppm", N_("Recycled in all"), "share"),
    Column("met", N_("Target met"), "term:met"),
    Column("post_consumer_met", N_("By post-consumer alone"), "term:met"),
)
_PARTS = (("post", "post_consumer_ppm"), ("pre", "pre_consumer_ppm"), ("primary-share", "primary_ppm"),
          ("not-known", "unknown_ppm"))  # fmt: skip
_MOST_MONTHS = 24
_LEFT, _TOP, _HIGH, _WIDE = 48, 16, 240, 36


@twinned(router, "/o/recycled")
def recycled(
    request: Request,
    ledger: LedgerDep,
    caller: PageReader,
    material: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """The chart with its table. The chart draws the last two years, the table all that was weighed."""
    found = recycled_share(ledger, viewer_of(caller), known(material, CHARTED, "material") or CHARTED[0])
    table = Table("months", N_("Rare earths by where they came from"), _COLUMNS, found.months)
    summary = {"material": found.material, "batches": found.batches, "cut": found.cut, "target_ppm": found.target_ppm}
    return answer(
        request,
        "org/recycled.html",
        table,
        data=summary,
        charted=CHARTED,
        chart=_chart(found.months[-_MOST_MONTHS:], found.target_ppm),
    )


def _chart(months: Sequence[Shown], target_ppm: int) -> dict[str, Any]:
    """Where everything stands in the drawing, in whole units; the shares themselves are in the table."""
    bars = [_bar(month, _LEFT + 12 + place * _WIDE) for place, month in enumerate(months)]
    width = max(640, _LEFT + 24 + len(months) * _WIDE)
    lines = [(percent, _TOP + _HIGH - _HIGH * percent // 100) for percent in (0, 25, 50, 75, 100)]
    target = _TOP + _HIGH - _HIGH * target_ppm // PPM
    return {"bars": bars, "width": width, "height": _TOP + _HIGH + 44, "lines": lines, "target": target, "left": _LEFT}


def _bar(month: Shown, x: int) -> dict[str, Any]:
    parts = []
    base, said = _TOP + _HIGH, 0
    if month["unknown_ppm"] is None:  # nothing to weigh: all of it is unknown
        parts.append({"kind": "not-known", "y": _TOP, "height": _HIGH})
    else:
        for kind, name in _PARTS:
            said += month[name]
            top = _TOP + _HIGH - _HIGH * said // PPM
            if month[name]:
                parts.append({"kind": kind, "y": min(top, base - 1), "height": max(1, base - top)})
            base = top
    return {"x": x, "width": _WIDE - 10, "month": month["month"], "parts": parts, "share": month["recovered_ppm"]}
