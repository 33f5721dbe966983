"""The network that finds points, and the same in an eighth of the bits."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...core.tensor import Tensor
from ...formats.layers_models import build_model, read_layers_stored, stored_model, topology_of
from ...formats.wire import tfjs
from ...formats.wire.quantising import quantised
from ...host.stores.folders import zip_bytes
from ...layers import Dense, Flatten, Input, Rescaling, recipes
from ...layers.initializers import RandomNormal
from ...models import Model
from .faces import POINTS, SIDE, Faces

FILTERS = (12, 24, 48)  # of its blocks, each of which halves the picture
SPREAD = 4.0  # what is learned is (place - 1/2) times this, so that it varies by about 1


def network(skips: bool = True) -> Model:
    """Pictures [n, SIDE, SIDE, 1] -> (places - 1/2) * SPREAD [n, 2 * POINTS]."""
    picture = Input((SIDE, SIDE, 1))
    x = Rescaling(4.0, -2.0)(picture)
    for i, filters in enumerate(FILTERS):
        x = recipes.dense_block(x, filters, first=i == 0, skips=skips)
    small = RandomNormal(stddev=0.002)
    places = Dense(2 * len(POINTS), kernel_initializer=small)(Flatten()(x))
    return Model(picture, places, name="face_points")


def targets(points: Tensor) -> Tensor:
    """What the network is to say for points."""
    return (points - 0.5) * SPREAD


def places(model: Model, pictures: Tensor) -> Tensor:
    """Where it sees the points, x and y from 0 to 1: [n, POINTS, 2]."""
    return (model.predict(pictures) / SPREAD + 0.5).reshape(-1, len(POINTS), 2)


async def error_of(model: Model, faces: Faces) -> float:
    """How far off it is, on average, as a share of the picture's width."""
    off = places(model, faces.pictures) - faces.points.reshape(-1, len(POINTS), 2)
    mean = (off**2).sum(-1).sqrt().mean()
    return float(next(iter(await mean.data())))


class Shrunk(NamedTuple):
    """A model whose weights take a byte each: its file, and itself as it is read back."""

    file: bytes
    model: Model


async def shrunk(model: Model) -> Shrunk:
    """The model with weights of 8 bits, as TensorFlow.js has them: a zip for
    `tf.loadLayersModel`.
    """
    values = [await weight.data() for weight in model.weights]
    stored = stored_model(model, values)
    small = {name: quantised(weight, "uint8") for name, weight in stored.weights.items()}
    file = zip_bytes(tfjs.write(stored._replace(weights=small)))
    back: Any = read_layers_stored(file)
    return Shrunk(file, build_model(topology_of(back), back.weights))
