"""Compressed forms of a page's files, for servers that send such: `.gz` and `.br`
beside each.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..host.keeping import keep_file
from . import listing

COMPRESSED = {".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".webmanifest", ".bin"}


class Coding(NamedTuple):
    """How a file is compressed: `suffix` is what its form is called beside it."""

    suffix: str
    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]


def codings() -> list[Coding]:
    """Gzip, and brotli where it is installed (the extra `page` has it)."""
    gzipped = Coding(".gz", lambda data: gzip.compress(data, 9, mtime=0), gzip.decompress)
    try:
        import brotli
    except ImportError:
        return [gzipped]

    def pack(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=11 if len(data) < 1 << 20 else 9))

    return [gzipped, Coding(".br", pack, brotli.decompress)]


def compress(path: Path) -> None:
    """Writes a file's compressed forms beside it, where they are smaller."""
    data = path.read_bytes()
    for coding in codings():
        small = coding.pack(data)
        if len(small) < 0.95 * len(data):
            path.with_name(path.name + coding.suffix).write_bytes(small)


def compress_all(site: Path) -> None:
    """`compress` for each file that shrinks, where that is not done."""
    for path in listing.plain_files(site):
        if path.suffix in COMPRESSED and not path.with_name(path.name + ".gz").is_file():
            compress(path)


def copy_compressed(file: Path, folder: Path) -> None:
    """Copies a file of the cache with its compressed forms. They are kept beside it,
    once for all builds: making them takes seconds.
    """
    shutil.copyfile(file, folder / file.name)
    if file.suffix not in COMPRESSED:
        return
    data = file.read_bytes()
    for coding in codings():
        form = file.with_name(file.name + coding.suffix)
        small = _form_of(data, form, coding)
        if small is None:
            small = coding.pack(data)
            with suppress(OSError):  # a cache that cannot be written; the next build tries again
                keep_file(form, small)
        (folder / form.name).write_bytes(small)


def _form_of(data: bytes, form: Path, coding: Coding) -> bytes | None:
    """The compressed form that is kept, if it is of this file: that may have been
    fetched anew, and the form may be broken, or be packed too well to be one.
    """
    with suppress(Exception):  # there is none, or what a library says of one that is broken
        if form.is_file() and form.stat().st_size <= len(data):
            small = form.read_bytes()
            return small if coding.unpack(small) == data else None
    return None
