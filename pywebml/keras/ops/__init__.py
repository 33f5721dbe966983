"""Keras's `keras.ops` over the ops of `pywebml`: its names, its order of arguments, its
defaults. `pywebml.ops` has TensorFlow.js's.
"""

from __future__ import annotations

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

globals().update(functions())
for _room in (
    core,
    elementwise,
    making,
    arrays,
    picking,
    statistics,
    without_nan,
    products,
    linalg,
    math,
    nn,
    rearranging,
):
    globals().update({name: getattr(_room, name) for name in _room.__all__})

__all__ = sorted(
    name
    for name, thing in globals().items()
    if callable(thing) and name[0] != "_" and name != "functions"
)
__all__ += ["image", "linalg", "nn"]

_IN_NN = """celu elu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu
log_sigmoid log_softmax moments polar relu relu6 selu sigmoid silu soft_shrink softplus softsign
sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold"""
vars(nn).update({name: globals()[name] for name in _IN_NN.split()})
vars(linalg).update(jvp=globals()["jvp"])
