"""Pictures to features over a Ray cluster: workers that hold a device and the network
each, as `ray.data` has them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.tensor import tensor
from ..data.folders import PictureFile
from ..device import get_device, set_device
from ..host.lazy import np
from ..host.side_by_side import side_by_side
from ..zoo import load_extractor
from ..zoo.extraction import Features, Work
from ..zoo.extraction import extract_features as on_this_machine
from ..zoo.thumbnails import thumbnail_size
from .cluster import Shares, own_card, ray, shared
from .places import StoreError, read

if TYPE_CHECKING:
    from ..zoo import Extractor

BATCH = 64
"""Pictures that a worker is given at a time."""
READERS = 16
"""Threads of a worker that wait for a store, which takes some 0.05 s for a picture."""


def extract_features(
    extractor: Extractor,
    pictures: Iterable[Any],
    progress: Callable[[int, int], None] | None = None,
    *,
    fit: str = "squash",
    with_thumbnails: bool = False,
    mirror: bool = False,
    keep: bool = False,
    workers: int | None = None,
) -> Features:
    """`zoo.extract_features` over a Ray cluster: the one that RAY_ADDRESS names, or
    this machine alone.

    Each of the `workers` (one for each graphics card, or for each core) opens a device
    and the same network, and reads the pictures itself: paths must lead to them on each
    machine, or be addresses (s3://bucket/a.jpg, file:///a.jpg). A worker that dies is
    started anew, and its pictures are given to another. With `keep`, what has come is
    kept on this machine between runs, so that one that was stopped goes on.

    Raises ImportError without Ray, ValueError where no picture can be read, OSError
    where a store lets a worker have none of the pictures that it was given.
    """
    sources = [p.path if isinstance(p, PictureFile) else p for p in pictures]
    work = Work(extractor, sources, fit, mirror, keep)
    with work.kept_if_stopped():
        for rows in _looked_at(extractor, work.missing(), fit, mirror, shared(workers)):
            reasons = rows["reason"].tolist()
            if rows["lost"].all():  # so will the others be, after long waits for each
                raise OSError(reasons[0])
            read = [i for i, reason in enumerate(reasons) if not reason]
            numbers = rows["number"].tolist()
            refused = [(numbers[i], reason) for i, reason in enumerate(reasons) if reason]
            work.took([numbers[i] for i in read], refused)
            if read:
                values = rows["values"][read].reshape(len(read), *extractor.model.output.shape[1:])
                work.add(tensor(values), tensor(rows["small"][read]))
            work.keep()
            if progress:
                progress(work.done, len(sources))
    return work.features(with_thumbnails)


def _looked_at(
    extractor: Extractor,
    pictures: Iterator[tuple[int, Any]],
    fit: str,
    mirror: bool,
    shares: Shares,
) -> Iterator[dict[str, Any]]:
    """What workers made of the pictures, some rows at a time, in any order."""
    rows = [{"number": number, "source": str(source)} for number, source in pictures]
    if not rows:
        return
    engine = ray()
    device = "gpu" if shares.gpus else _own_device()
    # a folder of weights is its own name, as the workers have the same ones
    about = (str(extractor.folder or extractor.name), extractor.dtype, device, fit, mirror)
    # a block is what is lost with a worker that dies
    parts = max(shares.workers, -(-len(rows) // BATCH))
    done = engine.data.from_items(rows, override_num_blocks=parts).map_batches(
        Worker,
        fn_constructor_args=about,
        # a block at a time: Ray wants to know of how many rows where a card is taken
        batch_size=-(-len(rows) // parts) if shares.gpus else None,
        batch_format="numpy",
        compute=engine.data.ActorPoolStrategy(size=shares.workers),
        num_cpus=shares.cores,
        num_gpus=shares.gpus or None,
    )
    yield from done.iter_batches(batch_size=None, batch_format="numpy")


def _own_device() -> str:
    return "gpu" if get_device().adapter.language == "wgsl" else "cpu"


class Worker:
    """Lives on some machine of the cluster. Called with numbers and sources of
    pictures, it gives a row for each: its features, its thumbnail, and why it could not
    be read, if so.
    """

    def __init__(self, name: str, dtype: str, device: str, fit: str, mirror: bool):
        set_device(own_card() if device == "gpu" else device)
        self.extractor = load_extractor(name, dtype=dtype)
        self.fit, self.mirror = fit, mirror

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        reads = list(side_by_side(_read, batch["source"], READERS))
        try:
            seen = on_this_machine(
                self.extractor,
                [each.source for each in reads],
                fit=self.fit,
                mirror=self.mirror,
                with_thumbnails=True,
            )
        except ValueError as error:  # none of them can be read
            reads = [each if each.reason else _Read(None, str(error)) for each in reads]
            return self._rows(batch["number"], reads, [], None, None)
        skipped = iter(seen.skipped)
        for i in sorted({*range(len(reads))} - {*seen.kept}):
            reason = next(skipped).reason
            reads[i] = reads[i] if reads[i].reason else _Read(None, reason)
        values, small = seen.values.numpy(), seen.thumbnails.numpy()
        return self._rows(batch["number"], reads, seen.kept, values, small)

    def _rows(self, numbers: Any, reads: list[_Read], kept: list[int], *parts: Any) -> Any:
        widths = (self.extractor.features, thumbnail_size(*self.extractor.input_size))
        full = [np.zeros((len(numbers), width), np.float32) for width in widths]
        for whole, part in zip(full, parts, strict=True):
            if part is not None:
                whole[kept] = part.reshape(len(kept), -1)
        return {
            "number": numbers,
            "reason": np.array([each.reason for each in reads], object),
            "lost": np.array([each.lost for each in reads]),
            "values": full[0],
            "small": full[1],
        }


class _Read(NamedTuple):
    """What is at a place, or an empty file and the reason why not; `lost`: the store
    is that reason.
    """

    source: Any
    reason: str = ""
    lost: bool = False


def _read(source: str) -> _Read:
    try:
        return _Read(read(source))
    except OSError as error:
        return _Read(io.BytesIO(), str(error), isinstance(error, StoreError))
