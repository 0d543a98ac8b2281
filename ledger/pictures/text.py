"""How wide a text will be, so that nothing overlaps: an estimate on the safe side for the usual sans-serif fonts.

Lengths are in tenths of a pixel, as everywhere in the pictures.
"""

import unicodedata

__all__ = ["fitted", "text_width", "wrapped"]

_NARROW = frozenset("iljtfrI|!.,:;'`()[]{}/\\ \u00a0·-")
_BROAD = frozenset("mwMW@%&—…")


def text_width(text: str, size: int) -> int:
    """The width of a text in a font size; Chinese, Japanese and Korean signs are squares."""
    return -(-sum(map(_thousandths, text)) * size // 1_000)


def fitted(text: str, width: int, size: int) -> str:
    """The text, cut with an ellipsis so that it fits into a width; whoever cuts shows the whole beside it."""
    if text_width(text, size) <= width:
        return text
    kept = ""
    for sign in text:
        if text_width(kept + sign + "…", size) > width:
            break
        kept += sign
    return kept.rstrip() + "…"


def _thousandths(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1_000
    if sign in _NARROW:
        return 390
    if sign in _BROAD:
        return 1_000
    if sign.isascii():
        return 720 if sign.isupper() else 620
    return 760


def wrapped(text: str, width: int, size: int) -> list[str]:
    """The text in lines that fit into a width: broken at spaces, and between signs where there are none."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """What a line may be broken between."""
    pieces: list[str] = []
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF"
        starts = wide and unicodedata.category(sign)[0] != "P"
        if not pieces or starts or pieces[-1].endswith(" ") or (unicodedata.east_asian_width(pieces[-1][-1]) in "WF"):
            if pieces and not starts and wide:
                pieces[-1] += sign
            else:
                pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces
