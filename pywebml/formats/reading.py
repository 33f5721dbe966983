"""The files of a model while they are read: each once, with progress, compared with
sums, and its weights from another place where that is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..host.files import MAX_FILE, FormatError, checked_name, sha256_of
from ..host.stores import Files, HttpFiles, open_store
from ..host.stores.files import Names, part_of
from ..host.stores.http import Progress
from ..host.stores.parts import Data, sha256_of_data

Where = str | Path | bytes | Mapping[str, bytes] | Files
"""What `open_store` takes: a path, an address, bytes, files by name."""
Sums = str | Mapping[str, str]
"""The sha256 of the file at a place, or of each of several by name."""
_DIGITS = frozenset("0123456789abcdef")


class Reading:
    """The files at a place. `sha256` says what their bytes must be: one sum for the one
    file (or zip) that the place names, or {name: sum} for all files that are read.
    `weight_path_prefix` is put before the paths of weights in a model.json, in place of
    where that lies.
    """

    def __init__(
        self,
        where: Where,
        progress: Progress | None = None,
        sha256: Sums | None = None,
        weight_path_prefix: str | None = None,
    ):
        self._files = open_store(where)
        self.name = self._files.name
        self._progress, self._prefix = progress, weight_path_prefix
        self._sums = {} if isinstance(sha256, str) or sha256 is None else dict(sha256)
        self._whole = sha256 if isinstance(sha256, str) else None
        for sum_ in (*self._sums.values(), *filter(None, [self._whole])):
            if not isinstance(sum_, str) or len(sum_) != 64 or not set(sum_) <= _DIGITS:
                raise ValueError(
                    f"sha256 must be 64 hexadecimal digits in lower case, got {sum_!r:.80}"
                )
        self._where, self._checks = where, sha256 is not None
        self._names: Names | None = None
        self._contents: dict[str, Data] = {}
        self._folder = ""
        self._before = self._done = 0
        self._expected: int | None = None
        self._listen(self._files)

    def _listen(self, files: Files) -> None:
        if isinstance(files, HttpFiles):
            files.progress = self._arrived

    def _arrived(self, size: int, total: int | None) -> None:
        """Of a file that comes from the net."""
        self._done = self._before + size
        if self._progress:
            known = None if total is None else self._before + total
            self._progress(self._done, self._expected or known)

    def expect(self, nbytes: int) -> None:
        """Tells how many bytes are still to come, for the progress."""
        self._expected = self._done + nbytes

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        return bytes(await self.part(path, limit))

    async def part(self, path: str, limit: int = MAX_FILE) -> Data:
        """As `read`; of a large file bytes that are read later."""
        data = self._contents.get(path)
        if data is None:
            data = self._contents[path] = await self._read(path, limit)
        if len(data) > limit:
            raise FormatError(f"{path!r} in {self.name} has more than {limit} bytes")
        return data

    async def _read(self, path: str, limit: int) -> Data:
        names = await self.list()
        self._before = self._done
        if self._prefix is None or path.endswith(".json"):
            self._folder = path[: path.rfind("/") + 1]
            files, name = self._files, path
        else:
            files = open_store(self._prefix + checked_name(path).removeprefix(self._folder))
            self._listen(files)
            (name,) = await files.list()
        data = await part_of(files, name, limit)
        if not isinstance(files, HttpFiles):
            self._arrived(len(data), None)
        if self._checks:
            self._check(path, data, names)
        return data

    def _check(self, path: str, data: Data, names: Names) -> None:
        if self._whole is not None:
            if path not in names:
                raise ValueError(
                    f"{self.name} is one of several files, and one sha256 cannot vouch for {path};"
                    f" give sha256={{{names[0]!r}: ..., {path!r}: ...}}"
                )
            return
        expected = self._sums.get(path)
        if expected is None:
            raise ValueError(f"no sha256 is given for {path!r} in {self.name}, which is read, too")
        _compare(f"{path!r} in {self.name}", sha256_of_data(data), expected)

    async def write(self, files: Mapping[str, bytes]) -> None:
        raise OSError(f"{self.name} is being read")

    async def remove(self) -> None:
        raise OSError(f"{self.name} is being read")

    async def list(self) -> Names:
        if self._names is None:
            if self._whole is not None:
                self._check_whole(self._whole)
            self._names = without_litter(await self._files.list())
        return self._names

    def _check_whole(self, expected: str) -> None:
        """Of the file that the place names, before anything in it is looked at."""
        if isinstance(self._files, HttpFiles):
            self._files.sha256 = expected  # compared when it has come
        elif isinstance(self._where, (bytes, bytearray, memoryview)):
            _compare(self.name, hashlib.sha256(self._where).hexdigest(), expected)
        elif isinstance(self._where, (str, Path)) and Path(self._where).is_file():
            _compare(self.name, sha256_of(Path(self._where)), expected)
        else:
            raise ValueError(f"{self.name} is no single file; give sha256={{name: sum, ...}}")


def without_litter(names: Names) -> Names:
    """The names without those of files that Macs add to zips.

    Example:
        >>> without_litter(["keras_model.h5", "__MACOSX/._keras_model.h5"])
        ['keras_model.h5']
    """
    own = [name for name in names if not name.rsplit("/", 1)[-1].startswith("._")]
    return own or names


def _compare(what: str, came: str, expected: str) -> None:
    if came != expected:
        raise FormatError(
            f"{what} is not the file that was expected: sha256 {came}, expected {expected}"
        )
