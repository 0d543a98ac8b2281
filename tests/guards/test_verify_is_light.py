"""Whoever only verifies needs neither database nor web framework: the code loads where they are not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("alembic", "fastapi", "httpx", "psycopg", "sqlalchemy", "sqlmodel", "starlette", "uvicorn")


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not (ROOT / f"{name.replace('.', '/')}.py").exists(), reason="not yet")
        )
        for name in ("ledger.__init__", "ledger.bundle.verify", "ledger.cli.main")
    ],
)
def test_it_loads_without_database_and_web_framework(module: str) -> None:
    name = module.removesuffix(".__init__")
    code = f"import sys\nfor heavy in {HEAVY!r}: sys.modules[heavy] = None\nimport {name}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
