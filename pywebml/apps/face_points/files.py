"""A network that finds points, as a file: metadata.json (format, version, blocks,
filters, skips, steps, seed) beside model.json and weights.bin, which
`tf.loadLayersModel` reads as well.
"""

from __future__ import annotations

from typing import NamedTuple

from ...formats.layers_models import read_layers_stored, stored_model
from ...formats.wire import tfjs
from ...formats.wire.quantising import quantised
from ...host.files import FormatError, refused
from ...layers.support.weights import unset_weights
from ...models import Model
from ...models.weights import assign_weights, weight_names
from ..network_files import Kind
from .network import network

MOST_BLOCKS, MOST_FILTERS = 4, 64
KIND = Kind(
    "pywebml-face-points",
    1,
    "model that finds points",
    "`face_points --save`",
    {
        "blocks": (1, MOST_BLOCKS),
        "filters": (1, MOST_FILTERS),
        "steps": (0, 1 << 40),
        "seed": (0, 1 << 40),
    },
)


class Saved(NamedTuple):
    """What is in a file: a network, how it is made, how many steps it has taken, and
    the seed that says which faces it has not seen.
    """

    model: Model
    blocks: int
    filters: int
    skips: bool
    steps: int = 0
    seed: int = 0

    @classmethod
    def new(cls, blocks: int, filters: int, skips: bool, seed: int) -> Saved:
        """One that has learnt nothing yet."""
        return cls(network(skips, blocks, filters), blocks, filters, skips, 0, seed)


async def saved_bytes(saved: Saved, bits: int = 32) -> bytes:
    """The file, with a weight in 32 bits or, as TensorFlow.js's converter has it, in 8."""
    values = [await weight.data() for weight in saved.model.weights]
    stored = stored_model(saved.model, values)
    if bits == 8:
        small = {name: quantised(weight, "uint8") for name, weight in stored.weights.items()}
        stored = stored._replace(weights=small)
    about = {name: value for name, value in saved._asdict().items() if name != "model"}
    return KIND.write(about, tfjs.write(stored))


def read_saved(data: bytes, name: str = "the file") -> Saved:
    """What `saved_bytes` wrote, in 32 or in 8 bits. FormatError for anything else."""
    files, about = KIND.read(data, name)
    if not isinstance(about.get("skips"), bool):
        raise FormatError(f"{name}: skips must be true or false, got {about.get('skips')!r}")
    with refused(f"the weights in {name}"):
        weights = read_layers_stored(files).weights
        with unset_weights():
            model = network(about["skips"], about["blocks"], about["filters"])
        # layers are numbered as they are made, so that their names here are others
        assign_weights(model, dict(zip(weight_names(model), weights.values(), strict=True)))
    return Saved(model, *(about[key] for key in Saved._fields[1:]))
