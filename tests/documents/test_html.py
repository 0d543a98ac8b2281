"""The report as a page: the same words, no scripts, nothing from elsewhere, and every name is text."""

from html.parser import HTMLParser

import pytest

from ledger.documents.html import document_policy, render_document, render_html, report_css
from ledger.documents.voice import READERS, Reader
from ledger.errors import VerificationError
from tests.documents.conftest import Forge, Printed


class Read(HTMLParser):
    """Tags, attributes and words of a page, as a browser reads them; every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("reader", READERS)
def test_it_is_whole_and_holds_no_script_and_no_style_attribute(made: Printed, reader: Reader) -> None:
    for jwt in (made.auditor, made.public, made.assembly, made.no_date):
        read = Read(render_html(jwt, reader))
        assert read.tags[0] == "article"
        assert not {"script", "style", "link", "iframe", "object", "form", "img"} & set(read.tags)
        assert not any(name == "style" or name.startswith("on") for name, _ in read.attributes)
        assert [value for name, value in read.attributes if name == "href"] == [
            value
            for name, value in read.attributes
            if name == "href" and str(value).startswith("https://test.lodestone")
        ]


def test_a_whole_page_allows_its_own_style_and_nothing_else(made: Printed) -> None:
    page = render_document(made.auditor, "both")
    read = Read(page)
    assert document_policy().startswith("default-src 'none'; style-src 'sha256-")
    assert ("content", document_policy()) in read.attributes
    assert f"<style>{report_css()}</style>" in page
    assert page.isprintable() is False
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "&amp;"])
def test_whatever_a_name_holds_is_text(forge: Forge, name: str) -> None:
    read = Read(render_document(forge(lot=name), "en"))
    assert name in read.words
    assert "script" not in read.tags
    assert "img" not in read.tags


def test_marks_that_would_turn_a_line_around_are_shown(forge: Forge) -> None:
    words = "".join(Read(render_html(forge(lot="A\u202eB\u200fC", grade="زمين"))).words)
    assert "A[U+202E]B[U+200F]C" in words
    assert "زمين" in words


def test_it_says_what_the_paper_says(made: Printed) -> None:
    words = " ".join(" ".join(Read(render_html(made.auditor)).words).split())
    for said in ("Prepared against section 857(a)(2)", "Australia (AU), 100 %", "Not stated, so unknown", "Unknown: "):
        assert said in words
    assert "IATF 16949" in words
    assert "Certifier" in words
    assert "filed under" not in words


def test_what_is_no_report_makes_no_page(forge: Forge) -> None:
    for wrong in ("", "a.b.c", forge(extra="member")):
        with pytest.raises(VerificationError):
            render_html(wrong)
