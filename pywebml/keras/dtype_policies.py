"""Keras's `keras.dtype_policies`: in which dtype a layer computes and keeps weights."""

from __future__ import annotations

from typing import Any

__all__ = ["DTypePolicy", "deserialize", "get", "serialize"]

KNOWN = {"float32": ("float32", "float32"), "float16": ("float16", "float16")}
"""{name: (what it computes in, what weights are)}."""


class DTypePolicy:
    """A policy by its name: "float32", or "float16" for a layer that only runs.

    Example:
        >>> from pywebml import keras
        >>> keras.DTypePolicy("float32").compute_dtype
        'float32'
    """

    def __init__(self, name: str = "float32"):
        if name not in KNOWN:
            raise ValueError(f"DTypePolicy: {name!r} is not known; there are {', '.join(KNOWN)}")
        self.name = name
        self.compute_dtype, self.variable_dtype = KNOWN[name]

    def get_config(self) -> dict[str, Any]:
        """Its name."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """From its name."""
        return cls(**config)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<DTypePolicy {self.name!r}>"


_policy = [DTypePolicy()]


def policy() -> DTypePolicy:
    """That of the whole program."""
    return _policy[0]


def set_policy(value: Any) -> None:
    """ValueError for another than float32: layers are told float16 one by one."""
    chosen = get(value)
    if chosen.name != "float32":
        raise ValueError(
            f"set_dtype_policy: the program's policy is 'float32', got {chosen.name!r}; give"
            " layers dtype='float16', or use model.astype('float16')"
        )
    _policy[0] = chosen


def get(identifier: Any) -> DTypePolicy:
    """A policy from its name, its config, or itself."""
    if identifier is None:
        return policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return DTypePolicy(identifier)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """As plain data."""
    return {"class_name": "DTypePolicy", "config": dtype_policy.get_config()}


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> DTypePolicy:
    """From plain data."""
    return DTypePolicy.from_config(config["config"])
