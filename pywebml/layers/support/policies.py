"""In which dtype a layer computes, and in which it keeps its weights: Keras's dtype
policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KNOWN = {
    "float32": ("float32", "float32"),
    "float16": ("float16", "float16"),
    "mixed_float16": ("float16", "float32"),
}
"""{name: (what it computes in, what weights are)}."""


class DTypePolicy:
    """A policy by its name: "float32"; "mixed_float16" for layers that compute in
    float16 on weights in float32; "float16" for a layer that only runs. The program's
    where no name is given.

    Example:
        >>> from pywebml import keras
        >>> policy = keras.DTypePolicy("mixed_float16")
        >>> policy.compute_dtype, policy.variable_dtype
        ('float16', 'float32')
    """

    name: str
    quantization_mode = None

    def __init__(self, name: str | None = None):
        name = policy().name if name is None else name
        if name not in KNOWN:
            there = ", ".join(repr(known) for known in KNOWN)
            raise ValueError(f"DTypePolicy: there is no policy {name!r:.80} here; take {there}")
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


_policy = [DTypePolicy("float32")]


def policy() -> DTypePolicy:
    """That of the whole program."""
    return _policy[0]


def set_policy(value: Any) -> None:
    """The policy of layers that are made from now on and are told none. ValueError for
    what is none.
    """
    if not isinstance(value, (str, DTypePolicy)):
        raise ValueError(
            f"set_dtype_policy takes a name such as 'mixed_float16', or a DTypePolicy, got"
            f" {value!r:.80}"
        )
    _policy[0] = get(value)


def get(identifier: Any) -> DTypePolicy:
    """A policy from its name, its config, or itself."""
    if identifier is None:
        return policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, Mapping):
        return DTypePolicy.from_config(dict(identifier["config"]))
    return DTypePolicy(identifier)


def name_of(dtype: Any) -> str | None:
    """The name of what a layer is told as its dtype: a policy's, or a dtype that is no
    float's; None for nothing. ValueError for floats that are not here.
    """
    if isinstance(dtype, (DTypePolicy, Mapping)):
        return get(dtype).name
    if not isinstance(dtype, str):
        return None
    return get(dtype).name if "float" in dtype else dtype
