"""What `adapt` looks at: an array, or batches one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ...core.tensor import Tensor
from ...host.lazy import np


def batches_of(who: str, data: Any, steps: int | None = None) -> Iterator[Any]:
    """The NumPy arrays of a data set, a generator or a list of arrays, at most `steps`
    of them; an array, a tensor or a list of numbers or texts as one. Of a batch (x, y)
    x counts. TypeError for what is none of these, ValueError for nothing at all.
    """
    if isinstance(data, Mapping) or not hasattr(data, "__iter__"):
        raise TypeError(
            f"{who}.adapt takes an array or batches of arrays, got {type(data).__name__}; of a data"
            " set of dicts map out the one that is meant"
        )
    empty = True
    batches = [data] if _is_one(data) else islice(data, steps)
    for batch in batches:
        x = batch[0] if isinstance(batch, tuple) and batch else batch
        if isinstance(x, Mapping):
            raise TypeError(
                f"{who}.adapt takes batches of arrays, got dicts; map out the one meant"
            )
        empty = False
        yield host_array(x)
    if empty:
        raise ValueError(f"{who}.adapt got no batches at all")


def host_array(x: Any) -> Any:
    """As a NumPy array."""
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def _is_one(data: Any) -> bool:
    """Whether it is an array itself."""
    if isinstance(data, (list, tuple)):
        return not any(getattr(item, "shape", ()) or isinstance(item, Mapping) for item in data)
    return hasattr(data, "__array__") or isinstance(data, Tensor)
