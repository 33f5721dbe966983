"""Weights in fewer bits, those that are picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from ..host.files import refused
from ..models.weights import some
from .wire.quantising import KINDS, quantised
from .wire.stored import Weight


def in_fewer_bits(
    weights: Mapping[str, Weight],
    kind: str,
    only: str | Sequence[str] = (),
    per_channel: bool = False,
) -> dict[str, Weight]:
    """Weights by name, those that `convert` picks stored as `kind`."""
    if kind not in KINDS:
        raise ValueError(f"quantise must be one of {', '.join(KINDS)}, got {kind!r}")
    patterns = only.split(",") if isinstance(only, str) else list(only)
    patterns = [pattern.strip() for pattern in patterns if pattern.strip()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in weights):
            raise ValueError(f"no weight is called {pattern!r}; there are {some(list(weights))}")
    small: dict[str, Weight] = {}
    for name, weight in weights.items():
        picked = kind == "float16" or len(weight.shape) > 1
        if patterns:
            picked = any(fnmatchcase(name, pattern) for pattern in patterns)
        apart = per_channel and kind != "float16" and len(weight.shape) > 1
        with refused(f"weight {name!r}"):
            axis = _channels(name, weight.shape) if apart else None
            small[name] = quantised(weight, kind, axis) if picked else weight
    return small


def _channels(name: str, shape: tuple[int, ...]) -> int:
    """The axis of the outputs; of a depthwise kernel, [h, w, channels, 1], the third."""
    return len(shape) - (2 if name.endswith("depthwise_kernel") else 1)
