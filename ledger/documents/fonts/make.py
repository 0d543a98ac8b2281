"""Makes the fonts in this folder anew from Debian's packages, and the list of characters that they hold.

    apt-get install fonts-noto-cjk fonts-noto-core fonts-noto-mono
    python -m venv fonts-venv && fonts-venv/bin/pip install fonttools==4.68.0
    fonts-venv/bin/python ledger/documents/fonts/make.py

Not part of the program: nothing imports it, and fontTools is none of our dependencies. What it makes is committed.
"""

# mypy: ignore-errors
# ruff: noqa: T201

from hashlib import sha256
from pathlib import Path
from unicodedata import category

from fontTools import subset

__all__ = ["main"]

HERE = Path(__file__).parent
CJK, LATIN = "/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc", "/usr/share/fonts/truetype/noto/{}.ttf"
SIMPLIFIED = 2
"""The face of the collection whose shapes are those of mainland China."""


def _encoded(codec: str, rows: range) -> set[int]:
    """The characters of a 94 x 94 standard, by its codec."""
    pairs = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if len(text := pair.decode(codec, "ignore")) == 1}


PUNCTUATION = {*range(0x2010, 0x2028), *range(0x2030, 0x205F), *range(0x2460, 0x2474), *range(0xFF00, 0xFF66)}
KANA = {*range(0x3000, 0x3100), *range(0x31F0, 0x3200)}
GB_2312 = _encoded("gb2312", range(0xA1, 0xF8))
UNIFIED = set(range(0x4E00, 0x9FA6))
HANGUL = _encoded("euc_kr", range(0xB0, 0xC9))
ALPHABETS = {*range(0x20, 0x7F), *range(0xA0, 0x590), *range(0x1E00, 0x2070), *range(0x2070, 0x2200), 0x2212, 0x2260}
SHAPELESS = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Control characters, bidi marks and the like: they are shown by their code points."""
FONTS = {
    "NotoSans-Regular.ttf": (LATIN.format("NotoSans-Regular"), ALPHABETS),
    "NotoSans-Bold.ttf": (LATIN.format("NotoSans-Bold"), ALPHABETS),
    "NotoSansMono-Regular.ttf": (LATIN.format("NotoSansMono-Regular"), set(range(0x20, 0x7F))),
    "NotoSansCJKsc-Regular.otf": (CJK.format("Regular"), PUNCTUATION | KANA | GB_2312 | UNIFIED | HANGUL),
    "NotoSansCJKsc-Bold.otf": (CJK.format("Bold"), PUNCTUATION | KANA | GB_2312),
}


def main() -> None:
    """Cut each font down to its characters, and write what the regular ones hold together."""
    held: set[int] = set()
    for name, (source, wanted) in FONTS.items():
        options = subset.Options(
            hinting=False, layout_features=["kern", "mark", "mkmk", "ccmp"], font_number=SIMPLIFIED
        )
        options.name_IDs = ["*"]
        options.drop_tables += ["FFTM", "vhea", "vmtx", "VORG", "BASE"]
        font = subset.load_font(source, options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes={point for point in wanted if category(chr(point)) not in SHAPELESS})
        cutter.subset(font)
        font["head"].modified = font["head"].created
        font.recalcTimestamp = False
        subset.save_font(font, str(HERE / name), options)
        data = (HERE / name).read_bytes()
        print(f"| `{name}` | {len(font.getBestCmap()):,} | {len(data):,} | `{sha256(data).hexdigest()}` |")
        if name.endswith(("Sans-Regular.ttf", "CJKsc-Regular.otf")):
            held |= set(font.getBestCmap())
    (HERE / "characters.txt").write_text("".join(f"{start:04X}-{end:04X}\n" for start, end in _ranges(sorted(held))))


def _ranges(points: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for point in points:
        if found and found[-1][1] == point - 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found


if __name__ == "__main__":
    main()
