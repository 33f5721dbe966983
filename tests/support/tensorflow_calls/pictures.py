"""Pictures and boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .call import Call, array, call, floats, ints


def calls() -> Iterator[Call]:
    x = floats(2, 4, 5, 3)
    for name in ("image.resize_bilinear", "image.resize_nearest_neighbor"):
        square = floats(1, 4, 4, 2)  # TensorFlow.js's bilinear gradient is wrong for others
        for size in ([7, 3], [2, 9], [4, 5]):
            for align, half in ((False, False), (True, False), (False, True)):
                yield call(name, x, size, align, half, slopes=False)
                yield call(name, square, size, align, half, slopes=not half)
        yield call(name, floats(4, 5, 1), [3, 3], slopes=False)
    yield call("image.resize_nearest_neighbor", ints(1, 4, 5, 2), [6, 3])
    yield call("image.flip_left_right", x, slopes=False)
    yield call("image.grayscale_to_rgb", floats(2, 4, 5, 1), slopes=False)
    yield call("image.rgb_to_grayscale", floats(4, 5, 3, low=0), slopes=False)
    for angle in (0.3, 1.2, -1.1):
        yield call("image.rotate_with_offset", x, angle, slopes=False)
    yield call("image.rotate_with_offset", x, 0.6, 0.5, [0.25, 0.75], slopes=False)
    yield call("image.rotate_with_offset", x, 0.6, [1.0, 2.0, 3.0], 0.4, slopes=False)
    yield from _cropped()
    yield from _transformed()
    yield from _boxes()


def _cropped() -> Iterator[Call]:
    x = floats(2, 6, 5, 3)
    boxes = array([0.12, 0.0, 0.87, 0.83], [0.53, 0.9, 0.1, 0.2], [-0.3, 0.2, 1.4, 1.0])
    which = array(0, 1, 1, dtype="int32")
    for method in ("bilinear", "nearest"):
        for size in ([3, 4], [1, 1], [7, 2]):
            yield call("image.crop_and_resize", x, boxes, which, size, method, 0.5, slopes=False)


def _transformed() -> Iterator[Call]:
    x = floats(1, 4, 5, 2)  # of a second one TensorFlow.js fills too much
    rows = array([1.1, 0.1, -0.47, -0.2, 0.9, 0.63, 0, 0], [0.7, 0.1, 0.43, 0.2, 1.2, 0.33, 0, 0])
    for interpolation in ("nearest", "bilinear"):
        for fill in ("constant", "reflect", "wrap", "nearest"):
            for row in (rows[:1], rows[1:]):
                yield call("image.transform", x, row, interpolation, fill, 0.25, slopes=False)
    yield call("image.transform", x, rows[:1], "bilinear", "constant", 0, [6, 3], slopes=False)
    yield call("image.threshold", floats(4, 5, 3, low=0, high=255), "binary",
               False, 0.4, slopes=False)  # fmt: skip
    yield call("image.threshold", floats(4, 5, 1, low=0, high=255), "binary", True, 0.6,
               slopes=False)  # fmt: skip
    yield call("image.threshold", floats(7, 5, 1, low=0, high=255), "otsu", slopes=False)


def _boxes() -> Iterator[Call]:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 0.6, (9, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(0.2, 0.5, (9, 2))], 1).astype(np.float32)
    scores = floats(9, low=0, high=1)
    for most, overlap, least in ((3, 0.5, 0.0), (9, 0.2, 0.3), (9, 0.8, float(scores.min()))):
        args = (boxes, scores, most, overlap, least)
        yield call("image.non_max_suppression", *args, slopes=False)
        yield call("image.non_max_suppression_with_score", *args, 0.5, slopes=False)
        for padded in (False, True):
            yield call("image.non_max_suppression_padded", *args, padded, slopes=False)
