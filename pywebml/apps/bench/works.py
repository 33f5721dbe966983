"""What `bench tune` and `bench floor` work on: products, training steps and networks,
recorded on the device in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.plan import Plan
from ...core.tensor import tensor
from ...device import get_device
from ...ops import matmul
from ...ops.cross_entropy import SoftmaxCrossEntropy
from ...ops.linalg.matmul import MatMul
from ...ops.reduce.op import Reduce
from ...ops.softmax import Softmax
from . import convnet, head, lstm
from .networks import NETWORKS

SMALL: dict[str, list[tuple[Any, ...]]] = {
    "reduce": [
        (Reduce("mean", (0,)), (40,)),  # losses
        (Reduce("sum", (1,)), (40, 100)),
        (Reduce("sum", (1,)), (1024, 1000)),
        (Reduce("max", (1,)), (32, 1000)),
        (Reduce("sum", (0,)), (1 << 20,)),
        (Reduce("mean", (1, 2)), (1, 7, 7, 1280)),  # global average pooling
        (Reduce("mean", (1, 2)), (32, 7, 7, 1280)),
        (Reduce("sum", (0,)), (1152, 32)),  # gradients of biases
        (Reduce("sum", (0,)), (86528, 16)),
    ],
    "softmax": [
        (Softmax(), (1, 4)),
        (Softmax(), (40, 4)),
        (Softmax(), (1, 1000)),
        (Softmax(), (32, 1000)),
        (Softmax(), (1024, 1000)),
        (SoftmaxCrossEntropy(), (40, 4), (40, 4)),
        (SoftmaxCrossEntropy(), (128, 10), (128, 10)),
        (SoftmaxCrossEntropy(), (256, 1000), (256, 1000)),
    ],
    "dense": [
        (MatMul(), (1, 100), (100, 4), (4,)),  # a head on a frame
        (MatMul(activation="relu"), (1, 1280), (1280, 100), (100,)),
        (MatMul(activation="relu"), (1, 12544), (12544, 100), (100,)),
        (MatMul(), (1, 1280), (1280, 1000), (1000,)),  # ImageNet's classes
        (MatMul(), (40, 100), (100, 4), (4,)),  # a training step of a head
        (MatMul(transpose_a=True), (40, 100), (40, 4)),
        (MatMul(), (128, 64), (64, 10), (10,)),  # and of the conv net
        (MatMul(transpose_a=True), (128, 64), (128, 10)),
    ],
}
"""Ops of few or small results, whose time is latency, and the shapes of their inputs.
"""


def names() -> list[str]:
    """Of all works."""
    return [
        "matmul",
        *SMALL,
        "head",
        "convnet",
        "lstm",
        *(_word(network.title) for network in NETWORKS),
    ]


def chosen(only: Sequence[str]) -> list[str]:
    """`only`, or all where it is empty. ValueError for a work that is not there."""
    if unknown := [name for name in only if name not in names()]:
        raise ValueError(f"no work called {unknown[0]!r}; there are {', '.join(names())}")
    return list(only) or names()


def _word(title: str) -> str:
    return title.lower().replace(" ", "-")


def plans(work: str, quick: bool) -> Iterator[tuple[str, Plan]]:
    """(title, plan) of a work's sizes; software adapters get small ones, and so does
    who is in a hurry.
    """
    software = get_device().adapter.software
    if work == "matmul":
        yield from _products(quick, software)
    elif work in SMALL:
        for op, *shapes in SMALL[work]:
            title = f"{op.name} of {' and '.join('x'.join(map(str, shape)) for shape in shapes)}"
            yield title, _plan(op, *(tensor(np.zeros(shape, np.float32)) for shape in shapes))
    elif work == "head":
        for features in (12544,) if quick else (12544, 1280):
            yield (
                f"training step {features}-{head.UNITS}-{head.CLASSES}, batch 40",
                _plan(head.training_step(features, 40)),
            )
    elif work == "convnet":
        batch = 16 if software else 128
        yield f"MNIST conv net training step, batch {batch}", _plan(convnet.training_step(batch))
    elif work == "lstm":
        batch = 16 if software else 128
        yield f"LSTM training step, batch {batch}", _plan(lstm.training_step(batch))
    else:
        network = next(n for n in NETWORKS if _word(n.title) == work)
        net = network.build()
        for batch in (1,) if quick or software else (1, 32):
            pictures = tensor(np.zeros((batch, network.side, network.side, 3), np.float32))
            yield f"{network.title}, batch {batch}", _plan(net, pictures)


def _products(quick: bool, software: bool) -> Iterator[tuple[str, Plan]]:
    """Products of square matrices, the first or the second of them transposed."""
    sizes: tuple[int, ...] = (256, 512, 1024, 2048, 4096)
    ways = [(False, False), (True, False), (False, True)]
    if quick or software:
        sizes, ways = (1024, 4096), ways[:1]
    if software:
        sizes = (64, 256)
    for n in sizes:
        a = tensor(np.zeros((n, n), np.float32))
        for way in ways:
            how = (", A^T" if way[0] else "") + (", B^T" if way[1] else "")
            product = partial(matmul, a, a, *way)
            yield f"matmul {n} x {n} x {n}{how}", _plan(product)


def _plan(function: Callable[..., Any], *args: Any) -> Plan:
    captured = capture(function)
    captured.record(*args)
    (plan,) = captured.plans()
    return plan
