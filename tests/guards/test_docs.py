"""What people read is complete, leads somewhere, and says nothing of the machines where it was written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from ledger.cli.main import app
from ledger.errors import CODES
from ledger.workflows.config import SETTINGS
from tests.docs.pages import ROOT, anchors, links, pages

SOURCES = sorted(path for package in ("ledger", "api") for path in (ROOT / package).rglob("*.py"))


def read(name: str) -> str:
    return (ROOT / name).read_text()


def plain(text: str) -> str:
    """Without marks of code and line ends."""
    return " ".join(text.replace("`", "").split())


def commands(group: typer.core.TyperGroup, before: str = "lodestone") -> Iterator[str]:
    for name, found in group.commands.items():
        if isinstance(found, typer.core.TyperGroup):
            yield from commands(found, f"{before} {name}")
        else:
            yield f"{before} {name}"


def every_command() -> list[str]:
    whole = typer.main.get_command(app)
    assert isinstance(whole, typer.core.TyperGroup)
    return sorted(commands(whole))


def sentences_of_unsafe() -> list[str]:
    """The longest fixed part of every sentence with which the service refuses to go on."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            if node.func.id != "LedgerUnsafe":
                continue
            said = node.args[0]
            values = said.values if isinstance(said, ast.JoinedStr) else [said]
            parts = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
            if parts:
                found.add(plain(max(parts, key=len)).strip(" ,:;."))
    return sorted(found)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_a_refusal_is_explained(code: str) -> None:
    assert f"| `{code}` |" in read("docs/formats/rules.md")


def test_no_code_is_explained_that_there_is_not() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (?:bytes|keys|facts) \|", read("docs/formats/rules.md"), re.MULTILINE)
    assert sorted(rows) == sorted(CODES)


def test_every_setting_is_documented() -> None:
    text = read("docs/operations.md")
    used = {name for path in SOURCES for name in re.findall(r"LODESTONE_[A-Z_]*[A-Z]", path.read_text())}
    assert sorted(name for name in {*SETTINGS, *used} if f"`{name}" not in text) == []


@pytest.mark.parametrize("command", every_command())
def test_every_command_is_shown_to_its_users(command: str) -> None:
    text = plain("\n".join(page.read_text() for page in pages()))
    assert f"{command} " in f"{text} "


@pytest.mark.parametrize("sentence", sentences_of_unsafe())
def test_every_fault_of_the_ledger_has_its_remedy(sentence: str) -> None:
    start = re.split(r"[.;] ", sentence)[0]
    assert start in plain(read("docs/operations.md")), "say in docs/operations.md what to do"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{link}: there is no such heading"


@pytest.mark.parametrize(
    "page", [p for p in pages() if "docs" in p.parts], ids=lambda page: str(page.relative_to(ROOT))
)
def test_a_page_can_be_found_from_the_front(page: Path) -> None:
    listed = {
        (other.parent / link.partition("#")[0]).resolve() for other in pages() for link in links(other.read_text())
    }
    assert page.resolve() in listed


def test_docstrings_name_documents_that_exist() -> None:
    named = {name for path in SOURCES for name in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text())}
    assert named, "docstrings point to the formats"
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize(
    "page", [p for p in pages() if "docs" in p.parts], ids=lambda page: str(page.relative_to(ROOT))
)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:ledger|api|tests|docs|schemas|requirements)/[\w./-]*)`", page.read_text())
    assert sorted(name for name in set(named) if not (ROOT / name).exists()) == []


def test_decisions_are_numbered_once_and_listed_in_order() -> None:
    folder = ROOT / "docs" / "decisions"
    pages_of = sorted(page for page in folder.glob("*.md") if page.name != "README.md")
    numbers = [int(page.name[:4]) for page in pages_of]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [int(page.read_text().split(".", 1)[0].removeprefix("# ")) for page in pages_of] == numbers
    listed = re.findall(r"^(\d+)\. \[.*\]\((\d{4})-", (folder / "README.md").read_text(), re.MULTILINE)
    assert [(int(one), int(two)) for one, two in listed] == [(number, number) for number in numbers]
