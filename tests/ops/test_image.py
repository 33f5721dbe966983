"""resize_bilinear against a loop over pixels, its adjoint, and pixels_to_tensor against
both.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient

from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.tensor import tensor

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
side = st.integers(1, 9)
CONVENTIONS = [(False, False), (True, False), (False, True)]


def resized(x: np.ndarray, size: tuple[int, int], align: bool, half: bool) -> np.ndarray:
    """TensorFlow's rule, pixel by pixel."""

    def places(n: int, m: int) -> list[tuple[int, int, float]]:
        ratio = (n - 1) / (m - 1) if align and m > 1 else n / m
        out = []
        for t in range(m):
            at = (t + 0.5) * ratio - 0.5 if half else t * ratio
            low = max(0, math.floor(at))
            out.append((min(low, n - 1), min(n - 1, max(0, math.ceil(at))), at - low))
        return out

    out = np.empty((x.shape[0], *size, x.shape[3]))
    for i, (top, bottom, v) in enumerate(places(x.shape[1], size[0])):
        for j, (left, right, u) in enumerate(places(x.shape[2], size[1])):
            above = x[:, top, left] + (x[:, top, right] - x[:, top, left]) * u
            below = x[:, bottom, left] + (x[:, bottom, right] - x[:, bottom, left]) * u
            out[:, i, j] = above + (below - above) * v
    return out


@few
@given(st.integers(1, 2), side, side, st.integers(1, 4), side, side, st.sampled_from(CONVENTIONS))
def test_resize_bilinear(
    host: str, n: int, h: int, w: int, c: int, rows: int, columns: int, convention: Any
) -> None:
    x = np.random.default_rng(h).normal(size=(n, h, w, c)).astype(np.float32)
    got = ops.resize_bilinear(tensor(x), (rows, columns), *convention).numpy()
    np.testing.assert_allclose(
        got, resized(x.astype(np.float64), (rows, columns), *convention), atol=2e-5
    )


@few
@given(side, side, side, side, st.sampled_from(CONVENTIONS))
def test_adjoint(host: str, h: int, w: int, rows: int, columns: int, convention: Any) -> None:
    """<resize(x), g> = <x, gradient(g)>, for every pair of sizes."""
    rng = np.random.default_rng(w)
    x, g = rng.normal(size=(2, h, w, 3)), rng.normal(size=(2, rows, columns, 3))
    slope = grad(
        lambda t: (
            ops.resize_bilinear(t, (rows, columns), *convention) * tensor(g.astype(np.float32))
        ).sum()
    )(tensor(x.astype(np.float32)))
    forward = float((resized(x, (rows, columns), *convention) * g).sum())
    assert float((slope.numpy() * x).sum()) == pytest.approx(forward, abs=1e-3)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("size", [(3, 5), (7, 2), (1, 1)])
def test_gradient(host: str, size: tuple[int, int], convention: Any) -> None:
    x = np.random.default_rng(3).normal(size=(1, 4, 3, 2))
    check_gradient(
        lambda t: ops.resize_bilinear(t, size, *convention),
        lambda v: resized(v, size, *convention),
        x,
    )


def test_second_gradient(host: str) -> None:
    x = np.random.default_rng(4).normal(size=(1, 2, 2, 1)).astype(np.float32)

    def f(t: Any) -> Any:
        y = ops.resize_bilinear(t, (3, 3))
        return ops.sum(y * y * y) * (1 / 3)

    second = grad(lambda t: ops.sum(grad(f)(t)))(tensor(x)).numpy()
    # rows of the matrix R add up to 1: R^T diag(2 y) R 1 = R^T (2 y)
    y = resized(x.astype(np.float64), (3, 3), False, False)
    basis = [resized(np.eye(4)[i].reshape(1, 2, 2, 1), (3, 3), False, False) for i in range(4)]
    np.testing.assert_allclose(
        second.reshape(-1), [(2 * y * b).sum() for b in basis], rtol=1e-4, atol=1e-4
    )


def test_one_picture_without_a_batch(host: str) -> None:
    x = np.random.default_rng(5).normal(size=(3, 4, 2)).astype(np.float32)
    got = ops.resize_bilinear(tensor(x), (6, 2)).numpy()
    np.testing.assert_allclose(
        got, resized(x[None].astype(np.float64), (6, 2), False, False)[0], atol=1e-5
    )


@few
@given(side, side, side, side, st.booleans(), st.sampled_from(["rgb", "bgr"]))
def test_pixels_to_tensor(
    host: str, h: int, w: int, rows: int, columns: int, flip: bool, order: str
) -> None:
    pixels = np.random.default_rng(h * w).integers(0, 256, (h, w, 4), dtype=np.uint8)
    scale, offset = (1 / 127.5, 0.01, 0.02), (-1.0, 0.5, 0.0)
    got = ops.pixels_to_tensor(
        tensor(pixels, dtype="uint8"), (rows, columns), scale, offset, flip=flip, order=order
    ).numpy()
    want = resized(pixels[None, ..., :3].astype(np.float64), (rows, columns), False, True)
    want = want[:, :, ::-1] if flip else want
    want = want[..., ::-1] if order == "bgr" else want
    np.testing.assert_allclose(got, want * scale + offset, atol=2e-4)


def test_a_large_picture(host: str) -> None:
    """Same size: bytes come through exactly; one number serves all channels."""
    pixels = np.random.default_rng(6).integers(0, 256, (301, 257, 4), dtype=np.uint8)
    got = ops.pixels_to_tensor(pixels, (301, 257), 1.0, 0.0).numpy()
    np.testing.assert_array_equal(got[0], pixels[..., :3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.resize_bilinear(tensor([[1.0]]), (2, 2)),
            "without the first axis",
        ),
        (
            lambda: ops.resize_bilinear(tensor([[[[1.0]]]]), (2, 0)),
            "size must be a positive int or a pair",
        ),
        (
            lambda: ops.resize_bilinear(tensor([[[[1.0]]]]), (3, 3, 3)),
            r"pair of them \(height, width\)",
        ),
        (
            lambda: ops.resize_bilinear(tensor([[[[1.0]]]]), (2, 2), True, True),
            "exclude each other",
        ),
        (
            lambda: ops.pixels_to_tensor(tensor([[[1.0] * 4]]), (2, 2)),
            "uint8 \\[height, width, 4\\]",
        ),
        (lambda: ops.pixels_to_tensor(np.zeros((2, 2, 3), np.uint8), (2, 2)), "RGBA"),
        (
            lambda: ops.pixels_to_tensor(np.zeros((2, 2, 4), np.uint8), (2, 2), (1.0, 2.0)),
            "one number or three",
        ),
        (
            lambda: ops.pixels_to_tensor(np.zeros((2, 2, 4), np.uint8), (2, 2), order="gbr"),
            "'rgb' or 'bgr'",
        ),
    ],
)
def test_refusals(host: str, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
