"""Zeros laid around pictures become a convolution's padding, forward and back; where they
can't, the border stays and replays mean what eager runs mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, ops

RNG = np.random.default_rng(0)
PICTURES = RNG.normal(size=(2, 9, 8, 4)).astype(np.float32)


def replayed(function: Callable[..., Any], *arrays: Any) -> list[str]:
    """Compares a replay with an eager run; the plan's ops."""
    captured = pw.capture(function)
    want, got = function(*map(pw.tensor, arrays)), captured(*arrays)
    for a, b in zip(want, got, strict=True):
        np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-4, atol=1e-4)
    return [row.ops for row in captured.plans()[0].rows if row.ops]


def trained(
    convolve: Callable[..., Any], border: Any, **words: Any
) -> Callable[[pw.Tensor, pw.Tensor], Any]:
    """y, and the gradients to x and the filter."""

    def step(x: pw.Tensor, w: pw.Tensor) -> Any:
        def y(x: pw.Tensor, w: pw.Tensor) -> pw.Tensor:
            return convolve(ops.pad(ops.relu6(x * 3.0), border), w, **words)

        return [y(x, w), *pw.grads(lambda x, w: y(x, w).square().sum())([x, w])]

    return step


@pytest.mark.parametrize("border", [((0, 1), (0, 1)), ((1, 0), (2, 3)), ((4, 4), (0, 0))], ids=str)
@pytest.mark.parametrize(
    ("convolve", "shape"),
    [
        ("conv2d", (3, 3, 4, 5)),
        ("depthwise_conv2d", (3, 3, 4, 1)),
        ("depthwise_conv2d", (2, 4, 4, 2)),
    ],
)
@pytest.mark.parametrize("words", [{"strides": 2}, {"padding": "same"}, {"dilations": 2}], ids=str)
def test_a_border_is_padding(
    host: str, convolve: str, shape: tuple[int, ...], border: Any, words: dict[str, Any]
) -> None:
    w = RNG.normal(size=shape).astype(np.float32)
    step = trained(getattr(ops, convolve), ((0, 0), *border, (0, 0)), **words)
    names = " ".join(replayed(step, PICTURES, w))
    assert "Pad" not in names and "Slice" not in names


def test_a_border_that_is_no_padding_stays(host: str) -> None:
    w, point = (RNG.normal(size=(n, n, 4, 5)).astype(np.float32) for n in (3, 1))
    around = ((0, 0), (1, 1), (1, 1), (0, 0))

    def padded(x: pw.Tensor, **words: Any) -> pw.Tensor:
        return ops.pad(x, **{"paddings": around, **words})

    def stays(function: Callable[..., Any], *arrays: Any) -> bool:
        return any(name == "Pad" for name in replayed(function, *arrays))

    assert stays(lambda x, w: [ops.conv2d(padded(x, constant_value=1.0), w)], PICTURES, w)
    assert stays(lambda x, w: [ops.conv2d(padded(x), w)], PICTURES, point), "a product"
    pictures = ((0, 1), (0, 0), (0, 0), (0, 0))
    assert stays(lambda x, w: [ops.conv2d(padded(x, paddings=pictures), w)], PICTURES, w)

    def read_by_another(x: pw.Tensor, w: pw.Tensor) -> Any:
        wide = padded(x)
        return ops.conv2d(wide, w), wide.max()

    assert stays(read_by_another, PICTURES, w)
    assert stays(lambda x, w: (lambda y: [ops.conv2d(y, w), y])(padded(x)), PICTURES, w)


def test_a_variable_is_seen_as_it_was_when_the_border_was_laid(host: str) -> None:
    w = pw.tensor(RNG.normal(size=(3, 3, 4, 5)).astype(np.float32))
    v = pw.Variable(PICTURES)

    @pw.capture
    def step() -> pw.Tensor:
        wide = ops.pad(v, ((0, 0), (1, 1), (1, 1), (0, 0)))
        v.assign(v * 2.0)
        return ops.conv2d(wide, w)

    want = ops.conv2d(pw.tensor(PICTURES), w, padding="same").numpy()
    for factor in (1, 2):
        np.testing.assert_allclose(step().numpy(), want * factor, rtol=1e-4, atol=1e-4)


def test_a_margin_of_a_gradient_that_others_read_whole_is_cut_off(host: str) -> None:
    """What is cut off a transposed convolution is its padding, unless all of it is used."""
    w = RNG.normal(size=(3, 3, 5, 4)).astype(np.float32)

    def cut(x: pw.Tensor, w: pw.Tensor, whole: bool = False) -> Any:
        y = ops.conv2d_transpose(x, w, (2, 19, 17, 5), 2, "valid")
        return (y[:, 1:, :-1], y.sum()) if whole else (y[:, 1:, :-1], x)

    assert not any(name == "Slice" for name in replayed(cut, PICTURES, w))
    assert "Slice" in replayed(lambda x, w: cut(x, w, True), PICTURES, w)


def test_networks_with_borders_in_layers_of_their_own(host: str) -> None:
    net = pw.Sequential(
        [
            layers.ZeroPadding2D(((0, 1), (0, 1)), input_shape=(9, 8, 4)),
            layers.DepthwiseConv2D(3, 2),
            layers.ZeroPadding2D(1),
            layers.Conv2D(3, 3),
        ]
    )
    assert not any(name == "Pad" for name in replayed(lambda x: [net(x)], PICTURES))


def test_a_margin_of_the_gradient_in_another_shape_stays(host: str) -> None:
    w = RNG.normal(size=(3, 3, 5, 4)).astype(np.float32)

    def cut(x: pw.Tensor, w: pw.Tensor) -> Any:
        y = ops.conv2d_transpose(x, w, None, 2, "same")
        rows = y.reshape(2, 18, 16 * 5)
        return [y.reshape(-1)[: y.size - 7], rows[:, 1:, :], y.reshape(2, 1, 18, 16, 5)[..., 1:]]

    for part in range(3):
        replayed(lambda x, w, part=part: [cut(x, w)[part]], PICTURES, w)
