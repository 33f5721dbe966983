"""`bench float16`: what 16-bit floats give, on adapters that have them: products and
frames, summed in float32, beside the same summed in float16, ours in float32, and
PyTorch's half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.precision import float16_accumulation
from ...core.tensor import tensor
from ...device import get_device
from ...ops import conv2d, pixels_to_tensor
from . import conv, matmul
from .beside import torch_peer
from .measure import Row, Work, compare, rated, repeated
from .networks import NETWORKS, Network

TITLES = ("MobileNet v1 0.25", "EfficientNet-Lite0", "SqueezeNet 1.1")
BATCHES = (32, 256)


def rows() -> Iterator[Row]:
    """Products, frames and batches in float16, a row for each peer. None where the
    adapter has no 16-bit floats, or is NumPy.
    """
    adapter = get_device().adapter
    if "f16" not in adapter.features:
        return
    for n in (256,) if adapter.software else (1024, 2048, 4096):
        yield from _product(n, 1 if adapter.software else matmul.CHAIN)
    for layer in (conv.Layer(1, 28, 64, 3),) if adapter.software else conv.CONVOLUTIONS[1:4]:
        yield from _convolution(layer, 1 if adapter.software else conv.CHAIN)
    for network in NETWORKS:
        if network.title in TITLES:
            net = network.build()
            yield from _frame(network, net)
            for batch in () if adapter.software else BATCHES:
                yield from _batch(network, net, batch)


def _product(n: int, chain: int) -> Iterator[Row]:
    generator = np.random.default_rng(0)
    left, right = (
        generator.random((n, n), np.float32),
        generator.random((n, n), np.float32) * (2 / n),
    )
    halves = left.astype(np.float16), right.astype(np.float16)
    peers = {
        "pywebml, float32": matmul.ours(left, right, chain),
        **_on_cuda(lambda torch: torch_peer().matmuls(torch, *halves)),
    }
    yield from rated(
        _compare(f"{n} x {n} x {n}", matmul.ours(*halves, chain, "float16"), peers), 2 * n**3
    )


def _convolution(layer: conv.Layer, chain: int) -> Iterator[Row]:
    x, w = layer.arrays(layer.channels)
    halves = x.astype(np.float16), w.astype(np.float16)
    peers = {
        "pywebml, float32": conv.ours(conv2d, x, w, chain),
        **_on_cuda(lambda torch: torch_peer().convolutions(torch, *halves, False)),
    }
    ours = conv.ours(conv2d, *halves, chain, "float16")
    yield from rated(
        _compare(f"{layer} -> {layer.channels}", ours, peers), layer.flops * layer.channels
    )


def _frame(network: Network, net: Any) -> Iterator[Row]:
    side, p = network.side, network.preprocess
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 4), np.uint8)

    def frames(net: Any, dtype: str) -> Work:
        pixels = tensor(picture, dtype="uint8")
        run = capture(
            lambda: net(
                pixels_to_tensor(
                    pixels, (side, side), p.scale, p.offset, order=p.order, dtype=dtype
                )
            ).astype("float32")
        )

        def one() -> object:
            pixels.buffer.device.upload_image(pixels.buffer.id, picture)
            return run().data_sync()

        return repeated(one, bool)

    peers = {"pywebml, float32": frames(net, "float32")}
    peers |= _on_cuda(lambda torch: torch_peer().frames(torch, _halved(torch, net), picture, p))
    note = "captured; bytes up, four probabilities read back"
    yield from _compare(
        f"{network.title}, {side}x{side}, batch 1",
        frames(net.astype("float16"), "float16"),
        peers,
        note,
    )


def _batch(network: Network, net: Any, batch: int) -> Iterator[Row]:
    pictures = np.random.default_rng(0).standard_normal(
        (batch, network.side, network.side, 3), np.float32
    )

    def batches(net: Any, dtype: str) -> Work:
        x, run = tensor(pictures, dtype=dtype), capture(net, copy=False)
        return repeated(lambda: run(x), lambda _: get_device().sync())

    peers = {"pywebml, float32": batches(net, "float32")}
    peers |= _on_cuda(lambda torch: torch_peer().batches(torch, _halved(torch, net), pictures))
    note = "captured; pictures on the device already, nothing read back"
    work = f"{network.title}, {network.side}x{network.side}, batch {batch}"
    yield from _compare(work, batches(net.astype("float16"), "float16"), peers, note)


def _compare(work: str, ours: Work, peers: dict[str, Work], note: str = "") -> Iterator[Row]:
    """Rows of `ours` beside peers, the first of which is itself with sums in float16."""

    def summed_in_halves(n: int) -> object:
        with float16_accumulation():
            return ours.run(n)

    yield from compare(
        "float16",
        work,
        ours,
        {"pywebml, float16 sums": ours._replace(run=summed_in_halves), **peers},
        note,
    )


def _halved(torch: Any, net: Any) -> Any:
    """The network as PyTorch has it, in float16."""
    peer = torch_peer()
    return peer.in_halves(torch, peer.translated(torch, net))


def _on_cuda(peers: Callable[[Any], dict[str, Work]]) -> dict[str, Work]:
    """Those of PyTorch's works that run on CUDA; its CPU has no kernels for halves
    worth a comparison.
    """
    torch = torch_peer().load_torch()
    if torch is None or not torch.cuda.is_available():
        return {}
    return {f"{name}, half": work for name, work in peers(torch).items() if "cpu" not in name}
