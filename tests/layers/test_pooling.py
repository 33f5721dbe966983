"""Pooling over windows, over all sizes, and to sizes that are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import windows

import pywebml as pw
from pywebml import layers

SHAPES = {1: (2, 7, 3), 2: (2, 5, 6, 3), 3: (2, 4, 5, 6, 2)}


def kind(word: str, rank: int) -> Any:
    return getattr(layers, f"{word}{rank}D")


def inner(rank: int) -> tuple[int, ...]:
    """The axes of the windows in what `windows` gives."""
    return tuple(range(rank + 1, 2 * rank + 1))


def over_windows(rank: int) -> list[LayerCase]:
    largest, mean, shape = kind("MaxPooling", rank), kind("AveragePooling", rank), SHAPES[rank]
    size, stride = (3, 2, 2)[:rank], (2, 1, 2)[:rank]
    return [
        LayerCase(largest, shape, [], lambda x: windows(x, 2, 2).max(inner(rank))),
        LayerCase(
            lambda: largest(size, stride, "same"),
            shape,
            [],
            lambda x: windows(x, size, stride, fill=-np.inf, same=True).max(inner(rank)),
        ),
        LayerCase(lambda: mean(2), shape, [], lambda x: windows(x, 2, 2).mean(inner(rank))),
        LayerCase(
            lambda: mean(size, stride, "same"),
            shape,
            [],
            lambda x: np.nanmean(windows(x, size, stride, fill=np.nan, same=True), inner(rank)),
        ),
    ]


def over_all(rank: int) -> list[LayerCase]:
    axes = tuple(range(1, rank + 1))
    return [
        LayerCase(
            lambda word=word, keep=keep: kind(word, rank)(keepdims=keep),
            SHAPES[rank],
            [],
            lambda x, reduce=reduce, keep=keep: reduce(x, axis=axes, keepdims=keep),
        )
        for word, reduce in (("GlobalAveragePooling", np.mean), ("GlobalMaxPooling", np.max))
        for keep in (False, True)
    ]


def adapted(x: Any, sizes: Any, reduce: Any) -> Any:
    for axis, m in enumerate(sizes, 1):
        n = x.shape[axis]
        parts = [x.take(range(i * n // m, -(-(i + 1) * n // m)), axis) for i in range(m)]
        x = np.stack([reduce(part, axis) for part in parts], axis)
    return x


def to_sizes(rank: int) -> list[LayerCase]:
    return [
        LayerCase(
            lambda word=word, sizes=sizes: kind(word, rank)(sizes if rank > 1 else sizes[0]),
            SHAPES[rank],
            [],
            lambda x, reduce=reduce, sizes=sizes: adapted(x, sizes, reduce),
        )
        for word, reduce in (("AdaptiveAveragePooling", np.mean), ("AdaptiveMaxPooling", np.max))
        for sizes in ((3, 2, 4)[:rank], (1, 3, 2)[:rank])
    ]


CASES = [
    *(case for rank in SHAPES for case in over_windows(rank)),
    *(case for rank in SHAPES for case in over_all(rank)),
    *(case for rank in SHAPES for case in to_sizes(rank)),
]


@parameters(CASES)
def test_pooling(host: str, case: LayerCase) -> None:
    case.check()


def test_large_strides_are_no_known_size() -> None:
    """Following a call must not take two open sizes for one, however far apart windows
    are.
    """
    layer = layers.MaxPooling2D(40)
    assert layers.Layer.compute_output_shape(layer, (None, None, 83, 2)) == (None, None, 2, 2)


@pytest.mark.parametrize(
    "make", [layers.MaxPooling2D, layers.GlobalMaxPooling2D, lambda: layers.AdaptiveMaxPooling2D(2)]
)
def test_only_pictures_are_pooled(make: Any) -> None:
    with pytest.raises(ValueError, match=r"needs \[batch, height, width, channels\]"):
        make()(layers.Input((8,)))
    with pytest.raises(ValueError, match=r"needs \[batch, height, width, channels\]"):
        make()(np.ones((2, 3, 4), np.float32))


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="'valid' or 'same'"):
        layers.MaxPooling2D(padding="full")
    with pytest.raises(ValueError, match="pool_size must be a positive int"):
        layers.MaxPooling1D(0)
    with pytest.raises(ValueError, match="strides must be a positive int or three"):
        layers.AveragePooling3D(2, (1, 1))
    with pytest.raises(ValueError, match="does not fit into an input of"):
        layers.MaxPooling3D(5)(layers.Input((4, 6, 6, 1)))
    with pytest.raises(ValueError, match="output_size must be a positive int"):
        layers.AdaptiveMaxPooling2D(0)
    with pytest.raises(TypeError, match="pool_size"):
        layers.AveragePooling2D()


def test_channels_may_be_open() -> None:
    """Pooling has no weights, so that it need not know how many there are."""
    for layer, shape in (
        (layers.MaxPooling2D(), (None, 2, 2, None)),
        (layers.GlobalAveragePooling2D(), (None, None)),
        (layers.AdaptiveMaxPooling2D(3), (None, 3, 3, None)),
        (layers.UpSampling2D(), (None, 8, 8, None)),
        (layers.ZeroPadding2D(), (None, 6, 6, None)),
    ):
        assert layer.compute_output_shape((None, 4, 4, None)) == shape


@pytest.mark.parametrize("way", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_masked_steps_do_not_count(host: str, way: str, keepdims: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    mask = np.array([[True, True, False, True], [False, True, False, False]])
    layer = layers.GlobalAveragePooling1D(way, keepdims)
    want = np.stack([row[there].mean(0) for row, there in zip(x, mask, strict=True)])
    given = x if way == "channels_last" else x.transpose(0, 2, 1)
    got = layer(given, mask=mask)
    np.testing.assert_allclose(got.numpy().reshape(2, 3), want, rtol=1e-5)
    assert got.shape == layer.compute_output_shape(given.shape)


def test_a_mask_ends_in_the_mean(host: str) -> None:
    x = inputs = layers.Input((4, 3))
    x = layers.GlobalAveragePooling1D()(layers.Masking()(x))
    model = pw.Model(inputs, x)
    data = np.ones((1, 4, 3), np.float32)
    data[0, 2:] = 0
    np.testing.assert_allclose(model.predict(data).numpy(), [[1, 1, 1]])
    assert layers.GlobalAveragePooling1D().compute_mask(data, data[..., 0] > 0) is None
