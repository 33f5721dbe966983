"""A tensor of more than the device takes in one buffer is refused in words, whatever
makes it, and before anything is computed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, ops
from pywebml.device import get_device

MAKES: dict[str, Callable[[int], Any]] = {
    "zeros": lambda n: ops.zeros((n,)),
    "fill": lambda n: ops.fill((n,), 1.5),
    "range": lambda n: ops.range(0, n),
    "random": lambda n: ops.random_normal((n,)),
    "broadcast_to": lambda n: ops.broadcast_to(ops.zeros((1,)), (n,)),
    "tile": lambda n: ops.tile(ops.zeros((1 << 10,)), (n >> 10,)),
    "a + b": lambda n: ops.zeros((1 << 10, 1)) + ops.zeros((1, n >> 10)),
    "matmul": lambda n: ops.matmul(ops.zeros((1 << 10, 1)), ops.zeros((1, n >> 10))),
    "one_hot": lambda n: ops.one_hot(ops.zeros((1 << 10,), "int32"), n >> 10),
    "pad": lambda n: ops.pad(ops.zeros((1,)), ((0, n - 1),)),
    "resize": lambda n: ops.resize_bilinear(ops.zeros((1, 2, 2, 1)), (1 << 10, n >> 10)),
    "scatter": lambda n: ops.scatter_nd([[0]], ops.zeros((1,)), (n,)),
    "variable": lambda n: pw.Variable(ops.zeros((n,))),
    "layer": lambda n: layers.Dense(n >> 10)(ops.zeros((1, 1 << 10))),
    "captured": lambda n: pw.capture(lambda x: x + ops.zeros((n,)))(ops.zeros((1,))),
}


@pytest.mark.parametrize("values", [2, 1 << 6], ids=["just too many", "past 2^32"])
@pytest.mark.parametrize("name", MAKES)
def test_too_large_is_refused_in_words(name: str, values: int) -> None:
    pw.set_device("gpu")
    before = pw.memory()["bytes"]
    n = max(get_device().adapter.max_binding, (1 << 27)) // 4 * values
    with pytest.raises(
        ValueError, match=r"a tensor of \d+ MB, but .* allows \d+ MB; (take fewer|that is)"
    ):
        MAKES[name](n)
    assert pw.memory()["bytes"] - before < 1 << 23


X = np.ones((300, 8), np.float32)


WHOLE: dict[str, tuple[Callable[[], Any], str]] = {
    "t-sne": (lambda: pw.models.TSNE(perplexity=5).fit_transform_sync(X), "give fewer points"),
    "weights": (
        lambda: layers.Dense(200).build((None, 8)),
        r"that is the weight .*kernel.* of shape \(8, 200\): make the layer smaller",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_must_lie_in_one_piece_says_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a device that claims buffers of 4 KB."""
    pw.set_device("gpu")
    device = get_device()
    monkeypatch.setattr(device, "adapter", dataclasses.replace(device.adapter, max_binding=4096))
    work, hint = WHOLE[name]
    with pytest.raises(ValueError, match=rf"a tensor of .* MB, but .* allows .* MB; .*({hint})"):
        work()
