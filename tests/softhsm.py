"""A hardware module in software: SoftHSM, with a token of a test's own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.signing.pkcs11 import KeyUri

__all__ = ["PIN", "SoftHsm", "SoftHsmUnavailable", "find_softhsm", "initialized"]

PIN = "271828"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


class SoftHsmUnavailable(Exception):
    """There is none on this machine; the text says what is missing."""


@dataclass(frozen=True)
class SoftHsm:
    """A token, and the settings under which a process finds it."""

    module: Path
    settings: Path
    token: str = "lodestone"

    def uri(self, label: str) -> str:
        return str(KeyUri(self.token, label, str(self.module)))


def find_softhsm() -> Path:
    """The module.

    Raises:
        SoftHsmUnavailable: there is none.
    """
    found = next((Path(module) for module in _MODULES if Path(module).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        raise SoftHsmUnavailable("SoftHSM is not here (on Debian: apt-get install softhsm2)")
    return found


@contextmanager
def initialized(folder: Path) -> Iterator[SoftHsm]:
    """A module with one empty token, which this process and those that it starts find by SOFTHSM2_CONF."""
    module = find_softhsm()
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    try:
        made = SoftHsm(module, settings)
        command = ["softhsm2-util", "--init-token", "--free", "--label", made.token, "--pin", PIN, "--so-pin", "314159"]
        subprocess.run(command, check=True, capture_output=True)
        yield made
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
