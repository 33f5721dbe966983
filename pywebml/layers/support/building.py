"""`build`: a layer's weights are made once, whoever asks for them first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from . import shapes
from .symbols import Shape, one_shape
from .weights import Weighted

Build = Callable[..., None]


def once(build: Build) -> Build:
    """A class's `build`, as the layer's first call and everybody else may call it: it
    makes the weights once. A subclass's `build` that calls its base's runs that.
    """

    @functools.wraps(build)
    def made_once(self: Built, input_shape: Any) -> None:
        if self._building:
            build(self, input_shape)
        elif self.built:
            self._check_shape(as_shape(input_shape))
        else:
            self._build(build, as_shape(input_shape))

    return made_once


class Built(Weighted):
    """The half of a layer that makes its weights."""

    _building = False
    _built_for: Any = None

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "build" in cls.__dict__:
            cls.build = once(cls.__dict__["build"])  # type: ignore[method-assign]

    @once
    def build(self, input_shape: Any) -> None:
        """Makes the weights, once: the first call does, too. `input_shape` is a tuple
        with the batch size or None in front, or a list of tuples for layers of several
        inputs. A subclass says here which weights it has; layers inside it are built
        by following the call.

        ValueError where the layer is built already and its weights are of another
        shape.
        """

    def _build(self, build: Build, shape: Any) -> None:
        before = dict(self._weights)
        self._building = True
        try:
            build(self, shape)
        except BaseException:
            self._weights = before  # the next try starts anew
            raise
        finally:
            self._building = False
        self.built, self._built_for = True, shape
        many = isinstance(shape, list)
        sizes = shape if many else [shape]
        self._build_inner(sizes, ["float32"] * len(sizes), many)

    def _build_once(self, input_shape: Any) -> None:
        if not self.built:
            self.build(input_shape)

    def _build_inner(self, sizes: Sequence[Shape], dtypes: Sequence[str], many: bool) -> None:
        """Layers inside make their weights when they are first called: by following the
        call, where it can be followed, also as it is in training. What is made of a
        frozen layer is frozen.
        """
        for training in (False, True):
            if all(layer.built for layer in self._all_layers()):
                break
            with suppress(ValueError):
                shapes.traced(self, sizes, dtypes, many, training)
        if not self._trainable:
            self.trainable = False

    def _check_shape(self, shape: Any) -> None:
        """ValueError where a layer that is built cannot take inputs of this shape."""
        many = isinstance(shape, list)
        sizes = shape if many else [shape]
        before = self._built_for if isinstance(self._built_for, list) else [self._built_for]
        if self._built_for is not None and [s[1:] for s in before] == [s[1:] for s in sizes]:
            return
        try:
            shapes.traced(self, sizes, ["float32"] * len(sizes), many)
        except ValueError as error:
            if not isinstance(error.__cause__, ValueError):
                return  # the call cannot be followed, whatever the shape
            what = one_shape(sizes, many)
            raise ValueError(
                f"{self.name} is built already and its weights do not fit inputs of shape {what};"  # type: ignore[attr-defined]
                " make a new layer for them"
            ) from error


def as_shape(said: Any) -> Any:
    """A shape as a tuple, or a list of them; `build([None, 3])` is one shape."""
    if isinstance(said, (list, tuple)):
        if all(isinstance(n, int) or n is None for n in said):
            return tuple(said)
        return [tuple(shape) for shape in said]
    raise TypeError(
        f"a layer is built for a shape such as (None, 10), or a list of them, got {said!r}"
    )
