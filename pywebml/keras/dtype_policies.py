"""Keras's `keras.dtype_policies`: in which dtype a layer computes and keeps weights."""

from __future__ import annotations

from typing import Any

from ..layers.support.policies import DTypePolicy, get

__all__ = ["DTypePolicy", "deserialize", "get", "serialize"]


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """As plain data."""
    return {"class_name": "DTypePolicy", "config": dtype_policy.get_config()}


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> DTypePolicy:
    """From plain data."""
    return DTypePolicy.from_config(config["config"])
