"""Room around sequences, pictures and volumes, borders cut off, and values repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers

SHAPES = {1: (2, 5, 3), 2: (2, 5, 4, 2), 3: (1, 4, 5, 6, 2)}
PAIRS = ((1, 2), (0, 1), (2, 1))


def pads(rank: int) -> list[LayerCase]:
    kind, pairs = getattr(layers, f"ZeroPadding{rank}D"), PAIRS[:rank]
    numbers = (1, 0, 2)[:rank]
    return [
        LayerCase(kind, SHAPES[rank], [], lambda x: np.pad(x, ((0, 0), *((1, 1),) * rank, (0, 0)))),
        LayerCase(
            lambda: kind(pairs if rank > 1 else pairs[0]),
            SHAPES[rank],
            [],
            lambda x: np.pad(x, ((0, 0), *pairs, (0, 0))),
        ),
        LayerCase(
            lambda: kind(numbers if rank > 1 else numbers[0]),
            SHAPES[rank],
            [],
            lambda x: np.pad(x, ((0, 0), *((n, n) for n in numbers), (0, 0))),
        ),
    ]


def cut(x: Any, pairs: Any) -> Any:
    return x[
        (slice(None), *(slice(a, n - b) for n, (a, b) in zip(x.shape[1:], pairs, strict=False)))
    ]


def crops(rank: int) -> list[LayerCase]:
    kind, pairs = getattr(layers, f"Cropping{rank}D"), PAIRS[:rank]
    default = ((0, 0), (0, 0)) if rank == 2 else ((1, 1),) * rank
    return [
        LayerCase(kind, SHAPES[rank], [], lambda x: cut(x, default)),
        LayerCase(
            lambda: kind(pairs if rank > 1 else pairs[0]), SHAPES[rank], [], lambda x: cut(x, pairs)
        ),
        LayerCase(lambda: kind(1), SHAPES[rank], [], lambda x: cut(x, ((1, 1),) * rank)),
    ]


def repeated(x: Any, times: Any) -> Any:
    for axis, n in enumerate(times, 1):
        x = x.repeat(n, axis)
    return x


def mixed(x: Any, times: Any) -> Any:
    """Between the two nearest pixels, whose centres lie in their middle."""
    for axis, n in enumerate(times, 1):
        size = x.shape[axis]
        at = np.clip((np.arange(size * n) + 0.5) / n - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, size - 1)
        part = (at - low).reshape(-1, *(1,) * (x.ndim - axis - 1))
        x = x.take(low, axis) * (1 - part) + x.take(high, axis) * part
    return x


def keys(x: Any) -> Any:
    """Keys's cubic."""
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def lanczos(radius: int) -> Any:
    return lambda x: np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


KERNELS = {"bicubic": keys, "lanczos3": lanczos(3), "lanczos5": lanczos(5)}


def spread(x: Any, times: Any, word: str) -> Any:
    """Every pixel weighted by its distance, the weights adding up to 1."""
    for axis, n in enumerate(times, 1):
        size = x.shape[axis]
        at = (np.arange(size * n) + 0.5) / n - 0.5
        weights = KERNELS[word](abs(at[:, None] - np.arange(size)))
        weights = weights / weights.sum(1, keepdims=True)
        x = np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)
    return x


def ups(rank: int) -> list[LayerCase]:
    kind, times = getattr(layers, f"UpSampling{rank}D"), (2, 1, 3)[:rank]
    return [
        LayerCase(kind, SHAPES[rank], [], lambda x: repeated(x, (2,) * rank)),
        LayerCase(
            lambda: kind(times if rank > 1 else 3),
            SHAPES[rank],
            [],
            lambda x: repeated(x, times if rank > 1 else (3,)),
        ),
    ]


CASES = [
    *(case for rank in SHAPES for case in pads(rank)),
    *(case for rank in SHAPES for case in crops(rank)),
    *(case for rank in SHAPES for case in ups(rank)),
    LayerCase(
        lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"),
        (2, 3, 4, 2),
        [],
        lambda x: mixed(x, (2, 3)),
    ),
    *(
        LayerCase(
            lambda word=word: layers.UpSampling2D((2, 3), None, word),
            (1, 4, 5, 2),
            [],
            lambda x, word=word: spread(x, (2, 3), word),
        )
        for word in KERNELS
    ),
]


@parameters(CASES)
def test_borders(host: str, case: LayerCase) -> None:
    case.check()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.ZeroPadding2D(-1), "padding must be n"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), r"\(\(top, bottom\), \(left, right\)\)"),
        (lambda: layers.ZeroPadding1D((1, 2, 3)), r"n or \(before, after\)"),
        (lambda: layers.ZeroPadding3D((1, 2)), r"padding must be n, \(d, v, h\)"),
        (lambda: layers.Cropping2D("x"), "cropping must be n"),
        (lambda: layers.Cropping1D((1, -1)), "cropping must be n or"),
        (lambda: layers.Cropping1D(2)(layers.Input((4, 1))), "leaves nothing of an input"),
        (lambda: layers.Cropping2D(2)(np.ones((1, 5, 4, 1))), "leaves nothing of an input"),
        (lambda: layers.Cropping3D()(layers.Input((4, 1))), "depth, height, width"),
        (lambda: layers.UpSampling2D(0), "size must be a positive int"),
        (lambda: layers.UpSampling2D(interpolation="area"), "interpolation must be .* 'area'"),
        (lambda: layers.UpSampling1D(2)(layers.Input((4,))), r"\[batch, steps, channels\]"),
        (lambda: layers.Cropping1D(1, data_format="channels_first"), "channels come last"),
        (lambda: layers.UpSampling1D(2, data_format="channels_first"), "channels come last"),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_whole_numbers_stay_whole(host: str) -> None:
    x = np.arange(6, dtype=np.int32).reshape(1, 6, 1)
    assert layers.UpSampling1D(2)(x).numpy()[0, :, 0].tolist() == x[0, :, 0].repeat(2).tolist()
    assert layers.ZeroPadding1D(1)(x).dtype == "int32"
    mixed = layers.UpSampling2D(2, interpolation="bilinear")(x.reshape(1, 3, 2, 1))
    want = layers.UpSampling2D(2, interpolation="bilinear")(x.reshape(1, 3, 2, 1) * 1.0)
    assert mixed.dtype == "int32"
    np.testing.assert_array_equal(mixed.numpy(), np.round(want.numpy()))
