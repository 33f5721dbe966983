"""Layers and models to configs and back: class names as Keras and TensorFlow.js write
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from operator import is_not
from types import MappingProxyType
from typing import Any

from ...core.custom_objects import CustomObjectScope, custom_name, get_registered_object
from ...core.registry import Registry
from ...host.files import FormatError, refused
from .weights import Weighted

LAYERS: Registry[Any] = Registry(
    "layer class", Weighted, hint=". Own layers: @pw.layers.register_layer"
)
layer = LAYERS
"""Decorator of layers: `@layer("Conv2D", "Convolution2D")` gives the name that configs
have, and older names that are understood, too.
"""


class _Written:
    """The entries of one config, by the layer they are of."""

    def __init__(self) -> None:
        self.entries: dict[int, dict[str, Any]] = {}
        self.numbers = count()


_written: ContextVar[_Written | None] = ContextVar("written", default=None)
_read: ContextVar[dict[int, Any] | None] = ContextVar("read", default=None)
_own_classes: ContextVar[Mapping[str, Any]] = ContextVar(
    "own_classes", default=MappingProxyType({})
)


@contextmanager
def _scope(variable: ContextVar[Any], fresh: Any) -> Iterator[Any]:
    """What all configs within one share: that of the outermost."""
    around = variable.get()
    if around is not None:
        yield around
        return
    token = variable.set(fresh)
    try:
        yield fresh
    finally:
        variable.reset(token)


def one_config() -> Any:
    """Within it, a layer that is written twice is marked as one and the same."""
    return _scope(_written, _Written())


def one_reading() -> Any:
    """Within it, a layer that is marked as one and the same is made once."""
    return _scope(_read, {})


@contextmanager
def classes_of(layers: Iterable[Any]) -> Iterator[None]:
    """Within it, the classes of these layers, and of what they hold with configs of its
    own, are known by name, registered or not.
    """
    layers = list(layers)
    held = [type(v) for one in layers for v in vars(one).values() if hasattr(v, "get_config")]
    own = {cls.__name__: cls for cls in held if not cls.__module__.startswith("pywebml.")}
    token = _own_classes.set({type(one).__name__: type(one) for one in layers})
    try:
        with CustomObjectScope(own):
            yield
    finally:
        _own_classes.reset(token)


def register_layer(cls: type) -> type:
    """Class decorator: makes a layer of your own known to `deserialize`, under its
    class name.
    """
    LAYERS.add(cls, cls.__name__)
    return cls


def serialize(thing: Any) -> dict[str, Any]:
    """{class_name, config} of a layer or model. A layer that stands at two places of a
    config has one number there, `shared_object_id`, as in Keras.
    """
    with one_config() as written:
        entry = {"class_name": type(thing).__name__, "config": _plain(thing.get_config())}
        if (name := custom_name(thing)) is not None:
            entry["registered_name"] = name
        if (build := thing.build_config()) is not None:
            entry["build_config"] = build
        first = written.entries.setdefault(id(thing), entry)
        if first is not entry:
            if "shared_object_id" not in first:
                first["shared_object_id"] = next(written.numbers)
            entry["shared_object_id"] = first["shared_object_id"]
        return entry


def _plain(value: Any) -> Any:
    """A value of a config with the entries of what has a config of its own: a class may
    give its layers, regularizers and the like as they are. What is plain stays the same
    object, since an entry is marked as shared when its layer comes up once more.
    """
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        return plain if any(plain[key] is not value[key] for key in value) else value
    if type(value) in (list, tuple):
        items = type(value)(_plain(item) for item in value)
        return items if any(map(is_not, items, value)) else value
    if hasattr(value, "serialized"):
        return value.serialized()
    if hasattr(value, "get_config") and not isinstance(value, type):
        entry = {"class_name": type(value).__name__, "config": _plain(value.get_config())}
        name = custom_name(value)
        return entry if name is None else {**entry, "registered_name": name}
    return value


def deserialize(
    class_name: Any,
    config: Any = None,
    shared_object_id: int | None = None,
    registered_name: str | None = None,
    custom_objects: Mapping[str, Any] | None = None,
) -> Any:
    """A layer or model from its class name and config, or from the entry with both that
    `serialize` gives; one that was made of this config before under the same
    `shared_object_id`. FormatError that names the layer for a class nobody knows, or a
    config that it cannot be made of.
    """
    if isinstance(class_name, Mapping):
        with CustomObjectScope(custom_objects or config):
            return from_entry(class_name)
    own = registered_name if isinstance(registered_name, str) else None
    if own is not None and get_registered_object(own) is not None:
        class_name = own
    name = config.get("name") if isinstance(config, dict) else None
    who = f"layer {str(name)[:80]!r}" if name else "a layer"
    with refused(f"{who} ({str(class_name)[:80]})"), one_reading() as read:
        known = _own_classes.get().get(class_name)
        cls = LAYERS.find(class_name) if known is None else known
        if shared_object_id is None:
            return cls.from_config(config)
        if type(read.get(shared_object_id)) is not cls:
            read[shared_object_id] = cls.from_config(config)
        return read[shared_object_id]


def from_entry(entry: Any) -> Any:
    """`deserialize` of what `serialize` gives."""
    if not isinstance(entry, dict) or not {"class_name", "config"} <= set(entry):
        raise FormatError(
            f"an entry of 'layers' needs a 'class_name' and a 'config', got {str(entry)[:100]}"
        )
    thing = deserialize(
        entry["class_name"],
        entry["config"],
        entry.get("shared_object_id"),
        entry.get("registered_name"),
    )
    with refused(f"the build_config of a {str(entry['class_name'])[:80]}"):
        thing.build_from(entry.get("build_config"))
    return thing


def with_layers(value: Any) -> Any:
    """A value of a config with the layers in it made."""
    if isinstance(value, (list, tuple)):
        return [with_layers(item) for item in value]
    if not isinstance(value, dict):
        return value
    name = value.get("class_name")
    if (
        isinstance(name, str)
        and "config" in value
        and (name in LAYERS or name in _own_classes.get() or _is_registered_layer(value))
    ):
        return from_entry(value)
    return {key: with_layers(item) for key, item in value.items()}


def _is_registered_layer(value: Mapping[str, Any]) -> bool:
    name = value.get("registered_name")
    return isinstance(name, str) and name in LAYERS
