"""Features that were made before, so that the next `teach` on the same pictures takes
seconds: one SQLite file in the cache folder.

A row is found by what is in the picture's file and by what made it: network, weights,
preprocessing, version. SQLite writes whole transactions, and lets several processes at
the file. What does not have its sum or its size any more is made again; a file that
cannot be read begins anew.

A picture's file is not read again while it has the size, the times and the number on
its disk that it had, as Git's index has it. Who puts the time of the last change back
moves the time at which the file's entry changed, which nobody can set. Windows has no
such time: there a file of the same size that was changed in place and whose time was
put back goes unnoticed (`--no-cache` makes all anew).
"""

from __future__ import annotations

import math
import os
import sqlite3
import stat
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..data.packs import in_parts
from ..host import settings
from ..host.files import discard
from ..host.keeping import cache_folder
from ..host.warned import warn

FORM = 2
"""Goes up whenever the same file and network would give other numbers."""
CEILING = 4 << 30
"""Bytes that the file may have. What was used longest ago goes first."""
PART = 512
"""Pictures that are looked up at a time."""
_WAIT = 10.0  # seconds for another process to finish its transaction
_DAY = 24 * 3600
_TABLES = """
CREATE TABLE makers (id INTEGER PRIMARY KEY, key BLOB UNIQUE, words TEXT);
CREATE TABLE files (path BLOB PRIMARY KEY, state TEXT, sum BLOB) WITHOUT ROWID;
CREATE TABLE features (id INTEGER PRIMARY KEY, maker INTEGER, sum BLOB, used INTEGER,
                       crc INTEGER, numbers BLOB, small BLOB, UNIQUE (maker, sum));
"""
T = TypeVar("T")


class State(NamedTuple):
    """By which a file is known to be what it was. Times are in nanoseconds."""

    size: int
    modified: int
    changed: int
    number: int


class Kept(NamedTuple):
    """What is there of one network: its name, pictures, bytes, days since it was used."""

    words: str
    pictures: int
    nbytes: int
    days: int


def where() -> Path:
    """The file. It need not be there yet."""
    return cache_folder("features") / "features.sqlite"


class KeptFeatures:
    """The file at `path`, made where it is not there, with at most `most` bytes. Where
    it cannot be opened, written or read nothing is kept, which a warning says.
    """

    def __init__(self, path: Path | None = None, most: int = CEILING):
        self.path, self.most = path or where(), most
        self._db: Any = None
        self._lock = threading.RLock()  # threads that decode ask, too
        self._open()

    def __reduce__(self) -> Any:
        """In another process: the same file, opened anew."""
        return KeptFeatures, (self.path, self.most)

    @property
    def works(self) -> bool:
        """Whether anything can be kept."""
        return self._db is not None

    def close(self) -> None:
        """Lets go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def maker(self, key: bytes, words: str) -> int:
        """The number of what makes features, by its key."""

        def work(db: Any) -> int:
            db.execute("INSERT OR IGNORE INTO makers (key, words) VALUES (?, ?)", (key, words))
            return int(db.execute("SELECT id FROM makers WHERE key = ?", (key,)).fetchone()[0])

        return self._done(work, -1)

    def any(self, maker: int) -> bool:
        """Whether anything is there of a maker: without, no picture need be asked for."""
        query = "SELECT 1 FROM features WHERE maker = ? LIMIT 1"
        return self._done(lambda db: db.execute(query, (maker,)).fetchone() is not None, False)

    def known(self, paths: Sequence[str | Path]) -> list[bytes]:
        """The sums of files that are as they were when their features were made, b"" of
        all others. None of them is opened.
        """
        names = [_name(path) for path in paths]

        def look(db: Any) -> dict[bytes, Any]:
            marks = ",".join("?" * len(names))
            query = f"SELECT path, state, sum FROM files WHERE path IN ({marks})"
            return {row[0]: row[1:] for row in db.execute(query, names)}

        nothing: dict[bytes, Any] = {}
        known, sums = self._done(look, nothing), [b""] * len(names)
        for i, name in enumerate(names):
            state, sum_ = known.get(name, ("", b""))
            if state and isinstance(sum_, bytes) and state == _words(state_of(paths[i])):
                sums[i] = sum_
        return sums

    def note(self, files: Iterable[tuple[str | Path, State, bytes]]) -> None:
        """Keeps what files' sums are while they are in these states."""
        rows = [(_name(path), _words(state), sum_) for path, state, sum_ in files]
        if rows:
            self._written("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def rows(self, maker: int, sums: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        """{sum: (features, thumbnail)} of those that are there."""
        today = _today()

        def look(db: Any) -> list[Any]:
            marks = ",".join("?" * len(sums))
            of = f"FROM features WHERE maker = ? AND sum IN ({marks})"
            rows = db.execute(f"SELECT sum, crc, numbers, small, used {of}", (maker, *sums))
            return list(rows)

        nothing: list[Any] = []
        rows = self._done(look, nothing)
        if any(row[4] != today for row in rows):
            query = "UPDATE features SET used = ? WHERE maker = ? AND sum = ?"
            self._written(query, [(today, maker, row[0]) for row in rows])
        return {
            row[0]: (row[2], row[3])
            for row in rows
            if isinstance(row[2], bytes) and isinstance(row[3], bytes) and row[1] == _crc(*row[2:4])
        }

    def keep(self, maker: int, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Keeps (sum, features, thumbnail) of pictures."""
        today = _today()
        self._written(
            "INSERT OR REPLACE INTO features (maker, sum, used, crc, numbers, small)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(maker, sum_, today, _crc(*values), *values) for sum_, *values in rows],
        )
        self._done(self._within_ceiling, None)

    def kept(self) -> list[Kept]:
        """What is there, the largest first."""
        query = (
            "SELECT words, COUNT(*), SUM(LENGTH(numbers) + LENGTH(small)), MAX(used) FROM features"
            " JOIN makers ON makers.id = maker GROUP BY maker ORDER BY 3 DESC"
        )
        nothing: list[Any] = []
        rows = self._done(lambda db: list(db.execute(query)), nothing)
        return [Kept(str(words), n, nbytes, _today() - day) for words, n, nbytes, day in rows]

    def nbytes(self) -> int:
        """Of the file, without what is free in it."""
        return self._done(_used, 0)

    def clear(self) -> None:
        """Removes the file. OSError where that cannot be."""
        self.close()
        _remove(self.path)

    def _within_ceiling(self, db: Any) -> None:
        size = _used(db)
        if size <= self.most:
            return
        (count,) = db.execute("SELECT COUNT(*) FROM features").fetchone()
        gone = math.ceil(count * (1 - 0.9 * self.most / size))
        oldest = "SELECT id FROM features ORDER BY used, id LIMIT ?"
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"DELETE FROM features WHERE id IN ({oldest})", (gone,))
        db.execute("DELETE FROM files WHERE sum NOT IN (SELECT sum FROM features)")
        db.execute("COMMIT")
        # as a script: of a statement without columns Python takes the first step alone,
        # and that is a single page
        db.executescript("PRAGMA incremental_vacuum")

    def _written(self, query: str, rows: Sequence[Any]) -> None:
        """In one transaction."""

        def work(db: Any) -> None:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(query, rows)
            db.execute("COMMIT")

        self._done(work, None)

    def _done(self, work: Callable[[Any], T], otherwise: T) -> T:
        """What `work` does with the open file; `otherwise` where that fails, which is
        no reason to end a job.
        """
        with self._lock:
            if self._db is None:
                return otherwise
            try:
                return work(self._db)
            except (sqlite3.OperationalError, OSError) as e:  # full, locked, no right to write
                self._without(e)
            except sqlite3.DatabaseError:
                self._anew()
            return otherwise

    def _open(self) -> None:
        try:
            self._db = self._connected()
        except (sqlite3.OperationalError, OSError) as e:
            self._without(e)
        except sqlite3.DatabaseError:
            self._anew()

    def _connected(self) -> Any:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(
            self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA trusted_schema = OFF")
            (form,) = db.execute("PRAGMA user_version").fetchone()
            if not form:
                form = _with_tables(db)
            if form != FORM:
                raise sqlite3.DatabaseError(f"of form {form}")
        except BaseException:
            db.close()
            raise
        return db

    def _anew(self) -> None:
        """Begins a new file in place of one that cannot be read."""
        warn(f"{self.path} is damaged; features of pictures are made and kept anew")
        self.close()
        try:
            _remove(self.path)
            self._db = self._connected()
        except (sqlite3.Error, OSError) as e:
            self._without(e)

    def _without(self, error: Exception) -> None:
        with suppress(sqlite3.Error):
            self.close()
        warn(f"features of pictures are not kept: {self.path}: {error}")


def _with_tables(db: Any) -> int:
    """Makes the tables of a new file, unless another process just did; returns the
    file's form. Only here, as setting how it is vacuumed makes the disk write.
    """
    db.execute("PRAGMA page_size = 16384")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("BEGIN IMMEDIATE")  # others wait while tables are made
    (form,) = db.execute("PRAGMA user_version").fetchone()
    if not form:
        for statement in _TABLES.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {FORM}")
    db.execute("COMMIT")
    return int(form or FORM)


def state_of(path: str | Path) -> State | None:
    """What a file's entry says; None where there is no file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return State(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def known_readable(paths: Sequence[Path]) -> list[bool]:
    """Which files are as they were when their features were made, for `find_pictures`:
    these need no look at their headers.
    """
    if not settings.FEATURES() or not os.path.isfile(where()):
        return [False] * len(paths)
    store = KeptFeatures()
    try:
        return [bool(sum_) for part in in_parts(paths, PART) for sum_ in store.known(part)]
    finally:
        store.close()


def _name(path: str | Path) -> bytes:
    return os.fsencode(os.path.abspath(path))


def _words(state: State | None) -> str:
    """As it is kept: SQLite's numbers have 63 bits, disks' have more."""
    return "" if state is None else " ".join(map(str, state))


def _crc(numbers: bytes, small: bytes) -> int:
    return zlib.crc32(small, zlib.crc32(numbers))


def _today() -> int:
    return int(time.time() // _DAY)


def _used(db: Any) -> int:
    names = ("page_size", "page_count", "freelist_count")
    size, pages, free = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int(size * (pages - free))


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-journal")):
        discard(each)
