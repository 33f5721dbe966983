"""Matrix products: values and gradients on every host, every kernel by name, and the
choice among them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywebml.core.autodiff import grad
from pywebml.core.choices import forced
from pywebml.core.op import lower
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.device import Adapter, get_device
from pywebml.ops.linalg.dense import dense
from pywebml.ops.linalg.matmul import MatMul, matmul
from pywebml.ops.linalg.matmul_forms import FORMS, Product, choose, split

ACTIVATIONS = (None, *MatMul.activations)
REAL = Adapter("a GPU", "wgsl", max_workgroup_bytes=48 << 10)
SOFTWARE = Adapter("no GPU", "wgsl", software=True)
on_gpu = pytest.mark.parametrize(
    "host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True
)
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def samples(
    op: MatMul, m: int, k: int, n: int, lead: tuple[int, ...] = (), bias: bool = True, seed: int = 0
) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    a = random.standard_normal((*lead, *((k, m) if op.transpose_a else (m, k))))
    b = random.standard_normal((*lead, *((n, k) if op.transpose_b else (k, n)))) / math.sqrt(k)
    return [a, b, random.standard_normal(n)] if bias else [a, b]


def close(got: Any, want: np.ndarray, tolerance: float = 2e-5) -> None:
    np.testing.assert_allclose(
        got, want, rtol=tolerance, atol=tolerance * max(1.0, float(np.abs(want).max()))
    )


def run(op: MatMul, inputs: list[np.ndarray]) -> np.ndarray:
    return op(*(tensor(x.astype(np.float32)) for x in inputs)).numpy()


def differences(
    f: Callable[..., float], inputs: list[np.ndarray], step: float = 1e-5
) -> list[np.ndarray]:
    """Central differences of f in float64, input by input."""
    found = []
    for x in inputs:
        slope = np.empty_like(x)
        for i in np.ndindex(x.shape):
            held = x[i]
            x[i] = held + step
            above = f(*inputs)
            x[i] = held - step
            slope[i] = (above - f(*inputs)) / (2 * step)
            x[i] = held
        found.append(slope)
    return found


@pytest.fixture
def real_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device of the test takes itself for a real GPU, so that it gets a real GPU's
    kernels.
    """
    device = get_device()
    monkeypatch.setattr(device, "adapter", dataclasses.replace(device.adapter, software=False))


size = st.integers(1, 40)


@few
@given(
    m=size,
    k=size,
    n=size,
    lead=st.lists(st.integers(1, 3), max_size=2),
    ta=st.booleans(),
    tb=st.booleans(),
    bias=st.booleans(),
    a=st.sampled_from(ACTIVATIONS),
)
def test_any_shape(
    host: str,
    m: int,
    k: int,
    n: int,
    lead: list[int],
    ta: bool,
    tb: bool,
    bias: bool,
    a: str | None,
) -> None:
    op = MatMul(ta, tb, a)
    inputs = samples(op, m, k, n, tuple(lead), bias)
    left = np.swapaxes(inputs[0], -1, -2) if ta else inputs[0]
    right = np.swapaxes(inputs[1], -1, -2) if tb else inputs[1]
    want = left @ right + (inputs[2] if bias else 0)
    want = {
        None: lambda y: y,
        "relu": lambda y: np.maximum(y, 0),
        "relu6": lambda y: np.clip(y, 0, 6),
        "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
        "tanh": np.tanh,
    }[a](want)
    close(run(op, inputs), want)


@on_gpu
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("ta", "tb", "m", "k", "n"),
    [
        (False, False, 132, 40, 136),
        (True, True, 61, 67, 35),
        (False, True, 5, 1301, 7),
        (True, False, 4, 1100, 8),
        (True, True, 3, 1, 1),
    ],
)
def test_every_form_is_right_for_every_size(
    host: str, form: str, ta: bool, tb: bool, m: int, k: int, n: int
) -> None:
    op = MatMul(ta, tb, "relu")
    with forced(matmul=form):
        inputs = samples(op, m, k, n, (2,) if m < 100 else ())
        close(run(op, inputs), op.numpy(*inputs))


@on_gpu
@few
@given(
    m=size, k=st.sampled_from([1, 3, 4, 17, 64, 530]), n=size, ta=st.booleans(), tb=st.booleans()
)
def test_what_a_real_gpu_would_run(
    host: str, real_gpu: None, m: int, k: int, n: int, ta: bool, tb: bool
) -> None:
    op = MatMul(ta, tb, "relu6")
    inputs = samples(op, m, k, n)
    close(run(op, inputs), op.numpy(*inputs))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("y", [-1e4, -90.0, 90.0, 1e4])
def test_activations_far_out(host: str, activation: str | None, y: float) -> None:
    op = MatMul(activation=activation)
    inputs = [np.full((4, 4), y), np.eye(4)]
    close(run(op, inputs), op.numpy(*inputs))


def test_split_sums_repeat_bit_by_bit(host: str) -> None:
    inputs = samples(MatMul(), 5, 12544, 7)
    first = run(MatMul(), inputs)
    close(first, MatMul().numpy(*inputs))
    for _ in range(3):
        assert np.array_equal(run(MatMul(), inputs), first)


# gradients


@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("tb", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient(host: str, ta: bool, tb: bool, activation: str | None) -> None:
    op = MatMul(ta, tb, activation)
    inputs = samples(op, 3, 5, 4, (2,), seed=3)
    weight = np.random.default_rng(4).standard_normal((2, 3, 4))
    want = differences(lambda *xs: float((op.numpy(*xs) * weight).sum()), inputs)
    w = tensor(weight.astype(np.float32))
    got = grad(lambda *xs: (op(*xs) * w).sum(), (0, 1, 2))(
        *(tensor(x.astype(np.float32)) for x in inputs)
    )
    for g, slope in zip(got, want, strict=True):
        close(g.numpy(), slope, 1e-4)


@pytest.mark.parametrize("activation", ["relu6", "sigmoid", "tanh"])
def test_second_gradient(host: str, activation: str) -> None:
    """The gradient of |d f / d inputs|^2, against differences of the first gradient
    written out in float64.
    """
    op = MatMul(True, False, activation)
    inputs = samples(op, 3, 4, 2, seed=5)

    def slopes(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> list[np.ndarray]:
        y = op.numpy(a, b, c)
        # of sum(y * y)
        d = (
            {"relu6": (y > 0) * (y < 6.0), "sigmoid": y * (1 - y), "tanh": 1 - y * y}[activation]
            * 2
            * y
        )
        return [b @ d.T, a @ d, d.sum(0)]

    want = differences(lambda *xs: sum(float((s * s).sum()) for s in slopes(*xs)), inputs)

    def squared(*xs: Any) -> Any:
        first = grad(lambda *ys: (lambda y: (y * y).sum())(op(*ys)), (0, 1, 2))(*xs)
        return (
            (first[0] * first[0]).sum() + (first[1] * first[1]).sum() + (first[2] * first[2]).sum()
        )

    got = grad(squared, (0, 1, 2))(*(tensor(x.astype(np.float32)) for x in inputs))
    for g, slope in zip(got, want, strict=True):
        close(g.numpy(), slope, 2e-4)


# the functions


def test_matmul_uses_a_matrix_for_all_leading_dimensions(host: str) -> None:
    random = np.random.default_rng(0)
    a, b = (
        random.standard_normal((2, 3, 4, 5), np.float32),
        random.standard_normal((5, 6), np.float32),
    )
    close(matmul(a, b).numpy(), a @ b)
    close(matmul(a, np.ascontiguousarray(b.T), transpose_b=True).numpy(), a @ b)
    close((tensor(b.T) @ tensor(a[0, 0].T)).numpy(), (a[0, 0] @ b).T)


def test_dense_works_on_the_last_axis(host: str) -> None:
    random = np.random.default_rng(0)
    x, w, c = (random.standard_normal(s).astype(np.float32) for s in ((2, 3, 4), (4, 6), (6,)))
    close(dense(x, w, c, activation="relu").numpy(), np.maximum(x @ w + c, 0))
    close(dense(x[0, 0], w).numpy(), x[0, 0] @ w)


# the choice


@pytest.mark.parametrize(
    ("batches", "m", "n", "k", "form"),
    [
        (1, 4096, 4096, 4096, "128x128x16 8x16"),
        (1, 1024, 1024, 1024, "64x64x32 8x4"),
        (1, 12544, 100, 40, "128x64x16 8x4"),
        (1, 1568, 1152, 192, "64x64x32 8x4"),
        (1, 512, 512, 512, "32x32x32 4x4"),
        (1, 40, 100, 12544, "32x32x64 4x4 4 shares"),
        (1, 1, 100, 12544, "narrow"),
        (1, 40, 4, 100, "narrow"),
        (1, 49, 256, 256, "16x16x128 4x4 16 shares"),
        (1, 49, 192, 1152, "16x16x128 4x4 16 shares"),
        (1, 49, 1152, 192, "32x32x64 4x4 4 shares"),
        (1, 40, 100, 4, "narrow"),
        (1, 784, 240, 40, "32x32x32 4x4"),
        (1, 12544, 96, 16, "128x64x16 8x4"),
        (1, 3211264, 16, 8, "registers"),
        (1, 3211264, 4, 8, "registers"),
        (1, 98304, 24, 128, "32x32x32 4x4"),  # wide tiles would compute two times too much
        (256, 128, 128, 64, "128x64x16 8x4"),
    ],
)
def test_form_by_shape(batches: int, m: int, n: int, k: int, form: str) -> None:
    assert choose(REAL, Product(batches, m, n, k)) == form
    assert choose(SOFTWARE, Product(batches, m, n, k)) == ("registers" if m > 1 else "row tree 32")


def test_an_adapter_with_little_workgroup_memory_gets_forms_that_fit() -> None:
    least = dataclasses.replace(REAL, max_workgroup_bytes=16384)  # what WebGPU promises
    for m, n, k in (
        (4096, 4096, 4096),
        (1024, 1024, 1024),
        (40, 100, 12544),
        (49, 192, 1152),
        (512, 512, 512),
    ):
        form = FORMS[choose(least, Product(1, m, n, k))]
        assert form.nbytes() <= 16384, form


def test_a_long_k_is_split_only_where_workgroups_are_few() -> None:
    name = "32x32x64 4x4 4 shares"
    head = FORMS[name]
    chunk = split(REAL, name, 1, 40, 100, 12544)
    assert chunk % head.depth == 0
    assert 100 <= head.tiles(1, 40, 100) * math.ceil(12544 / chunk) <= 512
    assert split(REAL, "128x128x16 8x16", 1, 4096, 4096, 4096) == 4096
    assert split(REAL, name, 1, 49, 256, 256) == 256


@pytest.mark.parametrize("adapter", [REAL, SOFTWARE], ids=["real", "software"])
@pytest.mark.parametrize(
    ("m", "k", "n"),
    [
        (3211264, 8, 16),
        (1, 1 << 20, 1),
        (2, 1 << 20, 1000),
        (2, 1 << 13, 70000),
        (1 << 18, 3, 1),
        (1, 5, 1 << 22),
    ],
)
def test_launches_stay_within_limits(adapter: Adapter, m: int, k: int, n: int) -> None:
    """Groups a dimension, and rounds of a loop: lavapipe ends loops after 65,535."""
    ins = (Spec((m, k)), Spec((k, n)))
    for launch in lower(MatMul(), ins, (Spec((m, n)),), adapter).launches:
        assert max(launch.groups) <= adapter.max_groups
        chunk = np.frombuffer(launch.params, np.uint32)[5]
        assert 0 < chunk * 17 / 16 < 65535  # large tiles: a round a k and one for every 16


# mistakes


@pytest.mark.parametrize(
    ("op", "shapes", "words"),
    [
        (MatMul(), [(2, 3), (4, 5)], "inner dimensions must be equal, got 3 and 4"),
        (MatMul(transpose_b=True), [(2, 3), (3, 5)], "got 3 and 5"),
        (MatMul(), [(2, 2, 3), (3, 3, 5)], "leading dimensions must be equal"),
        (MatMul(), [(3,), (3, 5)], "at least 2 dimensions"),
        (MatMul(), [(2, 3), (3, 5), (4,)], r"bias must have shape \(5,\)"),
        (MatMul(), [(2, 0), (0, 5), (5,)], "no columns to sum over"),
    ],
)
def test_shape_mistakes_are_named(op: MatMul, shapes: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        op.infer(*(Spec(s) for s in shapes))


def test_empty_matrices(host: str) -> None:
    for a, b in [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 4))]:
        for dtype in ("float32", "int32"):
            x, y = np.zeros(a, dtype), np.zeros(b, dtype)
            assert matmul(x, y).numpy().tolist() == (x @ y).tolist()
    slopes = grad(lambda t, s: matmul(t, s).sum(), (0, 1))(
        np.zeros((0, 3), "f"), np.ones((3, 2), "f")
    )
    assert [slope.shape for slope in slopes] == [(0, 3), (3, 2)]


def test_other_mistakes_are_named(host: str) -> None:
    with pytest.raises(TypeError, match="b must be float32, got int32"):
        MatMul()(np.ones((2, 2), np.float32), np.ones((2, 2), np.int32))
    with pytest.raises(ValueError, match="activation must be None or one of relu"):
        dense(np.ones((2, 2), np.float32), np.ones((2, 2), np.float32), activation="softmax")
    with pytest.raises(ValueError, match=r"x \[..., k\] and kernel \[k, n\] expected"):
        dense(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
