"""PyTorch as a peer, where it is installed: the same work on its CPU, and on CUDA eagerly and as a CUDA graph."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .measure import Work, repeated


def load_torch() -> Any:
    """The torch module in strict float32, or None where it is not installed."""
    try:
        import torch
    except (ImportError, OSError):
        return None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    return torch


def places(torch: Any) -> list[str]:
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def graphed(torch: Any, work: Callable[[], Any]) -> tuple[Callable[[], object], Any]:
    """(replay, result): `work` recorded as a CUDA graph after a warm-up on a side stream; `result` is refilled by each replay."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()
    return graph.replay, result


def head_steps(torch: Any, features: int, units: int, classes: int, batch: int) -> dict[str, Work]:
    """Training steps of features-units-classes with Adam: {peer's name: work}."""
    peers: dict[str, Work] = {}
    for place in places(torch):
        x = torch.rand(batch, features, device=place)
        y = torch.arange(batch, device=place) % classes
        net = torch.nn.Sequential(torch.nn.Linear(features, units), torch.nn.ReLU(), torch.nn.Linear(units, classes)).to(place)
        peers |= _training(torch, place, net, x, y, 1e-4)
    return peers


def _training(torch: Any, place: str, net: Any, x: Any, y: Any, rate: float) -> dict[str, Work]:
    """Adam steps of a net on one batch, eager and on CUDA as a graph: {peer's name: work}."""
    adam = torch.optim.Adam(net.parameters(), lr=rate, eps=1e-7, capturable=place == "cuda")

    def step() -> Any:
        adam.zero_grad(set_to_none=False)
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        adam.step()
        return loss.detach()

    peers = {f"PyTorch {place} eager": repeated(step, float)}
    if place == "cuda":
        replay, loss = graphed(torch, step)
        peers["PyTorch CUDA graph"] = repeated(lambda: (replay(), loss)[1], float)
    return peers


def mobilenet_v1(torch: Any, alpha: float, strides: tuple[int, ...], filters: tuple[int, ...], units: int, classes: int) -> Any:
    """MobileNet v1's body (convolution, batch norm and relu6 folded as for inference) with a dense head, random weights."""
    nn = torch.nn
    width = int(32 * alpha)
    layers = [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, width, 3, 2), nn.ReLU6()]
    for stride, count in zip(strides, filters, strict=True):
        out = int(count * alpha)
        if stride == 2:
            layers.append(nn.ZeroPad2d((0, 1, 0, 1)))
        layers += [nn.Conv2d(width, width, 3, stride, 1 if stride == 1 else 0, groups=width), nn.ReLU6()]
        layers += [nn.Conv2d(width, out, 1), nn.ReLU6()]
        width = out
    layers += [nn.Flatten(), nn.Linear(7 * 7 * width, units), nn.ReLU(), nn.Linear(units, classes), nn.Softmax(-1)]
    return nn.Sequential(*layers).eval()


def efficientnet_lite0(torch: Any, blocks: Sequence[tuple[int, int, int, int]], units: int, classes: int) -> Any:
    """EfficientNet-Lite0's body with batch norm folded as for inference, and a dense head on its means; random weights.

    `blocks`: (expansion, filters, strides, window) of each inverted bottleneck.
    """
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self, width: int, expansion: int, filters: int, strides: int, window: int):
            super().__init__()
            inner = width * expansion
            self.residual = strides == 1 and width == filters
            layers = [nn.Conv2d(width, inner, 1), nn.ReLU6()] if expansion > 1 else []
            layers += [nn.Conv2d(inner, inner, window, strides, window // 2, groups=inner), nn.ReLU6(), nn.Conv2d(inner, filters, 1)]
            self.body = nn.Sequential(*layers)

        def forward(self, x: Any) -> Any:
            return self.body(x) + x if self.residual else self.body(x)

    layers, width = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()], 32
    for expansion, filters, strides, window in blocks:
        layers.append(Block(width, expansion, filters, strides, window))
        width = filters
    layers += [nn.Conv2d(width, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    layers += [nn.Linear(1280, units), nn.ReLU(), nn.Linear(units, classes), nn.Softmax(-1)]
    return nn.Sequential(*layers).eval()


def frames(torch: Any, net: Any, picture: Any) -> dict[str, Work]:
    """One frame: RGBA bytes up, scaled to -1..1, through the net, the probabilities back: {peer's name: work}."""
    peers: dict[str, Work] = {}
    pixels = torch.from_numpy(picture)
    for place in places(torch):
        moved = copy.deepcopy(net).to(place)
        on_device = torch.empty_like(pixels, device=place)

        def forward(moved: Any = moved, on_device: Any = on_device) -> Any:
            x = on_device[None, :, :, :3].permute(0, 3, 1, 2).float() / 127.5 - 1
            return moved(x)

        def eager(forward: Any = forward, on_device: Any = on_device) -> Any:
            with torch.inference_mode():
                on_device.copy_(pixels)
                return forward().cpu().tolist()

        peers[f"PyTorch {place} eager"] = repeated(eager, bool)
        if place == "cuda":
            with torch.no_grad():
                replay, result = graphed(torch, forward)

            def played(replay: Any = replay, result: Any = result, on_device: Any = on_device) -> Any:
                on_device.copy_(pixels)
                replay()
                return result.cpu().tolist()

            peers["PyTorch CUDA graph"] = repeated(played, bool)
    return peers


def matmuls(torch: Any, left: Any, right: Any) -> dict[str, Work]:
    """left @ right, then one value read: {peer's name: work}."""
    peers: dict[str, Work] = {}
    for place in places(torch):
        product = partial(torch.matmul, torch.from_numpy(left).to(place), torch.from_numpy(right).to(place))
        peers[f"PyTorch {place}"] = repeated(product, lambda c: float(c[0, 0]))
    return peers


def convolutions(torch: Any, x: Any, w: Any, depthwise: bool) -> dict[str, Work]:
    """x [n, h, w, c] convolved with w (HWIO, or HWCM where depthwise), stride 1, as large as before: {peer's name: work}."""
    peers: dict[str, Work] = {}
    for place in places(torch):
        inputs = torch.from_numpy(x).permute(0, 3, 1, 2).to(place)
        weights = torch.from_numpy(w).permute(*((2, 3) if depthwise else (3, 2)), 0, 1).contiguous().to(place)
        groups = x.shape[3] if depthwise else 1
        for way, layout in (("", torch.contiguous_format), (", channels last", torch.channels_last)):
            given, filter = inputs.contiguous(memory_format=layout), weights.contiguous(memory_format=layout)
            once = partial(torch.nn.functional.conv2d, given, filter, padding=w.shape[0] // 2, groups=groups)
            peers[f"PyTorch {place}{way}"] = repeated(once, lambda y: float(y[0, 0, 0, 0]))
    return peers


def convnet_steps(torch: Any, side: int, classes: int, batch: int, rate: float) -> dict[str, Work]:
    """Training steps of `convnet.network` with Adam: {peer's name: work}."""
    nn = torch.nn
    peers: dict[str, Work] = {}
    for place in places(torch):
        x = torch.rand(batch, 1, side, side, device=place)
        y = torch.arange(batch, device=place) % classes
        layers = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(32, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, classes)]
        peers |= _training(torch, place, nn.Sequential(*layers).to(place), x, y, rate)
    return peers
