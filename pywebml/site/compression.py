"""Compressed forms of a page's files, for servers that send such: `.gz` and `.br`
beside each.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..host.files import alone
from ..host.keeping import keep_file
from . import listing

COMPRESSED = {
    ".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".webmanifest", ".bin", ".txt",
}  # fmt: skip
WORTH = 1 << 14
"""Bytes for which brotli is worth starting Node."""
LARGE = 1 << 20
FAST, BEST = 9, 11
"""Brotli's levels. The best takes half a minute for ten million bytes, which the fast
one compresses in two seconds, but an eighth larger.
"""

_BROTLI = """
const { readFileSync } = require("node:fs");
const zlib = require("node:zlib");
const [way, level] = process.argv.slice(1);
const params = way === "pack" ? { [zlib.constants.BROTLI_PARAM_QUALITY]: Number(level) } : {};
const code = { pack: zlib.brotliCompressSync, unpack: zlib.brotliDecompressSync }[way];
process.stdout.write(code(readFileSync(0), { params }));
"""


class Coding(NamedTuple):
    """How a file is compressed: `suffix` is what its form is called beside it."""

    suffix: str
    pack: Callable[[bytes, int], bytes]
    unpack: Callable[[bytes], bytes]
    worth: int = 0  # bytes that a file needs for this


def codings() -> list[Coding]:
    """Gzip, and brotli where there is Node, which has it."""
    gzipped = Coding(".gz", lambda data, level: gzip.compress(data, 9, mtime=0), gzip.decompress)
    node = shutil.which("node")
    if node is None:
        return [gzipped]

    def brotli(data: bytes, *way: str) -> bytes:
        command = [node, "-e", _BROTLI, *way]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout

    def pack(data: bytes, level: int) -> bytes:
        return brotli(data, "pack", str(level))

    return [gzipped, Coding(".br", pack, lambda data: brotli(data, "unpack"), WORTH)]


def compress(path: Path, forms: Path | None = None) -> None:
    """Writes a file's compressed forms beside it, where they are smaller. In the folder
    `forms` of the cache they are kept for the next build, and so can take their time.
    """
    data = path.read_bytes()
    level = FAST if len(data) >= LARGE and forms is None else BEST
    for coding in codings():
        if len(data) < coding.worth:
            continue
        name = path.name + coding.suffix
        small = _form_of(data, forms / name, coding) if forms else None
        if small is None:
            small = coding.pack(data, level)
            if forms:
                with suppress(
                    OSError
                ):  # a cache that cannot be written; the next build tries again
                    keep_file(forms / name, small)
        if len(small) < 0.95 * len(data):
            path.with_name(name).write_bytes(small)


def compress_for_good(paths: Sequence[Path], forms: Path) -> None:
    """`compress` for files that do not change from build to build, all at once; of two
    builds the other waits, and has them, too.
    """
    with alone(forms), ThreadPoolExecutor() as pool:
        list(pool.map(partial(compress, forms=forms), paths))


def compress_all(site: Path) -> None:
    """`compress` for each file that shrinks, where that is not done."""
    files = [path for path in listing.plain_files(site) if path.suffix in COMPRESSED]
    with ThreadPoolExecutor() as pool:
        list(pool.map(compress, [p for p in files if not p.with_name(p.name + ".gz").is_file()]))


def _form_of(data: bytes, form: Path, coding: Coding) -> bytes | None:
    """The compressed form that is kept, if it is of this file: that may have been
    fetched anew, and the form may be broken, or be packed too well to be one.
    """
    with suppress(Exception):  # there is none, or what a library says of one that is broken
        if form.is_file() and form.stat().st_size <= len(data):
            small = form.read_bytes()
            return small if coding.unpack(small) == data else None
    return None
