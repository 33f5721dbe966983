"""Classes and functions of a user's own that configs name: registered for good, or
known within a `with`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

_registered: dict[str, Any] = {}
_names: dict[int, tuple[str, Any]] = {}
"""{id of a thing: (its name, itself)}, of older ones under a name, too: a notebook's
cell may run again while there are instances.
"""
_scope: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects", default={})  # noqa: B039


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Decorator: a class with a `get_config`, or a function, that configs know from now
    on as "package>name": layers, models, losses, activations, initializers and others.

    ValueError for a class without a `get_config`.

    Example:
        >>> @pw.saving.register_keras_serializable(package="Mine")
        ... def doubled(x):
        ...     return x * 2
        >>> layer = layers.Activation(doubled)
        >>> layers.Activation.from_config(layer.get_config())(np.ones(1)).numpy()
        array([2.], dtype=float32)
    """

    def register(thing: T) -> T:
        own = str(getattr(thing, "__name__", thing)) if name is None else name
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError(
                f"register_keras_serializable: the class {own} needs a get_config() to be written"
            )
        whole = f"{package}>{own}"
        _registered[whole] = thing
        _names[id(thing)] = whole, thing
        return thing

    return register


class CustomObjectScope:
    """Within it, configs know these classes and functions by these names.

    Example:
        >>> class Twice(layers.Layer):
        ...     def call(self, inputs):
        ...         return inputs * 2
        >>> config = layers.serialize(Twice())
        >>> with pw.saving.CustomObjectScope({"Twice": Twice}):
        ...     layers.deserialize(config["class_name"], config["config"])
        <Twice twice>
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None):
        self.custom_objects = dict(custom_objects or {})
        self._tokens: list[Any] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_scope.set({**_scope.get(), **self.custom_objects}))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _scope.reset(self._tokens.pop())


def custom_object_scope(custom_objects: Mapping[str, Any] | None = None) -> CustomObjectScope:
    """`CustomObjectScope`."""
    return CustomObjectScope(custom_objects)


def get_custom_objects() -> dict[str, Any]:
    """All that is registered, by name: a dict that may be changed."""
    return _registered


def get_registered_name(obj: Any) -> str:
    """The name that a class or function is registered under, else its own."""
    return _names[id(obj)][0] if id(obj) in _names else str(getattr(obj, "__name__", obj))


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function of that name, None where there is none."""
    for known in (_scope.get(), _registered, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


def custom_object(name: str) -> Any:
    """`get_registered_object`, and by the name without its package."""
    thing = get_registered_object(name)
    if thing is not None or not _registered:
        return thing
    ending = f">{name}"
    endings = [known for known in _registered if known.endswith(ending)]
    return _registered[endings[-1]] if endings else None


def custom_name(thing: Any) -> str | None:
    """The name that a class, function or an instance's class is registered under."""
    name, _ = _names.get(id(thing)) or _names.get(id(type(thing))) or (None, None)
    return name
