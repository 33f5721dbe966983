"""A network that reads dates, as a file: metadata.json (format, version, units, steps,
seed) beside model.json and weights.bin, which `tf.loadLayersModel` reads as well.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...formats.layers_models import layers_files_of, read_layers_stored
from ...host.files import FormatError, refused
from ...layers.support.weights import unset_weights
from ...models.weights import assign_weights
from ..network_files import Kind
from .network import network

KIND = Kind(
    "pywebml-dates",
    1,
    "model that reads dates",
    "`dates --save`",
    {"units": (2, 512), "steps": (0, 1 << 40), "seed": (0, 1 << 40)},
)


class Saved(NamedTuple):
    """What is in a file: a network, how many steps it has taken, and the seed that says
    which dates it has not seen.
    """

    model: Any
    steps: int
    seed: int


async def saved_bytes(saved: Saved) -> bytes:
    """The file."""
    values = [await weight.data() for weight in saved.model.weights]
    about = {
        "units": saved.model.get_layer("decoder").units,
        "steps": saved.steps,
        "seed": saved.seed,
    }
    return KIND.write(about, layers_files_of(saved.model, values))


def read_saved(data: bytes, name: str = "the file") -> Saved:
    """What `saved_bytes` wrote. FormatError for anything else."""
    files, about = KIND.read(data, name)
    if about["units"] % 2:
        raise FormatError(f"{name}: units must be even, got {about['units']}")
    with refused(f"the weights in {name}"):
        weights = read_layers_stored(files).weights
        with unset_weights():
            model = network(about["units"])
        assign_weights(model, weights)
    return Saved(model, about["steps"], about["seed"])
