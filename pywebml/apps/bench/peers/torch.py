"""PyTorch as a peer, where it is installed: the same work on its CPU, and on CUDA
eagerly and as a CUDA graph.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ....models import Model
from ....models.graph import Key, key
from ....ops.support.window import resolve_padding
from ....zoo import Preprocess
from ..measure import Work, repeated


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
    """(replay, result): `work` recorded as a CUDA graph after a warm-up on a side
    stream; `result` is refilled by each replay.
    """
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
        net = torch.nn.Sequential(
            torch.nn.Linear(features, units), torch.nn.ReLU(), torch.nn.Linear(units, classes)
        ).to(place)
        peers |= training_steps(torch, place, net, x, y, 1e-4)
    return peers


def training_steps(
    torch: Any, place: str, net: Any, x: Any, y: Any, rate: float, loss_of: Any = None
) -> dict[str, Work]:
    """Adam steps of a net on one batch, eager and on CUDA as a graph: {peer's name:
    work}. The loss is the cross-entropy where none is said.
    """
    loss_of = loss_of or torch.nn.functional.cross_entropy
    adam = torch.optim.Adam(net.parameters(), lr=rate, eps=1e-7, capturable=place == "cuda")

    def step() -> Any:
        adam.zero_grad(set_to_none=False)
        loss = loss_of(net(x), y)
        loss.backward()
        adam.step()
        return loss.detach()

    peers = {f"PyTorch {place} eager": repeated(step, float)}
    if place == "cuda":
        replay, loss = graphed(torch, step)
        peers["PyTorch CUDA graph"] = repeated(lambda: (replay(), loss)[1], float)
    return peers


def translated(torch: Any, model: Model) -> Any:
    """A functional model with folded batch norms as a PyTorch module, channels first,
    with the same weights.
    """
    nn = torch.nn

    class Translated(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.modules_of_nodes = nn.ModuleList()
            # (module, what it reads, what it makes)
            self.steps: list[tuple[Any, tuple[Key, ...], Key]] = []

        def forward(self, x: Any) -> Any:
            values = {start: x}
            for module, reads, makes in self.steps:
                values[makes] = module(*[values[r] for r in reads])
            return values[end]

    net, graph = Translated(), model.graph
    same: dict[Key, Key] = {}  # what a layer passes on
    start = key(graph.inputs[0])
    for node in graph.nodes:
        if node.inputs:
            reads = tuple(same.get(key(s), key(s)) for s in node.inputs)
            module = _module(torch, node)
            if module is None:
                same[key(node.outputs[0])] = reads[0]
            else:
                net.modules_of_nodes.append(module)
                net.steps.append((module, reads, key(node.outputs[0])))
    end = same.get(key(graph.outputs[0]), key(graph.outputs[0]))
    return net.eval()


def _module(torch: Any, node: Any) -> Any:
    """The PyTorch module of one layer, None for one that passes on its input.
    TypeError for one that is not known here.
    """
    nn, layer, shape = torch.nn, node.layer, node.inputs[0].shape
    kind, weights = (
        type(layer).__name__,
        {w.name: torch.from_numpy(w.numpy()) for w in node.layer.weights},
    )
    after = {"relu": nn.ReLU, "relu6": nn.ReLU6, "softmax": partial(nn.Softmax, 1)}
    name = getattr(layer, "activation", None) or "linear"
    if kind == "Activation" and name == "linear":
        return None
    if kind in ("Conv2D", "DepthwiseConv2D"):
        (top, bottom), (left, right) = resolve_padding(
            layer.padding, shape[1:3], layer.kernel_size, layer.strides, layer.dilation_rate
        )
        even = top == bottom and left == right
        groups = shape[3] if kind == "DepthwiseConv2D" else 1
        padding = (top, left) if even else 0
        conv = nn.Conv2d(
            shape[3],
            node.outputs[0].shape[3],
            layer.kernel_size,
            layer.strides,
            padding,
            groups=groups,
        )
        kernel = (
            weights["kernel"].permute(3, 2, 0, 1)
            if groups == 1
            else weights["depthwise_kernel"].permute(2, 3, 0, 1)
        )
        parts = [conv] if even else [nn.ZeroPad2d((left, right, top, bottom)), conv]
    elif kind == "Dense":
        kernel = weights["kernel"].T
        picture = (
            node.inputs[0].node.inputs[0].shape
            if type(node.inputs[0].layer).__name__ == "Flatten"
            else None
        )
        if picture is not None and len(picture) == 4:  # features come channel by channel there
            kernel = kernel.reshape(-1, *picture[1:]).permute(0, 3, 1, 2).flatten(1)
        parts = [nn.Linear(*weights["kernel"].shape)]
    else:
        make = {
            "ReLU": lambda: after["relu6" if layer.max_value == 6 else "relu"](),
            "Activation": lambda: after[name](),
            "MaxPooling2D": lambda: nn.MaxPool2d(layer.pool_size, layer.strides),
            "GlobalAveragePooling2D": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            "Flatten": lambda: nn.Flatten(),
            "Add": lambda: _of(torch, torch.add),
            "Concatenate": lambda: _of(torch, lambda *xs: torch.cat(xs, 1)),
        }.get(kind)
        if make is None:
            raise TypeError(f"layer {layer.name!r}: there is no {kind} in the PyTorch peer")
        return make()
    with torch.no_grad():
        parts[-1].weight.copy_(kernel)
        parts[-1].bias.copy_(weights["bias"])
    return nn.Sequential(*parts, *([] if name == "linear" else [after[name]()]))


def _of(torch: Any, function: Callable[..., Any]) -> Any:
    """A module that calls a function."""

    class Called(torch.nn.Module):  # type: ignore[name-defined,misc]
        def forward(self, *xs: Any) -> Any:
            return function(*xs)

    return Called()


def in_halves(torch: Any, net: Any) -> Any:
    """A module that runs `net` in float16, on inputs and with outputs in float32."""
    half = copy.deepcopy(net).half()

    class Halves(torch.nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = half

        def forward(self, x: Any) -> Any:
            return self.net(x.half()).float()

    return Halves().eval()


def frames(torch: Any, net: Any, picture: Any, preprocess: Preprocess) -> dict[str, Work]:
    """One frame: RGBA bytes up, preprocessed, through the net, the probabilities back:
    {peer's name: work}.
    """
    peers: dict[str, Work] = {}
    pixels = torch.from_numpy(picture)
    for place in places(torch):
        moved = copy.deepcopy(net).to(place)
        on_device = torch.empty_like(pixels, device=place)
        scale, offset = (
            torch.tensor(v, device=place).reshape(3, 1, 1)
            for v in (preprocess.scale, preprocess.offset)
        )

        def forward(
            moved: Any = moved, on_device: Any = on_device, scale: Any = scale, offset: Any = offset
        ) -> Any:
            x = on_device[None, :, :, :3].permute(0, 3, 1, 2).float()
            return moved((x.flip(1) if preprocess.order == "bgr" else x) * scale + offset)

        def eager(forward: Any = forward, on_device: Any = on_device) -> Any:
            with torch.inference_mode():
                on_device.copy_(pixels)
                return forward().cpu().tolist()

        peers[f"PyTorch {place} eager"] = repeated(eager, bool)
        if place == "cuda":
            with torch.no_grad():
                replay, result = graphed(torch, forward)

            def played(
                replay: Any = replay, result: Any = result, on_device: Any = on_device
            ) -> Any:
                on_device.copy_(pixels)
                replay()
                return result.cpu().tolist()

            peers["PyTorch CUDA graph"] = repeated(played, bool)
    return peers


def batches(torch: Any, net: Any, pictures: Any) -> dict[str, Work]:
    """Preprocessed pictures [n, h, w, 3], on the device already, through the net,
    nothing read back: {peer's name: work}.
    """
    peers: dict[str, Work] = {}
    for place in places(torch):
        moved = copy.deepcopy(net).to(place)
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().to(place)

        def eager(moved: Any = moved, x: Any = x) -> Any:
            with torch.inference_mode():
                return moved(x)

        def wait(result: Any, place: str = place) -> None:
            if place == "cuda":
                torch.cuda.synchronize()

        peers[f"PyTorch {place} eager"] = repeated(eager, wait)
        if place == "cuda":
            with torch.no_grad():
                replay, _ = graphed(torch, partial(moved, x))
            peers["PyTorch CUDA graph"] = repeated(replay, wait)
    return peers


def matmuls(torch: Any, left: Any, right: Any) -> dict[str, Work]:
    """left @ right, then one value read: {peer's name: work}."""
    peers: dict[str, Work] = {}
    for place in places(torch):
        product = partial(
            torch.matmul, torch.from_numpy(left).to(place), torch.from_numpy(right).to(place)
        )
        peers[f"PyTorch {place}"] = repeated(product, lambda c: float(c[0, 0]))
    return peers


def calls(torch: Any, call: Callable[..., Any], arrays: Sequence[Any]) -> dict[str, Work]:
    """`call` with the module and these arrays as tensors, then one value read: {peer's
    name: work}. The last few results are kept, so that each has memory of its own, as
    ours have.
    """
    peers: dict[str, Work] = {}
    for place in places(torch):
        tensors = [torch.from_numpy(array).to(place) for array in arrays]
        results: deque[Any] = deque(maxlen=8)

        def once(tensors: Any = tensors, results: deque[Any] = results) -> Any:
            results.append(call(torch, *tensors))
            return results[-1]

        peers[f"PyTorch {place}"] = repeated(once, _first_value)
    return peers


def _first_value(result: Any) -> float:
    first = result[0] if isinstance(result, (tuple, list)) else result
    return float(first[(0,) * first.ndim].real)


def convolutions(torch: Any, x: Any, w: Any, depthwise: bool) -> dict[str, Work]:
    """x [n, h, w, c] convolved with w (HWIO, or HWCM where depthwise), stride 1, as
    large as before: {peer's name: work}.
    """
    peers: dict[str, Work] = {}
    for place in places(torch):
        inputs = torch.from_numpy(x).permute(0, 3, 1, 2).to(place)
        weights = (
            torch.from_numpy(w)
            .permute(*((2, 3) if depthwise else (3, 2)), 0, 1)
            .contiguous()
            .to(place)
        )
        groups = x.shape[3] if depthwise else 1
        for way, layout in (
            ("", torch.contiguous_format),
            (", channels last", torch.channels_last),
        ):
            once = partial(
                torch.nn.functional.conv2d,
                inputs.contiguous(memory_format=layout),
                weights.contiguous(memory_format=layout),
                padding=w.shape[0] // 2,
                groups=groups,
            )
            peers[f"PyTorch {place}{way}"] = repeated(once, lambda y: float(y[0, 0, 0, 0]))
    return peers


def lstm_steps(
    torch: Any, steps: int, characters: int, units: int, batch: int, rate: float
) -> dict[str, Work]:
    """Training steps of `lstm.training_step`'s network with Adam, on CUDA with cuDNN's
    LSTM: {peer's name: work}.
    """
    nn = torch.nn

    class Writer(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(characters, units, batch_first=True)
            self.last = nn.Linear(units, characters)

        def forward(self, x: Any) -> Any:
            outputs, _ = self.lstm(x)
            return self.last(outputs[:, -1])

    peers: dict[str, Work] = {}
    for place in places(torch):
        text = torch.randint(0, characters, (batch, steps + 1), device=place)
        x = nn.functional.one_hot(text[:, :-1], characters).float()
        peers |= training_steps(torch, place, Writer().to(place), x, text[:, -1].contiguous(), rate)
    return peers


def convnet_steps(torch: Any, side: int, classes: int, batch: int, rate: float) -> dict[str, Work]:
    """Training steps of `convnet.network` with Adam: {peer's name: work}."""
    nn = torch.nn
    peers: dict[str, Work] = {}
    for place in places(torch):
        x = torch.rand(batch, 1, side, side, device=place)
        y = torch.arange(batch, device=place) % classes
        layers = [
            nn.Conv2d(1, 16, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        layers += [
            nn.Conv2d(32, 32, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(288, 64),
            nn.ReLU(),
            nn.Linear(64, classes),
        ]
        peers |= training_steps(torch, place, nn.Sequential(*layers).to(place), x, y, rate)
    return peers
