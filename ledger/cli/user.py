"""The user's own folder: profiles with their keys, the pinned policy, and the log of what went unexpectedly wrong."""

import os
import traceback
from pathlib import Path

from platformdirs import user_config_dir

__all__ = ["keep_traceback", "user_folder"]


def user_folder() -> Path:
    """Where this user's keys and settings live: `LODESTONE_USER_HOME`, else the system's place for settings."""
    return Path(os.environ.get("LODESTONE_USER_HOME") or user_config_dir("lodestone"))


def keep_traceback(error: BaseException) -> Path | None:
    """Keep what happened for whoever will look into it; the path, or None where it cannot be kept."""
    path = user_folder() / "last-error.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", errors="backslashreplace") as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return path
