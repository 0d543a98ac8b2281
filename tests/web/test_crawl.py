"""Everything that can be reached by links answers, and keeps the rules of every page."""

import csv
import io
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from markupsafe import escape
from playwright.sync_api import Dialog

from api.web.session import cookie_name
from ledger.values.encoding import digest
from tests.api.people import KG, Producer, admit
from tests.web.browser import Watched
from tests.web.served import Demo

MOST = 150
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
HOSTILE = (
    '<script>alert("name")</script>',
    '=HYPERLINK("http://evil.example","lot")',
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "+1-800-EVIL",
)
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


def is_page(answer: httpx.Response) -> bool:
    """Whether it is shown in the browser, and not kept as a file."""
    html = answer.headers.get("content-type", "").startswith("text/html")
    return html and not answer.headers.get("content-disposition", "").startswith("attachment")


def cells(answer: httpx.Response) -> list[str]:
    """Every cell of a CSV twin."""
    return [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")) for cell in row]


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
        if answer.headers.get("content-type", "").startswith("text/csv"):
            assert [cell for cell in cells(answer) if cell.startswith(COMPUTED)] == [], path
        if is_page(answer):
            read = Read(path)
            read.feed(answer.text)
            assert read.faults == [], path
            assert read.headings == 1, path
            waiting += sorted(read.links)
    return found


@pytest.mark.parametrize("who", [None, "magnetmaker"])
def test_every_link_leads_somewhere_and_every_page_keeps_the_rules(demo: Demo, who: str | None) -> None:
    headers = demo.cookie(who) if who else {}
    found = crawl(demo, headers)
    assert {path: answer.status_code for path, answer in found.items() if answer.status_code not in (200, 303)} == {}
    assert {"/", "/verify", "/search", "/status", "/docs"} <= set(found)
    pages = [answer for answer in found.values() if is_page(answer)]
    assert all("default-src 'none'" in answer.headers["content-security-policy"] for answer in pages)
    assert not any("unsafe" in answer.headers["content-security-policy"] for answer in pages)


@pytest.fixture(scope="module")
def hostile(demo: Demo) -> str:
    """The token of an organization in whose every name, lot and number is something that should run, and never may."""
    name, lot, grade, template, phone = HOSTILE
    evil = admit(demo.ledger, name, "AU")
    other = admit(demo.ledger, template, "EE")
    output = {"lot": lot, "material": "oxide", "mass_mg": 10 * KG, "composition": {"Nd": 800_000}, "grade": grade}
    paper = {"digest": digest(b"paper"), "kind": grade, "name": phone}
    about = {"facility": evil.facility}
    certificate = {"subject": about, "scheme": phone, "number": lot, "issuer": {"name": name}}
    made = _sent(demo, evil, "source", evil.source(outputs=[output], evidence=[paper]), "2026-10-01T00:00:00Z")
    _sent(demo, evil, "certificate", certificate, "2026-10-02T00:00:00Z")
    metal = _sent(demo, evil, "process", evil.reduce(f"{made}#0", 5 * KG, template), "2026-10-03T00:00:00Z")
    offer = {"batches": [{"batch": f"{metal}#0"}], "to": other.id, "documents": [paper]}
    _sent(demo, evil, "transfer", offer, "2026-10-04T00:00:00Z")
    demo.organizations["hostile"] = evil.id
    return demo.token("hostile")


def _sent(demo: Demo, who: Producer, kind: str, members: dict[str, Any], at: str) -> str:
    data, record = who.sign(kind, members, at)
    answer = demo.http.post("/v1/records", content=data, headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    who.issuer.advance(record)
    return record


def test_hostile_names_run_nowhere_and_compute_nowhere(demo: Demo, hostile: str) -> None:
    found = crawl(demo, {"cookie": f"{cookie_name(demo.ledger.config)}={hostile}"})
    assert {path: answer.status_code for path, answer in found.items() if answer.status_code not in (200, 303)} == {}
    told = "".join(answer.text for answer in found.values() if is_page(answer))
    assert "<script>alert" not in told
    assert [name for name in HOSTILE if str(escape(name)) not in told] == [], "they are shown, as what they are"
    assert "49{%" not in told


def test_hostile_names_do_nothing_in_a_browser(seen: Watched, demo: Demo, hostile: str) -> None:
    opened: list[str] = []

    def told(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    seen.page.on("dialog", told)
    seen.sign_in(hostile)
    paths = crawl(demo, {"cookie": f"{cookie_name(demo.ledger.config)}={hostile}"})
    shown = [path for path, answer in paths.items() if is_page(answer)]
    for path in [path for path in shown if path.startswith("/o")][:12]:
        seen.go(path)
    assert opened == []
