"""What layers have that scale a normalized result by gamma and move it by beta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.tensor import Variable
from .. import constraints, initializers, regularizers
from ..base import Layer


class Affine(Layer):
    """A layer with the weights gamma (where it has a `scale`) and beta (where it
    `center`s).
    """

    in_halves = False

    supports_masking = True
    center: bool
    scale: Any
    gamma: Any = None
    beta: Any = None

    def _set_affine(self, *, center: bool, scale: bool, **options: Any) -> None:
        """Keeps the arguments that all these layers have."""
        self.center, self.scale = bool(center), bool(scale)
        for weight in ("beta", "gamma"):
            for kind, module in (
                ("initializer", initializers),
                ("regularizer", regularizers),
                ("constraint", constraints),
            ):
                name = f"{weight}_{kind}"
                setattr(self, name, module.get(options[name]))

    def _add_affine(self, shape: Sequence[int]) -> None:
        self.gamma = self._add("gamma", shape) if self.scale else None
        self.beta = self._add("beta", shape) if self.center else None

    def _add(self, name: str, shape: Sequence[int], trainable: bool = True) -> Variable:
        return self.add_weight(
            shape=tuple(shape),
            initializer=getattr(self, f"{name}_initializer"),
            trainable=trainable,
            regularizer=getattr(self, f"{name}_regularizer", None),
            constraint=getattr(self, f"{name}_constraint", None),
            name=name,
        )
