"""The pages of docs/, and the examples in them.

An example is a fenced block behind `<!-- example: name -->`. What must stand in it is made by `tests.docs.producers`.
"""

import re
from pathlib import Path

__all__ = ["ROOT", "anchors", "examples", "links", "pages", "with_examples"]

ROOT = Path(__file__).resolve().parents[2]
_EXAMPLE = re.compile(
    r"(?P<head><!-- example: (?P<name>[a-z0-9-]+) -->\n```\w*\n)(?P<body>.*?)(?P<end>^```$)", re.DOTALL | re.MULTILINE
)
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page that people read: docs/, and the ones at the top."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "schemas/README.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


def examples(text: str) -> dict[str, str]:
    """The examples of a page by their names."""
    return {found["name"]: found["body"] for found in _EXAMPLE.finditer(text)}


def with_examples(text: str, bodies: dict[str, str]) -> str:
    """The page with other bodies in its examples."""
    return _EXAMPLE.sub(lambda found: found["head"] + bodies.get(found["name"], found["body"]) + found["end"], text)


def links(text: str) -> list[str]:
    """Every target of a link, outside of examples."""
    return _LINK.findall(_FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings have, as forges make them."""
    plain = _FENCE.sub("", text)
    kept = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in _HEADING.findall(plain))
    return {heading.replace(" ", "-") for heading in kept}
