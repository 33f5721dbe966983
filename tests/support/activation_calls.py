"""The calls of `op_calls` for Keras's activations, each with its formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from index_calls import Call

from pywebml import ops


def _of(name: str, formula: Callable[[Any], Any], *args: float) -> dict[str, Call]:
    """Whole numbers become float32."""
    return {name: Call(lambda x: getattr(ops, name)(x, *args), lambda x: formula(_float(x)))}


def _float(x: Any) -> Any:
    return np.asarray(x, np.float32)


def _gate(x: Any) -> Any:
    return np.clip(x / 6 + 0.5, 0, 1)


ACTIVATIONS: dict[str, Call] = {
    **_of("celu", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    **_of("hard_sigmoid", _gate),
    **_of("hard_silu", lambda x: x * _gate(x)),
    **_of("hard_tanh", lambda x: np.clip(x, -1, 1)),
    **_of("mish", lambda x: x * np.tanh(np.logaddexp(x, 0))),
    **_of("soft_shrink", lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0)),
    **_of("softsign", lambda x: x / (1 + np.abs(x))),
    **_of("sparse_plus", lambda x: np.where(x > 1, x, np.square(np.clip(x, -1, 1) + 1) / 4)),
    **_of("sparse_sigmoid", lambda x: np.clip(x / 2 + 0.5, 0, 1)),
    **_of("tanh_shrink", lambda x: x - np.tanh(x)),
    **_of("threshold", lambda x: np.where(x <= 0.5, -2, x), 0.5, -2.0),
    "hard_shrink": Call(ops.hard_shrink, None),
    # a square root of squares beyond 2^24 is rounded everywhere
    "squareplus": Call(ops.squareplus, None),
    "glu": Call(ops.glu, None, (2, 4)),
    "sparsemax": Call(ops.sparsemax, None, (2, 4)),
}
