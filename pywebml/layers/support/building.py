"""`build`: a layer's weights are made once, whoever asks for them first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from . import shapes
from .context import named_within, path_here
from .symbols import Symbol
from .weights import Weighted

Build = Callable[..., None]


def once(build: Build) -> Build:
    """A class's `build`, as the layer's first call and everybody else may call it: it
    makes the weights once. A subclass's `build` that calls its base's runs that.
    """

    @functools.wraps(build)
    def made_once(self: Built, *args: Any, **named: Any) -> None:
        if self._building:
            build(self, *args, **named)
            return
        if not args and not named:
            args = ((),)  # of a layer that does not look at its inputs
        args = tuple(as_shape(arg) for arg in args)
        named = {name: as_shape(arg) for name, arg in named.items()}
        if self.built:
            self._check_shape(args[0] if args else next(iter(named.values())))
        else:
            self._build(build, args, named)

    return made_once


class Built(Weighted):
    """The half of a layer that makes its weights."""

    _building = False
    _path: str | None = None
    _built_for: Any = None
    _built_like: Any = None
    """The shape that the layer was built for, and what it was called on as symbols."""
    _like: tuple[Any, Mapping[str, Any]] | None = None
    """The arguments of the call that the layer is built for, as symbols."""
    _first_name: ClassVar[str] = "inputs"
    """What `call` takes in the first place, and behind it."""
    _call_names: ClassVar[tuple[str, ...]] = ()
    _placed: ClassVar[tuple[str, ...]] = ()
    """Those of them that may be given by place."""
    _rest: ClassVar[str] = ""
    """The name of `*args`, where `call` takes it, and of what is there."""
    _takes_any: ClassVar[bool] = False
    """Whether it takes `**kwargs`."""
    _shape_names: ClassVar[tuple[str, ...]] = ("input_shape",)
    """What `build` takes."""

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "build" in cls.__dict__:
            build = cls.__dict__["build"]
            cls._shape_names = tuple(inspect.signature(build).parameters)[1:]
            cls.build = once(build)  # type: ignore[method-assign]

    @once
    def build(self, input_shape: Any) -> None:
        """Makes the weights, once: the first call does, too. `input_shape` is a tuple
        with the batch size or None in front, or a list of tuples for layers of several
        inputs. A `build` of several arguments gets the shape of each of the call's,
        `query_shape` of `query`. A subclass says here which weights it has; layers
        inside it are built by following the call.

        ValueError where the layer is built already and its weights are of another
        shape.
        """

    def _build(self, build: Build, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        before = dict(self._weights)
        self._building = True
        try:
            with named_within(self):
                self._path = path_here()
                build(self, *args, **named)
        except BaseException:
            self._weights = before  # the next try starts anew
            raise
        finally:
            self._building = False
        shape = args[0] if args else next(iter(named.values()))
        like = self._like or (shapes.specs_of(shape, "float32"), {})
        self.built, self._built_for, self._built_like = True, shape, like[0]
        self._build_inner(*like)

    def _build_once(self, input_shape: Any) -> None:
        if not self.built:
            self.build(input_shape)

    def _build_for(self, first: Any, options: Mapping[str, Any]) -> None:
        """Makes the weights for a call with these arguments, tensors or symbols."""
        if self.built:
            return
        shape = shapes.shapes_of(first)
        self._like = _as_symbols(first), {n: _as_symbols(v) for n, v in options.items()}
        try:
            if len(self._shape_names) < 2:
                self.build(shape)
                return
            of_options = {f"{n}_shape": shapes.shapes_of(v) for n, v in options.items()}
            others = [n for n in self._shape_names[1:] if of_options.get(n) is not None]
            self.build(shape, **{n: of_options[n] for n in others})
        finally:
            self._like = None

    def _build_inner(self, first: Any, options: Mapping[str, Any]) -> None:
        """Layers inside make their weights when they are first called: by following the
        call, where it can be followed, also as it is in training. What is made of a
        frozen layer is frozen.
        """
        for training in (False, True):
            if all(layer.built for layer in self._all_layers()):
                break
            with suppress(ValueError), named_within(self):
                shapes.followed(self, first, options, training)
        if not self._trainable:
            self.trainable = False

    def _check_shape(self, shape: Any) -> None:
        """ValueError where a layer that is built cannot take inputs of this shape."""
        if self._built_for is not None and _of_examples(self._built_for) == _of_examples(shape):
            return
        try:
            shapes.followed(self, shapes.specs_of(shape, "float32"), {})
        except ValueError as error:
            if not isinstance(error.__cause__, ValueError):
                return  # the call cannot be followed, whatever the shape
            raise ValueError(
                f"{self.name} is built already for shape {self._built_for}, and its weights do not"
                f" fit inputs of shape {shape}; make a new layer for them"
            ) from error


def _as_symbols(structure: Any) -> Any:
    return shapes.mapped(
        lambda leaf: Symbol(leaf.shape, leaf.dtype) if hasattr(leaf, "shape") else leaf, structure
    )


def _of_examples(shape: Any) -> Any:
    """A shape, or all in a structure, without the batch."""
    if shapes.is_shape(shape):
        return tuple(shape[1:])
    if isinstance(shape, Mapping):
        return {key: _of_examples(one) for key, one in shape.items()}
    return [_of_examples(one) for one in shape]


def as_shape(said: Any) -> Any:
    """A shape as a tuple, or a list or dict of them; `build([None, 3])` is one shape."""
    if shapes.is_shape(said):
        return tuple(said)
    if isinstance(said, (list, tuple)):
        return [None if shape is None else as_shape(shape) for shape in said]
    if isinstance(said, Mapping):
        return {key: as_shape(shape) for key, shape in said.items()}
    raise TypeError(
        f"a layer is built for a shape such as (None, 10), or a list of them, got {said!r}"
    )
