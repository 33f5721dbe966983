"""Depthwise convolution: values against plain loops on every host and in every form,
gradients of both orders, mistakes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import differences, real_gpu_kernels, run
from windows import (
    ACTIVATIONS,
    SLOPES,
    close,
    convolve,
    convolve_grads,
    gather_spread,
    geometries,
    resolved,
    spread,
)

from pywebml.core.autodiff import grad
from pywebml.core.choices import forced
from pywebml.core.op import REGISTRY, Case, lower
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.device import Adapter
from pywebml.ops.conv import depthwise_meaning
from pywebml.ops.conv.depthwise import (
    DepthwiseConv2D,
    DepthwiseConv2DFilterGrad,
    DepthwiseConv2DInputGrad,
    depthwise_conv2d,
)
from pywebml.ops.conv.depthwise_launches import Depthwise, choose, invocations
from pywebml.ops.conv.separable import separable_conv2d

REAL = Adapter("a GPU", "wgsl")
SOFTWARE = Adapter("no GPU", "wgsl", software=True)
TRIO = ("DepthwiseConv2D", "DepthwiseConv2DInputGrad", "DepthwiseConv2DFilterGrad")
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
channels = st.sampled_from([1, 2, 3, 4, 5, 8, 12])
multipliers = st.sampled_from([1, 1, 1, 2, 3])


def sample(
    geometry: dict[str, Any], c: int, m: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.standard_normal((geometry["batch"], *geometry["size"], c), np.float32)
    w = random.standard_normal((*geometry["window"], c, m), np.float32)
    return x, w, random.standard_normal(c * m, np.float32)


def check_trio(geometry: dict[str, Any], c: int, m: int, activation: str | None) -> None:
    x, w, bias = sample(geometry, c, m)
    strides, dilations, padding = geometry["strides"], geometry["dilations"], resolved(geometry)
    linear = convolve(x, spread(w), strides, padding, dilations)
    want = ACTIVATIONS[activation](linear + bias)
    close(run(DepthwiseConv2D(strides, padding, dilations, activation), x, w, bias), want)
    if 1 in (max(strides), max(dilations)):
        words = {"bias": bias, "activation": activation}
        got = depthwise_conv2d(x, w, strides, geometry["padding"], dilations=dilations, **words)
        close(got.numpy(), want)
    g = np.random.default_rng(1).standard_normal(linear.shape).astype(np.float32)
    dx, dw = convolve_grads(x, spread(w), g, strides, padding, dilations)
    close(run(DepthwiseConv2DInputGrad(strides, padding, dilations, x.shape[1:3]), g, w), dx)
    close(
        run(DepthwiseConv2DFilterGrad(strides, padding, dilations, w.shape[:2]), x, g),
        gather_spread(dw, m),
    )


@few
@given(
    geometry=geometries(), c=channels, m=multipliers, activation=st.sampled_from(list(ACTIVATIONS))
)
def test_any_shape(
    host: str, geometry: dict[str, Any], c: int, m: int, activation: str | None
) -> None:
    check_trio(geometry, c, m, activation)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@few
@given(
    geometry=geometries(), c=channels, m=multipliers, activation=st.sampled_from(list(ACTIVATIONS))
)
def test_what_a_real_gpu_would_run(
    host: str, geometry: dict[str, Any], c: int, m: int, activation: str | None
) -> None:
    with real_gpu_kernels():
        check_trio(geometry, c, m, activation)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{n} {c.name}") for n in TRIO for c in REGISTRY[n].cases()]
)
def test_sample_cases_with_a_real_gpus_kernels(host: str, case: Case) -> None:
    want = case.op.numpy(*(a.astype(np.float64) for a in case.inputs))
    with real_gpu_kernels(), forced(**dict(case.forms)):
        close(run(case.op, *case.inputs), want)


def test_multiplier_orders_channels_as_keras_does(host: str) -> None:
    """Output channel c * m + j is channel c with filter (c, j)."""
    x = np.array([10, 20], np.float32).reshape(1, 1, 1, 2)
    w = np.array([[1, 2, 3], [4, 5, 6]], np.float32).reshape(1, 1, 2, 3)
    assert depthwise_conv2d(x, w).numpy().reshape(-1).tolist() == [10, 20, 30, 80, 100, 120]


@pytest.mark.parametrize("m", [1, 2])
def test_rows_are_cut_into_blocks_on_the_cpu(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row a block gives what all rows in one block give."""
    geometry = {
        "batch": 2,
        "size": (21, 40),
        "window": (3, 3),
        "strides": (2, 2),
        "dilations": (1, 1),
        "padding": "same",
    }
    x, w, bias = sample(geometry, 64, m)
    op = DepthwiseConv2D((2, 2), resolved(geometry), activation="relu")
    whole = op.numpy(x, w, bias)
    g = np.cos(whole)
    dx = DepthwiseConv2DInputGrad((2, 2), resolved(geometry), size=(21, 40)).numpy(g, w)
    dw = DepthwiseConv2DFilterGrad((2, 2), resolved(geometry), size=(3, 3)).numpy(x, g)
    monkeypatch.setattr(depthwise_meaning, "BLOCK_BYTES", 1)
    np.testing.assert_array_equal(op.numpy(x, w, bias), whole)
    close(DepthwiseConv2DInputGrad((2, 2), resolved(geometry), size=(21, 40)).numpy(g, w), dx, 1e-5)
    close(DepthwiseConv2DFilterGrad((2, 2), resolved(geometry), size=(3, 3)).numpy(x, g), dw, 1e-5)


def test_separable_is_depthwise_then_pointwise(host: str) -> None:
    random = np.random.default_rng(0)
    x, w, v, b = (
        random.standard_normal(s).astype(np.float32)
        for s in ((2, 6, 5, 3), (3, 3, 3, 2), (1, 1, 6, 4), (4,))
    )
    geometry = {
        "size": (6, 5),
        "window": (3, 3),
        "strides": (2, 2),
        "dilations": (1, 1),
        "padding": "same",
    }
    middle = convolve(x, spread(w), (2, 2), resolved(geometry), (1, 1))
    close(
        separable_conv2d(x, w, v, 2, "same", bias=b, activation="relu").numpy(),
        np.maximum(middle @ v[0, 0] + b, 0),
    )


# gradients


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_gradient(host: str, activation: str | None, m: int) -> None:
    geometry = {
        "batch": 2,
        "size": (5, 4),
        "window": (3, 2),
        "strides": (2, 1),
        "dilations": (1, 2),
        "padding": "same",
    }
    inputs = [a.astype(np.float64) for a in sample(geometry, 2, m, seed=3)]
    where = (2, 1), resolved(geometry), (1, 2)
    weight = np.random.default_rng(4).standard_normal(
        convolve(inputs[0], spread(inputs[1]), *where).shape
    )

    def meaning(i: int, v: np.ndarray) -> float:
        x, w, b = (v if j == i else a for j, a in enumerate(inputs))
        return float((ACTIVATIONS[activation](convolve(x, spread(w), *where) + b) * weight).sum())

    t = tensor(weight.astype(np.float32))
    ours = grad(
        lambda x, w, b: (DepthwiseConv2D(*where, activation)(x, w, b) * t).sum(),
        (0, 1, 2),
    )
    got = ours(*(tensor(a.astype(np.float32)) for a in inputs))
    for i, g in enumerate(got):
        close(g.numpy(), differences(lambda v, i=i: meaning(i, v), inputs[i], 1e-6), 2e-4)


@pytest.mark.parametrize("m", [1, 2])
def test_second_gradient(host: str, m: int) -> None:
    """The gradient of |d f / d x|^2 + |d f / d w|^2, against differences of the first
    gradient written out in float64.
    """
    geometry = {
        "batch": 1,
        "size": (4, 5),
        "window": (2, 3),
        "strides": (1, 2),
        "dilations": (2, 1),
        "padding": ((1, 0), (2, 0)),
    }
    inputs = [a.astype(np.float64) for a in sample(geometry, 2, m, seed=5)[:2]]
    where = (1, 2), geometry["padding"], (2, 1)

    def squares(x: np.ndarray, w: np.ndarray) -> float:  # of the gradients of sum(y * y)
        y = np.tanh(convolve(x, spread(w), *where))
        dx, dw = convolve_grads(x, spread(w), 2 * y * SLOPES["tanh"](y), *where)
        return float((dx * dx).sum() + (gather_spread(dw, m) ** 2).sum())

    def ours(x: Any, w: Any) -> Any:
        def f(x: Any, w: Any) -> Any:
            y = DepthwiseConv2D(*where, "tanh")(x, w)
            return (y * y).sum()

        dx, dw = grad(f, (0, 1))(x, w)
        return (dx * dx).sum() + (dw * dw).sum()

    got = grad(ours, (0, 1))(*(tensor(a.astype(np.float32)) for a in inputs))
    for i, g in enumerate(got):
        want = differences(
            lambda v, i=i: squares(*(v if j == i else a for j, a in enumerate(inputs))),
            inputs[i],
            1e-5,
        )
        close(g.numpy(), want, 5e-4)


# the choice


def test_form_by_shape() -> None:
    small, large = Depthwise(7, 7, 256, 1, 9, True), Depthwise(32 * 56, 56, 144, 1, 9, True)
    assert choose(REAL, small) == "pixel" and invocations("pixel", small) == 7 * 7 * 64
    assert choose(REAL, large) == "slide" and invocations("slide", large) == 32 * 56 * 14 * 36
    assert choose(REAL, large._replace(neighbours=False)) == "quad"
    assert choose(SOFTWARE, small) == "slide" and invocations("slide", small) == 7 * 2 * 64
    assert (
        choose(SOFTWARE, small._replace(channels=255)) == "scalar"
        and invocations("scalar", small) == 7 * 7 * 256
    )
    assert choose(REAL, small._replace(multiplier=2)) == "scalar"


@pytest.mark.parametrize("adapter", [REAL, SOFTWARE], ids=["real", "software"])
def test_launches_stay_within_limits(adapter: Adapter) -> None:
    """Workgroups a dimension, and rounds of the filter gradient's loop: lavapipe ends
    loops after 65,535.
    """
    x, w = Spec((256, 224, 224, 3)), Spec((3, 3, 3, 2))
    y = DepthwiseConv2D().infer(x, w)
    backward = lower(DepthwiseConv2DFilterGrad(size=(3, 3)), (x, y), (w,), adapter)
    for launch in (*lower(DepthwiseConv2D(), (x, w), (y,), adapter).launches, *backward.launches):
        assert max(launch.groups) <= adapter.max_groups
    assert np.frombuffer(backward.launches[0].params, np.uint32)[16] < 65535


# mistakes


@pytest.mark.parametrize(
    ("op", "shapes", "words"),
    [
        (DepthwiseConv2D(), [(5, 5, 3), (3, 3, 3, 1)], "rank 4 .* got shape .5, 5, 3."),
        (
            DepthwiseConv2D(),
            [(1, 5, 5, 3), (3, 3, 3)],
            r"filter must have rank 4 \[height, width, channels, multiplier\]",
        ),
        (DepthwiseConv2D(), [(1, 5, 5, 3), (3, 3, 4, 1)], "has 3 channels, but filter .* wants 4"),
        (DepthwiseConv2D(), [(1, 5, 0, 3), (3, 3, 3, 1)], "empty"),
        (
            DepthwiseConv2D(),
            [(1, 5, 5, 3), (3, 7, 3, 1)],
            "width 7 .* spans 7, but the input has width 5",
        ),
        (
            DepthwiseConv2D(),
            [(1, 5, 5, 3), (3, 3, 3, 2), (3,)],
            r"bias must be float32 of shape \(6,\)",
        ),
        (
            DepthwiseConv2D(activation="elu"),
            [(1, 5, 5, 3), (3, 3, 3, 1)],
            "activation must be None or one of relu",
        ),
        (
            DepthwiseConv2DInputGrad(size=(5, 5)),
            [(1, 3, 3, 3), (3, 3, 3, 2)],
            r"gradient \[n, 3, 3, 6\] belongs to size",
        ),
        (
            DepthwiseConv2DFilterGrad(size=(3, 3)),
            [(1, 5, 5, 3), (1, 3, 3, 4)],
            r"gradient \[1, 3, 3, 3 \* m\] belongs to input",
        ),
    ],
)
def test_shape_mistakes_are_named(op: Any, shapes: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        op.infer(*(Spec(s) for s in shapes))
