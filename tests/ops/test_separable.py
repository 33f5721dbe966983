"""A depthwise convolution and the 1x1 convolution behind it in one launch: right
wherever it is done, and done where it pays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from numeric import real_gpu_kernels, run

import pywebml as pw
from pywebml import ops
from pywebml.device import set_device
from pywebml.ops.conv.conv2d import Conv2D
from pywebml.ops.conv.depthwise import DepthwiseConv2D
from pywebml.ops.conv.separable import SeparableConv2D

pytestmark = pytest.mark.gpu
RANDOM = np.random.default_rng(0)


def values(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.fixture(autouse=True)
def real_gpu() -> Iterator[None]:
    set_device(shared_device("gpu"))
    with real_gpu_kernels():
        yield
    set_device(shared_device("cpu"))


def block(
    x: Any, taps: Any, taps_bias: Any, w: Any, bias: Any, residual: Any, stride: int = 1
) -> Any:
    y = ops.relu6(ops.depthwise_conv2d(x, taps, stride, "same", bias=taps_bias))
    y = ops.conv2d(y, w, bias=bias)
    return ops.relu(y if residual is None else y + residual)


def kernels(captured: Any) -> list[str]:
    return [row.kernel for row in captured.plans()[0].rows]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("residual", [False, True])
def test_both_become_one_launch_with_the_same_result(stride: int, residual: bool) -> None:
    side = -(-9 // stride)
    arrays = [
        values(2, 9, 9, 12),
        values(3, 3, 12, 1),
        values(12),
        values(1, 1, 12, 20),
        values(20),
    ]
    given = [pw.tensor(a) for a in [*arrays, values(2, side, side, 20)]]
    if not residual:
        given[-1] = None
    captured = pw.capture(lambda *t: block(*t, stride=stride))
    want = block(*given, stride=stride).numpy()
    for _ in range(2):
        np.testing.assert_allclose(captured(*given).numpy(), want, rtol=1e-4, atol=1e-5)
    assert kernels(captured) == ["conv/separable.main"]


def test_what_is_wanted_in_the_middle_stays(host: str) -> None:
    x, taps, w = (
        pw.tensor(values(1, 6, 6, 8)),
        pw.tensor(values(3, 3, 8, 1)),
        pw.tensor(values(1, 1, 8, 8)),
    )

    def both() -> Any:
        middle = ops.depthwise_conv2d(x, taps, 1, "same")
        return middle, ops.conv2d(middle, w)

    captured = pw.capture(both)
    for got, want in zip(captured(), both(), strict=True):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-4, atol=1e-5)
    assert len(kernels(captured)) == 2


@pytest.mark.parametrize(
    ("x", "taps", "w"),
    [
        ((1, 6, 6, 6), (3, 3, 6, 1), (1, 1, 6, 8)),  # no vectors of channels
        ((1, 6, 6, 4), (3, 3, 4, 2), (1, 1, 8, 8)),  # two filters a channel
        ((1, 6, 6, 8), (3, 3, 8, 1), (3, 3, 8, 8)),  # no 1x1 convolution
        # so many outputs that making `mid` anew costs more
        ((64, 28, 28, 32), (3, 3, 32, 1), (1, 1, 32, 128)),
    ],
)
def test_two_launches_where_one_cannot_or_should_not(x: Any, taps: Any, w: Any) -> None:
    record = pw.capture(
        lambda *t: ops.conv2d(ops.depthwise_conv2d(t[0], t[1], 1, "same"), t[2], padding="same")
    ).record
    rows = record(pw.tensor(values(*x)), pw.tensor(values(*taps)), pw.tensor(values(*w))).plan.rows
    assert "conv/separable.main" not in [row.kernel for row in rows]


@pytest.mark.parametrize(
    ("c", "f", "pixels"), [(4, 4, 1), (128, 16, 16), (132, 20, 17), (256, 64, 33), (384, 36, 5)]
)
def test_edges_of_the_tile(c: int, f: int, pixels: int) -> None:
    op = SeparableConv2D(
        DepthwiseConv2D(padding=((1, 1), (1, 1)), activation="relu6"),
        Conv2D(activation="relu6"),
        True,
    )
    arrays = (
        values(1, 1, pixels, c),
        values(3, 3, c, 1),
        values(c),
        values(1, 1, c, f) / np.float32(c**0.5),
        values(f),
    )
    np.testing.assert_allclose(
        run(op, *arrays), op.numpy(*(a.astype(np.float64) for a in arrays)), rtol=1e-4, atol=1e-5
    )


def test_its_gradient_is_that_of_the_two() -> None:
    depthwise, conv = (
        DepthwiseConv2D(padding=((1, 1), (1, 1)), activation="relu"),
        Conv2D(activation="tanh", join="add"),
    )
    given = [
        pw.tensor(values(*s))
        for s in [(1, 5, 4, 8), (3, 3, 8, 1), (8,), (1, 1, 8, 4), (4,), (1, 5, 4, 4)]
    ]
    places = tuple(range(len(given)))
    one = pw.grad(lambda *t: ops.sum(SeparableConv2D(depthwise, conv, True)(*t)), places)(*given)
    two = pw.grad(lambda *t: ops.sum(conv(depthwise(*t[:3]), *t[3:])), places)(*given)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5)
