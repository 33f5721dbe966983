"""Where in a picture a classifier sees a class.

Class activation maps: Zhou, Khosla, Lapedriza, Oliva & Torralba 2016, arXiv 1512.04150.
Grad-CAM: Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra 2017, arXiv 1610.02391.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from .. import ops
from ..core.autodiff import grad
from ..core.tensor import Tensor, as_tensor
from .model import Model

_PASSING = ("InputLayer", "Dropout", "Flatten", "Reshape")
"""Layers of a head that change no value."""


class ClassMaps:
    """Maps of classes over pictures, for a `model` of pictures [n, height, width, 3] ->
    probabilities [n, classes].

    The last layer that still is a picture has `features` A [n, h, w, channels]; `head`
    is what makes probabilities of them. A class c weighs the channels by a_c, and its
    map is the sum of a_c[k] * A[..., k] over the channels k.

    Where the head is an average over places and a dense layer, a_c is c's column of the
    kernel (class activation maps): the map's average, and the bias, are then the score
    before the softmax. For any other head a_c is that score's slope by A, summed over
    places (Grad-CAM, which averages it). For a head of the first kind both are the
    same; `by_slopes` always takes the second way.

    Values below zero speak against the class; both papers show those above zero only.

    Raises:
        ValueError: the model has no layer whose output is a picture.

    Example:
        >>> pictures = pw.Input((8, 8, 3))
        >>> seen = pw.layers.Conv2D(4, 3, activation="relu")(pictures)
        >>> average = pw.layers.GlobalAveragePooling2D()(seen)
        >>> model = pw.Model(pictures, pw.layers.Dense(2, activation="softmax")(average))
        >>> pw.models.ClassMaps(model)(pw.ones([1, 8, 8, 3]), [0, 1]).shape
        (1, 2, 6, 6)
    """

    def __init__(self, model: Model):
        seen = [layer for layer in model.layers[1:] if _is_picture(layer.output)]
        if not seen:
            raise ValueError(
                f"{model.name} has no layer whose output is a picture [n, height, width, channels];"
                " class maps are for networks that look at pictures"
            )
        self.layer = seen[-1].name
        last = seen[-1].output
        self.features = Model(model.input, last, name=f"{model.name}_to_{self.layer}")
        self.head = Model(last, model.output, name=f"{model.name}_from_{self.layer}")

    @cached_property
    def method(self) -> str:
        """How a class weighs the channels: "class activation map" or "Grad-CAM"."""
        return "Grad-CAM" if self._kernel is None else "class activation map"

    def __call__(self, pictures: Any, classes: Sequence[int]) -> Tensor:
        """Maps of some classes, by their numbers: float32 [n, classes, h, w]."""
        return self.of(self.features(pictures), classes)

    def of(self, features: Any, classes: Sequence[int]) -> Tensor:
        """The same for what `features` gave."""
        if self._kernel is None:
            return self.by_slopes(features, classes)
        chosen = ops.gather(self._kernel, list(classes), axis=1).astype("float32")
        maps = as_tensor(features).astype("float32") @ chosen
        return maps.transpose([0, 3, 1, 2])

    def by_slopes(self, features: Any, classes: Sequence[int]) -> Tensor:
        """Grad-CAM, whatever the head is."""
        seen = as_tensor(features).astype("float32")
        maps = []
        for number in classes:
            slopes = grad(lambda x, c=number: self._scores(x)[:, c].sum())(seen)
            maps.append((seen * slopes.sum(axis=[1, 2], keepdims=True)).sum(axis=-1))
        return ops.stack(maps, axis=1)

    @cached_property
    def _kernel(self) -> Any:
        """The dense layer's [channels, classes], where the head is an average and that."""
        chain = [layer for layer in self.head.layers if not (_passes(layer) or _is_softmax(layer))]
        if [type(layer).__name__ for layer in chain] != ["GlobalAveragePooling2D", "Dense"]:
            return None
        dense: Any = chain[1]
        return dense.kernel if dense.split_activation() == "softmax" or _is_linear(dense) else None

    @cached_property
    def _scorer(self) -> Any:
        """The head up to the layer that ends in the softmax, without it, where there is
        one. In float32, as half floats have no slopes.
        """
        half = any(weight.dtype == "float16" for weight in self.head.weights)
        head = self.head.astype("float32") if half else self.head
        for layer in reversed(head.layers):
            if layer.split_activation() == "softmax":
                return Model(head.input, layer.output).call_logits
            if not _passes(layer):
                break
        return head

    def _scores(self, features: Tensor) -> Tensor:
        """[n, classes], before the softmax."""
        scores: Tensor = self._scorer(features).reshape(features.shape[0], -1)
        return scores


def _is_picture(output: Any) -> bool:
    shape: Any = getattr(output, "shape", ())
    return len(shape) == 4 and None not in shape[1:3] and shape[1] * shape[2] > 1


def _passes(layer: Any) -> bool:
    return type(layer).__name__ in _PASSING or (
        type(layer).__name__ == "Activation" and _is_linear(layer)
    )


def _is_softmax(layer: Any) -> bool:
    kind = type(layer).__name__
    return kind in ("Activation", "Softmax") and layer.split_activation() == "softmax"


def _is_linear(layer: Any) -> bool:
    return layer.get_config().get("activation") in (None, "linear")
