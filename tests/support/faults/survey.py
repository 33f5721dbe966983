"""What came of many faults: the old thing or the new one is there, whole, nothing else
lies about, and the next one writes as ever.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from pywebml.host import files

from .disk import ERRORS, STOPS, Disk, Fault, Stopped
from .kinds import Kind

GOLDEN = (5**0.5 - 1) / 2
AGO = 3 * files.STALE
"""So long ago a process was killed, when the next one comes."""


class Seen(NamedTuple):
    """What is below a folder: what reads as the thing, and all names of files."""

    thing: Any
    names: frozenset[str]


@dataclass
class Survey:
    """Counts of what was there afterwards, and failures: {what happened: numbers}."""

    kind: Kind
    steps: int = 0
    old: int = 0
    new: int = 0
    failures: dict[str, list[int]] = field(default_factory=dict)

    def run(self, numbers: range, seed: int = 0) -> Survey:
        """Tries the faults of these numbers."""
        gc.collect()
        gc.freeze()  # what is there stays; the collections here look at the rest
        with room() as self.root:
            for number in numbers:
                try:
                    if failed := self._tried(number, seed):
                        self.failures.setdefault(failed, []).append(number)
                except Exception as error:
                    said = f"{type(error).__name__}: {str(error)[:120]}"
                    self.failures.setdefault(said, []).append(number)
        return self

    def add(self, other: Survey) -> None:
        self.steps = max(self.steps, other.steps)
        self.old += other.old
        self.new += other.new
        for what, numbers in other.failures.items():
            self.failures.setdefault(what, []).extend(numbers)

    def __str__(self) -> str:
        failed = sum(map(len, self.failures.values()))
        return (
            f"{self.steps} steps, {self.old:,} times the old one, {self.new:,} the new one,"
            f" {failed:,} failed"
        )

    # --- one fault

    def fault(self, number: int, seed: int = 0) -> tuple[bool, Fault]:
        """Whether an old thing is there, and what happens: at steps that lie evenly,
        however few are tried.
        """
        rng = random.Random(f"{self.kind.name} {seed} {number}")
        over = number % 2 == 0 and not self.kind.once
        what = rng.choice([*ERRORS, *STOPS])
        if self.kind.sqlite and what in STOPS:
            what = "kill"  # what is in its memory would be written yet
        elif what == "kill" and rng.random() < 0.7:
            what = "stop"  # the same without a process of its own
        step = int(number // 2 * GOLDEN % 1 * self.counts[over])
        return over, Fault(what, step, rng.random() < 0.5)

    def _tried(self, number: int, seed: int) -> str:
        over, fault = self.fault(number, seed)
        before, after, last = self.clean[over]
        self._start(over)
        disk = Disk(self.root, fault, f"{seed} {number}")
        self.seen_steps = disk.steps
        raised = ended = False
        place = None
        if fault.what == "kill":
            ended = self._killed(disk)
        else:
            try:
                with disk.playing(), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    place = self.kind.write(self.root, 1)
            except OSError as error:
                raised = True
                if not str(error):
                    return f"{fault.what} raises nothing that can be read"
            except Stopped:
                ended = True
            gc.collect()
            if fault.what == "power cut" and ended:
                disk.cut_power()
        return self._judged(fault, disk, (before, after, last), raised, ended, place)

    def _judged(
        self, fault: Fault, disk: Disk, clean: Any, raised: bool, ended: bool, place: Path | None
    ) -> str:
        """What is wrong, "" for nothing."""
        before, after, last = clean
        at = f"{fault.what}{' from there on' if fault.lasting else ''} at {disk.named(fault)}"
        elsewhere = isinstance(place, Path) and place.relative_to(self.root).as_posix()
        if elsewhere and elsewhere not in after.names:
            self.new += 1
            same = place.read_bytes() == self.bytes_of_new  # type: ignore[union-attr]
            return "" if same else f"{at}: what went elsewhere is not whole"
        seen = self._seen()
        old, new = seen.thing == before.thing, seen.thing == after.thing
        old = old or (self.kind.remade and seen.thing is None)
        if self.kind.grows:
            rest = seen.thing or []
            new = rest == (after.thing or [])[: len(rest)]
        if not (old or new):
            return f"{at}: it is neither old nor new but {seen.thing!r:.80}"
        if not (raised or ended or new or self.kind.sqlite):
            return f"{at}: nothing is said, and nothing written"
        self.old, self.new = self.old + (old and not new), self.new + new
        cleans = not ended and not (fault.lasting and fault.what in ("EROFS", "EIO"))
        cleans = cleans and disk.named(fault).split()[0] not in ("unlink", "rmdir")
        rest = {n for n in seen.names - before.names - after.names if files.MOVING not in n}
        if cleans and rest and not self.kind.sqlite:
            return f"{at}: {min(rest)} is left behind"
        return self._next(at, last, seen)

    def _next(self, at: str, last: Seen, seen: Seen) -> str:
        """Writes another one a few days later."""
        for path in self.root.rglob("*"):
            times = path.lstat().st_mtime - AGO
            os.utime(path, (times, times))
        files.swept.cache_clear()
        self.kind.write(self.root, 2)
        again = self._seen()
        if self.kind.grows:
            return ""
        if again.thing != last.thing:
            return f"{at}: the next one writes {again.thing!r:.80}"
        hidden = {name for name in again.names if files.UNDONE in name}
        return f"{at}: {min(hidden)} stays for good" if hidden else ""

    def _killed(self, disk: Disk) -> bool:
        child = os.fork()
        if not child:
            try:
                with disk.playing():
                    self.kind.write(self.root, 1)
            except BaseException:
                os._exit(3)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)

    # --- what there is without a fault

    def _seen(self) -> Seen:
        try:
            thing = self.kind.read(self.root)
        except FileNotFoundError:
            thing = None
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        return Seen(thing, frozenset(p.relative_to(self.root).as_posix() for p in paths))

    def _start(self, over: bool) -> None:
        """An empty folder, or one with the old thing."""
        old = self.prepared
        shutil.rmtree(self.root)
        if over:
            shutil.copytree(old, self.root)
        else:
            self.root.mkdir()

    @cached_property
    def prepared(self) -> Path:
        """A folder with the old thing."""
        self.kind.write(self.root, 0)
        place = self.root.with_name("old")
        shutil.copytree(self.root, place)
        return place

    @cached_property
    def clean(self) -> list[tuple[Seen, Seen, Seen]]:
        """Before, after and after the next one: without an old thing, and over one."""
        cases = []
        for over in (False, not self.kind.once):
            self._start(over)
            seen = [self._seen()]
            for version in (1, 2):
                place = self.kind.write(self.root, version)
                seen.append(self._seen())
                if version == 1 and isinstance(place, Path):
                    self.bytes_of_new = place.read_bytes()
            assert seen[1].thing not in (None, seen[0].thing), "nothing is written"
            cases.append((seen[0], seen[1], seen[2]))
        return cases

    @cached_property
    def counts(self) -> list[int]:
        """Steps of a write: without an old thing, and over one."""
        counts = []
        for over in (False, not self.kind.once):
            self._start(over)
            disk = Disk(self.root)
            with disk.playing():
                self.kind.write(self.root, 1)
            counts.append(len(disk.steps))
        self.steps = max(counts)
        return counts


@contextmanager
def room() -> Iterator[Path]:
    """A folder that is home and cache and the place for temporary files, too."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        root = Path(folder).resolve() / "root"
        root.mkdir()
        put = {"PYWEBML_CACHE": f"{root}/cache", "HOME": str(root)}
        with (
            mock.patch.dict(os.environ, put),
            mock.patch.object(tempfile, "tempdir", str(root)),
            mock.patch.object(os, "fsync", os.fstat),  # the disk here is one of ours
            mock.patch.object(os, "sync", int),
        ):
            yield root
