"""Convolution and pooling written out as loops over every output, in float64: slow, and
sharing nothing with the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

ACTIVATIONS = {
    None: lambda y: y,
    "relu": lambda y: np.maximum(y, 0),
    "relu6": lambda y: np.clip(y, 0, 6),
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "tanh": np.tanh,
}
SLOPES = {
    None: lambda y: np.ones_like(y),
    "relu": lambda y: (y > 0) * 1.0,
    "relu6": lambda y: ((y > 0) & (y < 6)) * 1.0,
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
}


def visits(
    size: Any, window: Any, strides: Any, padding: Any, dilations: Any = (1, 1)
) -> Iterator[tuple[int, int, int, int, int, int]]:
    """(output row, column, position in the window ky, kx, input row, column) of all
    that lie inside.
    """
    (top, bottom), (left, right) = padding
    rows = (size[0] + top + bottom - (window[0] - 1) * dilations[0] - 1) // strides[0] + 1
    columns = (size[1] + left + right - (window[1] - 1) * dilations[1] - 1) // strides[1] + 1
    for i in range(rows):
        for j in range(columns):
            for ky in range(window[0]):
                for kx in range(window[1]):
                    y, x = (
                        i * strides[0] + ky * dilations[0] - top,
                        j * strides[1] + kx * dilations[1] - left,
                    )
                    if 0 <= y < size[0] and 0 <= x < size[1]:
                        yield i, j, ky, kx, y, x


def outputs(
    size: Any, window: Any, strides: Any, padding: Any, dilations: Any = (1, 1)
) -> tuple[int, int]:
    """How many windows fit, counted one by one."""
    counts = []
    for n, k, s, (before, after), d in zip(size, window, strides, padding, dilations, strict=True):
        count = 0
        while count * s + (k - 1) * d + 1 <= n + before + after:
            count += 1
        counts.append(count)
    return counts[0], counts[1]


def convolve(
    x: np.ndarray, w: np.ndarray, strides: Any, padding: Any, dilations: Any
) -> np.ndarray:
    where = x.shape[1:3], w.shape[:2], strides, padding, dilations
    out = np.zeros((x.shape[0], *outputs(*where), w.shape[3]))
    for i, j, ky, kx, y, z in visits(*where):
        out[:, i, j] += x[:, y, z] @ w[ky, kx]
    return out


def convolve_grads(
    x: np.ndarray, w: np.ndarray, g: np.ndarray, strides: Any, padding: Any, dilations: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of sum(convolve(x, w) * g) to x and to w."""
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i, j, ky, kx, y, z in visits(x.shape[1:3], w.shape[:2], strides, padding, dilations):
        dx[:, y, z] += g[:, i, j] @ w[ky, kx].T
        dw[ky, kx] += x[:, y, z].T @ g[:, i, j]
    return dx, dw


def spread(w: np.ndarray) -> np.ndarray:
    """A depthwise filter [kh, kw, c, m] as the ordinary one [kh, kw, c, c * m] that
    does the same.
    """
    kh, kw, c, m = w.shape
    full = np.zeros((kh, kw, c, c * m))
    for i in range(c):
        full[:, :, i, i * m : (i + 1) * m] = w[:, :, i]
    return full


def gather_spread(full: np.ndarray, m: int) -> np.ndarray:
    """The part of an ordinary filter's gradient that belongs to the depthwise filter it
    was spread from.
    """
    c = full.shape[2]
    return np.stack([full[:, :, i, i * m : (i + 1) * m] for i in range(c)], axis=2)


@st.composite
def geometries(draw: st.DrawFn, largest: int = 9) -> dict[str, Any]:
    """Odd sizes, strides over the edge, dilations and every padding, such that at least
    one window fits.
    """
    size = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    window = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    strides = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dilations = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    padding = draw(st.sampled_from(["same", "valid", "explicit"]))
    some = st.integers(0, 3)
    explicit = (draw(some), draw(some)), (draw(some), draw(some))
    span = [(k - 1) * d + 1 for k, d in zip(window, dilations, strict=True)]
    if padding != "same":  # large enough for one window
        size = tuple(max(n, s) for n, s in zip(size, span, strict=True))
    return {
        "batch": draw(st.integers(1, 3)),
        "size": size,
        "window": window,
        "strides": strides,
        "dilations": dilations,
        "padding": explicit if padding == "explicit" else padding,
    }


def resolved(geometry: dict[str, Any]) -> Any:
    """The padding in numbers. SAME from its definition: ceil(n / s) outputs, the odd
    one after.
    """
    if geometry["padding"] == "valid":
        return (0, 0), (0, 0)
    if geometry["padding"] != "same":
        return geometry["padding"]
    both = []
    for n, k, s, d in zip(
        geometry["size"],
        geometry["window"],
        geometry["strides"],
        geometry["dilations"],
        strict=True,
    ):
        needed = (int(np.ceil(n / s)) - 1) * s + (k - 1) * d + 1
        total = max(needed - n, 0)
        both.append((total // 2, total - total // 2))
    return tuple(both)


def close(got: Any, want: np.ndarray, tolerance: float = 3e-5) -> None:
    assert np.shape(got) == want.shape
    np.testing.assert_allclose(
        got, want, rtol=tolerance, atol=tolerance * max(1.0, float(np.abs(want).max(initial=0)))
    )
