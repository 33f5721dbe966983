"""A layer's dtype policy: what it computes in, and what it keeps its weights in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from ...core.tensor import Tensor, Variable
from ...device import get_device
from .policies import KNOWN, DTypePolicy
from .policies import get as policy_of
from .structures import mapped


class Mixed:
    """The half of a layer that knows its policy.

    Under "mixed_float16" a layer's inputs and trainable weights are float16 while it is
    called, and gradients come back to the weights in float32. One that is not
    `in_halves`, since it sums up much or its op knows no float16, computes in float32
    and gives its outputs in float16. One that only calls others (a model, a wrapper)
    says `rounds = False`: what they give, it gives.
    """

    name: str
    policy_name: str
    in_halves: ClassVar[bool] = True
    rounds: ClassVar[bool] = True

    @property
    def dtype(self) -> str:
        """That of its weights, Keras's `variable_dtype`."""
        return KNOWN.get(self.policy_name, (None, self.policy_name))[1]

    @dtype.setter
    def dtype(self, value: str) -> None:
        self.policy_name = value

    variable_dtype = dtype

    @property
    def compute_dtype(self) -> str:
        """That of its inputs and outputs."""
        return KNOWN.get(self.policy_name, (self.policy_name,))[0]

    input_dtype = compute_dtype

    @property
    def dtype_policy(self) -> DTypePolicy:
        """Both, by their name."""
        return DTypePolicy(self.policy_name if self.policy_name in KNOWN else "float32")

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self.policy_name = policy_of(value).name

    @property
    def _is_mixed(self) -> bool:
        return self.policy_name == "mixed_float16" and self.rounds

    @property
    def _inputs_dtype(self) -> str:
        """What floats that come in are cast to."""
        return "float16" if self._is_mixed and self.in_halves else self.dtype

    @contextmanager
    def _weights_in_halves(self) -> Iterator[None]:
        """Inside, the trainable weights in the layer's attributes, and in lists and
        dicts there, are float16 tensors made of them. RuntimeError where the device has
        no 16-bit floats.
        """
        if not self._is_mixed:
            yield
            return
        adapter = get_device().adapter
        if not adapter.has_halves:
            raise RuntimeError(
                f"{self.name}: the policy 'mixed_float16' needs 16-bit floats (shader-f16), which"
                f" {adapter.name} has not; set the policy 'float32', or take device='cpu'"
            )
        own = {name: v for name, v in vars(self).items() if name not in _NO_WEIGHTS}
        places = list(_places(vars(self), own)) if self.in_halves else []
        halves = [(holder, key, w, w.astype("float16")) for holder, key, w in places]
        for holder, key, _, half in halves:
            holder[key] = half
        try:
            yield
        finally:
            for holder, key, weight, half in halves:
                there = key in holder if isinstance(holder, dict) else key < len(holder)
                if there and holder[key] is half:
                    holder[key] = weight

    def _in_policy(self, outputs: Any) -> Any:
        """Outputs in the dtype that the policy says."""
        if not self._is_mixed or self.in_halves:
            return outputs
        return mapped(_rounded, outputs)


_NO_WEIGHTS = ("_weights", "_nodes", "_losses", "_born")
"""Attributes whose weights stand elsewhere, too."""


def _places(
    holder: Any, items: Any, around: tuple[int, ...] = ()
) -> Iterator[tuple[Any, Any, Variable]]:
    """(list or dict, index or key, weight) of all that is cast, at any depth."""
    for key, value in items.items() if isinstance(items, dict) else enumerate(items):
        if _is_cast(value):
            yield holder, key, value
        elif isinstance(value, (list, dict)) and id(value) not in around:
            yield from _places(value, value, (*around, id(value)))


def _is_cast(value: Any) -> bool:
    is_weight = isinstance(value, Variable) and value.trainable and value.autocast
    return is_weight and value.dtype == "float32"


def _rounded(value: Any) -> Any:
    is_float = isinstance(value, Tensor) and value.dtype == "float32"
    return value.astype("float16") if is_float else value
