"""The field types that records share: each says its unit, its form and its limits once."""

from typing import Annotated, Literal

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


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("expected a country as an ISO 3166-1 alpha-2 code such as AU")
    return code


def _known_element(symbol: str) -> str:
    if symbol not in ELEMENTS:
        raise ValueError("expected the symbol of an element such as Nd")
    return symbol


def _element_or_body(symbol: str) -> str:
    return symbol if symbol == "*" else _known_element(symbol)


def _known_step(step: str) -> str:
    if step not in STEPS:
        raise ValueError(f"expected a step of the closed vocabulary, one of {', '.join(STEPS)}")
    return step


def _known_stage(stage: str) -> str:
    if stage != "mine" and (stage not in STEPS or stage in HANDLING_STEPS):
        raise ValueError("expected a stage: mine, or a step that is not handling")
    return stage


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
Country = Annotated[str, AfterValidator(_known_country)]
Element = Annotated[str, AfterValidator(_known_element)]
Step = Annotated[str, AfterValidator(_known_step)]
StageName = Annotated[str, AfterValidator(_known_stage)]
Mass = Annotated[int, Field(ge=1, le=MAX_MASS_MG)]
"""Milligrams."""
Ppm = Annotated[int, Field(ge=0, le=PPM)]
"""Parts per million by mass."""
Composition = dict[Element, Ppm]
"""Element -> ppm of the batch's mass, elemental (never oxides)."""
Shares = dict[Annotated[str, AfterValidator(_element_or_body)], Annotated[int, Field(ge=1, le=PPM)]]
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
