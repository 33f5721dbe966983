"""Files by name, and written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from . import IN_TAB
from .shown import shown

MAX_FILE = 1 << 30
"""Largest single file that is read, after unpacking (1 GiB)."""


_MOST = 800


MAX_TEXT = 16 << 20
"""Largest text that is kept between runs."""
ROOM = 1 << 20  # bytes that must be free where a result is to go
UNDONE = ".pywebml-"
"""How names begin of what is not finished yet."""
MOVING = f"{UNDONE}moving"
"""A folder in a folder: files that are whole and on their way out of it, to where the
ones of before stand. What is in it counts already, see `stores.exchanging`.
"""
STALE = 3600.0
"""Seconds after which what is not finished, and no process works on, is nobody's any
more; a day where the system cannot tell who works on it.
"""
MAX_STEM = 60  # letters of a name that stay where a file goes elsewhere


class FormatError(ValueError):
    """A file that is not what it should be; the message names the file, says what is
    wrong with it and what was expected.

    It is one printable line, whatever of the file's contents it shows.

    Example:
        >>> print(FormatError("no layer 'a\\nb'"), FormatError("9" * 5000).args[0][-9:])
        no layer 'a\\nb' 999999999
    """

    def __init__(self, message: str):
        if len(message) > _MOST:
            message = f"{message[:200]} ... {message[205 - _MOST :]}"  # the end says what is wrong
        super().__init__(shown(message))


STRUCTURAL = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError,
    MemoryError, NotImplementedError, EOFError, struct.error, zlib.error,
)  # fmt: skip
"""What code raises whose data have another structure than it expects."""


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Turns what the code inside raises over a file's structure into a FormatError: one
    sentence that begins with `what`, the file or the place in it. A FormatError that
    names it already passes as it is.

    Example:
        >>> with refused("project.json"):
        ...     {}["classes"]
        Traceback (most recent call last):
        pywebml.host.files.FormatError: project.json: 'classes' is missing
    """
    try:
        yield
    except STRUCTURAL as e:
        if isinstance(e, FormatError) and what in str(e):
            raise
        raise FormatError(f"{what}: {_in_words(e)}") from e


def _in_words(error: Exception) -> str:
    said = " ".join(str(error).split())
    if isinstance(error, KeyError):
        return f"{str(error)[:80]} is missing"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    in_words = isinstance(error, (ValueError, NotImplementedError))
    if said and (in_words or getattr(error, "in_words", False)):
        return said
    return f"a value is not of the kind that is expected here ({said or type(error).__name__})"


def checked_name(name: str) -> str:
    """`name` if it stays inside its folder: relative, forward slashes, no '..'.
    FormatError otherwise.

    Example:
        >>> checked_name("shards/group1.bin")
        'shards/group1.bin'
        >>> checked_name("../secret")
        Traceback (most recent call last):
        pywebml.host.files.FormatError: refused: the file name '../secret' leads out of its folder
    """
    path = PurePosixPath(name)
    if (
        not name
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in name
        or "\0" in name
    ):
        raise FormatError(f"refused: the file name {name!r} leads out of its folder")
    return name


def write_whole(path: str | Path, data: Any) -> Path:
    """Writes a file completely or not at all: to a temporary file beside it, then
    renamed; where a link leads, and straight into a pipe or a device. Returns its path
    once a power cut would not take it any more; OSError where it cannot be written.
    """
    path = Path(path)
    if _is_stream(path):
        with _stream(path) as stream:
            stream.write(data)
        return path
    target = path.resolve()
    make_folder(target.parent)
    swept(target.parent)
    # not named after the file, whose name may be as long as names can be
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=UNDONE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not IN_TAB:  # nobody else is there, and its umask would take all rights away
            os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise
    sync(target.parent)
    return path


def make_folder(folder: Path) -> None:
    """Makes a folder, and those that it is in, where they are not there yet."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(place: Path) -> None:
    """Has what a file says, or which names are in a folder, on the disk: a power cut
    does not take it any more. Windows does that by itself, and not all disks can.
    """
    if os.name != "posix" or IN_TAB:
        return
    try:
        handle = os.open(place, os.O_RDONLY)
    except PermissionError:  # a folder to write into, but not to list
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def sync_all() -> None:
    """`sync` for all that was written, where there are many files."""
    if hasattr(os, "sync") and not IN_TAB:
        os.sync()


def _is_stream(path: Path) -> bool:
    """Whether a pipe or a device is there, such as /dev/stdout."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _stream(path: Path) -> BinaryIO:
    """A pipe or a device to write into; OSError where nobody reads from the pipe."""
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return os.fdopen(handle, "wb")


def checked_place(path: str | Path) -> Path:
    """`path`, if a file can be written there, as far as that can be known: asked before
    long work. OSError that says why not.

    Example:
        >>> checked_place("/")
        Traceback (most recent call last):
        IsADirectoryError: / is a folder; give the name of a file
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; give the name of a file")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(f"{path} may not be written; give another name")
        if _is_stream(path):
            return path
        folder = path.resolve().parent
        if not folder.is_dir():
            raise FileNotFoundError(
                f"there is no folder {folder} to write {path.name} into; make it first"
            )
        with tempfile.NamedTemporaryFile(dir=folder, prefix=UNDONE) as trial:
            trial.write(bytes(ROOM))
            trial.flush()
    except OSError as error:
        if error.errno is None:  # ours, in words
            raise
        raise OSError(
            f"{_shortened(path.name)} cannot be written into {path.parent}:"
            f" {os.strerror(error.errno)}; give another place"
        ) from None
    return path


def write_or_beside(path: str | Path, data: Any) -> Path:
    """`write_whole`, for what must not be lost: where `path` cannot be written any more
    the file goes beside it under another name, else to the home or the temporary
    folder. Returns where it is; OSError where all of these fail.
    """
    path = Path(path)
    try:
        return write_whole(path, data)
    except OSError as error:
        stem, suffix = path.stem[:MAX_STEM], path.suffix[:16]
        beside = Path() if _is_stream(path) else path.parent
        # a home that nobody knows is left as "~" and not there
        for folder in (beside, Path(os.path.expanduser("~")), Path(tempfile.gettempdir())):
            if not os.path.isdir(folder):
                continue
            for number in range(2, 100):
                other = folder / f"{stem}-{number}{suffix}"
                try:
                    if not other.exists():
                        return write_whole(other, data)
                except OSError:
                    break
        raise error


@contextmanager
def said_in_words(what: str, instead: str) -> Iterator[None]:
    """Turns the system's errors into sentences: `what` could not be done, why, and what
    to do `instead`. Those that are in words already pass.

    Example:
        >>> with said_in_words("the page cannot be written", "name another folder"):
        ...     raise PermissionError(13, "Permission denied", "/page")
        Traceback (most recent call last):
        OSError: the page cannot be written: Permission denied; name another folder
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(f"{what}: {os.strerror(error.errno)}; {instead}") from None


# ---- what others may have damaged, and what was not finished ----


def text_of(path: Path) -> str:
    """What a file says, "" where it is not there, no file, or no text."""
    with suppress(OSError, UnicodeDecodeError):
        if path.is_file() and path.stat().st_size <= MAX_TEXT:  # a pipe would wait for a writer
            return path.read_text(encoding="utf-8")
    return ""


def sha256_of(path: Path) -> str:
    """The sum of a file in hexadecimal. OSError where that is none, or not to be read."""
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A hidden folder in a folder, gone afterwards; with what processes that were
    killed have left there.
    """
    make_folder(folder)
    sweep(folder)
    place = Path(tempfile.mkdtemp(dir=folder, prefix=UNDONE))
    try:
        with alone(place):
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what processes that were killed have left in a folder."""
    for left in folder.glob(f"{UNDONE}*"):
        with suppress(OSError):
            if left.name != MOVING and _is_nobodys(left):
                discard(left)


swept = lru_cache(1000)(sweep)
"""`sweep`, once a process: folders of many files take their time."""


def _is_nobodys(path: Path) -> bool:
    age = time.time() - path.lstat().st_mtime
    if age < STALE:
        return False
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (ImportError, OSError):
        return age > 24 * STALE
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        return age > 24 * STALE
    finally:
        os.close(handle)


def discard(path: Path) -> None:
    """Removes a file, a link, or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def make_room(path: Path) -> None:
    """Removes what stands where a file is to go and is none: a folder, a pipe, a link
    that leads nowhere.
    """
    if not path.is_file():
        discard(path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Others that write into the folder wait, so that the files of one stay together;
    where the system has no locks, nobody waits.
    """
    handle = None
    try:
        with suppress(ImportError, OSError):  # Windows and tabs; a disk without locks
            import fcntl

            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _shortened(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:40]}...{name[-12:]}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
