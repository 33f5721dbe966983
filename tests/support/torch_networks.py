"""Networks as torchvision and the ports of EfficientNet-Lite build them, in PyTorch,
with the names that their state dicts have; and weights that are the same without
PyTorch.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np


def drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A weight by its name: kernels keep what goes through them about as large as it
    is.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if len(shape) > 1:
        fan_in = int(np.prod(shape[1:]))
        return rng.normal(size=shape, scale=(2 / fan_in) ** 0.5).astype(np.float32)
    if name.endswith("running_var"):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    if name.endswith("weight"):  # of a batch norm
        return rng.uniform(0.5, 1.0, shape).astype(np.float32)
    return rng.normal(size=shape, scale=0.1).astype(np.float32)


def picture(size: int = 224) -> np.ndarray:
    """[1, size, size, 3]: smooth, and different at every border."""
    y, x = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size), indexing="ij")
    channels = [np.sin(5 * x + 2 * y) + x, np.cos(7 * y) - y, np.sin(9 * x * y) + 0.5]
    return np.stack(channels, -1)[None].astype(np.float32)


def network(name: str, classes: int) -> Any:
    """The network in evaluation with drawn weights. Its output are logits."""
    import torch

    model = {
        "mobilenet_v2": _mobilenet_v2, "efficientnet_lite0": _efficientnet_lite0,
        "efficientnet_lite2": _efficientnet_lite2, "resnet18": _resnet18, "resnet50": _resnet50,
        "squeezenet1_1": _squeezenet,
    }[name](classes)  # fmt: skip
    state = model.state_dict()
    for key, value in state.items():
        if not key.endswith("num_batches_tracked"):
            state[key] = torch.from_numpy(drawn(key, tuple(value.shape)))
    model.load_state_dict(state)
    return model.eval()


def probabilities(model: Any, pixels: np.ndarray) -> np.ndarray:
    import torch

    with torch.no_grad():
        logits = model(torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))))
        return torch.softmax(logits, -1).numpy()


def _conv(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> Any:
    from torch import nn

    return nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)


def _mobilenet_v2(classes: int) -> Any:
    from torch import nn

    def unit(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> Any:
        conv = _conv(inputs, outputs, size, stride, groups)
        return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6())

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
            super().__init__()
            wide = inputs * expansion
            steps = [unit(inputs, wide, 1)] if expansion != 1 else []
            steps += [unit(wide, wide, 3, stride, wide), _conv(wide, outputs, 1)]
            self.conv = nn.Sequential(*steps, nn.BatchNorm2d(outputs))
            self.adds = stride == 1 and inputs == outputs

        def forward(self, x: Any) -> Any:
            return x + self.conv(x) if self.adds else self.conv(x)

    blocks, inputs = [unit(3, 32, 3, 2)], 32
    for t, c, n, s in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):  # fmt: skip
        for i in range(n):
            blocks.append(Block(inputs, c, s if i == 0 else 1, t))
            inputs = c
    blocks.append(unit(inputs, 1280, 1))

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(*blocks)
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x).mean((2, 3)))

    return Whole()


_LITE0 = (
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
)  # fmt: skip
_LITE2 = (
    (1, 16, 1, 1, 3), (6, 24, 3, 2, 3), (6, 48, 3, 2, 5), (6, 88, 4, 2, 3), (6, 120, 4, 1, 5),
    (6, 208, 5, 2, 5), (6, 352, 1, 1, 3),
)  # fmt: skip


def _efficientnet_lite0(classes: int) -> Any:
    return _efficientnet_lite(classes, _LITE0)


def _efficientnet_lite2(classes: int) -> Any:
    return _efficientnet_lite(classes, _LITE2)


def _efficientnet_lite(classes: int, stages: Any) -> Any:
    from torch import nn
    from torch.nn import functional as F

    def same(conv: Any, x: Any) -> Any:
        """TensorFlow's padding: what is left over goes below and to the right."""
        k, s = conv.kernel_size[0], conv.stride[0]
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n in x.shape[2:]]
        high, wide = total
        return conv(F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2)))

    def conv(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> Any:
        return nn.Conv2d(inputs, outputs, size, stride, groups=groups, bias=False)

    def norm(channels: int) -> Any:
        return nn.BatchNorm2d(channels, eps=1e-3)

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int, t: int, size: int) -> None:
            super().__init__()
            wide = inputs * t
            if t > 1:
                self._expand_conv, self._bn0 = conv(inputs, wide, 1), norm(wide)
            self._depthwise_conv, self._bn1 = conv(wide, wide, size, stride, wide), norm(wide)
            self._project_conv, self._bn2 = conv(wide, outputs, 1), norm(outputs)
            self.expands, self.adds = t > 1, stride == 1 and inputs == outputs

        def forward(self, x: Any) -> Any:
            start = x
            if self.expands:
                x = F.relu6(self._bn0(same(self._expand_conv, x)))
            x = F.relu6(self._bn1(same(self._depthwise_conv, x)))
            x = self._bn2(same(self._project_conv, x))
            return x + start if self.adds else x

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._conv_stem, self._bn0 = conv(3, 32, 3, 2), norm(32)
            blocks, inputs = [], 32
            for t, c, n, s, k in stages:
                for i in range(n):
                    blocks.append(Block(inputs, c, s if i == 0 else 1, t, k))
                    inputs = c
            self._blocks = nn.ModuleList(blocks)
            self._conv_head, self._bn1 = conv(inputs, 1280, 1), norm(1280)
            self._fc = nn.Linear(1280, classes)

        def forward(self, x: Any) -> Any:
            x = F.relu6(self._bn0(same(self._conv_stem, x)))
            for block in self._blocks:
                x = block(x)
            return self._fc(F.relu6(self._bn1(same(self._conv_head, x))).mean((2, 3)))

    return Whole()


def _resnet18(classes: int) -> Any:
    return _resnet((2, 2, 2, 2), False, classes)


def _resnet50(classes: int) -> Any:
    return _resnet((3, 4, 6, 3), True, classes)


def _resnet(counts: tuple[int, ...], bottleneck: bool, classes: int) -> Any:
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs: int, filters: int, stride: int) -> None:
            super().__init__()
            outputs = 4 * filters if bottleneck else filters
            sizes = (1, 3, 1) if bottleneck else (3, 3)
            widths = (inputs, filters, filters, outputs) if bottleneck else (
                inputs, filters, filters,
            )  # fmt: skip
            self.count = len(sizes)
            strided = 2 if bottleneck else 1  # the convolution that halves the picture
            for i, size in enumerate(sizes, 1):
                step = stride if i == strided else 1
                self.add_module(f"conv{i}", _conv(widths[i - 1], widths[i], size, step))
                self.add_module(f"bn{i}", nn.BatchNorm2d(widths[i]))
            self.downsample = None
            if stride != 1 or inputs != outputs:
                way = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
                self.downsample = nn.Sequential(way, nn.BatchNorm2d(outputs))

        def forward(self, x: Any) -> Any:
            start = x if self.downsample is None else self.downsample(x)
            for i in range(1, self.count + 1):
                x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))
                x = torch.relu(x) if i < self.count else x
            return torch.relu(x + start)

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = _conv(3, 64, 7, 2), nn.BatchNorm2d(64)
            inputs = 64
            for stage, count in enumerate(counts):
                filters, blocks = 64 * 2**stage, []
                for i in range(count):
                    blocks.append(Block(inputs, filters, 2 if stage and i == 0 else 1))
                    inputs = 4 * filters if bottleneck else filters
                self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            self.fc = nn.Linear(inputs, classes)

        def forward(self, x: Any) -> Any:
            x = torch.relu(self.bn1(self.conv1(x)))
            x = nn.functional.max_pool2d(x, 3, 2, 1)
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(x.mean((2, 3)))

    return Whole()


def _squeezenet(classes: int) -> Any:
    import torch
    from torch import nn

    class Fire(nn.Module):
        def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
            super().__init__()
            self.squeeze = nn.Conv2d(inputs, squeeze, 1)
            self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
            self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

        def forward(self, x: Any) -> Any:
            x = torch.relu(self.squeeze(x))
            return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)

    def pool() -> Any:
        return nn.MaxPool2d(3, 2, ceil_mode=True)

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64),
                pool(), Fire(128, 32, 128), Fire(256, 32, 128), pool(), Fire(256, 48, 192),
                Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
            )  # fmt: skip
            self.classifier = nn.Sequential(
                nn.Dropout(), nn.Conv2d(512, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
            )

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x)).flatten(1)

    return Whole()
