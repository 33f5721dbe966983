"""Bytes of files that are read when somebody looks into them, so that a large file is
never in memory as a whole.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .. import IN_TAB
from ..files import FormatError

LARGE = 1 << 20
"""Smaller files are read at once."""
BLOCK = 1 << 16
"""So many bytes are read where a few are asked for: the next ones often lie beside."""
CHUNK = 1 << 20


class _File:
    """A file that stays open as long as somebody has a part of it."""

    def __init__(self, path: Path):
        self.path = path
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self._block, self._begin = b"", 0

    def read(self, begin: int, size: int) -> bytes | memoryview:
        with self._lock:
            at = begin - self._begin
            if size <= BLOCK // 4 and (at < 0 or at + size > len(self._block)):
                self._file.seek(begin)
                self._block, self._begin, at = self._file.read(BLOCK), begin, 0
            inside = at >= 0 and at + size <= len(self._block)
            return self._block[at : at + size] if inside else self._exactly(begin, size)

    def _exactly(self, begin: int, size: int) -> memoryview:
        # pages of their own go back to the system when nobody looks at them any more;
        # in the heap they would leave holes
        view, at = memoryview(_pages(size)), 0
        self._file.seek(begin)
        while at < size:
            count = self._file.readinto(view[at:])
            if not count:
                raise FormatError(f"{self.path} became shorter while it was read")
            at += count
        return view

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def _pages(size: int) -> Any:
    if IN_TAB:
        return bytearray(size)
    from mmap import mmap  # which a tab does not have

    return mmap(-1, size)


class _Memory(NamedTuple):
    """Bytes that are there, as a source of a part."""

    data: bytes | memoryview

    def read(self, begin: int, size: int) -> bytes | memoryview:
        return self.data[begin : begin + size]


class Span(NamedTuple):
    source: Any
    begin: int
    size: int


class Part:
    """Some bytes of one file, or of several one after another. A slice is a part, too:
    only `read` and `bytes` read.

    Example:
        >>> part = Part.joined([b"hel", b"lo wor", b"ld"])
        >>> len(part), bytes(part[2:7]), part.startswith(b"hell")
        (11, b'llo w', True)
    """

    def __init__(self, spans: Iterable[Span]):
        self._spans = [span for span in spans if span.size]
        self._size = sum(span.size for span in self._spans)

    @classmethod
    def of_file(cls, path: Path) -> Part:
        """All of a file. OSError where it cannot be opened."""
        file = _File(path)
        return cls([Span(file, 0, path.stat().st_size)])

    @classmethod
    def joined(cls, pieces: Iterable[Slice]) -> Part:
        """The pieces as one."""
        spans: list[Span] = []
        for piece in pieces:
            whole = [Span(_Memory(piece), 0, len(piece))] if not isinstance(piece, Part) else []
            spans += piece._spans if isinstance(piece, Part) else whole
        return cls(spans)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: slice) -> Part:
        begin, end, _ = place.indices(self._size)
        spans: list[Span] = []
        for source, start, size in self._spans:
            low, high = max(begin, 0), min(end, size)
            if low < high:
                spans.append(Span(source, start + low, high - low))
            begin, end = begin - size, end - size
        return Part(spans)

    def read(self) -> bytes | memoryview:
        """The bytes. FormatError where the file is no longer as long as it was."""
        pieces = [source.read(begin, size) for source, begin, size in self._spans]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def __bytes__(self) -> bytes:
        return bytes(self.read())

    def startswith(self, start: bytes | tuple[bytes, ...]) -> bool:
        longest = max(map(len, start)) if isinstance(start, tuple) else len(start)
        return bytes(self[:longest]).startswith(start)


Data = bytes | Part
"""What a file has."""
Slice = bytes | memoryview | Part
"""Some of that."""


def raw(data: Slice) -> bytes | memoryview:
    """The bytes of what may be a part."""
    return data.read() if isinstance(data, Part) else data


def joined(pieces: list[Data]) -> Data:
    """Pieces as one, in memory where they are there."""
    if len(pieces) == 1:
        return pieces[0]
    if any(isinstance(piece, Part) for piece in pieces):
        return Part.joined(pieces)
    return b"".join(pieces)  # type: ignore[arg-type]


def chunks(data: Slice) -> Iterator[bytes | memoryview]:
    """The bytes, some at a time."""
    for at in range(0, len(data), CHUNK):
        yield raw(data[at : at + CHUNK])


def sha256_of_data(data: Slice) -> str:
    digest = hashlib.sha256()
    for chunk in chunks(data):
        digest.update(chunk)
    return digest.hexdigest()


class Stream(io.RawIOBase):
    """A part as a file to read, for libraries that take one."""

    def __init__(self, part: Part):
        self._part, self._at = part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._part)}[whence]
        if start + offset < 0:
            raise ValueError(f"negative seek position {start + offset}")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = raw(self._part[self._at : self._at + len(view)])
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
