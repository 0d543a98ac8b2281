"""The form by which a report is asked for: its fields become the context of the request, and nothing unsaid is said."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from ledger.errors import UsageError
from ledger.values.quantity import parse_mass

__all__ = ["TRUTHS", "asked_context"]

TRUTHS = ("above_sat", "outside_us", "clause")
"""Members of the context that are yes, no, or not said."""
_OF_ITEM = ("cots", "electronic_device", "mill_product")
_MASSES = {"mass": "mass_mg", "covered_mass": "covered_mass_mg"}
_ANSWERS: Mapping[str, bool] = {"yes": True, "no": False}


def asked_context(form: FormData) -> dict[str, Any]:
    """The context that the fields of the form state (`ledger.report.context`); an empty field states nothing.

    Raises:
        UsageError: an answer is neither yes nor no, or a mass cannot be read.
    """
    said: dict[str, Any] = {}
    for name in ("delivered", "waiver"):
        if text := _text(form, name):
            said[name] = text
    said |= {name: answer for name in TRUTHS if (answer := _truth(form, name)) is not None}
    item: dict[str, Any] = {name: answer for name in _OF_ITEM if (answer := _truth(form, name)) is not None}
    if country := _text(form, "country"):
        item["country"] = country.upper()
    for name, member in _MASSES.items():
        if text := _text(form, name):
            try:
                item[member] = parse_mass(text)
            except ValueError as error:
                raise UsageError(f"The field {name}: {error}.") from error
    return said | ({"end_item": item} if item else {})


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _truth(form: FormData, name: str) -> bool | None:
    text = _text(form, name)
    if text and text not in _ANSWERS:
        raise UsageError(f"The field {name}: expected yes, no, or nothing.")
    return _ANSWERS.get(text)
