"""The features that were kept of one extractor, for one job."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.precision import half_sums
from ..data.packs import in_parts
from ..device import get_device
from ..host import settings
from ..host.version import VERSION
from .kept_features import FORM, PART, KeptFeatures, State, state_of
from .thumbnails import thumbnail_size

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

IN_MEMORY = 16 << 20
"""Bytes of a file up to which it is read once. A larger one is read a second time, as
each thread holds one.
"""
FRESH = 2.0
"""Seconds since its last change in which a file may change again unnoticed: disks note
times more coarsely than programs write.
"""


class _File(io.BytesIO):
    """What was in a file, with its name for sentences."""

    name = ""


class _Read(NamedTuple):
    """A file as it was before it was read; `settled`: it had not changed for a while."""

    sum: bytes
    state: State
    settled: bool


class Note(NamedTuple):
    """Of a picture that was opened: its file, and (features, thumbnail) where those of
    the same bytes, in another place, are there.
    """

    read: _Read
    values: tuple[bytes, bytes] | None = None


class Opening:
    """Opens pictures, in any thread and process: their bytes are read once for their
    sum and for their pixels. With a `store` it looks there for what has that sum.
    """

    def __init__(self, store: KeptFeatures | None, maker: int, sizes: list[int]):
        self.store, self.maker, self.sizes = store, maker, sizes

    def __call__(self, number: int, source: Any) -> tuple[Any, Note | None]:
        """What is to be decoded of a picture, and what is to be noted. The source
        itself where that says what is wrong with it; None where there is nothing to do.
        """
        if not isinstance(source, (str, Path)) or (state := state_of(source)) is None:
            return source, None
        settled = max(state.modified, state.changed) < time.time_ns() - FRESH * 1e9
        try:
            with open(source, "rb", buffering=0) as file:
                data = _bytes_of(file, state.size)
                sum_ = hashlib.sha256(data) if data else hashlib.file_digest(file, "sha256")
        except OSError:
            return source, None
        read = _Read(sum_.digest(), state, settled)
        rows = self.store.rows(self.maker, [read.sum]) if self.store else {}
        if self.fits(values := rows.get(read.sum)):
            return None, Note(read, values)
        if not data:
            return source, Note(read)
        opened = _File(data)
        opened.name = str(source)
        return opened, Note(read)

    def fits(self, values: tuple[bytes, bytes] | None) -> bool:
        """Whether these are features and a thumbnail of this network's sizes."""
        return [len(each) for each in values or ()] == self.sizes


class Shelf:
    """`missing` tells which pictures may have to be looked at, without opening one, and
    puts the others' features into `rows`, {number: (features, thumbnail)} as float32;
    `opening` opens those, `note` takes what it noted; `keep` adds to what is kept.
    """

    def __init__(self, store: KeptFeatures, maker: int, width: int, small: int):
        self.store, self.maker = store, maker
        self.rows: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.opening = Opening(store if store.any(maker) else None, maker, [4 * width, 4 * small])
        self._reads: dict[int, _Read] = {}
        self._elsewhere: list[tuple[Any, _Read]] = []

    def missing(self, sources: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """(number, source) of those that have no features by their path, in order."""
        for part in in_parts(enumerate(sources), PART):
            files = [(i, source) for i, source in part if isinstance(source, (str, Path))]
            known = self.store.known([source for _, source in files])
            sums = {i: sum_ for (i, _), sum_ in zip(files, known, strict=True) if sum_}
            rows = self.store.rows(self.maker, list(sums.values()))
            there = {i: rows[sum_] for i, sum_ in sums.items() if self.opening.fits(rows.get(sum_))}
            self._take(there)
            yield from ((i, source) for i, source in part if i not in there)

    def note(self, sources: Sequence[Any], notes: Iterable[tuple[int, Note]]) -> None:
        """Takes what was noted of pictures, by their numbers."""
        for number, note in notes:
            if note.values:
                self._take({number: note.values})
                self._elsewhere.append((sources[number], note.read))
            else:
                self._reads[number] = note.read

    def keep(self, numbers: Sequence[int], sources: Sequence[Any], values: Any, small: Any) -> None:
        """Keeps rows of features and thumbnails, of files that are still what they were
        when they were read.
        """
        rows, files = [], []
        for i, row, little in zip(numbers, values, small, strict=True):
            read = self._reads.pop(i, None)
            if read and read.state == state_of(sources[i]):
                rows.append((read.sum, row.astype("<f4").tobytes(), little.astype("<f4").tobytes()))
                files.append((sources[i], read))
        if rows:
            self.store.keep(self.maker, rows)
        self._keep_states(files)

    def close(self) -> None:
        """Notes where else files lie whose features were there, and lets go."""
        self._keep_states(self._elsewhere)
        self.store.close()

    def _keep_states(self, files: Sequence[tuple[Any, _Read]]) -> None:
        self.store.note((path, read.state, read.sum) for path, read in files if read.settled)

    def _take(self, values: dict[int, tuple[bytes, bytes]]) -> None:
        """Puts them into `rows`, in one piece: of many small ones the memory would not
        go back to the system.
        """
        if values:
            columns = (b"".join(column) for column in zip(*values.values(), strict=True))
            wide, small = (np.frombuffer(c, np.float32).reshape(len(values), -1) for c in columns)
            self.rows.update(zip(values, zip(wide, small, strict=True), strict=True))


def _bytes_of(file: Any, size: int) -> bytes:
    """All that is in a file; b"" where that is more than IN_MEMORY, or not `size`."""
    # one byte more, and not IN_MEMORY: that would be mapped, and given back, each time
    data = bytes(file.read(size + 1)) if size <= IN_MEMORY else b""
    if len(data) == size:
        return data
    file.seek(0)
    return b""


def shelf_of(extractor: Any, fit: str, mirror: bool) -> Shelf | None:
    """Where an extractor's features are kept; None for a network without a sum of its
    weights, and where PYWEBML_FEATURES says 0.
    """
    weights = getattr(extractor, "weights_sha256", "")
    if not weights or not settings.FEATURES():
        return None
    about = {
        "form": FORM,
        "version": VERSION,
        "extractor": {**extractor.describe(), "folder": None},
        "network": extractor.model.get_config(),
        "dtype": extractor.dtype,
        "half_sums": half_sums(extractor.dtype),
        "device": (get_device().adapter.language, settings.ONNX_RUNTIME()),
        "fit": fit,
        "mirror": mirror,
    }
    key = hashlib.sha256(json.dumps(about, sort_keys=True, default=repr).encode()).digest()
    store = KeptFeatures()
    maker = store.maker(key, f"{extractor.name}, {extractor.dtype}, {fit}")
    return Shelf(store, maker, extractor.features, thumbnail_size(*extractor.input_size))
