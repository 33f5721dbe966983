"""What may stand where a file was kept: others write there, disks fail, processes are
killed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pywebml.host.files import discard


def _written(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _cut(path: Path) -> None:
    data = path.read_bytes() if path.is_file() else b"x"
    path.write_bytes(data[: len(data) // 2])


def _folder(path: Path) -> None:
    discard(path)
    path.mkdir()
    (path / "inside").write_bytes(b"")


def _link(path: Path, target: Path) -> None:
    discard(path)
    path.symlink_to(target)


def _pipe(path: Path) -> None:
    discard(path)
    os.mkfifo(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": _cut,
    "empty": _written(b""),
    "not utf-8": _written(b"\xff\xfe\x00"),
    "another type": _written(b"[1]"),
    "deep": _written(b"[" * 100_000),
    "web page": _written(b"<!doctype html>"),
    "folder": _folder,
    "link to nowhere": lambda path: _link(path, path.with_name("nowhere") / "x"),
    "link to itself": lambda path: _link(path, path),
    "link to a folder": lambda path: _link(path, path.parent),
    "pipe": _pipe,
}
