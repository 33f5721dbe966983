"""What a call in a graph was told, as plain data, and back: the words of Keras 3's
configs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.tensor import Tensor, tensor
from ..layers.support.symbols import Symbol

Reference = list[Any]
"""[layer, number of the call, number of the output]; in a call with its options behind."""
MAX_VALUES = 100_000
"""A constant of a graph has no more: what is larger belongs into a layer's weight."""


def written(value: Any, reference: Callable[[Symbol], Reference], where: str) -> Any:
    """A structure of symbols and other values as JSON has them. TypeError that says
    `where` for what it cannot hold.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Symbol):
        history = {"keras_history": reference(value)}
        about = {"shape": list(value.shape), "dtype": value.dtype, **history}
        return {"class_name": "__keras_tensor__", "config": about}
    if isinstance(value, Mapping):
        return {str(k): written(item, reference, where) for k, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [written(item, reference, where) for item in value]
        if isinstance(value, list):
            return items
        return {"class_name": "__tuple__", "config": {"value": items}}
    if isinstance(value, slice):
        ends = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": ends}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, Tensor) or hasattr(value, "__array_interface__"):
        return _written_array(tensor(value), where)
    raise TypeError(
        f"{where} was called with {value!r:.80}, which no config can hold: make it an argument of a"
        " layer's constructor"
    )


def _written_array(values: Tensor, where: str) -> Any:
    if values.size > MAX_VALUES:
        raise ValueError(
            f"{where} was called with a constant of {values.size} values, and a config holds at"
            f" most {MAX_VALUES}: make it a weight of a layer"
        )
    about = {"value": values.tolist(), "dtype": values.dtype, "shape": list(values.shape)}
    return {"class_name": "__tensor__", "config": about}


def read(value: Any, symbol: Callable[[Reference], Symbol | None]) -> Any:
    """And back. ValueError for what is no such thing."""
    if isinstance(value, list):
        return [read(item, symbol) for item in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if not isinstance(kind, str) or not kind.startswith("__") or not isinstance(config, dict):
        return {key: read(item, symbol) for key, item in value.items()}
    if kind == "__keras_tensor__":
        return symbol(config["keras_history"])
    if kind == "__tuple__":
        return tuple(read(item, symbol) for item in config["value"])
    if kind == "__slice__":
        return slice(*(read(config.get(end), symbol) for end in ("start", "stop", "step")))
    if kind == "__ellipsis__":
        return ...
    if kind in ("__tensor__", "__numpy__"):
        dtype = str(config.get("dtype", "float32")).replace("64", "32")
        values = tensor(config["value"], dtype=dtype)
        return values if "shape" not in config else values.reshape(config["shape"])
    raise ValueError(f"a call was told {kind!r:.80}, which is not known here")


def references_in(value: Any) -> Iterator[Reference]:
    """The outputs that a call refers to, in the order in which they stand there."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"]
        else:
            for item in value.values():
                yield from references_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from references_in(item)


def is_reference(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) >= 3
        and isinstance(value[0], str)
        and all(isinstance(n, int) for n in value[1:3])
    )
