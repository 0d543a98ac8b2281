"""The house stays as it was drawn: floors, sizes, public names."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for package in ("ledger", "api") for path in (ROOT / package).rglob("*.py"))
READ = [path for path in MODULES if "migrations" not in path.parts]
"""Without migrations: those are lists of tables, and not functions that anybody follows."""
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def defined(tree: ast.Module) -> Iterator[str]:
    """Every name that the top level of a module binds."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.If():  # the same names, once for the type checker and once for the program
                yield from defined(ast.Module(node.body, []))
            case ast.Import() | ast.ImportFrom():
                yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)


def public_definitions(tree: ast.Module) -> set[str]:
    made = (node for node in tree.body if isinstance(node, Function | ast.ClassDef))
    return {node.name for node in made if not node.name.startswith("_")}


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            names = ast.literal_eval(node.value)
            assert isinstance(names, list)
            return names
    return None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_is_too_long_to_read_at_once(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", READ, ids=name_of)
def test_no_function_is_too_long_to_read_at_once(path: Path) -> None:
    lengths = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions(ast.parse(path.read_text()))}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("path", READ, ids=name_of)
def test_public_names_are_listed_and_exist(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = exported(tree)
    public = public_definitions(tree)
    if names is None:
        assert not public, "a module with public names lists them in __all__"
        return
    assert len(set(names)) == len(names)  # their order is ruff's: RUF022
    assert set(names) <= set(defined(tree))
    assert public <= set(names), "what is not for others starts with an underscore"


def test_every_folder_has_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floors = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    named = {name.strip(" ()") for layer in floors["layers"] for name in layer.split("|")}
    parts = {p.parent.name if p.name == "__init__.py" else p.stem for p in ROOT.glob("ledger/*/__init__.py")}
    parts |= {p.stem for p in ROOT.glob("ledger/*.py")} - {"__init__"}
    assert {f"ledger.{part}" for part in parts} | {"api"} <= named


def test_imports_point_down_only() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True) == 0
