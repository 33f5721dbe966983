"""What the architectures share: pictures in, classes out, weights from a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from ... import layers as L
from ...layers.support.symbols import Symbol
from ...models import Model

Shape = Sequence[int | None]


def divisible(filters: float, by: int = 8) -> int:
    """The nearest multiple, and never more than a tenth below."""
    rounded = max(by, int(filters + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * filters else rounded


def halving_border(x: Any, kernel_size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The border before a convolution of stride 2, so that it looks alike everywhere."""
    half = kernel_size // 2
    below, right = ((1 if size is None else size % 2) for size in x.shape[1:3])
    below, right = (1 if x.shape[1] is None else below), (1 if x.shape[1] is None else right)
    return ((half - 1 + below, half), (half - 1 + right, half))


def picture(what: str, shape: Shape | None, tensor: Any, size: int, least: int, top: bool) -> Any:
    """The symbol that a network begins with.

    ValueError for a shape that the network cannot take.
    """
    if tensor is not None and not isinstance(tensor, Symbol):
        raise TypeError(f"{what}: input_tensor is what Input(...) gives, got {tensor!r:.100}")
    if tensor is not None:
        return tensor
    sizes = (size, size, 3) if shape is None and top else shape or (None, None, 3)
    if len(sizes) != 3:
        raise ValueError(f"{what}: input_shape is (height, width, channels), got {sizes!r}")
    if any(n is not None and n < least for n in sizes[:2]):
        raise ValueError(f"{what}: pictures are at least {least} x {least}, got {tuple(sizes)}")
    if top and None in sizes:
        raise ValueError(f"{what}: with include_top the input_shape is whole, got {tuple(sizes)}")
    return L.Input(sizes)


def check(what: str, weights: Any, top: bool, classes: int, pooling: Any, activation: Any) -> None:
    """Before anything is built. ValueError names what cannot be."""
    if weights == "imagenet":
        raise ValueError(
            f"{what}: weights are None, or a file of yours: nothing is downloaded by a name; fetch"
            " a file with utils.get_file(origin=..., file_hash=...) and give its path"
        )
    if weights is not None and not os.path.exists(weights):
        raise ValueError(f"{what}: weights must be None or a file that exists, got {weights!r}")
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"{what}: pooling must be None, 'avg' or 'max', got {pooling!r}")
    if top and (not isinstance(classes, int) or classes < 1):
        raise ValueError(f"{what}: classes must be 1 or more, got {classes!r}")
    if weights is not None and activation not in (None, "softmax"):
        raise ValueError(
            f"{what}: with weights the classifier_activation is None or 'softmax', got"
            f" {activation!r}"
        )


def pooled(x: Any, pooling: str | None, names: bool = False) -> Any:
    """Without a classifier: the features as they are, or one vector for each picture."""
    kinds = {"avg": L.GlobalAveragePooling2D, "max": L.GlobalMaxPooling2D}
    if pooling is None:
        return x
    return kinds[pooling](name=f"{pooling}_pool" if names else None)(x)


def classified(x: Any, classes: int, activation: Any, **options: Any) -> Any:
    """Means over the picture, and a Dense layer."""
    return L.Dense(classes, activation=activation, name="predictions", **options)(x)


def finished(inputs: Any, outputs: Any, name: str | None, weights: Any) -> Model:
    """The model, with its weights from a file where there is one."""
    begin = inputs
    while begin.node.inputs:  # input_tensor may come from a layer
        begin = begin.node.inputs[0]
    model = Model(begin, outputs, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


Build = Callable[..., Model]
