"""What layers inside a layer take over from it: whether it trains, and the dtype of a
copy that `Model.astype` makes. And what they hand up: losses of their own, and that
they were called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .policies import policy

_training: ContextVar[bool | None] = ContextVar("training", default=None)
_dtype: ContextVar[str | None] = ContextVar("dtype", default=None)


def training_of(said: bool | None, by_default: bool) -> bool:
    """Whether a call trains: what it says, else what the layer around it does, else the
    default of the layer's `call`. Keras's order.
    """
    if said is not None:
        return bool(said)
    around = _training.get()
    return by_default if around is None else around


@contextmanager
def training_as(value: bool) -> Iterator[None]:
    """Layers that are called inside and are not told otherwise train, or do not."""
    token = _training.set(value)
    try:
        yield
    finally:
        _training.reset(token)


_around: ContextVar[tuple[Any, ...]] = ContextVar("around", default=())
"""The layers that make their weights, or are called, at the moment."""


@contextmanager
def named_within(layer: Any) -> Iterator[None]:
    """Weights that are made inside have the layer's name in their path."""
    around = _around.get()
    if around and around[-1] is layer:
        yield
        return
    token = _around.set((*around, layer))
    try:
        yield
    finally:
        _around.reset(token)


def path_here() -> str:
    """The names of the layers around, "block/dense"."""
    return "/".join(layer.name for layer in _around.get())


def default_dtype() -> str:
    """The policy of a layer that is told none."""
    return _dtype.get() or policy().name


@contextmanager
def dtype_as(value: str) -> Iterator[None]:
    """Layers that are made inside and are told no dtype have this one."""
    token = _dtype.set(value)
    try:
        yield
    finally:
        _dtype.reset(token)


Loss = tuple[Any, Any]
"""(the layer that gave it, a scalar)."""
_losses: ContextVar[list[Loss] | None] = ContextVar("losses", default=None)


@contextmanager
def collected_losses() -> Iterator[list[Loss]]:
    """What layers that are called inside give to `add_loss`."""
    losses: list[Loss] = []
    token = _losses.set(losses)
    try:
        yield losses
    finally:
        _losses.reset(token)


def losses_so_far() -> list[Loss] | None:
    """Those of the step at hand; None outside of one."""
    return _losses.get()


def is_within_a_call() -> bool:
    """Whether a layer is being called."""
    return _training.get() is not None


_called: ContextVar[list[tuple[Any, bool]] | None] = ContextVar("called", default=None)


@contextmanager
def collected_calls() -> Iterator[list[tuple[Any, bool]]]:
    """The layers that are called inside, and whether each was built before."""
    calls: list[tuple[Any, bool]] = []
    token = _called.set(calls)
    try:
        yield calls
    finally:
        _called.reset(token)


def note_call(layer: Any) -> None:
    """For `collected_calls`."""
    calls = _called.get()
    if calls is not None:
        calls.append((layer, layer.built))
