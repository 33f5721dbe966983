"""2-D convolution: values against plain loops on every host and in every form,
gradients of both orders, mistakes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import differences, real_gpu_kernels, run
from windows import ACTIVATIONS, SLOPES, close, convolve, convolve_grads, geometries, resolved

from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.choices import forced
from pywebml.core.op import REGISTRY, Case, lower
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.device import Adapter
from pywebml.ops.conv import meaning
from pywebml.ops.conv.conv2d import Conv2D, Conv2DFilterGrad, Conv2DInputGrad, conv2d
from pywebml.ops.conv.launches import Convolution, FilterGradient, choose, choose_filter_grad
from pywebml.ops.support.window import resolve_padding

REAL = Adapter("a GPU", "wgsl")
SOFTWARE = Adapter("no GPU", "wgsl", software=True)
TRIO = ("Conv2D", "Conv2DInputGrad", "Conv2DFilterGrad")
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
channels = st.sampled_from([1, 2, 3, 4, 5, 8, 12])


def sample(
    geometry: dict[str, Any], c: int, f: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.standard_normal((geometry["batch"], *geometry["size"], c), np.float32)
    w = random.standard_normal((*geometry["window"], c, f), np.float32)
    return x, w, random.standard_normal(f, np.float32)


def check_trio(geometry: dict[str, Any], c: int, f: int, activation: str | None) -> None:
    x, w, bias = sample(geometry, c, f)
    strides, dilations, padding = geometry["strides"], geometry["dilations"], resolved(geometry)
    linear = convolve(x, w, strides, padding, dilations)
    want = ACTIVATIONS[activation](linear + bias)
    close(run(Conv2D(strides, padding, dilations, activation), x, w, bias), want)
    if 1 in (max(strides), max(dilations)):
        words = {"bias": bias, "activation": activation}
        got = conv2d(x, w, strides, geometry["padding"], dilations=dilations, **words)
        close(got.numpy(), want)
    g = np.random.default_rng(1).standard_normal(linear.shape).astype(np.float32)
    dx, dw = convolve_grads(x, w, g, strides, padding, dilations)
    close(run(Conv2DInputGrad(strides, padding, dilations, x.shape[1:3]), g, w), dx)
    close(run(Conv2DFilterGrad(strides, padding, dilations, w.shape[:2]), x, g), dw)


@few
@given(geometry=geometries(), c=channels, f=channels, activation=st.sampled_from(list(ACTIVATIONS)))
def test_any_shape(
    host: str, geometry: dict[str, Any], c: int, f: int, activation: str | None
) -> None:
    check_trio(geometry, c, f, activation)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@few
@given(geometry=geometries(), c=channels, f=channels, activation=st.sampled_from(list(ACTIVATIONS)))
def test_what_a_real_gpu_would_run(
    host: str, geometry: dict[str, Any], c: int, f: int, activation: str | None
) -> None:
    with real_gpu_kernels():
        check_trio(geometry, c, f, activation)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{n} {c.name}") for n in TRIO for c in REGISTRY[n].cases()]
)
def test_sample_cases_with_a_real_gpus_kernels(host: str, case: Case) -> None:
    want = case.op.numpy(*(a.astype(np.float64) for a in case.inputs))
    with real_gpu_kernels(), forced(**dict(case.forms)):
        close(run(case.op, *case.inputs), want)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@pytest.mark.parametrize("form", ["tiled 64x64", "tiled 128x32"])
@pytest.mark.parametrize(
    ("window", "strides", "padding"),
    [
        ((4, 4), (2, 2), "same"),
        ((3, 3), (2, 2), "valid"),
        ((3, 2), (2, 3), ((2, 1), (0, 3))),
        ((1, 1), (2, 1), "valid"),  # phases that nothing was seen of
        ((2, 5), (4, 3), "same"),
        ((3, 3), (16, 16), "same"),  # more phases than rows
    ],
)
def test_tiles_of_a_gradient_have_pixels_of_one_phase(
    host: str, form: str, window: Any, strides: Any, padding: Any
) -> None:
    x = np.random.default_rng(0).standard_normal((2, 13, 11, 8), np.float32)
    w = np.random.default_rng(1).standard_normal((*window, 8, 20), np.float32)
    pads = resolve_padding(padding, x.shape[1:3], window, strides)
    shape = convolve(x, w, strides, pads, (1, 1)).shape
    g = np.random.default_rng(2).standard_normal(shape, np.float32)
    dx, _ = convolve_grads(x, w, g, strides, pads, (1, 1))
    with real_gpu_kernels(), forced(conv2d=form):
        close(run(Conv2DInputGrad(strides, pads, (1, 1), x.shape[1:3]), g, w), dx)


@pytest.mark.gpu
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
@pytest.mark.parametrize("name", TRIO)
@pytest.mark.parametrize(("c", "f"), [(52, 76), (28, 20)])
def test_tiles_with_stride_dilation_and_an_edge(host: str, name: str, c: int, f: int) -> None:
    """Tiles of both shapes, several each way, none full, and sums that are split."""
    geometry = {
        "batch": 2,
        "size": (19, 14),
        "window": (3, 2),
        "strides": (2, 1),
        "dilations": (1, 2),
        "padding": "same",
    }
    x, w, _ = sample(geometry, c, f)
    padding = resolved(geometry)
    g = (
        np.random.default_rng(1)
        .standard_normal(convolve(x, w, (2, 1), padding, (1, 2)).shape)
        .astype(np.float32)
    )
    dx, dw = convolve_grads(x, w, g, (2, 1), padding, (1, 2))
    op, ins, want = {
        "Conv2D": (
            Conv2D((2, 1), padding, (1, 2)),
            (x, w),
            convolve(x, w, (2, 1), padding, (1, 2)),
        ),
        "Conv2DInputGrad": (Conv2DInputGrad((2, 1), padding, (1, 2), (19, 14)), (g, w), dx),
        "Conv2DFilterGrad": (Conv2DFilterGrad((2, 1), padding, (1, 2), (3, 2)), (x, g), dw),
    }[name]
    outs = op.outputs(*(Spec(a.shape) for a in ins))
    assert (
        "tiled" in lower(op, tuple(Spec(a.shape) for a in ins), outs, REAL).launches[0].program.name
    )
    with real_gpu_kernels():
        close(run(op, *ins), want)


def test_many_output_pixels_are_summed_in_parts(host: str) -> None:
    """A filter gradient over more pixels than a loop may have rounds."""
    random = np.random.default_rng(0)
    x, g = (
        random.standard_normal((3, 160, 150, 1)).astype(np.float32),
        random.standard_normal((3, 160, 150, 1)).astype(np.float32),
    )
    op = Conv2DFilterGrad((1, 1), ((1, 0), (0, 0)), (1, 1), (2, 1))
    want = [(x[:, :-1].astype(np.float64) * g[:, 1:]).sum(), (x.astype(np.float64) * g).sum()]
    np.testing.assert_allclose(run(op, x, g).reshape(-1), want, rtol=1e-4, atol=0.02)


@pytest.mark.parametrize("window", [(3, 3), (1, 1)])
def test_windows_are_unrolled_in_blocks_on_the_cpu(
    window: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of one row, of a picture and a bit, and of everything give the same."""
    geometry = {"batch": 5, "size": (9, 8), "window": window}
    x, w, bias = (a.astype(np.float64) for a in sample(geometry, 3, 4))
    y = convolve(x, w, (1, 1), ((0, 0), (0, 0)), (1, 1))
    g = np.cos(y)
    for size in (1, 6000, 40_000, 1 << 20):
        monkeypatch.setattr(meaning, "BLOCK_BYTES", size)
        close(Conv2D(activation="tanh").numpy(x, w, bias), np.tanh(y + bias), 1e-12)
        dx, dw = convolve_grads(x, w, g, (1, 1), ((0, 0), (0, 0)), (1, 1))
        close(Conv2DInputGrad(size=(9, 8)).numpy(g, w), dx, 1e-12)
        close(Conv2DFilterGrad(size=window).numpy(x, g), dw, 1e-12)


def test_float64_stays_float64() -> None:
    x, w, bias = (
        a.astype(np.float64) for a in sample({"batch": 1, "size": (5, 5), "window": (3, 3)}, 2, 3)
    )
    assert Conv2D(activation="tanh").numpy(x, w, bias).dtype == np.float64


# padding


@pytest.mark.parametrize(
    ("n", "k", "s", "d", "padding"),
    [
        (224, 3, 2, 1, (0, 1)),  # the first layer of MobileNet: the odd row goes below
        (15, 3, 2, 1, (1, 1)),
        (5, 2, 1, 1, (0, 1)),
        (7, 3, 1, 2, (2, 2)),
        (8, 2, 3, 1, (0, 0)),
        (1, 5, 1, 1, (2, 2)),
    ],
)
def test_same_padding_is_tensorflows(
    n: int, k: int, s: int, d: int, padding: tuple[int, int]
) -> None:
    assert resolve_padding("same", (n, n), (k, k), (s, s), (d, d)) == (padding, padding)
    assert resolve_padding("SAME", (n, 4), (k, 1), (s, 1), (d, 1)) == (padding, (0, 0))


# gradients


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_gradient(host: str, activation: str | None) -> None:
    geometry = {
        "batch": 2,
        "size": (5, 4),
        "window": (3, 2),
        "strides": (2, 1),
        "dilations": (1, 2),
        "padding": "same",
    }
    inputs = [a.astype(np.float64) for a in sample(geometry, 2, 3, seed=3)]
    where = (2, 1), resolved(geometry), (1, 2)
    weight = np.random.default_rng(4).standard_normal(convolve(*inputs[:2], *where).shape)

    def meaning(i: int, v: np.ndarray) -> float:
        x, w, b = (v if j == i else a for j, a in enumerate(inputs))
        return float((ACTIVATIONS[activation](convolve(x, w, *where) + b) * weight).sum())

    ours = grad(
        lambda x, w, b: (
            Conv2D(*where, activation)(x, w, b) * tensor(weight.astype(np.float32))
        ).sum(),
        (0, 1, 2),
    )
    got = ours(*(tensor(a.astype(np.float32)) for a in inputs))
    for i, g in enumerate(got):
        close(g.numpy(), differences(lambda v, i=i: meaning(i, v), inputs[i], 1e-6), 2e-4)


@pytest.mark.parametrize("activation", [None, "sigmoid", "tanh"])
def test_second_gradient(host: str, activation: str | None) -> None:
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
    inputs = [a.astype(np.float64) for a in sample(geometry, 2, 2, seed=5)[:2]]
    where = (1, 2), geometry["padding"], (2, 1)

    def squares(x: np.ndarray, w: np.ndarray) -> float:  # of the gradients of sum(y * y)
        y = ACTIVATIONS[activation](convolve(x, w, *where))
        return sum(
            float((s * s).sum())
            for s in convolve_grads(x, w, 2 * y * SLOPES[activation](y), *where)
        )

    def ours(x: Any, w: Any) -> Any:
        def f(x: Any, w: Any) -> Any:
            y = Conv2D(*where, activation)(x, w)
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


@pytest.mark.parametrize(
    ("rows", "columns", "in_c", "out_c", "form"),
    [
        (112, 112, 3, 8, "scalar"),
        (32 * 112, 112, 3, 32, "general"),
        (14, 14, 256, 256, "tiled 64x64"),
        (128 * 26, 26, 16, 32, "tiled 128x32"),
        (7, 7, 8, 8, "pixel"),
        (32 * 56, 56, 8, 16, "quad"),
        (65535, 640, 64, 64, "quad"),  # more tiles than a dispatch may have
    ],
)
def test_form_by_shape(rows: int, columns: int, in_c: int, out_c: int, form: str) -> None:
    shape = Convolution(rows, columns, 9, in_c, out_c)
    assert choose(REAL, shape) == form
    assert choose(SOFTWARE, shape) == ("general" if in_c == 3 else "quad")


def test_filter_gradient_form_by_shape() -> None:
    assert choose_filter_grad(REAL, FilterGradient(9 * 32, 4096, 32, 64)) == "tiled 64x64"
    assert choose_filter_grad(REAL, FilterGradient(9 * 32, 4096, 32, 32)) == "tiled 128x32"
    assert choose_filter_grad(REAL, FilterGradient(9 * 3, 4096, 3, 32)) == "general"
    assert choose_filter_grad(SOFTWARE, FilterGradient(9 * 32, 4096, 32, 32)) == "quad"


@pytest.mark.parametrize("adapter", [REAL, SOFTWARE], ids=["real", "software"])
@pytest.mark.parametrize(
    ("x", "w"),
    [
        ((256, 224, 224, 3), (3, 3, 3, 32)),
        ((1, 8, 8, 100_000), (3, 3, 100_000, 4)),
        ((1, 300, 300, 5), (90, 90, 5, 2)),
        ((64, 112, 112, 64), (3, 3, 64, 64)),
    ],
)
def test_launches_stay_within_limits(
    adapter: Adapter, x: tuple[int, ...], w: tuple[int, ...]
) -> None:
    """Workgroups a dimension, and rounds of a loop on software adapters: lavapipe ends
    loops after 65,535.
    """
    y = Conv2D().infer(Spec(x), Spec(w))
    forward = lower(Conv2D(), (Spec(x), Spec(w)), (y,), adapter)
    backward = lower(Conv2DFilterGrad(size=w[:2]), (Spec(x), y), (Spec(w),), adapter)
    for launch in (*forward.launches, *backward.launches):
        assert max(launch.groups) <= adapter.max_groups
    step = {"quad": 4, "general": 1}.get(forward.launches[0].program.entry, 1)
    if adapter.software:
        assert np.frombuffer(forward.launches[0].params, np.uint32)[16] / step * w[0] * w[1] < 65535
        assert np.frombuffer(backward.launches[0].params, np.uint32)[16] < 65535


# mistakes


@pytest.mark.parametrize(
    ("op", "shapes", "words"),
    [
        (
            Conv2D(),
            [(5, 5, 3), (3, 3, 3, 8)],
            "rank 4 .* got shape .5, 5, 3.; add a batch dimension",
        ),
        (Conv2D(), [(1, 5, 5, 3), (3, 3, 8)], "filter must have rank 4"),
        (Conv2D(), [(1, 5, 5, 3), (3, 3, 4, 8)], "has 3 channels, but filter .* wants 4"),
        (
            Conv2D(),
            [(1, 5, 0, 3), (3, 3, 3, 8)],
            "empty; height, width and channels must be at least 1",
        ),
        (
            Conv2D(),
            [(1, 5, 5, 3), (7, 7, 3, 8)],
            "height 7 .* spans 7, but the input has height 5 .* use a smaller window",
        ),
        (Conv2D(dilations=(1, 3)), [(1, 5, 5, 3), (3, 3, 3, 8)], "width 3 with dilation 3 spans 7"),
        (Conv2D(), [(1, 5, 5, 3), (3, 3, 3, 8), (3,)], r"bias must be float32 of shape \(8,\)"),
        (
            Conv2D(activation="softmax"),
            [(1, 5, 5, 3), (3, 3, 3, 8)],
            "activation must be None or one of relu",
        ),
        (
            Conv2DInputGrad(size=(5, 5)),
            [(1, 4, 3, 8), (3, 3, 3, 8)],
            r"gradient \[n, 3, 3, 8\] belongs to size \(5, 5\)",
        ),
        (
            Conv2DFilterGrad(size=(3, 3)),
            [(1, 5, 5, 3), (1, 4, 3, 8)],
            r"gradient \[1, 3, 3, f\] belongs to input",
        ),
    ],
)
def test_shape_mistakes_are_named(op: Any, shapes: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        op.infer(*(Spec(s) for s in shapes))


def test_other_mistakes_are_named(host: str) -> None:
    x, w = np.ones((1, 4, 4, 1), np.float32), np.ones((2, 2, 1, 1), np.float32)
    with pytest.raises(ValueError, match=r"padding must be 'same', 'valid', .* got 'full'"):
        conv2d(x, w, padding="full")
    with pytest.raises(ValueError, match=r"padding must be .* got -1"):
        conv2d(x, w, padding=-1)
    with pytest.raises(ValueError, match=r"strides 2 and dilations \(2, 1\) do not go together"):
        conv2d(x, w, 2, dilations=(2, 1))
    with pytest.raises(
        ValueError, match=r"strides must be a positive int or a pair .* got \(1, 0\)"
    ):
        conv2d(x, w, (1, 0))
    with pytest.raises(ValueError, match="must be float32 or float16, got int32; use cast"):
        conv2d(x.astype(np.int32), w)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_size_of_a_transposed_convolution_by_what_is_added(
    host: str, rank: int, padding: str
) -> None:
    """Beside output_shape, which says the same."""
    rng = np.random.default_rng(rank)
    transpose = (ops.conv1d_transpose, ops.conv2d_transpose, ops.conv3d_transpose)[rank - 1]
    x = rng.normal(size=(1, *(3, 2, 2)[:rank], 2)).astype(np.float32)
    w = rng.normal(size=(*(3, 3, 3)[:rank], 4, 2)).astype(np.float32)
    for extra in (0, 1):
        y = transpose(x, w, None, 2, padding, output_padding=extra)
        least = [(n - 1) * 2 + (3 if padding == "valid" else 1) for n in x.shape[1:-1]]
        assert y.shape == (1, *(n + extra for n in least), 4)
        np.testing.assert_allclose(
            y.numpy(), transpose(x, w, y.shape, 2, padding).numpy(), rtol=1e-5, atol=1e-5
        )
    with pytest.raises(ValueError, match="smaller than the strides"):
        transpose(x, w, None, 2, padding, output_padding=2)
    with pytest.raises(ValueError, match="give one of them"):
        transpose(x, w, y.shape, 2, padding, output_padding=1)
