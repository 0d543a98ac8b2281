"""A ledger and two witnesses of its log, each over real HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.witness import create_witness_app
from ledger.workflows.open import log_policy_of
from ledger.workflows.witness import Witness, known_logs, open_witness
from tests.api.conftest import served_app
from tests.world import World

NOW = "2026-11-25T06:00:00Z"


@dataclass
class Panel:
    """A ledger's folder, and the witnesses that its settings name."""

    home: Path
    witnesses: dict[str, Witness] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def settings(self, quorum: str = "all", path: str = "witnesses.txt", **urls: str) -> str:
        """The file that names them all; each key has a line, and `both` keys of a witness must sign."""
        lines = []
        for name, witness in self.witnesses.items():
            plain, quantum = witness.vkeys()
            url = urls.get(name, self.urls[name])
            lines += [f"witness {name} {plain} {url}", f"witness {name}-pq {quantum} {url}"]
            lines.append(f"group {name}-both all {name} {name}-pq")
        both = " ".join(f"{name}-both" for name in self.witnesses)
        lines += ["quorum none"] if quorum == "none" else [f"group panel {quorum} {both}", "quorum panel"]
        file = self.home.parent / path
        file.write_text("".join(line + "\n" for line in lines))
        return str(file)

    def open(self, quorum: str = "all", home: Path | None = None, **urls: str) -> World:
        """The world of this folder, its log witnessed."""
        return World(home or self.home, start=NOW, witnesses=self.settings(quorum, **urls), witness_seconds="0")


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    world = World(tmp_path / "ledger")
    logs = known_logs([log_policy_of(world.ledger).encode()])
    world.close()
    found = Panel(tmp_path / "ledger")
    with ExitStack() as stack:
        for name in ("one", "two"):
            folder = tmp_path / name
            witness = open_witness(f"{name}.example", folder / "keys", folder / "witness.db", logs, lambda: NOW)
            found.witnesses[name] = witness
            found.urls[name] = str(stack.enter_context(served_app(create_witness_app(witness))).base_url)
        yield found
