"""Pictures to features: what a pretrained network is used for."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.tensor import tensor
from ..data.folders import PictureFile, Skipped
from ..data.packs import Pack, packs
from ..data.pictures import name_of
from ..device import Adapter, get_device
from ..host import IN_TAB
from ..host.lazy import np
from ..host.side_by_side import side_by_side
from ..ops import concat
from .thumbnails import thumbnails
from .together import in_order, together

if TYPE_CHECKING:
    from ..core.tensor import Tensor
    from .extractor import Extractor
    from .onnx_classifier import OnnxClassifier
    from .shelf import Shelf

ON_GPU, ON_CPU = 64, 16
"""Pictures at a time."""
AHEAD = 4
"""Batches that a device is given before it is waited for: else a slow one would be
given pictures without end.
"""
TOGETHER = 1024
"""Rows that were kept and go to the device at a time."""
EVERY = 2.0
"""Seconds after which what was made is kept: who is stopped loses no more."""


class Features(NamedTuple):
    """What `extract_features` returns: row i of `values` belongs to picture number
    `kept[i]`, and so does row i of `thumbnails`, where they were asked for. Tensors,
    or rows on the host where they are too many for one (zoo/together.py).
    """

    values: Any
    kept: list[int]
    skipped: list[Skipped]
    thumbnails: Any = None


def extract_features(
    extractor: Extractor | OnnxClassifier,
    pictures: Iterable[Any],
    progress: Callable[[int, int], None] | None = None,
    *,
    fit: str = "squash",
    batch: int | None = None,
    with_thumbnails: bool = False,
    mirror: bool = False,
    keep: bool = False,
) -> Features:
    """The features of pictures (paths, PictureFile entries or binary files), float32
    [pictures that could be read, ...], in their order.

    Threads decode and pack the next pictures (data/packs.py) while the device resizes
    and normalises these and the network runs, captured, `batch` pictures at a time
    (`batch_size`, where that is None); the features stay on the device
    as long as one of its buffers holds them.
    `progress(done, of)` is called after each batch. A picture that cannot be read is
    named in `skipped`; ValueError if none can. `with_thumbnails`: see
    zoo/thumbnails.py; `mirror`: left and right change places. `keep`: features of files
    are kept between runs and not made again (zoo/kept_features.py).
    """
    sources = [p.path if isinstance(p, PictureFile) else p for p in pictures]
    work = Work(extractor, sources, fit, mirror, keep)
    batch = batch or batch_size(extractor, get_device().adapter)
    with work.kept_if_stopped():
        for seen in _batches(extractor, work.packs(fit), batch, mirror):
            work.look(seen, with_thumbnails)
            if progress:
                progress(work.done, len(sources))
    features = work.features(with_thumbnails)
    if progress and work.told < len(sources):
        progress(len(sources), len(sources))
    return features


def _shelf(extractor: Any, fit: str, mirror: bool) -> Shelf | None:
    if IN_TAB:
        return None
    try:
        from .shelf import shelf_of
    except ImportError:  # a Python that was built without SQLite
        return None
    return shelf_of(extractor, fit, mirror)


class Work:
    """What has been looked at so far: rows of features on the device, whose pictures'
    numbers are `read`; and those that were kept by runs before.
    """

    def __init__(self, extractor: Any, sources: Sequence[Any], fit: str, mirror: bool, keep: bool):
        self.extractor, self.sources = extractor, sources
        self.shelf = shelf = _shelf(extractor, fit, mirror) if keep else None
        self.kept = {} if shelf is None else shelf.rows
        self.read: list[int] = []
        self._refused: dict[int, Skipped] = {}
        self._values: list[Tensor] = []
        self._small: list[Tensor] = []
        self._rows = self._written = self._from = 0
        self._since = time.monotonic()
        self.told = 0

    def missing(self) -> Iterator[tuple[int, Any]]:
        """(number, source) of the pictures whose features are not there, for those who
        read them elsewhere.
        """
        shelf = self.shelf
        if shelf is None:
            yield from enumerate(self.sources)
            return
        unknown = shelf.missing(self.sources)
        work = side_by_side(lambda one: (*one, *shelf.opening(*one)), unknown)
        for number, source, opened, note in work:
            if note:
                shelf.note(self.sources, [(number, note)])
            if opened is not None:
                yield number, source

    def packs(self, fit: str) -> Iterator[Pack]:
        """These pictures, decoded; each pack until the next is asked for."""
        shelf, size = self.shelf, self.extractor.input_size
        if shelf is None:
            decoded = packs(enumerate(self.sources), size, fit, lasting=False)
        else:
            decoded = packs(shelf.missing(self.sources), size, fit, shelf.opening, lasting=False)
        for pack in decoded:
            if shelf is not None:
                shelf.note(self.sources, pack.notes)
            self.took(pack.read, pack.refused)
            yield pack

    def took(self, read: Iterable[int], refused: Iterable[tuple[int, str]]) -> None:
        """Notes which pictures come next, and which cannot be read."""
        self.read.extend(read)
        for i, reason in refused:
            self._refused[i] = Skipped(Path(name_of(self.sources[i])), reason)

    def look(self, seen: Tensor, with_thumbnails: bool) -> None:
        """Queues the network, and at times waits for it."""
        wants_small = with_thumbnails or self.shelf is not None
        self.add(self.extractor(seen), thumbnails(seen) if wants_small else None)

    def add(self, values: Tensor, small: Tensor | None) -> None:
        """Takes the features of the next pictures of `read`, and their thumbnails."""
        self._values.append(values)
        self._rows += len(values)
        if small is not None:
            self._small.append(small)
        if self.shelf is not None and time.monotonic() - self._since > EVERY:
            self.keep()
        elif len(self._values) % AHEAD == 0:
            get_device().sync()
        self.told = self.done

    @property
    def skipped(self) -> list[Skipped]:
        """In the order of the pictures, whoever was the first to refuse one."""
        return [self._refused[i] for i in sorted(self._refused)]

    @property
    def done(self) -> int:
        """Pictures that are done with."""
        return self._rows + len(self._refused) + len(self.kept)

    def keep(self) -> None:
        """Keeps the features that were made since the last time."""
        self._since = time.monotonic()
        if self.shelf is None or self._from == len(self._values):
            return
        values, small = (_joined(each[self._from :]) for each in (self._values, self._small))
        numbers = self.read[self._written : self._rows]
        flat = values.numpy().reshape(len(values), -1)
        self.shelf.keep(numbers, self.sources, flat, small.numpy())
        self._from, self._written = len(self._values), self._rows

    @contextmanager
    def kept_if_stopped(self) -> Iterator[None]:
        """Who presses Ctrl-C in here hears what is kept."""
        try:
            yield
        except KeyboardInterrupt:
            self.keep()
            if self.shelf is None or not self.shelf.store.works:
                raise
            raise KeyboardInterrupt(
                f"features of {self._written + len(self.kept):,} pictures are kept, and the same"
                " command goes on from there; nothing else was saved"
            ) from None

    def features(self, with_thumbnails: bool) -> Features:
        """All of them, in the order of the pictures. ValueError where there are none."""
        self.keep()
        if self.shelf is not None:
            self.shelf.close()
        if not self.read and not self.kept:
            reasons = "; ".join(s.reason for s in self.skipped[:3]) or "no pictures were given"
            raise ValueError(f"no features: {reasons}")
        numbers = [*self.read, *self.kept]
        shape = self.extractor.model.output.shape[1:] if self.kept else ()
        while self.kept:  # some at a time, so that they are not in memory twice
            some = [self.kept.pop(i) for i in list(itertools.islice(self.kept, TOGETHER))]
            flat, little = zip(*some, strict=True)
            self._values.append(tensor(np.stack(flat)).reshape(-1, *shape))
            self._small.append(tensor(np.stack(little)))
        values = together(self._values)
        small = together(self._small) if with_thumbnails else None
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        if order != list(range(len(numbers))):
            values = in_order(values, order)
            small = None if small is None else in_order(small, order)
        return Features(values, sorted(numbers), self.skipped, small)


def batch_size(extractor: Any, adapter: Adapter) -> int:
    """Pictures at a time: ON_GPU or ON_CPU, or as many as the largest tensor between
    two layers allows in one of the adapter's buffers.
    """
    most = ON_CPU if adapter.software else ON_GPU
    layers = getattr(getattr(extractor, "model", None), "layers", ())
    shapes = [shape for layer in layers for shape in _shapes(layer.output)]
    height, width = extractor.input_size
    numbers = max((math.prod(shape[1:]) for shape in shapes), default=height * width * 64)
    fits = max(1, adapter.max_binding // (4 * numbers))
    return min(most, 1 << (fits.bit_length() - 1))


def _shapes(output: Any) -> list[tuple[int, ...]]:
    outputs = output if isinstance(output, (list, tuple)) else [output]
    return [each.shape for each in outputs]


def _batches(extractor: Any, packs: Iterable[Pack], batch: int, mirror: bool) -> Iterator[Tensor]:
    """The network's input for `batch` pictures at a time, the last with what is left."""
    waiting: list[Tensor] = []
    for pack in packs:
        if not pack.read:
            continue
        pixels, places = tensor(pack.pixels, dtype="uint8"), tensor(pack.places, dtype="int32")
        waiting.append(extractor.packed(pixels, places, mirror=mirror))
        while sum(len(some) for some in waiting) >= batch:
            seen = _joined(waiting)
            waiting = [seen[batch:]] if len(seen) > batch else []
            yield seen if len(seen) == batch else seen[:batch]
    if waiting:
        yield _joined(waiting)


def _joined(tensors: list[Tensor]) -> Tensor:
    return concat(tensors, axis=0) if len(tensors) > 1 else tensors[0]
