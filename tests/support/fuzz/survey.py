"""What came of many files: each is read or refused in words, in bounded time and
memory; what is anything else is kept by its number.
"""

from __future__ import annotations

import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pywebml.host.files import FormatError
from pywebml.host.shown import shown

from .reader import Reader

SECONDS = 10
MEMORY = 1 << 30


class Hang(BaseException):
    """A file that takes longer than SECONDS; nothing may swallow it."""


@dataclass
class Survey:
    """Counts, the worst time and whose that was, the worst growth of memory, and
    failures: {what happened: numbers of the files}.
    """

    loaded: int = 0
    refused: int = 0
    slowest: float = 0.0
    slow: int = -1
    grown: int = 0
    failures: dict[str, list[int]] = field(default_factory=dict)

    def run(self, reader: Reader, numbers: Iterable[int], seed: int = 0) -> Survey:
        """Tries the files of these numbers."""
        for number in numbers:
            file = reader.file(number, seed)
            before = peak()
            start = time.perf_counter()
            try:
                with limited():
                    reader.load(file)
                self.loaded += 1
            except FormatError as error:
                self.refused += 1
                if not str(error).strip() or shown(str(error)) != str(error):
                    self._failed(f"says nothing that can be read: {error!r:.80}", number)
            except (Exception, Hang) as error:
                self._failed(said(error), number)
            seconds, grown = time.perf_counter() - start, peak() - before
            self.grown = max(self.grown, grown)
            if seconds > self.slowest:
                self.slowest, self.slow = seconds, number
            if seconds > SECONDS or grown > MEMORY:
                self._failed(f"took {seconds:.1f} s, {grown >> 20} MiB", number)
        return self

    def add(self, other: Survey) -> None:
        self.loaded += other.loaded
        self.refused += other.refused
        self.slowest, self.slow = max((self.slowest, self.slow), (other.slowest, other.slow))
        self.grown = max(self.grown, other.grown)
        for what, numbers in other.failures.items():
            self.failures.setdefault(what, []).extend(numbers)

    def _failed(self, what: str, number: int) -> None:
        self.failures.setdefault(what, []).append(number)

    def __str__(self) -> str:
        failed = sum(map(len, self.failures.values()))
        return (
            f"{self.loaded:,} read, {self.refused:,} refused, {failed:,} failed, slowest"
            f" {self.slowest:.2f} s (number {self.slow}), at most {self.grown >> 20} MiB more"
        )


def said(error: BaseException) -> str:
    """Its kind, and where it was raised: the last line of pywebml."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/pywebml/" in frame.filename] or frames
    at = ours[-1]
    place = at.filename.rpartition("/pywebml/")[2]
    return f"{type(error).__name__} at {place}:{at.lineno}"


def peak() -> int:
    """Bytes of the most memory that this process ever had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


@contextmanager
def limited() -> Iterator[None]:
    """Hang after SECONDS, where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise Hang(f"longer than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
