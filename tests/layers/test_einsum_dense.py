"""The dense layer whose product is said by an equation."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import relu

from pywebml import layers
from pywebml.core.tensor import tensor

CASES = [
    LayerCase(
        lambda: layers.EinsumDense("ab,bc->ac", 4, bias_axes="c"),
        (3, 5),
        [("kernel", (5, 4)), ("bias", (4,))],
        lambda x, k, b: x @ k + b,
    ),
    LayerCase(
        lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 3), "relu", "de"),
        (2, 4, 5),
        [("kernel", (5, 2, 3)), ("bias", (2, 3))],
        lambda x, k, b: relu(np.einsum("abc,cde->abde", x, k) + b),
    ),
    LayerCase(
        lambda: layers.EinsumDense("abcd,cde->abe", (None, 6), bias_axes="e"),
        (2, 3, 4, 5),
        [("kernel", (4, 5, 6)), ("bias", (6,))],
        lambda x, k, b: np.einsum("abcd,cde->abe", x, k) + b,
        any_size=False,
    ),
    LayerCase(
        lambda: layers.EinsumDense("...x,xy->...y", 4, "tanh", "y"),
        (2, 3, 2, 5),
        [("kernel", (5, 4)), ("bias", (4,))],
        lambda x, k, b: np.tanh(x @ k + b),
    ),
    LayerCase(
        lambda: layers.EinsumDense("ab...,bc->ac...", 4, "sigmoid", "c"),
        (2, 3, 2, 5),
        [("kernel", (3, 4)), ("bias", (4, 1, 1))],
        lambda x, k, b: 1 / (1 + np.exp(-np.einsum("abxy,bc->acxy", x, k) - b)),
        any_size=False,
    ),
    LayerCase(
        lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e"),
        (2, 4, 5),
        [("kernel", (5, 2, 3)), ("bias", (3,))],
        lambda x, k, b: np.einsum("abc,cde->abde", x, k) + b,
    ),
    LayerCase(
        lambda: layers.EinsumDense("abc,cd->abd", (4, 3), bias_axes="bd"),
        (2, 4, 5),
        [("kernel", (5, 3)), ("bias", (4, 3))],
        lambda x, k, b: x @ k + b,
        any_size=False,
    ),
    LayerCase(
        lambda: layers.EinsumDense("...abc,cbd->...ad", (3, 6)),
        (2, 2, 3, 4, 5),
        [("kernel", (5, 4, 6))],
        lambda x, k: np.einsum("xyabc,cbd->xyad", x, k),
        any_size=False,
    ),
]


@parameters(CASES)
def test_einsum_dense(host: str, case: LayerCase) -> None:
    case.check()


def test_kernels_start_with_the_fans_of_their_equation(host: str) -> None:
    """As if the axes of inputs and of outputs were one each."""
    wide = layers.EinsumDense("abc,cde->abde", (None, 40, 50), kernel_initializer="he_normal")
    wide.build((None, 3, 10))
    assert wide.get_weights()[0].std() == pytest.approx((2 / 10) ** 0.5, rel=0.02)
    back = layers.EinsumDense("abde,dec->abc", (None, 100), kernel_initializer="lecun_uniform")
    back.build((None, 3, 20, 30))
    assert back.get_weights()[0].std() == pytest.approx((1 / 600) ** 0.5, rel=0.02)


def test_what_does_not_fit_is_named() -> None:
    for equation in ("ab,bc", "ab->ab", "...a...,ab->...b...", "ab,bc->...ac"):
        with pytest.raises(ValueError, match="no equation of the form"):
            layers.EinsumDense(equation, 4)
    with pytest.raises(ValueError, match="'z' of the result"):
        layers.EinsumDense("ab,bc->acz", 4)
    with pytest.raises(ValueError, match="'z' of the kernel"):
        layers.EinsumDense("ab,bz->ab", 4)
    with pytest.raises(ValueError, match="takes inputs of 3 axes"):
        layers.EinsumDense("abc,cd->abd", (None, 4)).build((None, 5))
    with pytest.raises(ValueError, match="must be 3 sizes"):
        layers.EinsumDense("abc,cd->abd", 4).build((None, 3, 5))
    with pytest.raises(ValueError, match="and 4 in the output"):
        layers.EinsumDense("abc,cd->abd", (4, 4)).build((None, 3, 5))
    with pytest.raises(ValueError, match="bias_axes 'z' must be letters"):
        layers.EinsumDense("ab,bc->ac", 4, bias_axes="z").build((None, 3))
    with pytest.raises(ValueError, match="must be known"):
        layers.EinsumDense("abc,cd->abd", (None, 4)).build((None, 3, None))
    x = tensor(np.ones((2, 3), np.float32))
    assert layers.EinsumDense("ab,bc->ac", 4)(x).shape == (2, 4)
