"""What the sample cases of convolutions and their gradients are made from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from ...core.composite import Sample
from ...core.op import Op
from ...core.spec import Spec
from ...host.lazy import np
from ..support.window import pair, resolve_padding


def drawn(seed: int, *rows: tuple[str, Any, Any, dict[str, Any]]) -> Iterator[Sample]:
    """Samples of functions of an input and a filter: (name, the shapes of both, the
    other arguments).
    """
    random = np.random.default_rng(seed)
    for name, x, w, words in rows:
        yield Sample(name, tuple(random.standard_normal(s, np.float32) for s in (x, w)), words)


def sample_gradient(op: Op, x: Any, w: Any) -> Any:
    """A gradient of the shape of op(x, w)."""
    shape = op.outputs(Spec(x.shape), Spec(w.shape))[0].shape
    return np.random.default_rng(7).standard_normal(shape).astype("float32")


def sample_convolutions(cls: Any) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """(name, op of `cls`, x, w, bias or None): what the sample cases of Conv2D and of
    its gradients are made from.
    """
    draw = np.random.default_rng(5)

    def sample(
        name: str,
        x: tuple[int, ...],
        w: tuple[int, ...],
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        **more: Any,
    ) -> Any:
        strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
        op: Any = cls(
            strides, resolve_padding(padding, x[1:3], w[:2], strides, dilations), dilations
        )
        bias = draw.standard_normal(w[3]).astype("float32") if more.get("bias") else None
        values = (
            draw.standard_normal(x).astype("float32"),
            (draw.standard_normal(w) / (w[0] * w[1] * w[2]) ** 0.5).astype("float32"),
        )
        return name, dataclasses.replace(op, activation=more.get("activation")), *values, bias

    yield sample("3x3 same", (1, 7, 9, 4), (3, 3, 4, 8), 1, "same")
    yield sample(
        "first layer, stride 2, even size",
        (2, 32, 32, 3),
        (3, 3, 3, 8),
        2,
        "same",
        bias=True,
        activation="relu6",
    )
    yield sample(
        "stride 2, odd size", (1, 15, 13, 8), (3, 3, 8, 12), 2, "same", bias=True, activation="relu"
    )
    yield sample(
        "explicit padding, pair of strides",
        (2, 9, 8, 5),
        (3, 4, 5, 6),
        (2, 3),
        ((2, 1), (0, 3)),
        bias=True,
        activation="tanh",
    )
    yield sample("dilation", (1, 12, 11, 4), (3, 3, 4, 4), 1, "same", (2, 3))
    yield sample("stride over the edge", (1, 8, 8, 2), (2, 2, 2, 3), 3)
    yield sample("one pixel", (3, 1, 1, 6), (1, 1, 6, 10), bias=True, activation="sigmoid")
    yield sample("pointwise", (2, 6, 5, 16), (1, 1, 16, 24), bias=True, activation="relu6")
    yield sample("pointwise, stride 2", (1, 7, 7, 8), (1, 1, 8, 4), 2)
    yield sample("one channel to many", (2, 10, 10, 1), (5, 5, 1, 16))
    yield sample("many channels to one", (1, 5, 6, 20), (3, 3, 20, 1), 1, "same")
    yield sample(
        "tiles, split sum", (1, 8, 8, 80), (3, 3, 80, 32), 1, "same", bias=True, activation="relu6"
    )
    yield sample(
        "tiles not full", (2, 9, 10, 36), (3, 3, 36, 68), 1, "same", bias=True, activation="relu"
    )
    yield sample("long sum, few outputs", (1, 4, 4, 256), (3, 3, 256, 32), 1, "same")


def sample_depthwise_convolutions(
    cls: Any,
) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """(name, op of `cls`, x, w, bias or None): the same for DepthwiseConv2D."""
    draw = np.random.default_rng(6)

    def sample(
        name: str,
        x: tuple[int, ...],
        w: tuple[int, ...],
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        **more: Any,
    ) -> Any:
        strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
        op: Any = cls(
            strides, resolve_padding(padding, x[1:3], w[:2], strides, dilations), dilations
        )
        bias = draw.standard_normal(w[2] * w[3]).astype("float32") if more.get("bias") else None
        values = (
            draw.standard_normal(x).astype("float32"),
            (draw.standard_normal(w) / (w[0] * w[1]) ** 0.5).astype("float32"),
        )
        return name, dataclasses.replace(op, activation=more.get("activation")), *values, bias

    yield sample("3x3 same", (1, 7, 7, 8), (3, 3, 8, 1), 1, "same", bias=True, activation="relu6")
    yield sample(
        "stride 2, even size",
        (2, 14, 14, 12),
        (3, 3, 12, 1),
        2,
        "same",
        bias=True,
        activation="relu",
    )
    yield sample("stride 2, odd size", (1, 15, 13, 4), (3, 3, 4, 1), 2, "same")
    yield sample("5x5", (1, 9, 6, 20), (5, 5, 20, 1), 1, "same", bias=True, activation="tanh")
    yield sample("wide window", (1, 4, 10, 4), (1, 7, 4, 1), (2, 1), ((1, 0), (5, 2)))
    yield sample(
        "channels not a multiple of 4",
        (2, 6, 7, 5),
        (3, 3, 5, 1),
        1,
        "same",
        bias=True,
        activation="sigmoid",
    )
    yield sample("multiplier 2", (2, 8, 7, 6), (3, 2, 6, 2), (2, 1), "same", bias=True)
    yield sample("multiplier 4, one channel", (1, 6, 6, 1), (3, 3, 1, 4), 1, "valid")
    yield sample("dilation", (1, 11, 12, 8), (3, 3, 8, 1), 1, "same", (3, 2))
    yield sample("explicit padding", (1, 5, 6, 3), (3, 3, 3, 1), (3, 2), ((0, 2), (3, 1)))
    yield sample("one pixel", (3, 1, 1, 8), (1, 1, 8, 1), bias=True)
    yield sample("stride over the edge", (1, 8, 8, 4), (2, 2, 4, 1), 3)
    yield sample("window as large as the picture", (2, 7, 7, 16), (7, 7, 16, 1))
