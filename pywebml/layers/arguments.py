"""Arguments that layers of other versions have, and this one does not."""

from __future__ import annotations

import warnings
from typing import Any

# Keys of older and newer Keras configs that change nothing here.
_HARMLESS = frozenset(
    {
        "data_format",
        "sparse",
        "ragged",
        "implementation",
        "input_dtype",
        "optional",
        "synchronized",
        "fused",
    }
)


def check_arguments(layer: str, config: dict[str, Any]) -> None:
    """Refuses arguments nobody knows; lets the harmless ones of other versions pass."""
    for key, value in config.items():
        if key == "data_format" and value == "channels_first":
            raise ValueError(
                f"{layer}: data_format 'channels_first' is not supported; transpose images to"
                " channels last (NHWC)"
            )
        if value is None or key in _HARMLESS:
            continue
        if key.endswith(("_regularizer", "_constraint")):
            warnings.warn(
                f"{layer}: {key} is not supported and is left out of training", stacklevel=4
            )
        else:
            raise TypeError(f"{layer} does not know the argument {key}={value!r}")
