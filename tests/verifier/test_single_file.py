"""The verifier as one file: every module once, nothing from elsewhere, the same bytes each time."""

import hashlib
import re
import subprocess
import sys
from base64 import b64encode
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from api.web import single_file as module_of_it
from api.web.single_file import FILE_NAME, single_file, single_file_digest
from tests.cli.commands import inside
from tests.verifier.node import find_node

MODULES = sorted(Path(str(files("api") / "web" / "static" / "verifier")).rglob("*.js"))
WHOLE = single_file().decode()
SCRIPT = re.findall(r'<script type="module">(.*)</script>', WHOLE, re.DOTALL)[0]


def test_every_module_is_in_it_once() -> None:
    assert len(MODULES) > 30
    for module in MODULES:
        name = re.sub(r"\W", "_", str(module).partition("/static/verifier/")[2].removesuffix(".js"))
        assert SCRIPT.count(f"const ${name} = (() => {{") == 1, name


def test_its_policy_lets_nothing_run_but_its_own_script_and_style() -> None:
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', WHOLE)[0]
    (style,) = re.findall(r"<style>(.*)</style>", WHOLE, re.DOTALL)
    digests = [f"'sha256-{b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in (SCRIPT, style)]
    assert policy == (
        f"default-src 'none'; script-src {digests[0]}; style-src {digests[1]}; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(
        r"""(?:src|href|action)=["'](?!#)|url\(|@import|\bimport\s*[{"(]|\bon[a-z]+=["']""", _code(WHOLE)
    )


def _code(text: str) -> str:
    """Without comments, which name modules."""
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_no_markup_is_made_of_text_and_nothing_is_evaluated() -> None:
    for module in MODULES:
        code = _code(module.read_text())
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|setAttribute\(\"on", code
        ), module
        assert len(module.read_text().splitlines()) <= 300 or module.name in ("data.js", "words.js"), module


def test_no_sentence_hides_from_its_translators() -> None:
    """Inside a template the extractor of sentences sees nothing."""
    for module in MODULES:
        text = module.read_text()
        marked = len(re.findall(r'(?<![\w.])(?:_|N_|pgettext)\("', text)) + len(
            re.findall(r'(?<![\w.])_\(\s*\n\s*"', text)
        )
        found = extract_from_file("javascript", module, keywords={"_": None, "N_": None, "pgettext": ((1, "c"), 2)})
        assert marked == len(list(found)), module


def test_the_command_saves_it_and_prints_its_digest(tmp_path: Path) -> None:
    done = inside("verifier", "-o", tmp_path / FILE_NAME)
    assert done.code == 0
    data = (tmp_path / FILE_NAME).read_bytes()
    assert data == single_file()
    assert done.out.split()[0] == hashlib.sha256(data).hexdigest() == single_file_digest()
    assert inside("verifier", "--json").json == {"file": FILE_NAME, "sha256": single_file_digest()}


def test_it_is_the_same_in_another_process_and_its_script_runs(tmp_path: Path) -> None:
    code = "from api.web.single_file import single_file_digest as d; print(d())"
    root = Path(__file__).resolve().parents[2]
    again = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert again.stdout.strip() == single_file_digest()
    (tmp_path / "whole.mjs").write_text(SCRIPT)
    subprocess.run([find_node(), str(tmp_path / "whole.mjs")], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["a.js", "b/c.js"])
def test_what_cannot_stand_in_one_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for source in (
        'import "./x.js";\n',
        "export default 1;\n",
        "export { a };\n",
        'import { a } from "npm";\n',
        "// </script\n",
    ):
        (tmp_path / name).write_text(source)
        (tmp_path / "page.js").write_text(f'import {{ a }} from "./{name}";\n')
        with pytest.raises(ValueError, match=r"cannot stand in one file|no module of ours"):
            module_of_it._joined(tmp_path)
    (tmp_path / name).write_text(f'import {{ b }} from "{"../" if "/" in name else "./"}page.js";\n')
    with pytest.raises(ValueError, match="import each other"):
        module_of_it._joined(tmp_path)
