"""What `bench tune` and `bench floor` work on: products, training steps and networks, recorded on the device in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.plan import Plan
from ...core.tensor import tensor
from ...device import get_device
from ...ops import matmul
from . import convnet, head
from .networks import NETWORKS


def names() -> list[str]:
    """Of all works."""
    return ["matmul", "head", "convnet", *(_word(network.title) for network in NETWORKS)]


def chosen(only: Sequence[str]) -> list[str]:
    """`only`, or all where it is empty. ValueError for a work that is not there."""
    if unknown := [name for name in only if name not in names()]:
        raise ValueError(f"no work called {unknown[0]!r}; there are {', '.join(names())}")
    return list(only) or names()


def _word(title: str) -> str:
    return title.lower().replace(" ", "-")


def plans(work: str, quick: bool) -> Iterator[tuple[str, Plan]]:
    """(title, plan) of a work's sizes; software adapters get small ones, and so does who is in a hurry."""
    software = get_device().adapter.software
    if work == "matmul":
        for n in (64, 256) if software else (1024, 4096) if quick else (256, 512, 1024, 2048, 4096):
            a = tensor(np.zeros((n, n), np.float32))
            for transposed in ((False, False),) if quick or software else ((False, False), (True, False), (False, True)):
                how = "".join(word for word, there in zip((", A^T", ", B^T"), transposed, strict=True) if there)
                yield f"matmul {n} x {n} x {n}{how}", _plan(lambda a=a, t=transposed: matmul(a, a, *t))
    elif work == "head":
        for features in (12544,) if quick else (12544, 1280):
            yield f"training step {features}-{head.UNITS}-{head.CLASSES}, batch 40", _plan(head.training_step(features, 40))
    elif work == "convnet":
        batch = 16 if software else 128
        yield f"MNIST conv net training step, batch {batch}", _plan(convnet.training_step(batch))
    else:
        network = next(n for n in NETWORKS if _word(n.title) == work)
        net = network.build()
        for batch in (1,) if quick or software else (1, 32):
            pictures = tensor(np.zeros((batch, network.side, network.side, 3), np.float32))
            yield f"{network.title}, batch {batch}", _plan(net, pictures)


def _plan(function: Callable[..., Any], *args: Any) -> Plan:
    captured = capture(function)
    captured.record(*args)
    (plan,) = captured.plans()
    return plan
