"""Sequences of different lengths in one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import Tensor
from ..host.lazy import np
from .structure import is_tuple


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    """Sequences of different lengths -> one NumPy array [len(sequences), maxlen]:
    shorter ones are filled up with `value` before ("pre") or behind ("post") them,
    longer ones lose what is at that end.

    Args:
        maxlen: the longest sequence's length where None.
        dtype: of the result, `object` for texts.

    Raises:
        ValueError: sequences that are none, or whose items have different shapes; words
            other than "pre" and "post".

    Example:
        >>> pw.utils.pad_sequences([[1], [2, 3, 4], [5, 6]], maxlen=2)
        array([[0, 1],
               [3, 4],
               [5, 6]], dtype=int32)
    """
    for what, word in (("padding", padding), ("truncating", truncating)):
        if word not in ("pre", "post"):
            raise ValueError(f"pad_sequences: {what} must be 'pre' or 'post', got {word!r}")
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"pad_sequences takes a list of sequences, got {type(sequences).__name__}; collect"
            " them with list(...) first"
        )
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__") or isinstance(sequence, str):
            raise ValueError(f"pad_sequences: item {i} must be a sequence, got {sequence!r:.80}")
    kind = np.dtype(dtype)
    if isinstance(value, str) and kind.kind not in "OUS":
        raise ValueError(
            f"pad_sequences: texts cannot be padded as {kind}, got the value {value!r}; give"
            " dtype=object"
        )
    longest = max(map(len, sequences), default=0) if maxlen is None else int(maxlen)
    shape = next((np.shape(s)[1:] for s in sequences if len(s)), ())
    out = np.full((len(sequences), longest, *shape), value, dtype=kind)
    for i, sequence in enumerate(sequences):
        if not len(sequence) or not longest:
            continue
        part = sequence[-longest:] if truncating == "pre" else sequence[:longest]
        part = np.asarray(part, dtype=kind)
        if part.shape[1:] != shape:
            raise ValueError(
                f"pad_sequences: the items of sequence {i} have shape {part.shape[1:]}, those of"
                f" the first {shape}"
            )
        if padding == "pre":
            out[i, longest - len(part) :] = part
        else:
            out[i, : len(part)] = part
    return out


def padded(elements: Sequence[Any], shapes: Any, values: Any) -> Any:
    """Elements on top of each other, each filled up behind: see `padded_batch`."""
    first = elements[0]
    if is_tuple(first):
        sizes, fills = (_for_each(said, len(first)) for said in (shapes, values))
        columns = zip(*elements, strict=True)
        return tuple(map(padded, columns, sizes, fills))
    if isinstance(first, dict):
        return {
            key: padded([e[key] for e in elements], _of(shapes, key), _of(values, key))
            for key in first
        }
    return _filled(elements, shapes, values)


def _for_each(said: Any, count: int) -> Sequence[Any]:
    return said if isinstance(said, tuple) and len(said) == count else (said,) * count


def _of(said: Any, key: str) -> Any:
    return said.get(key) if isinstance(said, dict) else said


def _filled(parts: Sequence[Any], sizes: Any, value: Any) -> Any:
    arrays = [p.numpy() if isinstance(p, Tensor) else np.asarray(p) for p in parts]
    if len({a.ndim for a in arrays}) > 1:
        raise ValueError("padded_batch: arrays of one batch must have one rank")
    largest = [max(ns) for ns in zip(*(a.shape for a in arrays), strict=True)]
    if sizes is not None:
        if len(sizes) != len(largest):
            raise ValueError(f"padded_batch: {tuple(sizes)} is no shape for {tuple(largest)}")
        for n, most in zip(sizes, largest, strict=True):
            if n not in (None, -1) and n < most:
                raise ValueError(
                    f"padded_batch: an array has shape {tuple(largest)}, more than the"
                    f" padded_shapes {tuple(sizes)}"
                )
        largest = [m if n in (None, -1) else n for n, m in zip(sizes, largest, strict=True)]
    blank = "" if arrays[0].dtype.kind in "US" else 0
    dtype = np.result_type(*arrays)
    out = np.full((len(arrays), *largest), blank if value is None else value, dtype)
    for i, a in enumerate(arrays):
        out[(i, *(slice(n) for n in a.shape))] = a
    return out
