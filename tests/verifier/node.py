"""Node runs the verifier in JavaScript, many questions in one process; elsewhere it is left out in words.

With LODESTONE_REQUIRE_NODE=1, which `.ci/run` sets, a machine without Node fails the tests.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

__all__ = ["ask", "find_node", "text_of"]

_HERE = Path(__file__).parent
_OLDEST = 20
_REQUIRED = "LODESTONE_REQUIRE_NODE"


def text_of(data: bytes) -> str:
    """Bytes as a question carries them."""
    return b64encode(data).decode()


def find_node() -> str:
    """The program, or a test that is left out."""
    node = shutil.which("node") or shutil.which("nodejs")
    said = f"Node {_OLDEST} or later is not installed"
    if node is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) >= _OLDEST:
            return node
        said += f" (it is {version.strip()})"
    if os.environ.get(_REQUIRED) == "1":
        pytest.fail(f"{_REQUIRED}=1, but {said}")
    pytest.skip(f"{said}: the verifier in JavaScript was not asked")


def ask(questions: Iterable[Mapping[str, object]], driver: str = "driver.mjs") -> list[dict[str, Any]]:
    """What the verifier answers to each: `value`, or `refused` with its sentence. `driver` is a program beside this."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([find_node(), str(_HERE / driver)], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.split("\n") if line]
