"""A network that reads dates, as a file: metadata.json (format, version, units, steps,
seed) beside model.json and weights.bin, which `tf.loadLayersModel` reads as well.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ...formats.layers_models import layers_files_of, read_layers_stored
from ...host.files import FormatError, refused
from ...host.json_data import json_object
from ...host.stores.folders import Zip, zip_bytes
from ...models.weights import assign_weights
from .network import network

FORMAT, VERSION = "pywebml-dates", 1
MAX_METADATA, MAX_FILE = 1 << 16, 64 << 20
BOUNDS = {"units": 512, "steps": 1 << 40, "seed": 1 << 40}


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
    about = {"units": saved.model.get_layer("decoder").units, "steps": saved.steps}
    metadata = {"format": FORMAT, "version": VERSION, **about, "seed": saved.seed}
    text = json.dumps(metadata, indent=1)
    return zip_bytes({"metadata.json": text.encode(), **layers_files_of(saved.model, values)})


def read_saved(data: bytes, name: str = "the file") -> Saved:
    """What `saved_bytes` wrote. FormatError for anything else."""
    if len(data) > MAX_FILE:
        raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_FILE:,}")
    if not data.startswith(b"PK") or "metadata.json" not in Zip(data).names():
        raise FormatError(
            f"{name} is no model that reads dates; expected a .zip that `dates --save` or its page"
            " wrote"
        )
    files = Zip(data)
    about = json_object(files.read("metadata.json", MAX_METADATA), f"metadata.json in {name}")
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise FormatError(
            f"{name} is no model that reads dates: its metadata.json does not say {FORMAT!r},"
            f" version {VERSION}"
        )
    numbers = {}
    for key, most in BOUNDS.items():
        value = about.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise FormatError(f"{name}: {key} must be a whole number up to {most}, got {value!r}")
        numbers[key] = value
    if numbers["units"] < 2 or numbers["units"] % 2:
        raise FormatError(f"{name}: units must be even and at least 2, got {numbers['units']}")
    model = network(numbers["units"])
    with refused(f"the weights in {name}"):
        assign_weights(model, read_layers_stored(files).weights)
    return Saved(model, numbers["steps"], numbers["seed"])
