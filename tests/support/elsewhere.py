"""What Windows does otherwise than the systems the tests run on, played in a process
of its own: `python elsewhere.py FOLDER` writes and reads all that there is, and prints
what failed.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "readline", "syslog")
CALLS = (
    "fork", "forkpty", "register_at_fork", "getuid", "geteuid", "getgid", "getpgid", "killpg",
    "sched_getaffinity", "sync", "mkfifo", "chown", "fchmod", "posix_fadvise", "O_NONBLOCK",
    "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "set_blocking",
)  # fmt: skip
SIGNALS = ("SIGKILL", "SIGALRM", "SIGHUP", "SIGUSR1", "alarm", "setitimer", "pthread_kill")


def play_windows() -> None:
    """Takes away what Windows has not, and refuses what it refuses. Texts are ASCII
    where nobody says otherwise: run it with LC_ALL=C and PYTHONUTF8=0.
    """
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for place, names in ((os, CALLS), (signal, SIGNALS)):
        for name in names:
            if hasattr(place, name):
                delattr(place, name)
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    os.open = _refusing_folders(os.open)
    for name in ("unlink", "remove", "rmdir", "replace", "rename"):
        setattr(os, name, _refusing_open(getattr(os, name), onto=name == "replace"))
    io.open = builtins.open = _refusing_names(builtins.open)  # pathlib takes it from io


def _refusing_folders(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def checked(path: Any, *words: Any, **named: Any) -> Any:
        if not isinstance(path, int) and os.path.isdir(path):
            raise PermissionError(errno.EACCES, "is a folder", os.fspath(path))
        return call(_allowed(path), *words, **named)

    return checked


def _refusing_open(call: Callable[..., Any], onto: bool) -> Callable[..., Any]:
    """What is open, or mapped, can be neither removed nor renamed nor replaced; and a
    rename takes no name that there is.
    """

    @wraps(call)
    def checked(path: Any, *others: Any, **named: Any) -> Any:
        if others and not onto and os.path.lexists(others[0]):
            raise FileExistsError(errno.EEXIST, "is there already", os.fspath(others[0]))
        for place in (path, *others):
            real = os.path.realpath(place)
            if any(file == real or file.startswith(f"{real}/") for file in in_use()):
                raise PermissionError(errno.EACCES, "in use", os.fspath(place))
            if place is not path and os.path.isdir(real):
                raise PermissionError(errno.EACCES, "a folder is no target", os.fspath(place))
        return call(path, *map(_allowed, others), **named)

    return checked


def _refusing_names(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def checked(path: Any, *words: Any, **named: Any) -> Any:
        return call(path if isinstance(path, int) else _allowed(path), *words, **named)

    return checked


def _allowed(path: Any) -> Any:
    """OSError where Windows has no such names."""
    for part in Path(os.fsdecode(path)).parts[1:]:
        if wrong := wrong_name(part):
            raise OSError(errno.EINVAL, f"{part!r} {wrong}", path)
    return path


def wrong_name(name: str) -> str:
    """What keeps a file from having this name on Windows; "" for nothing."""
    if name.split(".")[0].rstrip(" ").upper() in RESERVED:
        return "is a device"
    if odd := {letter for letter in name if letter in '<>:"|?*\\' or ord(letter) < 32}:
        return f"has {''.join(sorted(odd))!r}"
    return "ends in a dot or space" if name != name.rstrip(". ") and name.strip(".") else ""


PORTS = {f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)}
RESERVED = {"CON", "PRN", "AUX", "NUL", *PORTS}


def in_use() -> set[str]:
    """The files that this process has open or mapped."""
    folder, files = "/proc/self/fd", set()
    for number in os.listdir(folder):
        try:
            files.add(os.readlink(f"{folder}/{number}"))
        except OSError:  # that of the listing
            continue
    with _open("/proc/self/maps", encoding="utf-8") as maps:
        lines = [line.split(None, 5) for line in maps]
    return files | {line[5].rstrip("\n") for line in lines if len(line) > 5}


_open = builtins.open


def accepted(folder: Path) -> list[str]:
    """What is careless on Windows, and was accepted all the same."""
    path, other = folder / "a", folder / "b"
    for file in (path, other):
        file.write_text("text", encoding="utf-8")
    opened, mapped = path.open("rb"), np.memmap(other, np.uint8)
    acts: dict[str, Callable[[], Any]] = {
        "to open a folder": lambda: os.open(folder, os.O_RDONLY),
        "to replace an open file": lambda: os.replace(other, path),
        "to remove one": path.unlink,
        "to remove a mapped one": other.unlink,
        "to move the folder of an open one": lambda: folder.rename(f"{folder}-moved"),
        "to rename to a name that there is": lambda: path.rename(other),
        "a device's name": lambda: (folder / "aux.txt").write_text("", encoding="utf-8"),
        "a name with a colon": lambda: (folder / "a:b").write_bytes(b""),
        "a text without its encoding": lambda: (folder / "c").write_text("\u00e9"),
        "to fork": lambda: os.fork(),
    }
    careless = []
    for name, act in acts.items():
        try:
            act()
        except (OSError, UnicodeError, AttributeError):
            continue
        careless.append(name)
    opened.close()
    del mapped
    return careless


def main(folder: Path) -> None:
    play_windows()
    from faults import KINDS

    from pywebml.device import set_device

    set_device("cpu")
    (folder / "careless").mkdir()
    failed = dict.fromkeys(accepted(folder / "careless"), "was accepted")
    for number, kind in enumerate(KINDS):
        place = folder / str(number)
        place.mkdir()
        os.environ["PYWEBML_CACHE"] = str(place)
        try:
            seen = []
            for version in (0, 1):
                kind.write(place, version)
                seen.append(kind.read(place))
            if (seen[0] == seen[1]) != kind.once:
                failed[kind.name] = "the new one is not there"
        except Exception:
            failed[kind.name] = traceback.format_exc()[-2000:]
    print(json.dumps({"kinds": len(KINDS), "failed": failed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
