"""Convolutions over sequences, pictures and volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import convolved, relu, softmax, windows

import pywebml as pw
from pywebml import layers

SHAPES = {1: (2, 9, 4), 2: (2, 6, 7, 4), 3: (1, 4, 5, 6, 4)}
CONVS = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}


def conv_cases(rank: int) -> list[LayerCase]:
    """Of one number of sizes, each in the forms that all have."""
    kind, shape = CONVS[rank], SHAPES[rank]
    window = (3, 2, 2)[:rank]

    def case(
        words: dict[str, Any], meaning: Any, size: Any = window, channels: int = 4
    ) -> LayerCase:
        return LayerCase(
            lambda: kind(6, size, **words),
            shape,
            [("kernel", (*np.broadcast_to(size, rank).tolist(), channels, 6)), ("bias", (6,))],
            meaning,
        )

    return [
        case({"activation": "relu"}, lambda x, k, b: relu(convolved(x, k) + b)),
        case(
            {"strides": 2, "padding": "same"},
            lambda x, k, b: convolved(x, k, 2, same=True) + b,
        ),
        case(
            {"dilation_rate": 2, "padding": "SAME"},
            lambda x, k, b: convolved(x, k, 1, 2, same=True) + b,
        ),
        case(
            {"groups": 2, "padding": "same", "activation": "tanh"},
            lambda x, k, b: np.tanh(convolved(x, k, groups=2, same=True) + b),
            channels=2,
        ),
        case(
            {"strides": (2, 1, 3)[:rank]},
            lambda x, k, b: convolved(x, k, (2, 1, 3)[:rank]) + b,
            size=2,
        ),
    ]


def depthwise(x: Any, k: Any, *args: Any, **words: Any) -> Any:
    """Every channel with its own filters k [*window, c, m]."""
    rank = x.ndim - 2
    seen = windows(x, k.shape[:rank], *args, **words)
    place, window = "hwd"[:rank], "ijk"[:rank]
    y = np.einsum(f"n{place}{window}c,{window}cm->n{place}cm", seen, k)
    return y.reshape(*y.shape[:-2], -1)


CASES = [
    *(case for rank in CONVS for case in conv_cases(rank)),
    LayerCase(
        lambda: layers.Conv2D(
            2, 3, strides=2, padding="same", use_bias=False, activation="softmax"
        ),
        (1, 7, 8, 2),
        [("kernel", (3, 3, 2, 2))],
        lambda x, k: softmax(convolved(x, k, 2, same=True)),
    ),
    LayerCase(
        lambda: layers.Conv2D(2, 3, strides=2, padding=((1, 1), (2, 0))),
        (1, 6, 6, 2),
        [("kernel", (3, 3, 2, 2)), ("bias", (2,))],
        lambda x, k, b: convolved(np.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0))), k, 2) + b,
        alone="Keras has no padding in numbers",
    ),
    LayerCase(
        lambda: layers.Conv1D(3, 3, padding="causal", dilation_rate=2),
        (2, 7, 2),
        [("kernel", (3, 2, 3)), ("bias", (3,))],
        lambda x, k, b: convolved(np.pad(x, ((0, 0), (4, 0), (0, 0))), k, 1, 2) + b,
    ),
    LayerCase(
        lambda: layers.Conv1D(3, 3, 2, "causal"),
        (2, 8, 2),
        [("kernel", (3, 2, 3)), ("bias", (3,))],
        lambda x, k, b: convolved(np.pad(x, ((0, 0), (2, 0), (0, 0))), k, 2) + b,
    ),
    LayerCase(
        lambda: layers.Conv2D(8, 3, groups=4),
        (2, 5, 4, 4),
        [("kernel", (3, 3, 1, 8)), ("bias", (8,))],
        lambda x, k, b: convolved(x, k, groups=4) + b,
    ),
    LayerCase(
        lambda: layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
        (2, 6, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 2)), ("bias", (6,))],
        lambda x, k, b: depthwise(x, k, 2, same=True) + b,
    ),
    LayerCase(
        lambda: layers.DepthwiseConv2D(2, activation="sigmoid", use_bias=False),
        (1, 3, 4, 2),
        [("depthwise_kernel", (2, 2, 2, 1))],
        lambda x, k: 1 / (1 + np.exp(-depthwise(x, k))),
    ),
    LayerCase(
        lambda: layers.DepthwiseConv1D(3, dilation_rate=2, depth_multiplier=2, activation="relu"),
        (2, 8, 3),
        [("depthwise_kernel", (3, 3, 2)), ("bias", (6,))],
        lambda x, k, b: relu(depthwise(x, k, 1, 2) + b),
    ),
    LayerCase(
        lambda: layers.DepthwiseConv1D(4, 2, "same"),
        (2, 7, 3),
        [("depthwise_kernel", (4, 3, 1)), ("bias", (3,))],
        lambda x, k, b: depthwise(x, k, 2, same=True) + b,
    ),
    LayerCase(
        lambda: layers.DepthwiseConv2D(2, strides=2, dilation_rate=(2, 1), padding="same"),
        (2, 7, 6, 3),
        [("depthwise_kernel", (2, 2, 3, 1)), ("bias", (3,))],
        lambda x, k, b: depthwise(x, k, 2, (2, 1), same=True) + b,
    ),
    LayerCase(
        lambda: layers.SeparableConv1D(4, 2, strides=2, dilation_rate=3, activation="relu"),
        (2, 9, 3),
        [("depthwise_kernel", (2, 3, 1)), ("pointwise_kernel", (1, 3, 4)), ("bias", (4,))],
        lambda x, d, p, b: relu(depthwise(x, d, 2, 3) @ p[0] + b),
    ),
    LayerCase(
        lambda: layers.SeparableConv2D(4, 3, activation="tanh"),
        (2, 5, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 1)), ("pointwise_kernel", (1, 1, 3, 4)), ("bias", (4,))],
        lambda x, d, p, b: np.tanh(depthwise(x, d) @ p[0, 0] + b),
    ),
    LayerCase(
        lambda: layers.SeparableConv1D(4, 3, 2, "same", depth_multiplier=2),
        (2, 7, 3),
        [("depthwise_kernel", (3, 3, 2)), ("pointwise_kernel", (1, 6, 4)), ("bias", (4,))],
        lambda x, d, p, b: depthwise(x, d, 2, same=True) @ p[0] + b,
    ),
]


@parameters(CASES)
def test_convolutions(host: str, case: LayerCase) -> None:
    case.check()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2D(0, 3), "filters"),
        (lambda: layers.Conv2D(3, 0), "kernel_size"),
        (lambda: layers.Conv2D(3, (2, 2, 2)), "kernel_size"),
        (lambda: layers.Conv1D(3, (2, 2)), "kernel_size must be a positive int, got"),
        (lambda: layers.Conv3D(3, (2, 2)), "kernel_size must be a positive int or three"),
        (lambda: layers.Conv2D(3, 3, padding="full"), "'valid' or 'same'"),
        (lambda: layers.Conv2D(3, 3, padding="causal"), "'valid' or 'same'"),
        (lambda: layers.Conv1D(3, 3, padding="full"), "'valid' or 'same' or 'causal'"),
        (
            lambda: layers.Conv2D(3, 3, padding=((1, -1), (0, 0))),
            r"padding must be n, .* got \(\(1, -1\), \(0, 0\)\)",
        ),
        (lambda: layers.Conv2D(4, 3, groups=3), "filters must be a multiple of groups, got 4"),
        (lambda: layers.Conv2D(4, 3, groups=0), "groups must be at least 1, got 0"),
        (
            lambda: layers.Conv2D(4, 3, groups=2)(layers.Input((8, 8, 3))),
            r"3 channels cannot be cut into groups=2 .* \(None, 8, 8, 3\)",
        ),
        (lambda: layers.Conv2D(4, 3)(layers.Input((8,))), "height, width, channels"),
        (lambda: layers.Conv1D(4, 3)(layers.Input((8,))), r"needs \[batch, steps, channels\], got"),
        (lambda: layers.Conv2D(4, 3)(layers.Input((8, 8, None))), "channels must be known"),
        (lambda: layers.Conv2D(4, 9)(layers.Input((8, 8, 3))), "does not fit"),
        (lambda: layers.Conv3D(4, 3, 2, dilation_rate=2), "do not go together"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier"),
        (lambda: layers.SeparableConv2D(0, 3), "filters must be at least 1, got 0"),
        (lambda: layers.SeparableConv1D(1, 3, depth_multiplier=0), "depth_multiplier must be"),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("padding", "columns"), [("same", 5), ("valid", 4), (((1, 1), (0, 2)), 5)])
def test_open_sizes_stay_open(padding: Any, columns: int) -> None:
    layer = layers.Conv2D(4, 3, strides=2, padding=padding)
    assert layer(layers.Input((None, 9, 3))).shape == (None, None, columns, 4)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        *((f"Convolution{n}D{t}", f"Conv{n}D{t}") for n in (1, 2, 3) for t in ("", "Transpose")),
        *((f"SeparableConvolution{n}D", f"SeparableConv{n}D") for n in (1, 2)),
        *((f"{a}{n}D", f"{b}{n}D") for n in (1, 2, 3) for a, b in (
            ("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling"),
            ("GlobalMaxPool", "GlobalMaxPooling"), ("GlobalAvgPool", "GlobalAveragePooling"),
        )),
    ],
)  # fmt: skip
def test_other_names_are_the_same_class(alias: str, name: str) -> None:
    assert getattr(layers, alias) is getattr(layers, name)
    config = getattr(layers, name)(2, 2).get_config() if "Global" not in name else {}
    assert type(layers.deserialize(alias, config)) is getattr(layers, name)


@pytest.mark.parametrize("rank", CONVS)
def test_weights_are_held_as_said(host: str, rank: int) -> None:
    """Regularizers and constraints of each weight reach it."""
    layer = CONVS[rank](
        4, 2, kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="non_neg",
        activity_regularizer="l2", bias_initializer="ones",
    )  # fmt: skip
    layer.build(SHAPES[rank])
    assert layer.kernel.regularizer is layer.kernel_regularizer
    assert layer.kernel.constraint is layer.kernel_constraint
    assert len(layer.losses) == 2
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    kinds = {"kernel_regularizer", "bias_regularizer", "kernel_constraint", "activity_regularizer"}
    assert kinds <= set(layer.get_config())


@pytest.mark.parametrize("rank", [1, 2])
def test_groups_have_gradients(host: str, rank: int) -> None:
    """Those of filters and inputs are those of the groups by themselves."""
    rng = np.random.default_rng(0)
    shape = SHAPES[rank]
    x = rng.normal(size=shape).astype(np.float32)
    k = rng.normal(size=(*(2,) * rank, 2, 6)).astype(np.float32)
    conv = {1: pw.ops.conv1d, 2: pw.ops.conv2d}[rank]

    def whole(x: Any, k: Any) -> Any:
        return (conv(x, k, groups=2) ** 2).sum()

    def apart(x: Any, k: Any) -> Any:
        parts = zip(pw.ops.split(x, 2, -1), pw.ops.split(k, 2, -1), strict=True)
        return sum((conv(a, b) ** 2).sum() for a, b in parts)

    got, want = (pw.grads(f)([pw.tensor(x), pw.tensor(k)]) for f in (whole, apart))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-4)


KINDS = [
    *((f"Conv{n}D{t}", (2, 2), n) for n in (1, 2, 3) for t in ("", "Transpose")),
    *((f"{kind}{n}D", (2, 2)[depth:], n) for n in (1, 2) for kind, depth in (
        ("DepthwiseConv", 1), ("SeparableConv", 0))),
    *((f"AveragePooling{n}D", (2,), n) for n in (1, 2, 3)),
    *((f"GlobalAveragePooling{n}D", (), n) for n in (1, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "rank"), KINDS, ids=[name for name, *_ in KINDS])
def test_whole_numbers_come_as_they_are(host: str, name: str, args: Any, rank: int) -> None:
    """Pixels need no cast, here as in Keras, and give what they give as floats."""
    x = np.random.default_rng(0).integers(0, 255, SHAPES[rank]).astype(np.int32)
    layer = getattr(layers, name)(*args)
    got = layer(x)
    assert got.dtype == "float32"
    np.testing.assert_array_equal(got.numpy(), layer(x.astype(np.float32)).numpy())
