"""What dense layers do: a product, a bias and an activation in one kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.composite import Sample, composite
from ...core.precision import half_sums
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.activation import activate
from .matmul import MatMul

__all__ = ["dense"]


def _dense(x: Any, kernel: Any, bias: Any = 0.0, activation: str | None = None) -> Any:
    return activate(x @ kernel + bias, activation)


def _sample_layers() -> Iterator[Sample]:
    random = np.random.default_rng(1)
    x, kernel, bias = (random.normal(size=s).astype(np.float32) for s in ((2, 3, 5), (5, 4), (4,)))
    yield Sample("no bias", (x, kernel))
    yield Sample("bias, relu", (x, kernel, bias), {"activation": "relu"})
    yield Sample("one vector", (x[0, 0], kernel, bias), {"activation": "tanh"})


@composite(meaning=_dense, cases=_sample_layers, halves=True)
def dense(x: Any, kernel: Any, bias: Any = None, *, activation: str | None = None) -> Tensor:
    """activation(x . kernel + bias) over the last axis: x [..., k], kernel [k, n], bias
    [n] or None -> [..., n], in one kernel.

    `activation`: None, 'relu', 'relu6', 'sigmoid' or 'tanh'. ValueError for other words
    or shapes that do not fit.

    Example:
        >>> x, kernel, bias = [[1.0, 2.0]], [[1.0, -1.0], [1.0, -1.0]], [0.5, 0.5]
        >>> ops.dense(x, kernel, bias, activation="relu").tolist()
        [[3.5, 0.0]]
    """
    x, kernel = as_tensor(x), as_tensor(kernel)
    if x.ndim == 0 or kernel.ndim != 2 or x.shape[-1] != kernel.shape[0]:
        raise ValueError(
            f"dense: x [..., k] and kernel [k, n] expected, got {x.shape} and {kernel.shape}"
        )
    ins = (x.reshape(-1, x.shape[-1]), kernel) + (() if bias is None else (bias,))
    return MatMul(activation=activation, half_sums=half_sums(x.dtype))(*ins).reshape(
        *x.shape[:-1], kernel.shape[1]
    )
