"""`bench frame`: one camera frame, 224x224 RGBA bytes -> MobileNet v1 0.25 and a 100-4 head -> four probabilities back.

The weights are random: a frame takes as long with them, and nothing needs to be fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import Conv2D, Dense, DepthwiseConv2D, Flatten, ReLU, Sequential
from ...ops import pixels_to_tensor
from .measure import Row, Work, compare, repeated
from .torch_peer import frames as torch_frames
from .torch_peer import load_torch, mobilenet_v1

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


def rows() -> Iterator[Row]:
    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    pixels, net = tensor(picture, dtype="uint8"), network()

    def forward() -> Any:
        return net(pixels_to_tensor(pixels, (SIDE, SIDE), scale=(1 / 127.5,) * 3, offset=(-1.0,) * 3))

    def frames(run: Callable[[], Any]) -> Work:
        def one() -> object:
            pixels.buffer.device.upload_image(pixels.buffer.id, picture)
            return run().data_sync()

        return repeated(one, bool)

    peers = {"pywebml, eager": frames(forward)}
    torch = load_torch()
    if torch is not None:
        peers |= torch_frames(torch, mobilenet_v1(torch, ALPHA, STRIDES, FILTERS, UNITS, CLASSES), picture)
    note = "ours captured; bytes up, four probabilities read back"
    yield from compare("frame", f"MobileNet v1 {ALPHA}, {SIDE}x{SIDE}, batch 1", frames(capture(forward)), peers, note)
