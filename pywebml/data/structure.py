"""Elements of data sets: arrays in tuples and dicts, in each other as deep as one
likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor
from ..host.lazy import np


class ElementSpec(NamedTuple):
    """What `Dataset.element_spec` says of an array: its shape, None where a size
    varies, and its dtype.
    """

    shape: tuple[int | None, ...]
    dtype: str


def mapped(function: Callable[..., Any], *elements: Any) -> Any:
    """`function` of the parts that stand at one place of each element, in their
    structure. ValueError where the elements differ in theirs.
    """
    first = elements[0]
    if isinstance(first, Mapping):
        _alike(elements, lambda e: isinstance(e, Mapping) and list(e) == list(first))
        return {key: mapped(function, *(e[key] for e in elements)) for key in first}
    if is_tuple(first):
        _alike(elements, lambda e: is_tuple(e) and len(e) == len(first))
        parts = zip(*elements, strict=True)
        return tuple([mapped(function, *part) for part in parts])  # a list hands StopIteration on
    _alike(elements, lambda e: not isinstance(e, Mapping) and not is_tuple(e))
    return function(*elements)


def is_tuple(value: Any) -> bool:
    """A tuple is a structure; a list is an array, as in TensorFlow."""
    return isinstance(value, tuple) and not isinstance(value, ElementSpec)


def _alike(elements: Sequence[Any], fits: Callable[[Any], bool]) -> None:
    for element in elements:
        if not fits(element):
            raise ValueError(
                "all elements of a data set must have one structure, got"
                f" {shown(elements[0])} and {shown(element)}"
            )


def parts_of(element: Any) -> Iterator[Any]:
    """The arrays of an element, from left to right."""
    if isinstance(element, Mapping):
        for value in element.values():
            yield from parts_of(value)
    elif is_tuple(element):
        for value in element:
            yield from parts_of(value)
    else:
        yield element


def arrays(element: Any) -> Any:
    """The element with numbers, texts and lists as NumPy arrays; tensors stay."""
    return mapped(lambda part: part if isinstance(part, Tensor) else np.asarray(part), element)


def stacked(elements: Sequence[Any]) -> Any:
    """Elements on top of each other, along a new first axis. ValueError where they have
    different shapes.
    """
    return mapped(lambda *parts: _stack(parts), *elements)


def _stack(parts: Sequence[Any]) -> Any:
    shapes = {np.shape(part) if not isinstance(part, Tensor) else part.shape for part in parts}
    if len(shapes) > 1:
        several = " and ".join(str(shape) for shape in sorted(shapes)[:2])
        raise ValueError(
            f"elements of one batch must have one shape, got {several}: bring them to one with"
            " map(), or use padded_batch()"
        )
    if any(isinstance(part, Tensor) for part in parts):
        return ops.stack([ops.cast(p, p.dtype) if isinstance(p, Tensor) else p for p in parts])
    return np.stack([np.asarray(part) for part in parts])


def rows(element: Any, numbers: Any) -> Any:
    """The rows of these numbers (a slice, or an array of them) of every array."""
    return mapped(lambda part: _rows(part, numbers), element)


def _rows(part: Any, numbers: Any) -> Any:
    if isinstance(part, Tensor) and not isinstance(numbers, (slice, int)):
        return ops.gather(part, np.asarray(numbers, np.int32))
    return part[numbers]


def length_of(element: Any, who: str) -> int:
    """How many rows all arrays have. ValueError where they differ or there are none."""
    lengths = [len(part) if np.ndim(part) else None for part in map(_plain, parts_of(element))]
    if not lengths or None in lengths or len(set(lengths)) > 1:
        shapes = ", ".join(str(np.shape(_plain(part))) for part in parts_of(element))
        raise ValueError(f"{who} needs arrays of equally many rows, got shapes {shapes or 'none'}")
    return int(lengths[0] or 0)


def _plain(part: Any) -> Any:
    """Something that `len` and `np.ndim` take without a look at the device."""
    return np.broadcast_to(np.int8(0), part.shape) if isinstance(part, Tensor) else part


def spec_of(element: Any, open_rows: bool = False) -> Any:
    """ElementSpecs in the element's structure; with `open_rows` the first size varies."""

    def of(part: Any) -> ElementSpec:
        shape: tuple[int | None, ...] = tuple(part.shape)
        dtype = part.dtype if isinstance(part, Tensor) else _dtype(part)
        return ElementSpec((None, *shape[1:]) if open_rows and shape else shape, str(dtype))

    return mapped(of, arrays(element))


def _dtype(part: Any) -> str:
    return "string" if part.dtype.kind in "USO" else str(part.dtype)


def shown(element: Any) -> str:
    """A structure in a few words: "(array, {'a': array})"."""
    if isinstance(element, Mapping):
        return "{" + ", ".join(f"{key!r}: {shown(value)}" for key, value in element.items()) + "}"
    if is_tuple(element):
        return f"({', '.join(map(shown, element))})"
    return "array"


def called(function: Callable[..., Any], element: Any) -> Any:
    """What a function makes of an element; a tuple's parts are its arguments."""
    return function(*element) if is_tuple(element) else function(element)


def as_said(part: Any, said: Any) -> Any:
    """An array in the dtype that was said, or that something said has."""
    dtype = getattr(said, "dtype", said)
    name = getattr(dtype, "name", dtype)
    if isinstance(part, Tensor) or not isinstance(name, str) or name in ("string", "str"):
        return part
    return part.astype(name)
