"""Processes that decode pictures for this one. Threads of one process wait for each
other at Python's global lock (the GIL), and the one that feeds the device waits
longest: on 16 cores that costs a third of the pictures a second.

Each helper has a few threads, and memory that it shares with this process; jobs and
answers, both small, go through its standard input and output. It ends when its input
does, so also with the process that started it.
"""

from __future__ import annotations

import mmap
import os
import pickle
import select
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..host import IN_TAB
from ..host.cores import cores
from ..host.side_by_side import side_by_side

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

THREADS = 4
"""Of a helper. Fewer cores than two helpers keep busy are this process's own."""
SLOTS = THREADS + 2
"""Packs that a helper is at, or has done before they are asked for."""
ROOM = 20 << 20
"""Bytes of a slot. What is never written takes no memory."""
MOST_JOB = 8 << 10
"""Bytes of a job: a pipe, of 64 KiB, holds all of a helper's, so that nobody waits for
another to read.
"""
_RUN = "import sys; sys.path = sys.argv[2:]; from pywebml.data.helpers import serve; serve()"
_STARTED = b"+"
Work = Callable[..., Any]
"""(pictures, spare memory) -> a pack of them, in new memory where there is none."""


class Answer(NamedTuple):
    """To the job of a slot: a pack without its pixels, and how many of them lie in the
    slot. No pack where it could not be made: then who asked makes it, and sees why.
    """

    slot: int
    pack: Any = None
    pixels: int = 0


def helpers_for(pictures: Iterable[tuple[int, Any]]) -> int:
    """How many helpers suit the cores there are, and pictures (number, source) like
    these.
    """
    frozen = getattr(sys, "frozen", False)  # then the executable is no Python
    if IN_TAB or frozen or not sys.executable or not hasattr(os, "memfd_create"):
        return 0
    if not all(isinstance(source, (str, Path)) for _, source in pictures):
        return 0
    count = cores() // THREADS
    return count if count > 1 else 0


def by_helpers(work: Work, parts: Iterator[list[Any]], count: int) -> Iterator[Any]:
    """work(part, spare) of each part, in order, by so many helpers; each pack until the
    next is asked for. What a helper cannot do is done here, and so is what comes before
    they have started, or is left where all of them were killed.
    """
    helpers: list[_Helper] = []

    def until_started() -> Iterator[list[Any]]:
        while not all(helper.started() for helper in helpers):
            if (part := next(parts, None)) is None:
                return
            yield part

    begun: deque[tuple[_Helper, int, list[Any]]] = deque()
    try:
        with suppress(OSError):  # so many processes, or so much memory, are not to be had
            for _ in range(count):
                helpers.append(_Helper(work))
        others = max(1, cores() - count)  # a helper that starts keeps a core busy
        yield from side_by_side(work, until_started(), others)
        free = deque((each, slot) for slot in range(SLOTS) for each in helpers if each.lives)
        while True:
            while free and (part := next(parts, None)) is not None:
                helper, slot = free.popleft()
                helper.give(slot, part)
                begun.append((helper, slot, part))
            if not begun:
                break
            helper, slot, part = begun.popleft()
            yield helper.pack(slot, part)
            if helper.lives:
                free.append((helper, slot))
    finally:
        for helper in helpers:
            helper.end()
    yield from side_by_side(work, parts)


class _Helper:
    """A process that does jobs, each in a slot of its own."""

    lives, _started = True, False

    def __init__(self, work: Work):
        self._work = work
        memory = os.memfd_create("pywebml-pictures")
        try:
            os.ftruncate(memory, SLOTS * ROOM)
            self._slots = _slots(memory)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _RUN, str(memory), *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(memory,),
                start_new_session=True,  # a Ctrl-C is for this process, which ends them
            )
        finally:
            os.close(memory)
        self._answers: dict[int, Answer] = {}
        self._send(pickle.dumps(work))

    def started(self) -> bool:
        """Whether it waits for jobs, or was killed."""
        pipe: Any = self._process.stdout
        if not self._started and select.select([pipe], [], [], 0)[0]:
            self._started = True
            self.lives = pipe.read(1) == _STARTED
        return self._started

    def give(self, slot: int, part: list[Any]) -> None:
        try:
            job = pickle.dumps((slot, part))
        except Exception:  # an open file, say
            job = b""
        if not (0 < len(job) <= MOST_JOB and self._send(job)):
            self._answers[slot] = Answer(slot)

    def pack(self, slot: int, part: list[Any]) -> Any:
        """What was made of a part that was given."""
        try:
            while self.lives and slot not in self._answers:
                answer: Answer = pickle.load(self._process.stdout)  # type: ignore[arg-type]
                self._answers[answer.slot] = answer
        except (EOFError, OSError, pickle.UnpicklingError):  # it was killed
            self.lives = False
        done = self._answers.pop(slot, Answer(slot))
        if done.pack is None:
            return self._work(part)
        pixels = self._slots[slot][: done.pixels]
        return done.pack._replace(pixels=pixels) if done.pixels else done.pack

    def end(self) -> None:
        self._process.kill()  # there is nothing that it could lose
        self._process.communicate()

    def _send(self, words: bytes) -> bool:
        pipe = self._process.stdin
        try:
            pipe.write(words)  # type: ignore[union-attr]
            pipe.flush()  # type: ignore[union-attr]
        except OSError:  # it was killed
            self.lives = False
        return self.lives


def serve() -> None:
    """What a helper does."""
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whoever prints must not answer
    slots, work = _slots(int(sys.argv[1])), pickle.load(jobs)
    reading, writing = threading.Lock(), threading.Lock()
    answers.write(_STARTED)
    answers.flush()

    def loop() -> None:
        while True:
            with reading:
                try:
                    slot, part = pickle.load(jobs)
                except EOFError:
                    return
            answer = _answer(work, slot, part, slots[slot])
            with writing:
                answers.write(answer)
                answers.flush()

    threads = [threading.Thread(target=loop) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer(work: Work, slot: int, part: list[Any], memory: np.ndarray) -> bytes:
    try:
        pack = work(part, deque([memory]))
    except Exception:
        return pickle.dumps(Answer(slot))
    pixels = len(pack.pixels) if np.may_share_memory(pack.pixels, memory) else 0
    if pixels:
        pack = pack._replace(pixels=pack.pixels[:0])
    return pickle.dumps(Answer(slot, pack, pixels))


def _slots(memory: int) -> list[np.ndarray]:
    """uint8 [pixels, 4] of each slot."""
    whole = np.frombuffer(mmap.mmap(memory, SLOTS * ROOM), np.uint8)
    return list(whole.reshape(SLOTS, -1, 4))
