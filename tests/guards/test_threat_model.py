"""Each attack of the threat model names tests that are there and run, or says why it is not defended."""

import ast
import re
from functools import cache

from tests.docs.pages import ROOT

_TABLE = re.compile(r"^\| Somebody \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def parts() -> tuple[list[list[str]], list[list[str]]]:
    """The rows of what is defended, and of what is not."""
    defended, _, rest = (ROOT / "docs/threat-model.md").read_text().partition("\n## What is not defended\n")

    def rows(text: str) -> list[list[str]]:
        lines = [line for table in _TABLE.findall(text) for line in table.splitlines()]
        return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines]

    return rows(defended), rows(rest)


@cache
def running(path: str) -> frozenset[str]:
    """The tests of a file that pytest finds and that nobody has switched off."""
    tree = ast.parse((ROOT / path).read_text())
    assert not any(isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node) for node in tree.body), path
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not any(_off(mark) for mark in node.decorator_list)
    )


def _off(mark: ast.expr) -> bool:
    return bool(re.search(r"\bmark\.(skip|xfail)", ast.unparse(mark)))


def test_each_attack_is_told_once() -> None:
    defended, rest = parts()
    told = [row[0] for row in defended + rest]
    assert len(defended) >= 40
    assert sorted({attack for attack in told if told.count(attack) > 1}) == []


def test_every_attack_that_fails_names_a_test_that_shows_it() -> None:
    bare = [row[0] for row in parts()[0] if len(row) != 3 or not _TEST.search(row[2])]
    assert bare == []


def test_every_named_test_is_there_and_runs() -> None:
    named = [found for row in parts()[0] for found in _TEST.findall(row[2])]
    assert named
    assert (
        sorted(f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in running(path))
        == []
    )


def test_nothing_in_the_last_column_is_written_so_that_it_would_be_passed_over() -> None:
    assert [row[0] for row in parts()[0] if _TEST.sub("", row[2]).strip()] == []


def test_what_is_not_defended_says_why() -> None:
    assert parts()[1]
    assert [row[0] for row in parts()[1] if len(row) != 2 or len(row[1].split()) < 8] == []
