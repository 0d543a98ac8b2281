"""New files that others will rely on, keys above all: whole or not there, and there for good."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["flush_folder", "write_new_file"]


def write_new_file(path: Path, data: bytes) -> None:
    """Write a new file with mode 0600, durable on return: its bytes, its name, and the names of its two folders.

    Whoever is stopped in between leaves no half a file under this name, only a `.writing-*` that nobody reads.

    Raises:
        FileExistsError: there is a file already; it is not replaced.
        OSError: it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)  # with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.link(temporary, path)  # unlike a rename it never replaces a file
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere a folder cannot be flushed
        flush_folder(path.parent)
        for folder in path.absolute().parents[1:3]:  # they may be as new as the file
            with suppress(PermissionError):  # but if we may not read it, it is not ours, and older than we are
                flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Write the names in a folder through to the disk.

    Raises:
        OSError: they cannot be written.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
