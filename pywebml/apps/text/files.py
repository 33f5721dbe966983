"""A network and its alphabet in one file: pywebml's own, or a .keras file.

NAME.zip     metadata.json (format, version, letters, steps), model.json and
             weights.bin, for `tf.loadLayersModel` as well
NAME.keras   as Keras 3 reads it; the letters stand in its metadata.json
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...formats.keras3 import models as keras3
from ...formats.layers_models import (
    build_model,
    layers_files_of,
    read_layers_stored,
    topology_of,
)
from ...formats.loading import keras_bytes, read_stored
from ...host.files import FormatError
from ...host.json_data import json_object
from ...host.stores.folders import Zip, zip_bytes
from ...layers import LSTM, Dense, Embedding
from .reading import LETTERS

FORMAT, VERSION = "pywebml-text", 1
KINDS = {".zip": "zip", ".keras": "keras"}
"""How files end: what is in them."""
MAX_METADATA = 1 << 20
MAX_FILE = 256 << 20
MOST_UNITS, MOST_LAYERS = 2048, 8


class Saved(NamedTuple):
    """What is in a file."""

    model: Any
    letters: tuple[str, ...]
    steps: int


async def saved_bytes(saved: Saved, kind: str) -> bytes:
    """The file, "zip" or "keras"."""
    about = {"letters": list(saved.letters), "steps": saved.steps}
    if kind == "keras":
        return await keras_bytes(saved.model, {"text": about})
    # asked for at once: a training may go on before they are all there
    values = await asyncio.gather(*(weight.data() for weight in saved.model.weights))
    metadata = {"format": FORMAT, "version": VERSION, **about}
    text = json.dumps(metadata, indent=1, ensure_ascii=False)
    return zip_bytes({"metadata.json": text.encode(), **layers_files_of(saved.model, values)})


async def read_saved(data: bytes, name: str = "the file") -> Saved:
    """What `saved_bytes` wrote. FormatError for anything else, ValueError for a model
    that a file holds without the letters it knows.
    """
    if len(data) > MAX_FILE:
        raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_FILE:,}")
    if not data.startswith(b"PK"):
        raise FormatError(
            f"{name} is no model: expected a .zip or .keras file that the Text page or `text"
            " --save` wrote"
        )
    names = Zip(data).names()
    if "metadata.json" in names and "config.json" not in names:
        files = Zip(data)
        about = json_object(files.read("metadata.json", MAX_METADATA), f"metadata.json in {name}")
        if about.get("format") != FORMAT or about.get("version") != VERSION:
            raise FormatError(
                f"{name} is no model of characters: its metadata.json does not say"
                f" {FORMAT!r}, version {VERSION}"
            )
        stored = read_layers_stored(files)
        return _checked(build_model(topology_of(stored), stored.weights), about, name)
    form, stored = await read_stored(data)
    if form.name != "keras":
        raise FormatError(f"{name} is a {form.name} model without an alphabet; it cannot write")
    ours = stored.metadata.get("pywebml")
    inside = ours.get("text") if isinstance(ours, dict) else None
    if not isinstance(inside, dict):
        raise FormatError(
            f"{name} does not say which characters its model knows; expected one that the Text"
            " page or `text --save` wrote"
        )
    return _checked(keras3.model_of(stored, compile=False), inside, name)


def _checked(model: Any, about: Mapping[str, Any], name: str) -> Saved:
    letters, steps = about.get("letters"), about.get("steps", 0)
    letters = letters if isinstance(letters, list) else []
    single = all(isinstance(letter, str) and len(letter) == 1 for letter in letters)
    if not single or not 2 <= len(letters) <= LETTERS or len(set(letters)) < len(letters):
        raise FormatError(f"{name}: its letters must be 2 to {LETTERS} characters, each once")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
        raise FormatError(f"{name}: its steps must be a whole number, got {steps!r}")
    embedding, *lstms, dense = model.layers if len(model.layers) > 2 else (None, None, None)
    fits = (
        isinstance(embedding, Embedding)
        and isinstance(dense, Dense)
        and 1 <= len(lstms) <= MOST_LAYERS
        and all(
            isinstance(lstm, LSTM) and lstm.return_sequences and lstm.units <= MOST_UNITS
            for lstm in lstms
        )
        and embedding.input_dim == dense.units == len(letters)
    )
    if not fits:
        raise FormatError(
            f"{name}: its model is not one that reads {len(letters)} characters and guesses the"
            " next one (Embedding, LSTM layers, Dense)"
        )
    return Saved(model, tuple(letters), steps)
