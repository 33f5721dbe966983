"""What layers are given: the kinds of values that their constructors take, and
arguments that layers of other versions have and this one does not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from inspect import Parameter
from typing import Any

from ...core.calling import unknown

# Keys of older and newer Keras configs that change nothing here.
_HARMLESS = frozenset(
    {
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


def check_arguments(layer: str, config: dict[str, Any], known: Iterable[str] = ()) -> None:
    """Refuses arguments that are not among the known ones; lets the harmless ones of
    other versions pass.
    """
    for key, value in config.items():
        if key == "groups" and value == 1:
            continue  # Keras 2 writes it into configs of layers that have none
        if key == "data_format" and value == "channels_first":
            raise ValueError(f"{layer} has no data_format; channels come last in it, got {value!r}")
        if value in (None, False, "", [], {}) or key in _HARMLESS:
            continue  # a newer version's way to say that it does nothing
        raise UnknownArgument(str(unknown(layer, [key], known)))


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


def checked(init: Callable[..., None]) -> Callable[..., None]:
    """A layer's constructor whose arguments are what their annotations say: NumPy's
    numbers, too, as plain ones. ValueError that names another's kind.
    """
    signature = inspect.signature(init)
    kinds = {name: _kinds(p.annotation) for name, p in signature.parameters.items()}
    said_elsewhere = {"name": (), "noise_shape": ()}  # in words of their own
    kinds |= {name: of for name, of in said_elsewhere.items() if name in kinds}

    @wraps(init)
    def checked_init(self: Any, *args: Any, **options: Any) -> None:
        try:
            bound = signature.bind(self, *args, **options)
        except TypeError:
            init(self, *args, **options)  # says what is missing
            return
        for name, value in bound.arguments.items():
            if kinds[name]:
                title = type(self).__name__
                bound.arguments[name] = plain(f"{title}: {name!r}", value, kinds[name])
        init(*bound.args, **bound.kwargs)

    return checked_init


def plain(what: str, value: Any, kinds: tuple[str, ...]) -> Any:
    """A value of one of these kinds, without NumPy's types. ValueError for others."""
    simple: Any = value
    if getattr(value, "ndim", 0) or isinstance(value, (list, tuple)):
        items = value.tolist() if hasattr(value, "tolist") else value
        simple = tuple(_number(item) for item in items)
    elif not isinstance(value, str):
        simple = _number(value)
    if "bool" in kinds and type(simple) is int and simple in (0, 1):
        return bool(simple)
    if not any(_KINDS[kind][1](simple) for kind in kinds):
        hint = "; did you forget the ()?" if isinstance(value, type) else ""
        raise ValueError(f"{what} must be {_words(kinds)}, got {value!r:.100}{hint}")
    return simple


def _number(value: Any) -> Any:
    """A number or a bool as Python's own, 2.0 as 2; anything else as it is."""
    if isinstance(value, type):
        return value
    if hasattr(value, "item") and getattr(value, "size", 0) == 1:
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return int(value)
    return value.__index__() if hasattr(value, "__index__") and type(value) is not bool else value


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
