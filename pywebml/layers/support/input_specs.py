"""What a layer's inputs must look like, and the error where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .structures import leaves


class InputSpec:
    """Rank, shape and dtype that a layer expects of an input; what is None may be
    anything. A layer sets `self.input_spec` in its constructor or in `build`.

    Args:
        shape: with None for sizes that may be any.
        ndim, max_ndim, min_ndim: the rank, or its limits.
        axes: {axis: the size there}.
        allow_last_axis_squeeze: a last axis of size 1 may be missing, or one too many.
        name: of the input, where inputs come in a dict.
        optional: whether the input may be None.

    Raises:
        ValueError: an axis that tensors of that rank have not.

    Example:
        >>> layer = layers.Activation("relu")
        >>> layer.input_spec = layers.InputSpec(ndim=2)
        >>> layer(np.zeros(3))
        Traceback (most recent call last):
        ValueError: activation: expected an input of rank 2, got shape (3,)
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Sequence[int | None] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype, self.shape = dtype, None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional
        rank = self.ndim if self.ndim is not None else max_ndim
        if rank is not None and any(not -rank <= axis < rank for axis in self.axes):
            raise ValueError(f"InputSpec: axes {sorted(self.axes)} are not all below rank {rank}")

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        return cls(**config)

    def __repr__(self) -> str:
        parts = [f"{k}={v}" for k, v in self.get_config().items() if v not in (None, {})]
        return f"InputSpec({', '.join(parts)})"

    def fault(self, shape: Sequence[int | None], dtype: str) -> str | None:
        """What is wrong with an input, in the words "expected ..."; None where nothing
        is.
        """
        rank = len(shape)
        if self.shape is not None and self.allow_last_axis_squeeze:
            if rank == len(self.shape) + 1 and shape[-1] == 1:
                shape, rank = shape[:-1], rank - 1
            elif rank == len(self.shape) - 1 and self.shape[-1] == 1:
                shape, rank = (*shape, 1), rank + 1
        if self.ndim is not None and rank != self.ndim:
            return f"expected an input of {self._ranked()}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected an input of at most rank {self.max_ndim}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected an input of at least rank {self.min_ndim}"
        if self.dtype is not None and dtype != self.dtype:
            return f"expected an input of dtype {self.dtype}, which is {dtype}"
        for axis, size in self.axes.items():
            if size is not None and -rank <= axis < rank and shape[axis] not in (size, None):
                return f"expected size {size} of axis {axis}"
        if self.shape is not None and any(
            None not in (n, m) and n != m for n, m in zip(self.shape, shape, strict=True)
        ):
            return f"expected an input of shape {self.shape}"
        return None

    def _ranked(self) -> str:
        return f"rank {self.ndim}" if self.shape is None else f"shape {self.shape}"


def check_inputs(layer: Any, spec: Any, inputs: Any) -> None:
    """ValueError that names the layer, what it expects and what it got."""
    specs = spec if isinstance(spec, (list, tuple)) else list(leaves(spec))
    if isinstance(inputs, Mapping) and all(one.name for one in specs):
        missing = [one.name for one in specs if one.name not in inputs and not one.optional]
        if missing:
            raise ValueError(
                f"{layer.name}: expected an input {missing[0]!r}, got {', '.join(inputs)}"
            )
        values = [inputs.get(one.name) for one in specs]
    else:
        values = list(leaves(inputs))
    if len(values) != len(specs):
        raise ValueError(f"{layer.name}: expected {len(specs)} inputs, got {len(values)}")
    for one, value in zip(specs, values, strict=True):
        if value is None:
            if not one.optional:
                raise ValueError(f"{layer.name}: expected a tensor, got None")
            continue
        if one is not None and (fault := one.fault(tuple(value.shape), value.dtype)):
            of = f" {one.name!r}" if one.name else ""
            raise ValueError(f"{layer.name}{of}: {fault}, got shape {tuple(value.shape)}")
