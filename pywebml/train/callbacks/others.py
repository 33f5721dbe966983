"""What callbacks have counted since a training began, as data and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.tensor import Tensor, tensor
from .base import Callback, History
from .progress import ProgressBar

_NOT_STATE = ("model", "params")


class Others:
    """Callbacks beside one that saves: the plain values and lists of tensors in their
    attributes that are no longer as they were when the training began.
    """

    def __init__(self, callbacks: Sequence[Callback]):
        self._callbacks = [c for c in callbacks if not isinstance(c, (History, ProgressBar))]
        self._begun = [_plain_of(c) for c in self._callbacks]
        self._saved: list[Any] | None = None

    def _data(self) -> list[dict[str, Any]]:
        data = []
        for callback, begun in zip(self._callbacks, self._begun, strict=True):
            now = _plain_of(callback)
            values = {k: v for k, v in now.items() if k not in begun or begun[k] != v}
            data.append({"kind": type(callback).__name__, "values": values})
        return data

    def changed(self) -> bool:
        """Whether something has been counted since `states` was asked."""
        return self._saved is not None and self._data() != self._saved

    def states(self) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
        """(data, tensors by name)."""
        self._saved = self._data()
        return self._saved, {
            f"callbacks/{i}/{name}/{j}": one
            for i, callback in enumerate(self._callbacks)
            for name, value in vars(callback).items()
            if _are_tensors(value)
            for j, one in enumerate(value)
        }

    def give(self, data: Sequence[Mapping[str, Any]], tensors: Mapping[str, Any]) -> None:
        """Puts callbacks of the same kinds where they were."""
        for i, (callback, said) in enumerate(zip(self._callbacks, data, strict=False)):
            if said.get("kind") != type(callback).__name__:
                continue
            for name, value in said["values"].items():
                setattr(callback, name, _decoded(value))
            lists: dict[str, list[Tensor]] = {}
            for place, value in tensors.items():
                if place.startswith(f"callbacks/{i}/"):
                    lists.setdefault(place.split("/")[2], []).append(tensor(value))
            for name, values in lists.items():
                setattr(callback, name, values)


def _are_tensors(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Tensor) for v in value)


class _NotPlain(Exception):
    pass


def _plain_of(callback: Callback) -> dict[str, Any]:
    plain = {}
    for name, value in vars(callback).items():
        if name not in _NOT_STATE:
            try:
                plain[name] = _encoded(value)
            except _NotPlain:
                continue
    return plain


def _encoded(value: Any) -> Any:
    """As JSON holds it exactly: floats by their text, so that they may be infinite."""
    if hasattr(value, "item") and not getattr(value, "shape", True):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return {"float": repr(float(value))}
    if isinstance(value, (list, tuple)):
        return [_encoded(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _encoded(item) for key, item in value.items()}}
    raise _NotPlain


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if isinstance(value, dict):
        if "float" in value:
            return float(value["float"])
        return {key: _decoded(item) for key, item in value["dict"].items()}
    return value
