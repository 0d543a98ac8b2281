"""Everything that can be reached by links answers, and keeps the rules of every page."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.web.served import Demo

MOST = 150
_FOREIGN_ALLOWED = frozenset({"a"})
"""A link may lead elsewhere, where a person follows it; nothing else may name another host."""


class Read(HTMLParser):
    """Links of a page, and what breaks the rules."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.links, self.faults, self.headings = at, set[str](), list[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.faults += [f"<{tag} {name}>" for name in said if name == "style" or name.startswith("on")]
        self.headings += tag == "h1"
        if tag == "style" or (tag == "script" and "src" not in said):
            self.faults.append(f"inline <{tag}>")
        for name in ("href", "src", "action"):
            address = urlsplit(said.get(name, ""))
            if (address.netloc or address.scheme) and tag not in _FOREIGN_ALLOWED:
                self.faults.append(f"<{tag} {name}={said[name]}>")
            if tag == "a" and name == "href" and "href" in said and not address.netloc and not address.scheme:
                self.links.add(urljoin(self.at, said["href"]).partition("#")[0])


def crawl(demo: Demo, headers: dict[str, str], start: str = "/") -> dict[str, httpx.Response]:
    """Every page that links lead to, breadth first; of pages that differ in their query only a few."""
    found: dict[str, httpx.Response] = {}
    waiting = [start]
    seen: dict[str, int] = {}
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        kind = path.partition("?")[0]
        if path in found or seen.get(kind, 0) >= 3:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        answer = found[path] = demo.http.get(path, headers={**headers, "accept": "text/html"})
        if answer.headers.get("content-type", "").startswith("text/html"):
            read = Read(path)
            read.feed(answer.text)
            assert read.faults == [], path
            assert read.headings == 1 or kind == "/docs", path
            waiting += sorted(read.links)
    return found


@pytest.mark.parametrize("who", [None, "magnetmaker"])
def test_every_link_leads_somewhere_and_every_page_keeps_the_rules(demo: Demo, who: str | None) -> None:
    headers = demo.cookie(who) if who else {}
    found = crawl(demo, headers)
    assert {path: answer.status_code for path, answer in found.items() if answer.status_code not in (200, 303)} == {}
    assert {"/", "/verify", "/search", "/status", "/docs"} <= set(found)
    pages = [a for a in found.values() if a.headers.get("content-type", "").startswith("text/html")]
    assert all("default-src 'none'" in answer.headers["content-security-policy"] for answer in pages)
    assert not any("unsafe" in answer.headers["content-security-policy"] for answer in pages)
