"""Keras's `keras.ops` over the ops of `pywebml`: its names, its order of arguments, its
defaults. `pywebml.ops` has TensorFlow.js's.
"""

from __future__ import annotations

from typing import Any

from . import (
    arrays,
    core,
    elementwise,
    image,
    linalg,
    making,
    math,
    nn,
    picking,
    products,
    rearranging,
    statistics,
    without_nan,
)
from .same import functions
from .support import on_symbols

_ROOMS = (
    core, elementwise, making, arrays, picking, statistics, without_nan, products, linalg, math,
    nn, rearranging,
)  # fmt: skip
_AT_ONCE = """associative_scan cond convert_to_numpy custom_gradient dtype fori_loop is_tensor jvp
map ndim scan shape size switch vectorize vectorized_map while_loop"""
"""What takes functions of the user's, or is known of a symbol at once."""


def _taken() -> dict[str, Any]:
    """{name: function}, on symbols too."""
    at_once = set(_AT_ONCE.split())
    plain = dict(functions())
    for room in _ROOMS:
        plain.update({name: getattr(room, name) for name in room.__all__})
    return {n: f if n in at_once else on_symbols(f, f"keras.{n}") for n, f in plain.items()}


_functions = _taken()
globals().update(_functions)
__all__ = sorted([*_functions, "image", "linalg", "nn"])

_IN_NN = """celu elu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu
log_sigmoid log_softmax moments polar relu relu6 selu sigmoid silu soft_shrink softplus softsign
sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold"""
for _space, _names in (
    (nn, [*nn.__all__, *_IN_NN.split()]), (linalg, [*linalg.__all__, "jvp"]),
):  # fmt: skip
    vars(_space).update({name: _functions[name] for name in _names})
for _name in image.__all__:
    setattr(image, _name, on_symbols(getattr(image, _name), f"keras.image.{_name}"))
