"""The field types that records share: each says its unit, its form and its limits once."""

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ledger.values.chemistry import ELEMENTS
from ledger.values.instant import is_date, is_time
from ledger.values.quantity import MAX_MASS_MG, PPM
from ledger.values.vocabulary import COUNTRIES, HANDLING_STEPS, STEPS

__all__ = [
    "BatchId",
    "Composition",
    "Country",
    "Date",
    "Digest",
    "Element",
    "Evidence",
    "ListMax",
    "Mass",
    "Moment",
    "Operated",
    "Party",
    "Ppm",
    "RecordId",
    "Shares",
    "StageName",
    "Statement",
    "Step",
    "Text",
    "Time",
    "Validity",
]


class Statement(BaseModel):
    """A frozen part of a record: unknown members are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _real_time(text: str) -> str:
    if not is_time(text):
        raise ValueError("expected a time such as 2026-01-31T12:00:00Z")
    return text


def _real_date(text: str) -> str:
    if not is_date(text):
        raise ValueError("expected a date such as 2026-01-31")
    return text


def _real_moment(text: str) -> str:
    if not is_date(text) and not is_time(text):
        raise ValueError("expected a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z")
    return text


_HASH = r"sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"

Text = Annotated[str, Field(min_length=1, max_length=2_000)]
"""Words for people, any script. Fitness (normal form, no control characters) is judged at submission."""
Digest = Annotated[str, Field(pattern=f"^{_HASH}$")]
RecordId = Digest
"""`sha-256:` of the decoded payload of a record."""
BatchId = Annotated[str, Field(pattern=rf"^{_HASH}#(0|[1-9][0-9]{{0,3}})$")]
"""`<record id>#<place>`: a batch is named by the record and the place that made it."""
Time = Annotated[str, AfterValidator(_real_time)]
Date = Annotated[str, AfterValidator(_real_date)]
Moment = Annotated[str, AfterValidator(_real_moment)]
"""A date or a time, where people know only the day."""
if TYPE_CHECKING:
    Country: TypeAlias = str
    Element: TypeAlias = str
    ElementOrBody: TypeAlias = str
    Step: TypeAlias = str
    StageName: TypeAlias = str
else:  # closed sets, looked up by pydantic's core: a function in Python for each of them was a third of parsing
    Country = Literal[tuple(sorted(COUNTRIES))]
    Element = Literal[tuple(sorted(ELEMENTS))]
    ElementOrBody = Literal["*", *sorted(ELEMENTS)]
    Step = Literal[STEPS]
    StageName = Literal["mine", *(step for step in STEPS if step not in HANDLING_STEPS)]
Mass = Annotated[int, Field(ge=1, le=MAX_MASS_MG)]
"""Milligrams."""
Ppm = Annotated[int, Field(ge=0, le=PPM)]
"""Parts per million by mass."""
Composition = dict[Element, Ppm]
"""Element -> ppm of the batch's mass, elemental (never oxides)."""
Shares = dict[ElementOrBody, Annotated[int, Field(ge=1, le=PPM)]]
"""Element, or `*` for the body -> ppm of what the whole record put in."""
ListMax = Field(max_length=500)


class Party(Statement):
    """Somebody outside the ledger."""

    name: Text
    country: Country | None = None


class Evidence(Statement):
    """A document that is cited by its digest, never held."""

    digest: Digest
    kind: Text
    name: Text | None = None


class Validity(Statement):
    """From when until when a certificate counts; either end may be open."""

    from_: Annotated[Date | None, Field(alias="from")] = None
    to: Date | None = None


Operated = Literal["self", "other"]
