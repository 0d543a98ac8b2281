"""The context of a request for a verdict: what the ledger cannot know and the caller states (docs/formats/report.md).

Every member may be absent. Absent means unknown, and an exception with an unknown input is not applied.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.errors import UsageError
from ledger.values.instant import is_date
from ledger.values.quantity import MAX_MASS_MG
from ledger.values.vocabulary import COUNTRIES

__all__ = ["Context", "EndItem", "Waiver", "parse_context"]

_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class EndItem:
    """The thing that is delivered with the magnet in it."""

    country: str | None = None
    cots: bool | None = None
    electronic_device: bool | None = None
    mill_product: bool | None = None
    mass_mg: int | None = None
    covered_mass_mg: int | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver by its number; `bare` where the caller gave nothing else, and so vouches for its period himself."""

    id: str
    bare: bool
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A request's context, checked. `given` is the request's own object, which a verdict repeats."""

    delivered: str | None = None
    clause: bool | str | None = None
    above_sat: bool | None = None
    outside_us: bool | None = None
    end_item: EndItem = EndItem()
    waiver: Waiver | None = None
    given: Mapping[str, object] = field(default_factory=dict)


def parse_context(given: object) -> Context:
    """The context that a request states.

    Raises:
        UsageError: a member is unknown or cannot be what it says; the sentence names the member.
    """
    if not isinstance(given, Mapping):
        raise UsageError("The context must be an object.")
    _only(given, "", ("delivered", "clause", "above_sat", "outside_us", "end_item", "waiver"))
    return Context(
        delivered=_date(given, "", "delivered"),
        clause=_clause(given),
        above_sat=_truth(given, "", "above_sat"),
        outside_us=_truth(given, "", "outside_us"),
        end_item=_end_item(given.get("end_item", {})),
        waiver=_waiver(given["waiver"]) if "waiver" in given else None,
        given=copy.deepcopy(dict(given)),
    )


def _clause(given: Mapping[str, object]) -> bool | str | None:
    if "clause" not in given or isinstance(given["clause"], bool):
        return _truth(given, "", "clause")
    text = _text(given, "", "clause")
    return False if text.strip().casefold() == "none" else text


def _end_item(given: object) -> EndItem:
    if not isinstance(given, Mapping):
        raise UsageError("The context's end_item must be an object.")
    names = ("country", "cots", "electronic_device", "mill_product", "mass_mg", "covered_mass_mg")
    _only(given, "end_item.", names)
    country = _text(given, "end_item.", "country") if "country" in given else None
    if country is not None and country not in COUNTRIES:
        raise UsageError("The context's end_item.country must be an ISO 3166-1 alpha-2 code such as US.")
    mass = _mass(given, "mass_mg", 1)
    covered = _mass(given, "covered_mass_mg", 0)
    if mass is not None and covered is not None and covered > mass:
        raise UsageError("The context's end_item.covered_mass_mg must not exceed end_item.mass_mg.")
    return EndItem(
        country=country,
        cots=_truth(given, "end_item.", "cots"),
        electronic_device=_truth(given, "end_item.", "electronic_device"),
        mill_product=_truth(given, "end_item.", "mill_product"),
        mass_mg=mass,
        covered_mass_mg=covered,
    )


def _waiver(given: object) -> Waiver:
    if isinstance(given, str):
        return Waiver(_text({"waiver": given}, "", "waiver"), bare=True)
    if not isinstance(given, Mapping):
        raise UsageError("The context's waiver must be its number, or an object of id, from and until.")
    _only(given, "waiver.", ("id", "from", "until"))
    waiver = Waiver(
        id=_text(given, "waiver.", "id"),
        bare=False,
        since=_date(given, "waiver.", "from"),
        until=_date(given, "waiver.", "until"),
    )
    if waiver.since and waiver.until and waiver.since > waiver.until:
        raise UsageError("The context's waiver.from must not be later than waiver.until.")
    return waiver


def _only(given: Mapping[str, object], at: str, names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise UsageError(f"The context has no member {at}{str(name)[:64]}; it knows {', '.join(names)}.")


def _text(given: Mapping[str, object], at: str, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
        raise UsageError(f"The context's {at}{name} must be a text of 1 to {_MAX_TEXT} characters.")
    return value


def _truth(given: Mapping[str, object], at: str, name: str) -> bool | None:
    value = given.get(name)
    if name in given and not isinstance(value, bool):
        raise UsageError(f"The context's {at}{name} must be true or false.")
    return value if isinstance(value, bool) else None


def _date(given: Mapping[str, object], at: str, name: str) -> str | None:
    if name not in given:
        return None
    value = given[name]
    if not isinstance(value, str) or not is_date(value):
        raise UsageError(f"The context's {at}{name} must be a date, YYYY-MM-DD.")
    return value


def _mass(given: Mapping[str, object], name: str, least: int) -> int | None:
    if name not in given:
        return None
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_MASS_MG:
        raise UsageError(f"The context's end_item.{name} must be an integer of milligrams, {least} to 10^15.")
    return value
