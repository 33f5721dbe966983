"""What the zoo knows of a pretrained network: a row of the registry's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats.layers_models import build_model
from .extractor import Extractor, Preprocess
from .fetch import Progress
from .folding import fold_config
from .labels import imagenet_labels
from .sources import Source

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

Network = tuple[dict[str, Any], "dict[str, np.ndarray]"]
"""(a functional model's config, its weights by name)"""


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """One of the zoo's networks.

    source       where its weights are
    licence      of the weights
    read         what `source` gives -> the network, its batch norms still in it
    layer        whose output are the features, and how many there are per picture
    classifies   whether the weights go on to the classes of ImageNet
    """

    source: Source
    licence: str
    read: Callable[[Path], Network]
    layer: str
    features: int
    preprocess: Preprocess
    learning_rate: float = 1e-3
    classifies: bool = True

    @property
    def name(self) -> str:
        return self.source.name

    def load(self, cut: str | None = None, progress: Progress | None = None) -> Extractor:
        """The extractor, up to the layer `cut` or its own; weights that are not there
        yet are fetched. Errors as `Source.get`.
        """
        return self.extractor(self.read(self.source.get(progress)), cut)

    def extractor(self, network: Network, cut: str | None = None) -> Extractor:
        """The extractor of a network that `read` gave."""
        return self.of(folded(network), cut)

    def of(self, model: Any, cut: str | None = None) -> Extractor:
        """The extractor of the network's model, its batch norms folded away."""
        labels = imagenet_labels if self.classifies else None
        return Extractor(
            self.name,
            model,
            cut or self.layer,
            self.preprocess,
            self.learning_rate,
            self.source.sha256,
            labels,
            self.classifies,
        )


def folded(network: Network) -> Any:
    """The model of a network, its batch norms folded away."""
    config, weights = fold_config(*network)
    return build_model({"class_name": "Model", "config": config}, weights)


def from_torch(
    state: dict[str, np.ndarray], names: Iterable[tuple[str, str, str]]
) -> dict[str, np.ndarray]:
    """A PyTorch state dict renamed and transposed: weights by layer name.

    `names`: (kind, our layer, theirs) with kind "conv", "biased" (a convolution with a
    bias), "depthwise", "norm" or "dense". KeyError for one of another network.
    """
    out: dict[str, np.ndarray] = {}
    for kind, ours, theirs in names:
        if kind == "norm":
            for our, their in (
                ("gamma", "weight"),
                ("beta", "bias"),
                ("moving_mean", "running_mean"),
                ("moving_variance", "running_var"),
            ):
                out[f"{ours}/{our}"] = state[f"{theirs}.{their}"]
        elif kind == "dense":
            out[f"{ours}/kernel"], out[f"{ours}/bias"] = (
                np.ascontiguousarray(state[f"{theirs}.weight"].T),
                state[f"{theirs}.bias"],
            )
        else:
            # OIHW -> HWIO; a depthwise kernel is [channels, 1, h, w] there and [h, w,
            # channels, 1] here.
            axes, what = (
                ((2, 3, 0, 1), "depthwise_kernel")
                if kind == "depthwise"
                else ((2, 3, 1, 0), "kernel")
            )
            out[f"{ours}/{what}"] = np.ascontiguousarray(state[f"{theirs}.weight"].transpose(axes))
            if kind == "biased":
                out[f"{ours}/bias"] = state[f"{theirs}.bias"]
    return out
