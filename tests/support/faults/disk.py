"""A disk that fails: real files in a real folder, where the n-th step of a write is
refused, done half, or the last thing that happens.

A step is a call that changes a disk: to create a file, to write into one, to sync,
link, move or remove one. What stops there stops as when a process is killed. A power
cut loses more: of a file all that was not synced (the old bytes, none or half of the
new ones are there), and of the changes of names the last ones, back to the last sync of
any folder, as journaling file systems have it.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

ERRORS = {"ENOSPC": errno.ENOSPC, "EROFS": errno.EROFS, "EIO": errno.EIO, "half": errno.ENOSPC}
STOPS = ("stop", "kill", "power cut")
FREES = {"unlink", "rmdir", "chmod"}
"""What a full disk does all the same."""
SAID = {
    "ENOSPC": "database or disk is full",
    "half": "database or disk is full",
    "EROFS": "attempt to write a readonly database",
    "EIO": "disk I/O error",
}
"""What SQLite says then."""


class Stopped(BaseException):
    """The process ends here; nothing may swallow it."""


class Fault(NamedTuple):
    """What happens at which step; `lasting`: at all later ones, too."""

    what: str
    step: int
    lasting: bool = False


class File:
    """What of a file's bytes would outlast a power cut."""

    def __init__(self, synced: bytes = b"", dirty: bool = True):
        self.synced, self.dirty = synced, dirty


class Disk:
    """What happens below `root` while `playing` is entered; `steps` says what did."""

    def __init__(self, root: Path, fault: Fault | None = None, seed: object = 0):
        self.root, self.fault = root.resolve(), fault
        self.steps: list[str] = []
        self.over = False
        self._random = random.Random(str(seed))
        self._files = {path: File(path.read_bytes(), False) for path in self._paths() if
                       path.is_file()}  # fmt: skip
        self._folders = [path for path in self._paths() if path.is_dir()]
        self._first = dict(self._files)
        self._names: list[tuple[Any, ...]] = []  # changes of names, in order
        self._sure = 0  # how many of them outlast a power cut
        self._open: dict[int, File] = {}

    def _paths(self) -> list[Path]:
        return sorted(self.root.rglob("*"))

    def inside(self, path: Any) -> Path | None:
        """The path, absolute, if it is below the root."""
        if isinstance(path, int):
            return None
        whole = Path(os.path.abspath(os.fsdecode(path)))
        return whole if whole == self.root or self.root in whole.parents else None

    def step(self, name: str) -> Fault | None:
        """Counts one, and does what is to happen at it; returns the fault where the
        caller has to do a part.
        """
        if self.over:
            raise Stopped
        self.steps.append(name)
        fault, number = self.fault, len(self.steps) - 1
        if fault is None or number < fault.step or (number > fault.step and not fault.lasting):
            return None
        if fault.what in ("ENOSPC", "half") and name in FREES:
            return None
        if name in ("write", "execute") and fault.what in ("half", *STOPS):
            return fault
        self.happen(fault)
        return None

    def happen(self, fault: Fault) -> None:
        if fault.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.what in STOPS:
            self.over = True
            raise Stopped
        number = ERRORS[fault.what]
        raise OSError(number, os.strerror(number))

    def named(self, fault: Fault) -> str:
        """The step of a fault, in words."""
        name = self.steps[fault.step] if fault.step < len(self.steps) else "step"
        return f"{name} {fault.step}"

    # --- what changes names

    def changed(self, name: str, *paths: Path, file: File | None = None) -> None:
        change = (name, *paths, file)
        self._names.append(change)
        _apply(self._files, change)

    def create(self, path: Path, flags: int) -> None:
        """Notes a file that is going to be opened for writing."""
        if not path.exists():
            self.changed("create", path, file=File())
        elif flags & os.O_TRUNC and path in self._files:
            self._files[path].dirty = True

    def opened(self, handle: int, path: Path) -> None:
        if path in self._files:
            self._open[handle] = self._files[path]

    def file_of(self, handle: int) -> File | None:
        return self._open.get(handle)

    def synced(self, handle: int) -> None:
        file = self._open.get(handle)
        if file is None:
            self._sure = len(self._names)
            return
        for path, other in self._files.items():
            if other is file:
                with real_open(path, "rb") as stream:
                    file.synced, file.dirty = stream.read(), False

    def cut_power(self) -> None:
        """Leaves below the root what is on the disk afterwards."""
        names = self._random.randint(self._sure, len(self._names))
        tree, folders = dict(self._first), set(self._folders)
        present = {id(f): p.read_bytes() for p, f in self._files.items() if p.is_file()}
        for change in self._names[:names]:
            _apply(tree, change)
            _apply_to_folders(folders, change)
        for path in list(self.root.iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in sorted(folders):
            folder.mkdir(parents=True, exist_ok=True)
        for path, file in tree.items():
            data = file.synced
            if file.dirty:
                whole = present.get(id(file), b"")
                data = self._random.choice([data, b"", whole[: len(whole) // 2]])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    # --- the calls

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Python's calls go through here meanwhile."""
        with ExitStack() as stack:
            put: Callable[..., None] = lambda where, name, new: stack.enter_context(  # noqa: E731
                mock.patch.object(where, name, new)
            )
            for name, count in CALLS.items():
                put(os, name, partial(self._call, name, count, getattr(os, name)))
            put(os, "remove", os.unlink)
            put(os, "open", partial(self._os_open, os.open))
            put(os, "fsync", partial(self._fsync, os.fsync))
            put(os, "sync", self._sync)
            put(os, "link", partial(self._call, "link", 2, os.link))
            put(io, "open", partial(self._io_open))
            put(builtins, "open", io.open)
            put(shutil, "_use_fd_functions", False)  # names, not handles of folders
            put(sqlite3, "connect", partial(self._connect, sqlite3.connect))
            yield

    def _call(self, name: str, count: int, real: Any, *paths: Any, **options: Any) -> Any:
        ours = [self.inside(path) for path in paths[:count]]
        if not any(ours):
            return real(*paths, **options)
        self.step(name)
        result = real(*paths, **options)
        whole = [path for path in ours if path]
        if name != "chmod" and len(whole) == count:
            self.changed(name, *whole)
        return result

    def _os_open(self, real: Any, path: Any, flags: int, *rest: Any, **options: Any) -> int:
        ours = self.inside(path)
        writes = ours and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        creates = writes and flags & os.O_CREAT
        if ours and creates and not (flags & os.O_EXCL and ours.exists()):
            self.step("open")
            self.create(ours, flags)
        handle: int = real(path, flags, *rest, **options)
        self._open.pop(handle, None)
        if ours and writes:
            self.opened(handle, ours)
        return handle

    def _fsync(self, real: Any, handle: int) -> None:
        self.step("fsync")
        real(handle)
        self.synced(handle)

    def _sync(self) -> None:
        self.step("sync")
        for path, file in self._files.items():
            with real_open(path, "rb") as stream:
                file.synced, file.dirty = stream.read(), False
        self._sure = len(self._names)

    def _io_open(
        self, file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
        errors: str | None = None, newline: str | None = None, closefd: bool = True,
        opener: Any = None,
    ) -> Any:  # fmt: skip
        ours = self.inside(file)
        noted = isinstance(file, int) and self.file_of(file)
        if not set(mode) & set("wax+") or not (ours or noted):
            return real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if ours and opener is None:
            self.step("open")
            self.create(ours, os.O_TRUNC if "w" in mode else 0)
        raw = Raw(self, file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if ours and opener is None:
            self.opened(raw.fileno(), ours)
        if buffering == 0:
            return raw
        stream = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)

    def _connect(self, real: Any, path: Any, *rest: Any, **options: Any) -> Any:
        if not self.inside(path):
            return real(path, *rest, **options)
        self.step("open")
        base = real(path, *rest, **options, factory=Connection)
        base.disk = self
        return base


class Raw(io.FileIO):
    """A file whose writes are steps."""

    def __init__(self, disk: Disk, *arguments: Any):
        super().__init__(*arguments)
        self._disk = disk
        self._told: Fault | None = None

    def write(self, data: Any) -> int:
        disk, view = self._disk, memoryview(data).cast("B")
        if disk.over:
            return len(view)  # nobody is there any more
        if self._told is not None:
            fault, self._told = self._told, None
            disk.happen(fault)
        fault = disk.step("write")
        file = disk.file_of(self.fileno())
        if file is not None:
            file.dirty = True
        if fault is None:
            return super().write(view)
        half = super().write(view[: max(1, len(view) // 2)])
        if fault.what == "half":  # as systems do: the next one is told
            self._told = fault
        else:
            disk.happen(fault)
        return half


class Connection(sqlite3.Connection):
    """SQLite writes without Python: here a statement is a step, and what is killed is
    killed in the middle of one.
    """

    disk: Disk

    def execute(self, *arguments: Any) -> Any:
        return self._step(super().execute, *arguments)

    def executemany(self, *arguments: Any) -> Any:
        return self._step(super().executemany, *arguments)

    def _step(self, real: Any, *arguments: Any) -> Any:
        disk = self.disk
        try:
            fault = disk.step("execute")
            if fault is not None and fault.what == "kill":
                instructions = disk._random.randint(1, 200)
                self.set_progress_handler(partial(disk.happen, fault), instructions)
                real(*arguments)
            if fault is not None:
                disk.happen(fault)
        except OSError:
            assert disk.fault is not None
            raise sqlite3.OperationalError(SAID[disk.fault.what]) from None
        return real(*arguments)


CALLS = {"mkdir": 1, "rmdir": 1, "unlink": 1, "rename": 2, "replace": 2, "chmod": 1}
"""Of `os`, with how many paths each takes."""
real_open = io.open


def _apply(files: dict[Path, File], change: tuple[Any, ...]) -> None:
    """One change of names, in what stands where."""
    name, path, *rest, file = change
    if name == "create":
        files[path] = file
    elif name == "unlink":
        files.pop(path, None)
    elif name == "link":
        files[rest[0]] = files[path]
    elif name in ("rename", "replace"):
        for each in [each for each in files if each == path or path in each.parents]:
            files[rest[0] / each.relative_to(path)] = files.pop(each)


def _apply_to_folders(folders: set[Path], change: tuple[Any, ...]) -> None:
    name, path, *rest, _ = change
    if name == "mkdir":
        folders.add(path)
    elif name == "rmdir":
        folders.discard(path)
    elif name in ("rename", "replace"):
        for each in [each for each in folders if each == path or path in each.parents]:
            folders.discard(each)
            folders.add(rest[0] / each.relative_to(path))
