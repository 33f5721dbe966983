"""`bench frame`: one camera frame, RGBA bytes -> a network and a 100-4 head -> four
probabilities back; and batches of 32 and 256 preprocessed pictures without a readback,
as features of many pictures are made; and from an ONNX file to the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...device import get_device
from ...formats.loading import load_model
from ...formats.onnx_writing import onnx_bytes
from ...ops import pixels_to_tensor
from .beside import onnx_peer, torch_peer
from .measure import Row, Work, compare, repeated
from .networks import NETWORKS, Network

BATCHES = (32, 256)


def rows() -> Iterator[Row]:
    """A frame of each network, then its batches: both on a GPU, the smaller one with
    NumPy, none through software WebGPU.
    """
    adapter, torch = get_device().adapter, torch_peer().load_torch()
    sizes: tuple[int, ...] = BATCHES
    if adapter.software:
        sizes = BATCHES[:1] if adapter.language == "numpy" else ()
    for network in NETWORKS:
        net = network.build()
        torch_net = None if torch is None else torch_peer().translated(torch, net)
        yield from _rows(network, net, torch_net)
        for batch in sizes:
            yield from _batch(network, net, torch_net, batch)
    yield from _from_file(NETWORKS[1])


def _rows(network: Network, net: Any, torch_net: Any) -> Iterator[Row]:
    side, preprocess = network.side, network.preprocess
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 4), np.uint8)
    pixels = tensor(picture, dtype="uint8")

    def forward() -> Any:
        return net(
            pixels_to_tensor(
                pixels, (side, side), preprocess.scale, preprocess.offset, order=preprocess.order
            )
        )

    def frames(run: Callable[[], Any]) -> Work:
        def one() -> object:
            pixels.buffer.device.upload_image(pixels.buffer.id, picture)
            return run().data_sync()

        return repeated(one, bool)

    peers = {"pywebml, eager": frames(forward)}
    if torch_net is not None:
        peer = torch_peer()
        peers |= peer.frames(peer.load_torch(), torch_net, picture, preprocess)
    peers |= onnx_peer().frames(net, picture, preprocess)
    note = "ours captured; bytes up, four probabilities read back"
    yield from compare(
        "frame",
        f"{network.title}, {side}x{side}, batch 1",
        frames(capture(forward, copy=False)),
        peers,
        note,
    )


def _batch(network: Network, net: Any, torch_net: Any, batch: int) -> Iterator[Row]:
    pictures = np.random.default_rng(0).standard_normal(
        (batch, network.side, network.side, 3), np.float32
    )
    x = tensor(pictures)
    run = capture(net, copy=False)
    peers, peer = {}, torch_peer()
    if torch_net is not None:
        peers = peer.batches(peer.load_torch(), torch_net, pictures)
    ours = repeated(lambda: run(x), lambda _: get_device().sync())
    note = "ours captured; pictures on the device already, nothing read back"
    yield from compare(
        "frame", f"{network.title}, {network.side}x{network.side}, batch {batch}", ours, peers, note
    )


def _from_file(network: Network) -> Iterator[Row]:
    """From an ONNX file to the first answer: read, recorded, run."""
    data = onnx_bytes(network.build())
    shape = (1, network.side, network.side, 3)
    picture = np.random.default_rng(0).standard_normal(shape, np.float32)
    ours = repeated(lambda: load_model(data).predict(picture).tolist(), bool)
    note = "the file's bytes at hand; four probabilities read back"
    work = f"{network.title}, from an ONNX file to the first answer"
    yield from compare("frame", work, ours, onnx_peer().first(data, picture), note)
