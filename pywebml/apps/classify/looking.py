"""What a network sees in a picture: its likeliest classes, where it sees them, and what
its inner layers make of it. For the command and the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from ... import ops
from ...core.capture import capture
from ...core.tensor import Tensor
from ...models import ClassMaps, Model
from ...zoo import Extractor

Guess = TypedDict("Guess", {"class": int, "label": str, "probability": float})

TILES = 36
"""Pictures of an inner layer that are shown, at most."""
_HEAT = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
"""From nothing to the place that speaks for the class most."""
_THIN, _THICK = 0.15, 0.75  # how much of the picture the colours cover


class Look(NamedTuple):
    """What was seen: the likeliest classes, and for each a map of `height` rows, whose
    values are parts of the class's score before the softmax.
    """

    top: list[Guess]
    maps: list[list[list[float]]]
    height: int
    width: int


class Tiles(NamedTuple):
    """Grey pictures of an inner layer, one after the other: a byte for each pixel."""

    pixels: bytes
    shown: int
    height: int
    width: int
    channels: int  # that the layer has


class Looker:
    """A network that classifies, and whatever of it was looked at last.

    ValueError for a network without classes, or one that does not look at pictures.
    """

    def __init__(self, network: Extractor):
        if not network.classifies:
            raise ValueError(
                f"{network.name} has features but no classes of its own; classify with another"
                " extractor, or teach a head on it"
            )
        self.network = network
        self.maps = ClassMaps(network.classifier)
        self.layers = inner_layers(network.classifier)
        self._seen: Any = capture(self._both)
        self._inner: tuple[str, Any] = ("", None)

    def _both(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.maps.features(pictures)
        return features, self.maps.head(features).astype("float32")

    async def look(self, pixels: Tensor, top: int = 5) -> Look:
        """The `top` likeliest classes of the network's input [1, height, width, 3]."""
        features, shares = self._seen(pixels)
        probabilities = (await shares.data()).tolist()[0]
        every = range(len(probabilities))
        # of equal ones the lower number first
        best = sorted(every, key=lambda c: -probabilities[c])[:top]
        maps: Any = (await self.maps.of(features, best).data()).tolist()[0]
        guesses = [self._guess(c, probabilities[c]) for c in best]
        return Look(guesses, maps, *features.shape[1:3])

    def _guess(self, number: int, probability: float) -> Guess:
        labels = self.network.classes
        label = labels[number] if labels else f"class {number}"
        return {"class": number, "label": label, "probability": probability}

    async def tiles(self, pixels: Tensor, layer: str, most: int = TILES) -> Tiles:
        """The activations of a layer, as many as `most` of those that differ most from
        place to place; each from black (its least) to white. ValueError for a layer
        that is none of `layers`.
        """
        if layer not in self.layers:
            raise ValueError(
                f"{self.network.name} has no layer {layer!r} that makes pictures; there are"
                f" {', '.join(self.layers)}"
            )
        if self._inner[0] != layer:
            classifier = self.network.classifier
            inner = Model(classifier.input, classifier.get_layer(layer).output)
            self._inner = layer, capture(lambda pictures: inner(pictures).astype("float32"))
        seen = self._inner[1](pixels)[0]
        height, width, channels = seen.shape
        low = seen.min(axis=[0, 1])
        spread = seen.max(axis=[0, 1]) - low
        chosen = ops.top_k(spread, min(most, channels))
        some = ops.gather(seen - low, chosen.indices, axis=2)
        grey = some * (255 / ops.maximum(chosen.values, 1e-12))
        rows = grey.transpose([2, 0, 1]).round().astype("int32")
        lowest = (await rows.data()).tobytes()[::4]  # of each four bytes
        return Tiles(lowest, rows.shape[0], height, width, channels)


def inner_layers(model: Model) -> dict[str, tuple[int, int, int]]:
    """{name: (height, width, channels)} of the layers whose output is a picture, in
    their order; without those that hand on what they are given, and without
    convolutions whose activation is a layer of its own.
    """
    readers: dict[str, list[str]] = {}
    for layer in model.get_config()["layers"]:
        for call in layer.get("inbound_nodes") or []:
            for reference in call:
                readers.setdefault(reference[0], []).append(layer["name"])
    kinds = {layer.name: layer for layer in model.layers}
    shown: dict[str, tuple[int, int, int]] = {}
    for name, layer in kinds.items():
        shape: Any = getattr(layer.output, "shape", ())
        if len(shape) != 4 or None in shape[1:] or shape[1] * shape[2] == 1:
            continue
        after = [kinds[reader] for reader in readers.get(name, [])]
        if not _hands_on(layer) and not (len(after) == 1 and _is_step(after[0])):
            shown[name] = tuple(shape[1:])
    return shown


def _hands_on(layer: Any) -> bool:
    kind, activation = type(layer).__name__, layer.get_config().get("activation")
    return kind in ("InputLayer", "ZeroPadding2D", "Dropout", "Reshape") or (
        kind == "Activation" and activation == "linear"
    )


def _is_step(layer: Any) -> bool:
    """Whether a layer finishes what the one before it began."""
    return type(layer).__name__ in ("Activation", "ReLU", "BatchNormalization", "Softmax")


def heat(values: Sequence[Sequence[float]]) -> bytes:
    """A map as RGBA, to be laid over the picture: what speaks against a class is as
    what does not matter.

    Example:
        >>> heat([[0.0, 2.0]]).hex(" ", 4)
        '00000426 fcffa4bf'
    """
    most = max(max(row) for row in values)
    colours = bytearray()
    for row in values:
        for value in row:
            share = max(0.0, value / most) if most > 0 else 0.0
            place = share * (len(_HEAT) - 1)
            i = min(int(place), len(_HEAT) - 2)
            mixed = zip(_HEAT[i], _HEAT[i + 1], strict=True)
            colours.extend(round(a + (b - a) * (place - i)) for a, b in mixed)
            colours.append(round(255 * (_THIN + (_THICK - _THIN) * share)))
    return bytes(colours)
