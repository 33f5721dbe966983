"""`bench pipeline`: pictures a second, from JPEG files of 640 x 480 to what a network
sees and to its features; beside Pillow alone, torchvision's DataLoader with PyTorch,
and ONNX Runtime fed by our decoder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...data import pictures as pillow
from ...data.packs import packs
from ...data.pictures import load_picture
from ...device import get_device
from ...host.side_by_side import cores
from ...ops.image.packed import PackedPixels
from ...zoo.extraction import extract_features
from ...zoo.extractor import Extractor
from .beside import loader_peer, onnx_peer
from .measure import Row, row
from .networks import NETWORKS

WIDTH, HEIGHT, DIFFERENT = 640, 480, 100
ON_GPU, ON_CPU = 24_000, 400
"""Pictures of a pass."""
LAYER = "flat"


def rows(share: float = 1.0) -> Iterator[Row]:
    """Decoding by one thread and by all, and features; of a share of the pictures."""
    network, software = NETWORKS[1], get_device().adapter.software
    count = max(2 * DIFFERENT, int(share * (ON_CPU if software else ON_GPU)))
    with tempfile.TemporaryDirectory(prefix="pywebml-") as name:
        paths = photos(Path(name), count)
        side, few = (network.side, network.side), paths[: max(DIFFERENT, count // cores())]
        one = _timed(lambda: [load_picture(path, side, "crop") for path in few], len(few))
        other = _timed(lambda: [_by_pillow(path, side) for path in few], len(few))
        yield _row("decoded, one thread", one, "Pillow, one thread", other)

        everything = f"decoded, {cores()} cores"
        ours = _timed(lambda: _decoded(paths, side), count)
        loader = loader_peer().Loader(paths, network.side, network.preprocess)
        yield _row(everything, ours, loader.name, loader.timed(_timed), loader.lacks)

        whole = network.build()
        extractor = Extractor(network.title, whole, LAYER, network.preprocess, 0.001, "")
        work = f"decoded, {network.title}'s features"
        ours = _timed(lambda: _features(extractor, paths), count)
        for peer, seen in loader.features(extractor.model, _timed):
            yield _row(work, ours, peer, seen)
        if not loader.name:
            yield _row(work, ours, "", None, loader.lacks)
        if software:
            yield from _beside_onnx(extractor, paths, ours, work)


def photos(folder: Path, count: int) -> list[Path]:
    """JPEGs of soft shapes at all scales, as photos have them, with grain: DIFFERENT
    ones, each again under other names.
    """
    from PIL import Image

    generator, paths = np.random.default_rng(0), []
    for i in range(min(count, DIFFERENT)):
        light = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        for octave in range(1, 7):  # amplitudes fall with the frequency
            size = (2**octave * 3 // 2, 2**octave, 3)
            coarse = generator.standard_normal((size[1], size[0], 3)).astype(np.float32)
            for channel in range(3):
                plane = Image.fromarray(coarse[..., channel] + coarse[..., 0])
                light[..., channel] += np.asarray(
                    plane.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
                ) * (40 / octave)
        light += 128 + generator.normal(0, 5, (HEIGHT, WIDTH, 1))
        paths.append(folder / f"{i}.jpg")
        Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(paths[-1], quality=90)
    for i in range(len(paths), count):
        paths.append(folder / f"{i}.jpg")
        try:
            os.link(paths[i % DIFFERENT], paths[-1])
        except OSError:  # a disk without links
            shutil.copy(paths[i % DIFFERENT], paths[-1])
    return paths


def _by_pillow(path: Path, size: tuple[int, int]) -> Any:
    with pillow.open_picture(path, max(size)) as image:
        return pillow._pixels(image, size, "crop")


def _decoded(paths: list[Path], side: tuple[int, int]) -> None:
    for _ in packs(enumerate(paths), side, "crop", lasting=False):
        pass


def _features(extractor: Extractor, paths: list[Path]) -> None:
    extract_features(extractor, paths, fit="crop")
    get_device().sync()


def _timed(work: Callable[[], Any], count: int) -> float:
    """Pictures a second: the better of two passes after a first one, as recording and
    starting workers is done once.
    """
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return count / min(taken[1:])


def _beside_onnx(extractor: Extractor, paths: list[Path], ours: float, work: str) -> Iterator[Row]:
    """The same decoder's packs, resized and normalised by NumPy, through ONNX Runtime."""
    run = onnx_peer().batches(extractor.model)
    if run is None:
        yield _row(work, ours, "", None, "onnxruntime is not installed")
        return
    size, p = extractor.input_size, extractor.preprocess
    resize = PackedPixels(size, p.scale, p.offset, order=p.order)

    def look() -> None:
        for pack in packs(enumerate(paths), size, "crop"):
            run(resize.numpy(pack.pixels, pack.places))

    yield _row(work, ours, "ONNX Runtime (CPU), our decoder", _timed(look, len(paths)))


def _row(work: str, ours: float, peer: str, theirs: float | None, note: str = "") -> Row:
    """Of pictures a second, which the note says; the columns have milliseconds each."""
    words = f"{ours:,.0f} pictures a second"
    if theirs is not None:
        words += f", {peer} {theirs:,.0f}"
    return row(
        "pipeline",
        f"JPEG {WIDTH} x {HEIGHT}, {work}",
        1e3 / ours,
        peer if theirs is not None else "",
        None if theirs is None else 1e3 / theirs,
        f"{words}; {note}" if note else words,
    )
