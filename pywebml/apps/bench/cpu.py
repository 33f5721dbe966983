"""`bench cpu`: frozen networks on the CPU device: a frame, from RGBA bytes to four
probabilities, and 32 pictures; beside ONNX Runtime by itself, with graphs written for
it, PyTorch where installed, and our own NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...device import get_device, set_device
from ...host.settings import ONNX_RUNTIME
from ...ops import pixels_to_tensor
from .beside import onnx_by_layers, onnx_peer, torch_peer
from .measure import Row, Work, compare, repeated
from .networks import NETWORKS, Network

BATCH = 32
SECONDS = 6.0


def rows(seconds: float = SECONDS) -> Iterator[Row]:
    """On the CPU device, whatever the one in use is."""
    before = get_device()
    set_device("cpu")
    try:
        for network in NETWORKS:
            net = network.build()
            torch = torch_peer().load_torch()
            torch_net = None if torch is None else torch_peer().translated(torch, net)
            yield from _frames(network, net, torch_net, seconds)
            yield from _batches(network, net, torch_net, seconds)
    finally:
        set_device(before)


def _frames(network: Network, net: Any, torch_net: Any, seconds: float) -> Iterator[Row]:
    side, preprocess = network.side, network.preprocess
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 4), np.uint8)

    def frames() -> Work:
        pixels = tensor(picture, dtype="uint8")
        size, (scale, offset) = (side, side), (preprocess.scale, preprocess.offset)
        run = capture(
            lambda: net(pixels_to_tensor(pixels, size, scale, offset, order=preprocess.order)),
            copy=False,
        )

        def one() -> object:
            pixels.buffer.device.upload_image(pixels.buffer.id, picture)
            return run().numpy().tolist()

        return repeated(one, bool)

    ours, peers = _with_and_without(frames)
    peers |= _sessions(onnx_by_layers().written(net, preprocess), picture)
    if torch_net is not None:
        peer = torch_peer()
        peers |= peer.frames(peer.load_torch(), torch_net, picture, preprocess)
    note = "bytes up, four probabilities read back"
    yield from compare("cpu", f"{network.title}, a frame", ours, peers, note, seconds)


def _batches(network: Network, net: Any, torch_net: Any, seconds: float) -> Iterator[Row]:
    shape = (BATCH, network.side, network.side, 3)
    pictures = np.random.default_rng(0).standard_normal(shape, np.float32)
    x = tensor(pictures)

    def batches() -> Work:
        run = capture(net, copy=False)
        return repeated(lambda: run(x), lambda result: result.numpy())

    ours, peers = _with_and_without(batches)
    first = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    peers |= _sessions(onnx_by_layers().written(net), first)
    if torch_net is not None:
        peer = torch_peer()
        peers |= peer.batches(peer.load_torch(), torch_net, pictures)
    note = "preprocessed pictures; theirs lie channels first already"
    yield from compare("cpu", f"{network.title}, {BATCH} pictures", ours, peers, note, seconds)


def _with_and_without(work: Callable[[], Work]) -> tuple[Work, dict[str, Work]]:
    """(ours, ours in NumPy alone), each recorded and run once."""
    ours = work()
    ours.run(1)
    with ONNX_RUNTIME.set("0"):
        numpy = work()
        numpy.run(1)
    return ours, {"pywebml, NumPy alone": numpy}


def _sessions(graph: bytes, x: Any) -> dict[str, Work]:
    """ONNX Runtime by itself, on as many cores as we have."""
    try:
        import onnxruntime
    except ImportError:
        return {}
    options = onnx_peer().same_cores()
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return {"ONNX Runtime": repeated(partial(_said, session, x), bool)}


def _said(session: Any, x: Any) -> Any:
    return session.run(None, {"x": x})[0].tolist()
