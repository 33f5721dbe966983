"""What layers over sequences, pictures and volumes share: where their sizes and
channels are. They are one class body for any number of sizes, `rank`, and each of the
three a row of it: `class Conv2D(Conv, rank=2)`.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..core.calling import is_int
from ..ops.support.layout import channels_first
from ..ops.support.window import LARGEST_WINDOW, Pair, outputs_along, paddings
from .base import Layer
from .support.symbols import Shape

AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
Pads = tuple[Pair, ...]

_PER_SIZE = ("strides", "dilation_rate", "pool_size", "size")
"""Arguments whose default is a number for each size, as Keras shows it: (1, 1)."""


class Spatial(Layer):
    """A layer over [batch, *sizes, channels], with the channels behind the batch where
    `data_format` says so: "channels_last" or "channels_first", or TensorFlow.js's words
    for them.
    """

    rank: ClassVar[int]
    formats: ClassVar[bool] = True
    """Whether channels may come first. Where not, configs have no `data_format`."""

    def __init_subclass__(cls, rank: int | None = None, **options: Any):
        super().__init_subclass__(**options)
        if rank is not None:
            cls.rank = rank
            cls.__init__ = _showing(cls.__init__, rank)  # type: ignore[method-assign]
        if not cls.formats:
            cls._config_without = (*cls._config_without, "data_format")

    def __init__(self, data_format: str | None = None, **options: Any):
        super().__init__(**options)
        kind = type(self).__name__
        first = channels_first(kind, data_format, self.rank)
        if first and not self.formats:
            raise ValueError(f"{kind}: channels come last here, got data_format {data_format!r}")
        self.data_format = "channels_first" if first else "channels_last"

    @property
    def channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else self.rank + 1

    @property
    def size_axes(self) -> tuple[int, ...]:
        """Those of the sizes."""
        start = 2 if self.data_format == "channels_first" else 1
        return tuple(range(start, start + self.rank))

    def laid_out(self, batch: Any, sizes: Sequence[Any], channels: Any) -> tuple[Any, ...]:
        """A shape, or what there is for each axis of one, channels where they belong."""
        if self.data_format == "channels_first":
            return (batch, channels, *sizes)
        return (batch, *sizes, channels)

    def check_rank(self, shape: Shape) -> None:
        """ValueError for a shape that is none of the layer's inputs."""
        if len(shape) != self.rank + 2:
            raise ValueError(self._needs(shape))

    def channels_of(self, shape: Shape) -> int:
        """The number of channels of inputs of this shape. ValueError where it is open."""
        self.check_rank(shape)
        channels = shape[self.channel_axis]
        if channels is None:
            raise ValueError(f"{self._needs(shape)}; the number of channels must be known")
        return channels

    def sizes_of(self, shape: Shape) -> tuple[int | None, ...]:
        return tuple(shape[axis] for axis in self.size_axes)

    def _needs(self, shape: Shape) -> str:
        axes = ", ".join(self.laid_out("batch", AXES[self.rank], "channels"))
        return f"{self.name}: {type(self).__name__} needs [{axes}], got shape {shape}"

    def windows_shape(
        self,
        shape: Shape,
        channels: int | None,
        window: Sequence[int],
        strides: Sequence[int],
        padding: Any,
        dilations: Sequence[int] | None = None,
    ) -> Shape:
        """The output's shape with one place for each window; open sizes stay open."""
        sizes, rates = self.sizes_of(shape), dilations or (1,) * self.rank
        if math.prod(window[-2:]) > LARGEST_WINDOW:
            raise ValueError(
                f"{self.name}: a window may have at most {LARGEST_WINDOW} positions in a plane, got"
                f" {tuple(window)}"
            )
        try:
            pads = paddings(padding, sizes, window, strides, rates)  # type: ignore[arg-type]
            along = zip(AXES[self.rank], sizes, window, strides, pads, rates, strict=True)
            outputs = [
                None if n is None else outputs_along(self.name, axis, n, *of)
                for axis, n, *of in along
            ]
        except ValueError as error:
            raise ValueError(
                f"{self.name}: the window does not fit into an input of {shape}: {error}"
            ) from None
        return self.laid_out(shape[0], outputs, channels)


def _showing(init: Callable[..., None], rank: int) -> Callable[..., None]:
    """A constructor that shows its defaults as they are for so many sizes."""

    @functools.wraps(init)
    def shown(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)

    signature = inspect.signature(init)
    shown.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            p.replace(default=(p.default,) * rank)
            if p.name in _PER_SIZE and is_int(p.default) and rank > 1
            else p
            for p in signature.parameters.values()
        ]
    )
    return shown


def at_least_one(layer: str, name: str, value: Any) -> int:
    """The number. ValueError for one below 1."""
    if not is_int(value) or value < 1:
        raise ValueError(f"{layer}: {name} must be at least 1, got {value!r}")
    return int(value)


def check_padding(layer: str, padding: Any, rank: int, words: Sequence[str]) -> Any:
    """One of the words in small letters, or pairs of numbers."""
    if isinstance(padding, (tuple, list)):
        return sides(layer, "padding", padding, rank)
    if not isinstance(padding, str) or padding.lower() not in words:
        expected = " or ".join(map(repr, words))
        raise ValueError(
            f"{layer}: padding must be {expected}, got {padding!r}; use ZeroPadding{rank}D for"
            " other paddings"
        )
    return padding.lower()


def sides(layer: str, what: str, value: Any, rank: int) -> Pads:
    """(before, after) for each size, of n for all, a number for each size, or itself;
    for sequences also of one pair. ValueError for anything else.
    """
    pairs: Any = ()
    try:
        if is_int(value):
            value = (value,) * rank
        elif rank == 1 and len(value) == 2:
            value = (value,)
        pairs = tuple((s, s) if is_int(s) else tuple(s) for s in value)
    except TypeError:
        pass
    whole = all(len(s) == 2 and all(is_int(n) and n >= 0 for n in s) for s in pairs)
    if len(pairs) != rank or not whole:
        forms = {
            1: "n or (before, after)",
            2: "n, (v, h) or ((top, bottom), (left, right))",
            3: "n, (d, v, h) or ((front, back), (top, bottom), (left, right))",
        }
        raise ValueError(f"{layer}: {what} must be {forms[rank]} of at least 0, got {value!r}")
    return tuple((int(before), int(after)) for before, after in pairs)
