"""`bench finetune`: one training step of all of MobileNetV2, as fine-tuning takes it
where nothing is frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...device import get_device
from ...ops import mean, sparse_softmax_cross_entropy
from ...zoo.architectures.mobilenet_v2 import STAGES, MobileNetV2
from .adam import adam_step
from .beside import torch_peer
from .head import read
from .measure import Row, Work, compare, repeated

CLASSES, RATE = 10, 1e-4


def sizes() -> tuple[int, int]:
    """(pictures, their side), on the device in use."""
    return (2, 32) if get_device().adapter.software else (32, 224)


def training_step() -> Callable[[], Any]:
    """A function that does one Adam step on fixed random pictures and returns the loss
    as a tensor: run it eagerly or capture it.
    """
    batch, side = sizes()
    generator = np.random.default_rng(0)
    x = tensor(generator.standard_normal((batch, side, side, 3), np.float32))
    y = tensor(np.arange(batch, dtype=np.int32) % CLASSES)
    net = MobileNetV2((side, side, 3), weights=None, classes=CLASSES, classifier_activation=None)

    def loss() -> Any:
        return mean(sparse_softmax_cross_entropy(y, net(x, training=True)))

    return adam_step(loss, net.trainable_weights, RATE)


def torch_network(torch: Any) -> Any:
    """The same network as a PyTorch module, channels last in memory."""
    nn = torch.nn

    def convolved(n: int, m: int, kernel: int, stride: int = 1, groups: int = 1) -> list[Any]:
        layer = nn.Conv2d(n, m, kernel, stride, kernel // 2, groups=groups, bias=False)
        return [layer, nn.BatchNorm2d(m, eps=1e-3, momentum=1e-3)]

    class Around(nn.Sequential):  # type: ignore[name-defined,misc]
        def forward(self, x: Any) -> Any:
            return x + super().forward(x)

    layers, n = [*convolved(3, 32, 3, 2), nn.ReLU6()], 32
    for m, expansion, count, strides in STAGES:
        for i in range(count):
            stride, wide = strides if i == 0 else 1, n * expansion
            wider = [*convolved(n, wide, 1), nn.ReLU6()] if expansion > 1 else []
            block = [*wider, *convolved(wide, wide, 3, stride, wide), nn.ReLU6()]
            around = Around if stride == 1 and n == m else nn.Sequential
            layers.append(around(*block, *convolved(wide, m, 1)))
            n = m
    end = [*convolved(n, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    net = nn.Sequential(*layers, *end, nn.Linear(1280, CLASSES))
    return net.to(memory_format=torch.channels_last)


def torch_steps(torch: Any) -> dict[str, Work]:
    """The same in PyTorch, eager and on CUDA as a graph: {peer's name: work}."""
    batch, side = sizes()
    peer = torch_peer()
    peers: dict[str, Work] = {}
    for place in peer.places(torch):
        x = torch.randn(batch, 3, side, side, device=place)
        x = x.contiguous(memory_format=torch.channels_last)
        y = torch.arange(batch, device=place) % CLASSES
        net, loss = torch_network(torch).to(place), torch.nn.functional.cross_entropy
        peers |= peer.training_steps(torch, place, net, x, y, RATE, loss)
    return peers


def rows() -> Iterator[Row]:
    batch, side = sizes()
    peers: dict[str, Work] = {}
    torch = torch_peer().load_torch()
    if torch is not None:
        peers |= torch_steps(torch)
    ours = repeated(capture(training_step()), read)
    work = f"all of MobileNetV2, training step, {side}x{side}, batch {batch}, Adam"
    yield from compare("finetune", work, ours, peers, "many steps, then the loss read once")
