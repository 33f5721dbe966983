"""Arguments that layers of other versions have, and this one does not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter
from typing import Any

# Keys of older and newer Keras configs that change nothing here.
_HARMLESS = frozenset(
    {
        "autocast",
        "build_config",
        "data_format",
        "fused",
        "implementation",
        "input_dtype",
        "module",
        "optional",
        "ragged",
        "registered_name",
        "seed",
        "shared_object_id",
        "sparse",
        "synchronized",
    }
)
_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "int": ("a whole number", lambda v: type(v) is int and abs(v) < 1 << 53),
    "float": ("a number", lambda v: type(v) in (int, float) and abs(v) < 1e300),
    "bool": ("true or false", lambda v: isinstance(v, bool)),
    "str": ("a text", lambda v: isinstance(v, str)),
    "Sequence[int]": ("a list of whole numbers", lambda v: _all_whole(v)),
    "Sequence[int | None]": ("a list of whole numbers or null", lambda v: _all_whole(v, True)),
    "None": ("null", lambda v: v is None),
}
"""What an annotation means of a value in JSON: in words, and whether one is such."""
_MAX_LIST = 64
"""Lists of sizes, strides and the like are no longer: a tensor has no more axes."""


class UnknownArgument(TypeError):
    """An argument that a layer does not know."""

    in_words = True  # what it says is a sentence


def check_arguments(layer: str, config: dict[str, Any]) -> None:
    """Refuses arguments nobody knows; lets the harmless ones of other versions pass."""
    for key, value in config.items():
        if key == "groups" and value == 1:
            continue  # Keras 2 writes it into configs of layers that have none
        if key == "data_format" and value == "channels_first":
            raise ValueError(
                f"{layer}: data_format 'channels_first' is not supported; transpose images to"
                " channels last (NHWC)"
            )
        if value in (None, False, "", [], {}) or key in _HARMLESS:
            continue  # a newer version's way to say that it does nothing
        if key.endswith(("_regularizer", "_constraint")):
            warnings.warn(
                f"{layer}: {key} is not supported and is left out of training", stacklevel=4
            )
        else:
            raise UnknownArgument(f"{layer} does not know the argument {key}={value!r:.100}")


def checked_config(
    config: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """A config from a file, its null left out where that means the default. ValueError
    that names a value of another kind than the constructor's annotation says.
    """
    checked = {}
    for key, value in config.items():
        parameter = parameters.get(key)
        kinds = _kinds(parameter.annotation) if parameter else ()
        if value is None and kinds and "None" not in kinds:
            if parameter is None or parameter.default is Parameter.empty:
                raise ValueError(f"{key!r} must be {_words(kinds)}, got null")
            continue
        if kinds and not any(_KINDS[kind][1](value) for kind in kinds):
            raise ValueError(f"{key!r} must be {_words(kinds)}, got {value!r:.100}")
        checked[key] = value
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is Parameter.empty and name not in config
    ]
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")
    return checked


@cache
def _kinds(annotation: str) -> tuple[str, ...]:
    """The kinds that an annotation allows, none where it says more than that."""
    parts = tuple(str(annotation).replace("[int | None]", "[int/None]").split(" | "))
    parts = tuple(part.replace("/", " | ") for part in parts)
    return parts if all(part in _KINDS for part in parts) else ()


def _words(kinds: tuple[str, ...]) -> str:
    return " or ".join(_KINDS[kind][0] for kind in kinds)


def _all_whole(value: Any, or_null: bool = False) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) <= _MAX_LIST
        and all((n is None and or_null) or _KINDS["int"][1](n) for n in value)
    )
