"""Products, matrices, signals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .call import Call, call, floats, ints


def calls() -> Iterator[Call]:
    yield call("matmul", floats(3, 4), floats(4, 5))
    yield call("matmul", floats(4, 3), floats(4, 5), True)
    yield call("matmul", floats(3, 4), floats(5, 4), False, True)
    yield call("matmul", floats(2, 4, 3), floats(2, 5, 4), True, True)
    yield call("matmul", floats(5, 2, 3, 4), floats(4, 2), slopes=False)
    yield call("matmul", ints(3, 4), ints(4, 2))
    yield call("dot", floats(4), floats(4, 3))
    yield call("dot", floats(2, 4), floats(4))
    yield call("dot", floats(5), floats(5))
    yield call("outer_product", floats(3), floats(4))
    for equation, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
        ("ij->ji", (2, 3)),
        ("ij,ij->i", (2, 3), (2, 3)),
        ("i,j->ij", (3,), (2,)),
        ("abc,cd->abd", (2, 3, 4), (4, 5)),
        ("ij->", (3, 4)),
    ):
        yield call("einsum", equation, *(floats(*shape) for shape in shapes), slopes=False)
    yield call("linalg.qr", floats(3, 3), slopes=False, close=1e-4)
    yield call("linalg.qr", floats(4, 3), True, slopes=False, close=1e-4)
    yield call("linalg.gram_schmidt", floats(3, 5), slopes=False, close=1e-4)
    yield from _signals()


def _signals() -> Iterator[Call]:
    for length in (2, 5, 8):
        yield call("signal.hann_window", length)
        yield call("signal.hamming_window", length)
    yield call("signal.frame", floats(9), 4, 2, slopes=False)
    yield call("signal.frame", floats(9), 4, 3, True, 0.5, slopes=False)
    yield call("signal.stft", floats(10), 4, 2, slopes=False, close=1e-5)
    yield call("complex", floats(2, 3), floats(2, 3, low=0), slopes=False)
    for size in (4, 6):
        complexes = (floats(2, size) + 1j * floats(size)).astype(np.complex64)
        yield call("real", complexes)
        yield call("imag", complexes)
        yield call("spectral.fft", complexes, slopes=False)
        yield call("spectral.ifft", complexes, slopes=False)
        yield call("spectral.rfft", floats(2, size), slopes=False)
        yield call("spectral.rfft", floats(2, size), size + 2, slopes=False)
    for size in (3, 5):
        half = (floats(2, size) + 1j * floats(size)).astype(np.complex64)
        yield call("spectral.irfft", half, slopes=False)
