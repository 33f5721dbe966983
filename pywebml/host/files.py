"""Files by name, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

MAX_FILE = 1 << 30
"""Largest single file that is read, after unpacking (1 GiB)."""


class FormatError(ValueError):
    """A file that is not what it should be; the message names the file, says what is
    wrong with it and what was expected.
    """


def checked_name(name: str) -> str:
    """`name` if it stays inside its folder: relative, forward slashes, no '..'.
    FormatError otherwise.

    Example:
        >>> checked_name("shards/group1.bin")
        'shards/group1.bin'
        >>> checked_name("../secret")
        Traceback (most recent call last):
        pywebml.host.files.FormatError: refused: the file name '../secret' leads out of its folder
    """
    path = PurePosixPath(name)
    if (
        not name
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in name
        or "\0" in name
    ):
        raise FormatError(f"refused: the file name {name!r} leads out of its folder")
    return name


def write_whole(path: str | Path, data: Any) -> Path:
    """Writes a file completely or not at all: to a temporary file beside it, then
    renamed. Returns its path; OSError where it cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
