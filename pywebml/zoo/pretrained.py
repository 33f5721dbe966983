"""What the zoo knows of a pretrained network: a row of the registry's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


_MOMENTS = (
    ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
    ("moving_variance", "running_var"),
)  # fmt: skip
_AXES = {"dense": (1, 0), "depthwise": (2, 3, 0, 1)}
"""Of kernels: OIHW there, HWIO here; of a depthwise one [channels, 1, h, w] there,
[h, w, channels, 1] here.
"""


def from_torch(
    state: dict[str, np.ndarray], names: Iterable[tuple[str, str, str]]
) -> dict[str, np.ndarray]:
    """A PyTorch state dict renamed and transposed: weights by layer name.

    `names`: (kind, our layer, theirs) with kind "conv", "biased" (a convolution with a
    bias), "depthwise", "norm" or "dense". KeyError for one of another network.
    """
    out: dict[str, np.ndarray] = {}
    for ours, theirs, axes in in_torch(names):
        array = state[theirs]
        out[ours] = array if axes is None else np.ascontiguousarray(array.transpose(axes))
    return out


def in_torch(
    names: Iterable[tuple[str, str, str]],
) -> Iterator[tuple[str, str, tuple[int, ...] | None]]:
    """(our weight, PyTorch's, the order of its axes here or None for the same) of the
    `names` of `from_torch`.
    """
    for kind, ours, theirs in names:
        if kind == "norm":
            for our, their in _MOMENTS:
                yield f"{ours}/{our}", f"{theirs}.{their}", None
            continue
        what = "depthwise_kernel" if kind == "depthwise" else "kernel"
        yield f"{ours}/{what}", f"{theirs}.weight", _AXES.get(kind, (2, 3, 1, 0))
        if kind in ("dense", "biased"):
            yield f"{ours}/bias", f"{theirs}.bias", None
