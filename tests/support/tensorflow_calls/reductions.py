"""Sums, extremes, scans, orders and tallies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from .call import Call, array, bools, call, floats, ints

AXES = [None, 0, -1, [0, 2], [-2], [0, 1, 2]]


def calls() -> Iterator[Call]:
    for axis in AXES:
        for keepdims in (False, True):
            for name in ("sum", "mean", "max", "min", "logsumexp"):
                yield call(name, floats(2, 3, 4), axis, keepdims)
            # TensorFlow.js's gradient of prod counts no axis from the end
            from_the_start = axis in (None, 0, [0, 2], [0, 1, 2])
            yield call("prod", floats(2, 3, 4), axis, keepdims, slopes=from_the_start)
            for name in ("all", "any"):
                yield call(name, bools(2, 3, 4), axis, keepdims)
            yield call("moments", floats(2, 3, 4), axis, keepdims)
        for name in ("sum", "max", "min", "prod"):
            yield call(name, ints(2, 3, 4), axis)
        yield call("sum", bools(2, 3, 4), axis)
        yield call("mean", ints(2, 3, 4), axis)
    for axis in (0, 1, -1):
        for name in ("argmax", "argmin"):
            yield call(name, floats(4, 3, 2), axis, slopes=False)
            yield call(name, ints(5, 6), axis)
        yield call("softmax", floats(2, 3), -1)
        yield call("log_softmax", floats(3, 2), -1)
    for exclusive, reverse in itertools.product((False, True), (False, True)):
        for axis in (0, 1, 2):  # from the end TensorFlow.js counts wrong
            for name in ("cumsum", "cumprod"):
                named = {"exclusive": exclusive, "reverse": reverse, "slopes": False}
                yield call(name, floats(3, 1, 5), axis, **named)
        yield call("cumsum", floats(7), 0, exclusive=exclusive, reverse=reverse)
    yield call("cumsum", ints(4, 3), 1)
    yield call("sum", floats(0, 3), 0)
    yield from _norms()
    yield from _orders()
    yield from _tallies()


def _norms() -> Iterator[Call]:
    for order in ("euclidean", 1, 2):
        yield call("norm", floats(3, 4), order, 1, slopes=False)
        yield call("norm", floats(3, 4), order, -1, True, slopes=False)
    for order in ("fro", "euclidean", 1):
        yield call("norm", floats(3, 4), order, [0, 1], slopes=False)
    yield call("norm", floats(3, 4), slopes=False)
    yield call("euclidean_norm", floats(2, 3, 4), [0, 2], True, slopes=False)


def _orders() -> Iterator[Call]:
    for k in (1, 3):
        yield call("top_k", floats(4, 5), k, slopes=False)
        yield call("top_k", ints(2, 3, 5), k, True)
    for side in ("left", "right"):
        yield call("search_sorted", np.sort(floats(2, 6)), floats(2, 4), side, slopes=False)
    yield call("lower_bound", np.sort(ints(2, 6)), ints(2, 4))
    yield call("upper_bound", np.sort(ints(2, 6)), ints(2, 4))
    yield call("unique", ints(12, high=0))
    yield call("unique", ints(4, 3, low=0, high=2), axis=0)
    predictions = floats(4, 6)
    yield call("in_top_k", predictions, array(0, 5, 2, 1, dtype="int32"), 2, slopes=False,
               theirs="inTopKAsync")  # fmt: skip


def _tallies() -> Iterator[Call]:
    # without weights TensorFlow.js counts in float32
    yield call("bincount", ints(9, low=0, high=9), floats(9), size=6, slopes=False)
    yield call("dense_bincount", ints(2, 9, low=0, high=5), floats(2, 9), 5, slopes=False)
    yield call("dense_bincount", ints(9, low=0, high=5), floats(9), 5, slopes=False)
    labels, predicted = ints(9, low=0, high=4), ints(9, low=0, high=4)[::-1].copy()
    yield call("confusion_matrix", labels, predicted, 4, theirs="math.confusionMatrix")
    yield call("unsorted_segment_sum", floats(5, 2), ints(5, low=0, high=3), 3)
