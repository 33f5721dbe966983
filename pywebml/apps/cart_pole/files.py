"""A policy as a file: a model of layers at any place that models are kept, in a zip, a
.keras file or a store of the browser.
"""

from __future__ import annotations

from typing import Any

from ...formats.layers_models import layers_files_of
from ...formats.loading import read_model
from ...host.files import FormatError
from ...host.stores.folders import zip_bytes
from ...layers import Dense
from .learner import MOST_HIDDEN

MAX_FILE = 16 << 20


async def policy_bytes(model: Any) -> bytes:
    """A zip, which `tf.loadLayersModel` reads when it is unpacked."""
    return zip_bytes(layers_files_of(model, [await weight.data() for weight in model.weights]))


async def read_policy(where: Any, name: str) -> Any:
    """The policy at a place. FormatError for a model that is none: one hidden layer
    between a cart's four numbers and one.
    """
    if isinstance(where, bytes) and len(where) > MAX_FILE:
        raise FormatError(f"{name} has {len(where):,} bytes; expected at most {MAX_FILE:,}")
    model = await read_model(where, compile=False)
    parts = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    shapes = [tuple(weight.shape) for weight in model.weights]
    hidden = shapes[0][-1] if shapes and shapes[0] else 0
    dense = len(parts) == 2 and all(isinstance(layer, Dense) for layer in parts)
    expected = [(4, hidden), (hidden,), (hidden, 1), (1,)]
    if not dense or shapes != expected or not 1 <= hidden <= MOST_HIDDEN:
        raise FormatError(
            f"{name} is no policy for a cart: expected a hidden layer of at most {MOST_HIDDEN}"
            f" neurons between 4 numbers and 1, got weights of {shapes[:6]}"
        )
    return model
