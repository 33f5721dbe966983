"""Functions that say their gradient themselves."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from . import tape
from .tensor import Tensor, as_tensor


class _Own:
    """Stands on a tape where an op would: its gradient is what the function said."""

    halves_back = True

    def __init__(self, name: str, gradient: Callable[..., Any], saved: list[Any] | None):
        self.name, self._gradient, self._saved = name, gradient, saved

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        said = self._gradient(grads[0], *([] if self._saved is None else [self._saved]))
        several = list(said) if isinstance(said, (list, tuple)) else [said]
        if len(several) != len(ins):
            raise ValueError(
                f"custom_gradient: the gradient of {self.name} gave {len(several)} tensors for"
                f" {len(ins)} inputs; return one for each, None where there is none"
            )
        gradients = [None if g is None else as_tensor(g) for g in several]
        for t, g in zip(ins, gradients, strict=True):
            if g is not None and g.shape != t.shape:
                raise ValueError(
                    f"custom_gradient: the gradient of {self.name} has shape {g.shape} where its"
                    f" input has {t.shape}; sum or reshape it"
                )
        return gradients


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `f(*inputs)` returns (value, gradient function); gradients through it
    are what the function gives for dy, one tensor or a list with one for each input.

    Where `f` has a last argument `save`, it may hand tensors to it, and the gradient
    function gets them, in a list, after dy, as in TensorFlow.js's `tf.customGrad`;
    what the function closes over does as well. If its gradient is made of ops, it has
    gradients, too. Inputs are tensors; other values of `f` get no gradient. TypeError
    for another kind of result.

    Example:
        >>> @pw.custom_gradient
        ... def clipped(x):  # as it is, but with its gradient at most 1
        ...     return x * x, lambda dy: (dy * 2 * x).clip_by_value(-1, 1)
        >>> pw.grad(clipped)([0.25, 3.0]).tolist()
        [0.5, 1.0]
        >>> @pw.custom_gradient
        ... def square(x, save):
        ...     save(x)
        ...     return x * x, lambda dy, saved: dy * saved[0].abs()
        >>> pw.grad(square)([-2.0, 3.0]).tolist()
        [2.0, 3.0]
    """
    parameters = list(inspect.signature(f).parameters)
    saves = bool(parameters) and parameters[-1] == "save"
    name = getattr(f, "__name__", "a function")

    @functools.wraps(f)
    def call(*inputs: Any) -> Any:
        tensors = [as_tensor(x) for x in inputs]
        saved: list[Any] = []
        with tape.paused():
            both = f(*tensors, *([_saving(saved)] if saves else []))
        if (
            not isinstance(both, tuple)
            or len(both) != 2
            or not isinstance(both[0], Tensor)
            or not callable(both[1])
        ):
            raise TypeError(
                f"custom_gradient: {name} must return (value, gradient function), a tensor and what"
                f" makes the gradients of dy; it gave {type(both).__name__}"
            )
        value, gradient = both
        own = _Own(name, gradient, saved if saves else None)
        node = tape.record(own, tensors, [value.buffer], [value.spec])
        return Tensor(value.buffer, value.spec, (node, 0) if node else None)

    return call


def _saving(saved: list[Any]) -> Callable[..., None]:
    """Takes tensors, or lists of them, as TensorFlow.js does."""

    def save(*tensors: Any) -> None:
        for t in tensors:
            saved.extend(t if isinstance(t, (list, tuple)) else [t])

    return save


__all__ = ["custom_gradient"]
