"""How a model was compiled, as data and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ...core.registry import Registry
from ...host.warned import warn
from ...train.losses import LOSSES
from ...train.metrics import METRICS
from ...train.optimizers import OPTIMIZERS
from .configs import from_keras, to_keras

_KNOWN: dict[str, Registry[Any]] = {
    "optimizer": OPTIMIZERS, "loss": LOSSES, "metrics": METRICS, "weighted_metrics": METRICS,
}  # fmt: skip


class _NotData(Exception):
    """Of a function that nobody registered, a schedule or a loss."""


def compile_config(model: Any) -> dict[str, Any]:
    """The arguments of `compile` as data, {} for a model that is not compiled, or whose
    loss or metrics are functions that no name leads to: a warning says so.
    """
    said = model.compile_arguments
    if said is None:
        return {}
    try:
        config = {key: _data(key, value) for key, value in said.items() if key != "optimizer"}
        optimizer = _optimizer_data(model.optimizer)
    except _NotData as error:
        warn(
            f"model {model.name!r} is saved without how it was compiled: {error}; register it by"
            " name, or compile again after loading"
        )
        return {}
    return to_keras({"optimizer": optimizer, **config})  # type: ignore[no-any-return]


def _optimizer_data(optimizer: Any) -> Any:
    try:
        return OPTIMIZERS.serialize(optimizer)
    except (TypeError, ValueError) as error:
        raise _NotData(error) from None


def _data(key: str, value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {k: _data(key, item) for k, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_data(key, item) for item in value]
    registry = _KNOWN.get(key)
    if registry is None:
        return float(value)
    if isinstance(value, type):
        value = value()
    try:
        name = registry.name_of(value)
    except ValueError:
        raise _NotData(f"nothing is registered as its {key} {value!r:.80}") from None
    if isinstance(value, FunctionType):
        return name
    return {"class_name": name, "config": value.get_config()}


def compile_from(model: Any, config: Any) -> None:
    """Compiles a model as data say it was. TypeError and ValueError as `compile`."""
    said = from_keras(config)
    if not isinstance(said, dict) or not said.get("optimizer"):
        return
    known = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
    model.compile(**{key: said[key] for key in known if said.get(key) is not None})
