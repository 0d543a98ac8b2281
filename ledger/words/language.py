"""The languages that people read here."""

from typing import Literal, get_args

__all__ = ["LANGUAGES", "Language"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
