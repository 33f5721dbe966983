"""Networks that are known by the names of their weights in PyTorch, so that a state
dict becomes a model: `pw.load_model("resnet18.pth")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..formats.layers_models import assign_weights
from ..formats.wire.stored import Weight
from ..host.files import FormatError
from ..layers.support.weights import unset_weights
from ..models import Model
from . import efficientnet, mobilenet_v2, resnet, squeezenet
from .pretrained import in_torch

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

_NORM = ("weight", "bias", "running_mean", "running_var")
_PARTS = {
    "conv": ("weight",), "biased": ("weight", "bias"), "depthwise": ("weight",),
    "dense": ("weight", "bias"), "norm": _NORM,
}  # fmt: skip
_RANKS = {"norm": 1, "dense": 2}
COUNTER = ".num_batches_tracked"
PREFIX = "module."  # of nn.DataParallel
COMPARED = ("kernel_size", "pool_size", "strides", "padding", "dilation_rate", "epsilon")
"""What a layer of the same name and shapes might still do otherwise."""


class Turned(NamedTuple):
    """A weight with its axes in another order."""

    weight: Weight
    axes: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.weight.shape[axis] for axis in self.axes)

    @property
    def dtype(self) -> str:
        return self.weight.dtype

    def decoded(self) -> np.ndarray:
        return np.ascontiguousarray(self.weight.array().transpose(self.axes))


class TorchNetwork(NamedTuple):
    """A network by its weights' names in PyTorch.

    build   of a number of classes
    names   (kind, our layer, theirs) of all layers with weights, the classifier last
    width   outputs of the last block, where that tells it from one of the same names
    """

    name: str
    build: Callable[[int], Model]
    names: tuple[tuple[str, str, str], ...]
    width: int = 0

    def fits(self, weights: Mapping[str, Weight]) -> bool:
        """Whether these are the names of its weights."""
        last = f"{self.names[-4][2]}.weight"  # before the head's kernel and its norm
        return self.parameters == set(weights) and self.width in (0, *weights[last].shape[:1])

    @property
    def parameters(self) -> set[str]:
        return {f"{theirs}.{part}" for kind, _, theirs in self.names for part in _PARTS[kind]}

    def classes(self, weights: Mapping[str, Weight]) -> int:
        return weights[f"{self.names[-1][2]}.weight"].shape[0]

    def renamed(self, weights: Mapping[str, Weight]) -> dict[str, Any]:
        """The weights under our names, each read and turned when its turn comes."""
        return {
            ours: weights[theirs] if axes is None else Turned(weights[theirs], axes)
            for ours, theirs, axes in in_torch(self.names)
        }


def _networks() -> Iterator[TorchNetwork]:
    yield TorchNetwork("MobileNetV2", mobilenet_v2.architecture, tuple(mobilenet_v2.names()))
    for variant in range(len(efficientnet.VARIANTS)):
        build = partial(efficientnet.architecture, variant=variant)
        width = efficientnet.stages(variant)[-1].filters
        for names in (efficientnet.names, efficientnet.timm_names):
            rows = tuple(names(variant))
            yield TorchNetwork(f"EfficientNet-Lite{variant}", build, rows, width)
    for depth in resnet.REPEATS:
        build = partial(resnet.architecture, depth)
        yield TorchNetwork(f"ResNet-{depth}", build, tuple(resnet.names(depth)))
    yield TorchNetwork(
        "SqueezeNet 1.1", squeezenet.classifier_architecture, tuple(squeezenet.names())
    )


NETWORKS = tuple(_networks())


def model_of(weights: Mapping[str, Weight], where: str) -> Model:
    """The network that these are the weights of, with them. FormatError where nobody
    knows, or a shape is another one.
    """
    network, bare = recognised(weights)
    if network is None:
        raise FormatError(f"{where} holds weights alone; {_advice(weights)}")
    with unset_weights():
        model = network.build(network.classes(bare))
    assign_weights(model, network.renamed(bare))
    return model


def renamed(weights: Mapping[str, Weight], model: Model) -> dict[str, Any]:
    """Weights of a network of PyTorch's under the names that `model` has for them.
    FormatError where nobody knows the network, or a layer of that name does something
    else in the model, so that its numbers would be wrong.
    """
    network, bare = recognised(weights)
    if network is None:
        raise FormatError(f"its weights are called as in PyTorch; {_advice(weights)}")
    with unset_weights():
        known = network.build(network.classes(bare))
    layers = {layer.name: layer.get_config() for layer in model.layers}
    for layer in known.layers:
        config = layer.get_config()
        other = layers.get(layer.name, config)
        for key in COMPARED:
            if config.get(key) != other.get(key):
                raise FormatError(
                    f"these weights were trained in {network.name} whose layer {layer.name!r} has"
                    f" {key} {config.get(key)!r}, the model's has {other.get(key)!r}; take the"
                    " model that pw.load_model makes of the file"
                )
    return network.renamed(bare)


def recognised(
    weights: Mapping[str, Weight],
) -> tuple[TorchNetwork | None, dict[str, Weight]]:
    """(the network of these names or None, its weights without counters). FormatError
    for shapes of another number of axes.
    """
    bare = {name: w for name, w in weights.items() if not name.endswith(COUNTER)}
    if all(name.startswith(PREFIX) for name in bare):
        bare = {name.removeprefix(PREFIX): weight for name, weight in bare.items()}
    network = next((net for net in NETWORKS if net.fits(bare)), None)
    for kind, _, theirs in network.names if network else ():
        shape = bare[f"{theirs}.weight"].shape
        if len(shape) != _RANKS.get(kind, 4):
            raise FormatError(
                f"'{theirs}.weight' has shape {shape}; expected {_RANKS.get(kind, 4)} axes"
            )
    return network, bare


def _advice(names: Iterable[str]) -> str:
    if not any(name.endswith(".weight") for name in names):
        return "build the model, and give it their path with model.load_weights"
    known = ", ".join(dict.fromkeys(network.name for network in NETWORKS))
    return (
        f"networks of PyTorch that are known by them are {known}; of others build the model, and"
        " save the weights under its own names, see model.save_weights"
    )
