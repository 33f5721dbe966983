"""A network that finds points, as a file: metadata.json (format, version, blocks,
filters, skips, steps, seed) beside model.json and weights.bin, which
`tf.loadLayersModel` reads as well.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from ...formats.layers_models import read_layers_stored, stored_model
from ...formats.wire import tfjs
from ...formats.wire.quantising import quantised
from ...host.files import FormatError, refused
from ...host.json_data import json_object
from ...host.stores.folders import Zip, zip_bytes
from ...models import Model
from ...models.weights import assign_weights, weight_names
from .network import network

FORMAT, VERSION = "pywebml-face-points", 1
MAX_METADATA, MAX_FILE = 1 << 16, 64 << 20
MOST_BLOCKS, MOST_FILTERS = 4, 64
BOUNDS = {
    "blocks": (1, MOST_BLOCKS),
    "filters": (1, MOST_FILTERS),
    "steps": (0, 1 << 40),
    "seed": (0, 1 << 40),
}


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
    text = json.dumps({"format": FORMAT, "version": VERSION, **about}, indent=1)
    return zip_bytes({"metadata.json": text.encode(), **tfjs.write(stored)})


def read_saved(data: bytes, name: str = "the file") -> Saved:
    """What `saved_bytes` wrote, in 32 or in 8 bits. FormatError for anything else."""
    if len(data) > MAX_FILE:
        raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_FILE:,}")
    if not data.startswith(b"PK") or "metadata.json" not in Zip(data).names():
        raise FormatError(
            f"{name} is no model that finds points; expected a .zip that `face_points --save` or"
            " its page wrote"
        )
    files = Zip(data)
    about = json_object(files.read("metadata.json", MAX_METADATA), f"metadata.json in {name}")
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise FormatError(
            f"{name} is no model that finds points: its metadata.json does not say {FORMAT!r},"
            f" version {VERSION}"
        )
    for key, (low, high) in BOUNDS.items():
        value = about.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise FormatError(
                f"{name}: {key} must be a whole number from {low} to {high}, got {value!r}"
            )
    if not isinstance(about.get("skips"), bool):
        raise FormatError(f"{name}: skips must be true or false, got {about.get('skips')!r}")
    model = network(about["skips"], about["blocks"], about["filters"])
    with refused(f"the weights in {name}"):
        # layers are numbered as they are made, so that their names here are others
        weights = read_layers_stored(files).weights
        assign_weights(model, dict(zip(weight_names(model), weights.values(), strict=True)))
    return Saved(model, *(about[key] for key in Saved._fields[1:]))
