"""First and second gradients of everything that slides windows, and of normalization,
against differences of what it means in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import differences
from windows import close

import pywebml as pw
from pywebml import ops
from pywebml.core.composite import COMPOSITES

RANDOM = np.random.default_rng(3)


class Slope(NamedTuple):
    """A function by name, the shapes of its inputs, its other arguments."""

    name: str
    shapes: tuple[tuple[int, ...], ...]
    words: dict[str, Any]

    def inputs(self) -> list[np.ndarray]:
        """In float64, as float32 has them."""
        arrays = [RANDOM.standard_normal(shape, np.float32) for shape in self.shapes]
        if self.name.startswith("batch_norm"):
            arrays[2] = abs(arrays[2]) + 0.5
        return [a.astype(np.float64) for a in arrays]

    def ours(self, *tensors: Any) -> Any:
        y = getattr(ops, self.name)(*tensors, **self.words)
        return y[0] if isinstance(y, tuple) else y

    def meaning(self, *arrays: Any) -> Any:
        if self.name == "dense":
            return arrays[0] @ arrays[1] + arrays[2]
        y = COMPOSITES[self.name].meaning(*arrays, **self.words)
        return y[0] if isinstance(y, tuple) else y


SLOPES = [
    Slope("conv1d", ((1, 5, 2), (3, 2, 2)), {"padding": "same", "stride": 2}),
    Slope("conv1d", ((1, 6, 1), (2, 1, 2)), {"dilation": 3}),
    Slope("conv3d", ((1, 3, 2, 3, 1), (2, 2, 2, 1, 2)), {"padding": "same"}),
    Slope("conv3d", ((1, 4, 3, 2, 1), (3, 2, 1, 1, 1)), {"strides": (1, 2, 1),
                                                         "padding": ((1, 0), (0, 1), (0, 0))}),
    Slope("conv1d_transpose", ((1, 3, 2), (3, 1, 2)), {"output_shape": (1, 7, 1), "strides": 2}),
    Slope("conv2d_transpose", ((1, 2, 3, 2), (2, 3, 2, 2)),
          {"output_shape": (1, 3, 5, 2), "strides": 2, "padding": "same"}),
    Slope("conv3d_transpose", ((1, 2, 1, 2, 1), (2, 2, 2, 2, 1)),
          {"output_shape": (1, 4, 2, 3, 2), "strides": (2, 1, 1)}),
    Slope("separable_conv2d", ((1, 3, 3, 2), (2, 2, 2, 1), (1, 1, 2, 2)), {"padding": "same"}),
    Slope("dilation2d", ((1, 4, 3, 2), (2, 2, 2)), {"padding": "same"}),
    Slope("dilation2d", ((1, 5, 4, 1), (2, 2, 1)), {"dilations": (2, 1), "strides": (1, 2)}),
    Slope("max_pool1d", ((1, 7, 2),), {"pool_size": 3, "strides": 2, "padding": "same"}),
    Slope("avg_pool1d", ((1, 7, 2),), {"pool_size": 3, "strides": 2, "padding": "same"}),
    Slope("max_pool3d", ((1, 3, 4, 3, 1),), {"pool_size": 2, "strides": 1}),
    Slope("avg_pool3d", ((1, 3, 4, 3, 1),), {"pool_size": 2, "padding": "same"}),
    Slope("max_pool_with_argmax", ((1, 4, 5, 2),), {"pool_size": 2, "padding": "same"}),
    Slope("pool", ((1, 5, 4, 1),), {"window_shape": 2, "pooling_type": "max", "dilations": 2,
                                    "padding": "valid"}),
    Slope("pool", ((1, 5, 4, 1),), {"window_shape": 2, "pooling_type": "avg", "dilations": 2,
                                    "padding": "same"}),
    Slope("batch_norm", ((2, 3), (3,), (3,), (3,), (3,)), {}),
    Slope("local_response_normalization", ((1, 2, 1, 4),), {"depth_radius": 1, "beta": 0.75}),
    Slope("dense", ((2, 3), (3, 2), (2,)), {}),
]  # fmt: skip
each = pytest.mark.parametrize("slope", SLOPES, ids=lambda s: f"{s.name} {s.words}")


def of(f: Callable[..., float], inputs: list[np.ndarray], step: float) -> list[np.ndarray]:
    """Differences of f along each input."""
    return [
        differences(
            lambda v, i=i: f(*(v if j == i else a for j, a in enumerate(inputs))), inputs[i], step
        )
        for i in range(len(inputs))
    ]


@each
def test_first_and_second_gradients(host: str, slope: Slope) -> None:
    """Of the sum of y squared, and of the sum of its gradients squared."""
    inputs = slope.inputs()
    tensors = [pw.tensor(a.astype(np.float32)) for a in inputs]
    places = tuple(range(len(inputs)))

    def first(*arrays: np.ndarray) -> list[np.ndarray]:
        return of(lambda *a: float((slope.meaning(*a) ** 2).sum()), list(arrays), 1e-4)

    ours = pw.grad(lambda *t: slope.ours(*t).square().sum(), places)
    for got, want in zip(ours(*tensors), first(*inputs), strict=True):
        close(got.numpy(), want, 2e-4)

    second = pw.grad(lambda *t: sum(g.square().sum() for g in ours(*t)), places)
    wanted = of(lambda *a: sum(float((g * g).sum()) for g in first(*a)), inputs, 1e-3)
    for got, want in zip(second(*tensors), wanted, strict=True):
        close(got.numpy(), want, 2e-3)


few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def volumes(draw: st.DrawFn, most: int) -> dict[str, Any]:
    """Odd sizes, and windows that fit, of up to so many sizes."""
    count = draw(st.sampled_from([1, most]))
    window = tuple(draw(st.integers(1, 3)) for _ in range(count))
    strides, dilations = ((draw(st.integers(1, 3)),) * count for _ in range(2))
    if max(strides) > 1:
        dilations = (1,) * count
    size = tuple(
        (k - 1) * d + draw(st.integers(1, 5)) for k, d in zip(window, dilations, strict=True)
    )
    pads = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(count))
    return {
        "size": size, "window": window, "strides": strides, "dilations": dilations,
        "padding": draw(st.sampled_from(["same", "valid", pads])),
        "channels": (draw(st.integers(1, 5)), draw(st.integers(1, 5))),
    }  # fmt: skip


@few
@given(geometry=volumes(3))
def test_convolutions_of_any_shape_and_turned_round(host: str, geometry: dict[str, Any]) -> None:
    """A transposed convolution is the gradient of the plain one, on which it is checked."""
    count, (c, f) = len(geometry["size"]), geometry["channels"]
    x = RANDOM.standard_normal((2, *geometry["size"], c), np.float32)
    w = RANDOM.standard_normal((*geometry["window"], c, f), np.float32)
    words = {key: geometry[key] for key in ("strides", "dilations", "padding")}
    if count == 1:
        words = {"stride": words["strides"][0], "dilation": words["dilations"][0],
                 "padding": words["padding"]}  # fmt: skip
    name = f"conv{count}d"
    got = getattr(ops, name)(x, w, **words)
    close(got.numpy(), COMPOSITES[name].meaning(x.astype(float), w.astype(float), **words))
    dy = pw.tensor(RANDOM.standard_normal(got.shape, np.float32))
    dx = pw.grad(lambda x: (getattr(ops, name)(x, w, **words) * dy).sum())(pw.tensor(x))
    turned = getattr(ops, f"{name}_transpose")(
        dy, w, x.shape, geometry["strides"], geometry["padding"], dilations=geometry["dilations"]
    )
    close(turned.numpy(), dx.numpy())


@few
@given(geometry=volumes(3), kind=st.sampled_from(["avg", "max"]))
def test_pooling_of_any_shape(host: str, geometry: dict[str, Any], kind: str) -> None:
    count, window = len(geometry["size"]), geometry["window"]
    padding = geometry["padding"]
    if not isinstance(padding, str):  # no window all of padding
        padding = tuple(
            (min(before, k - 1), min(after, k - 1))
            for (before, after), k in zip(padding, window, strict=True)
        )
    strides = tuple(s * d for s, d in zip(geometry["strides"], geometry["dilations"], strict=True))
    x = RANDOM.standard_normal((2, *geometry["size"], geometry["channels"][0]), np.float32)
    name = f"{kind}_pool{count}d"
    got = getattr(ops, name)(x, window, strides, padding)
    close(got.numpy(), COMPOSITES[name].meaning(x.astype(float), window, strides, padding))


@pytest.mark.parametrize("padding", ["same", "valid", 1])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_shape_that_a_transposed_convolution_has_by_itself(padding: Any, stride: int) -> None:
    """The convolution makes x's size of it, and Keras says the same shape."""
    for size in (2, 5):
        for k in (2, 3, 4):
            x, w = ops.ones((1, size, 1)), ops.ones((k, 1, 1))
            y = ops.conv1d_transpose(x, w, None, stride, padding)
            keras = {
                "same": size * stride,
                "valid": size * stride + max(k - stride, 0),
                1: (size - 1) * stride + k - 2,
            }
            assert y.shape == (1, keras[padding], 1)
            assert ops.conv1d(y, w, stride, padding).shape == x.shape


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 9, 9, 1), r"makes sizes \[5, 5\] of output_shape \(1, 9, 9, 1\), but x has \[2, 3\]"),
        ((2, 4, 6, 1), "output_shape must be a batch of 1, 2 sizes and 1 channels"),
        ((1, 4, 6, 2), "output_shape must be a batch of 1, 2 sizes and 1 channels"),
        ((4, 6), "output_shape must be a batch of 1, 2 sizes and 1 channels"),
        ((1, 1, 1, 1), "spans 2, but the input has height 1|makes sizes"),
    ],
)
def test_output_shapes_that_no_convolution_has_are_refused(shape: Any, words: str) -> None:
    x, w = ops.ones((1, 2, 3, 4)), ops.ones((2, 2, 1, 4))
    assert ops.conv2d_transpose(x, w, (1, 4, 6, 1), 2, "same").shape == (1, 4, 6, 1)
    assert ops.conv2d_transpose(x, w, (-1, 3, 5, -1), 2, "same").shape == (1, 3, 5, 1)
    assert ops.conv2d_transpose(x[0], w, (4, 6, 1), 2).shape == (4, 6, 1)
    with pytest.raises(ValueError, match=words):
        ops.conv2d_transpose(x, w, shape, 2, "same")


def test_where_the_largest_was_with_ties_and_nan(host: str) -> None:
    x = np.array([[1, 7, 7], [7, 2, 7], [0, 0, 3]], np.float32).reshape(1, 3, 3, 1)
    best, where = ops.max_pool_with_argmax(np.concatenate([x, -x]), 2, 1)
    assert where.dtype == "int32" and where[0, :, :, 0].tolist() == [[1, 1], [3, 5]]
    assert (
        best.numpy().ravel().tolist()
        == np.concatenate([x, -x])
        .ravel()[
            ops.max_pool_with_argmax(np.concatenate([x, -x]), 2, 1, "valid", True)[1]
            .numpy()
            .ravel()
        ]
        .tolist()
    )


def test_windows_all_of_padding_hold_nothing(host: str) -> None:
    x = np.arange(9, dtype=np.float32).reshape(1, 3, 3, 1)
    got = ops.max_pool(x, 1, 1, 1)[0, :, :, 0].numpy()
    assert got[1:-1, 1:-1].tolist() == x[0, :, :, 0].tolist()
    assert np.isneginf(got[0]).all() and np.isneginf(got[:, -1]).all()
    mean = ops.avg_pool(x + 1, 1, 1, 1)[0, :2, :, 0].numpy()
    assert np.isnan(mean[0]).all() and mean[1, 1:-1].tolist() == [1, 2, 3]
    assert ops.max_pool(np.int32(x), 1, 1, 1)[0, 0, 0, 0].item() == -(2**31)


def test_padding_never_is_the_largest(host: str) -> None:
    x = -ops.ones((1, 2, 2, 1))
    assert ops.dilation2d(x, ops.zeros((3, 3, 1)), 1, "same").max().item() == -1
    assert ops.pool(x, 2, "max", "same", 2).max().item() == -1


@pytest.mark.parametrize("rank", [2, 3, 4])
def test_batch_norm_of_one_rank(rank: int) -> None:
    call = getattr(ops, f"batch_norm{rank}d")
    with pytest.raises(ValueError, match=rf"batch_norm{rank}d: x must have rank {rank} \[n"):
        call(ops.ones((1,) * (rank + 1)), [0.0], [1.0])
    with pytest.raises(ValueError, match=rf"batch_norm{rank}d: variance must fit .* as mean"):
        call(ops.ones((1,) * rank), [0.0], np.ones((1,) * rank, np.float32))
    with pytest.raises(ValueError, match="mean must fit the last axes of x"):
        call(ops.ones((1,) * rank), [0.0, 1.0], [1.0, 1.0])


@pytest.mark.parametrize("radius", [-1, 1.5, None])
def test_radii_are_whole_numbers(radius: Any) -> None:
    with pytest.raises(ValueError, match="depth_radius must be a whole number from 0 on"):
        ops.local_response_normalization(ops.ones((1, 1, 1, 3)), radius)


def test_kinds_of_pooling() -> None:
    with pytest.raises(ValueError, match="pooling_type must be 'max' or 'avg', got 'min'"):
        ops.pool(ops.ones((1, 2, 2, 1)), 2, "min")
    with pytest.raises(ValueError, match="do not go together"):
        ops.pool(ops.ones((1, 5, 5, 1)), 2, "max", 0, 2, 2)
