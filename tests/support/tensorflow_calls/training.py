"""Losses, cells, moving averages, and tensors from nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .call import Call, array, bools, call, floats, ints


def calls() -> Iterator[Call]:
    yield from _losses()
    yield from _cells()
    yield from _created()


def _losses() -> Iterator[Call]:
    truth, guess = floats(3, 4, low=0.1, high=0.9), floats(3, 4, low=0.2, high=0.8)
    classes = np.eye(4, dtype=np.float32)[[1, 0, 3]]
    signs = bools(3, 4).astype(np.float32)
    whole, each, rows = array(0.7).reshape(()), floats(3, 4, low=0, high=2), floats(3, 1, low=0)
    holes = np.where(bools(3, 4), each, 0).astype(np.float32)
    for reduction in range(4):  # none, mean, sum, sum by nonzero weights
        for weights in (None, whole, each, rows, holes):
            # TensorFlow.js has no gradient through its count of nonzero weights
            smooth = weights is None or reduction < 3
            yield call("losses.compute_weighted_loss", truth, weights, reduction, slopes=False)
            for name in ("absolute_difference", "mean_squared_error"):
                yield call(f"losses.{name}", truth, guess, weights, reduction, slopes=smooth)
            yield call("losses.hinge_loss", signs, guess, weights, reduction, slopes=False)
            yield call("losses.huber_loss", truth, guess, weights, 0.2, reduction, slopes=smooth)
            yield call("losses.log_loss", truth, guess, weights, 1e-7, reduction, slopes=smooth)
            yield call("losses.sigmoid_cross_entropy", signs, guess, weights, 0, reduction,
                       slopes=False)  # fmt: skip
        column = None if reduction % 2 else floats(3, low=0, high=2)
        yield call("losses.softmax_cross_entropy", classes, guess, column, 0, reduction,
                   slopes=False)  # fmt: skip
        yield call("losses.cosine_distance", truth, guess, 1, None, reduction, slopes=False)
        yield call("losses.cosine_distance", truth, guess, 1, rows, reduction, slopes=False)
    yield call("losses.sigmoid_cross_entropy", signs, guess, whole, 0.2, slopes=False)
    yield call("losses.softmax_cross_entropy", classes, guess, None, 0.3, slopes=False)
    yield call("moving_average", floats(2, 3), floats(2, 3, low=0), 0.9, None, False, slopes=False)
    yield call("moving_average", floats(2, 3), floats(2, 3, low=0), 0.6, 3, slopes=False)
    yield call("moving_average", floats(2, 3), floats(2, 3, low=0), 0.6, 3, False, slopes=False)


def _cells() -> Iterator[Call]:
    kernel, bias = floats(5, 8, low=-1, high=1), floats(8, low=-0.5, high=0.5)
    yield call("basic_lstm_cell", array(1.0).reshape(()), kernel, bias, floats(3, 3),
               floats(3, 2), floats(3, 2, low=-1))  # fmt: skip


def _created() -> Iterator[Call]:
    values, counts = [0.5, -1.0, 2.0, 3.5, 4.0, 7.0, -0.25, 9.0], [1, 0, 3, 4, 5, 6, 7, 8]
    for rank, shape in enumerate(([4, 2], [2, 2, 2], [2, 2, 1, 2], [1, 1, 1, 1, 8]), start=2):
        yield call(f"tensor{rank}d", values, shape)
        yield call(f"tensor{rank}d", counts, shape, "int32")
    yield call("tensor1d", values)
    yield call("tensor1d", counts, "bool")
    yield call("tensor2d", [[0.5, 1.5], [2.5, 3.5]])
    yield call("tensor6d", values, [2, 1, 2, 1, 2, 1])
    yield call("tensor", values, [2, 4])
    for value in (2.5, True):
        yield call("scalar", value)
    yield call("scalar", 3, "int32")
    for bounds in ((0.0, 5.0), (5, 0), (0, 7, 3), (1.0, 0.0, -0.3), (2, 2)):
        yield call("range", *bounds)
    yield call("range", 0, 9, 2, "int32")
    yield call("linspace", 1, 4, 7)
    yield call("fill", [2, 3], 1.5)
    yield call("fill", [2, 0], 4, "int32")
    for name in ("zeros", "ones"):
        for dtype in ("float32", "int32", "bool"):
            yield call(name, [2, 3], dtype)
        yield call(name, [])
    yield call("eye", 3)
    yield call("eye", 2, 4)
    yield call("eye", 2, 3, [2, 1])
    yield call("ones_like", ints(2, 2))
