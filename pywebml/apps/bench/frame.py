"""`bench frame`: one camera frame, 224x224 RGBA bytes -> a network and a 100-4 head -> four probabilities back.

MobileNet v1 0.25 with random weights (a frame takes as long with them, and nothing needs to be fetched), and EfficientNet-Lite0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import Conv2D, Dense, DepthwiseConv2D, Flatten, Model, ReLU, Sequential
from ...ops import pixels_to_tensor
from ...zoo import load_extractor
from ...zoo.efficientnet import NAME, blocks
from .measure import Row, Work, compare, repeated
from .torch_peer import efficientnet_lite0, load_torch, mobilenet_v1
from .torch_peer import frames as torch_frames

ALPHA, SIDE, UNITS, CLASSES = 0.25, 224, 100, 4
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
FILTERS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


def network() -> Any:
    """MobileNet v1 0.25 (Howard et al. 2017, table 1) with batch norm folded away, and a head on its 7x7x256 features."""
    layers: list[Any] = [Conv2D(int(32 * ALPHA), 3, strides=2, padding="same"), ReLU(max_value=6.0)]
    for stride, filters in zip(STRIDES, FILTERS, strict=True):
        layers += [DepthwiseConv2D(3, strides=stride, padding="same"), ReLU(max_value=6.0)]
        layers += [Conv2D(int(filters * ALPHA), 1), ReLU(max_value=6.0)]
    return Sequential([*layers, Flatten(), Dense(UNITS, activation="relu"), Dense(CLASSES, activation="softmax")])


def efficientnet() -> Any:
    """EfficientNet-Lite0 and a head on its 1,280 features."""
    body = load_extractor(NAME).model
    return Model(body.input, Dense(CLASSES, activation="softmax")(Dense(UNITS, activation="relu")(body.output)))


def rows() -> Iterator[Row]:
    torch = load_torch()
    peer = None if torch is None else mobilenet_v1(torch, ALPHA, STRIDES, FILTERS, UNITS, CLASSES)
    yield from _rows(f"MobileNet v1 {ALPHA}", network(), peer)
    bottlenecks = [(stage.expansion, stage.filters, strides, stage.kernel_size) for _, stage, strides in blocks()]
    peer = None if torch is None else efficientnet_lite0(torch, bottlenecks, UNITS, CLASSES)
    yield from _rows("EfficientNet-Lite0", efficientnet(), peer)


def _rows(name: str, net: Any, torch_net: Any) -> Iterator[Row]:
    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    pixels = tensor(picture, dtype="uint8")

    def forward() -> Any:
        return net(pixels_to_tensor(pixels, (SIDE, SIDE), scale=(1 / 127.5,) * 3, offset=(-1.0,) * 3))

    def frames(run: Callable[[], Any]) -> Work:
        def one() -> object:
            pixels.buffer.device.upload_image(pixels.buffer.id, picture)
            return run().data_sync()

        return repeated(one, bool)

    peers = {"pywebml, eager": frames(forward)}
    if torch_net is not None:
        peers |= torch_frames(load_torch(), torch_net, picture)
    note = "ours captured; bytes up, four probabilities read back"
    yield from compare("frame", f"{name}, {SIDE}x{SIDE}, batch 1", frames(capture(forward)), peers, note)
