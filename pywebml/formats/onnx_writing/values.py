"""The nodes and weights of a file that is being put together, and its values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..wire.onnx import CODES
from ..wire.stored import DTYPES, Weight

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

OPSET = 17
"""The version of ONNX's operators that is written: of 2022, the first to have a layer
normalization, and read by ONNX Runtime from 1.12 on.
"""
END = 2**31 - 1  # of a slice: as far as it goes
FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)  # to channels first, and back


class Batches(NamedTuple):
    """A size that grows with the batch: `times` as large."""

    times: int


Size = int | Batches
Sizes = tuple[Size, ...]


@dataclass
class Value:
    """A tensor of the file. `last` is its name as it is, `first` that of the same
    values with channels first, `array` what it holds if the file says it: one of them
    at least is there. `label` is what a weight is called.
    """

    sizes: Sizes
    dtype: str
    last: str = ""
    first: str = ""
    array: Any = None
    label: str = ""

    @property
    def rank(self) -> int:
        return len(self.sizes)


class Writer:
    """Nodes and weights of one graph."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.weights: dict[str, Weight] = {}
        self.batch: tuple[str, int] | None = None
        """An input whose size at an axis is the batch's."""
        self._names: set[str] = set()
        self._of_batch = ""
        self._constants: dict[Any, str] = {}

    def free(self, name: str) -> str:
        """`name`, or `name_1` ... where a value is called that already: layers may be
        called whatever their users like.
        """
        unique, number = name, 0
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node; the name of what it gives first."""
        names = [self.free(f"{kind}_{len(self.nodes)}") for _ in range(outputs)]
        self.node(kind, inputs, names, **attributes)
        return names[0]

    def node(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        self.nodes.append(
            {"op": kind, "name": outputs[0], "inputs": list(inputs), "outputs": list(outputs),
             "attributes": attributes}
        )  # fmt: skip

    def constant(self, value: Any, dtype: str = "float32", label: str = "constant") -> str:
        """A weight of these values; small ones that are equal are one."""
        value = np.asarray(value)
        ordered = np.ascontiguousarray(value, DTYPES[dtype])
        data = ordered.reshape(-1).view(np.uint8).data  # a large one is not copied
        weight = Weight(value.shape, dtype, data)
        key = (weight.shape, dtype, bytes(data)) if len(data) <= 256 else None
        name = self._constants.get(key)
        if name is None:
            name = self.free(label)
            self.weights[name] = weight
            if key is not None:
                self._constants[key] = name
        return name

    def ints(self, *values: int) -> str:
        return self.constant(values, "int64", "sizes")

    def cast(self, name: str, dtype: str) -> str:
        return self.add("Cast", name, to=CODES[dtype])

    # --- values

    def last(self, value: Value) -> str:
        """Its name in the order that it has."""
        if not value.last:
            if value.array is not None:
                value.last = self.constant(value.array, value.dtype, value.label or "constant")
            else:
                value.last = self.add("Transpose", value.first, perm=LAST)
        return value.last

    def first(self, value: Value) -> str:
        """The name of the same values with channels first; what has fewer dimensions
        gets some of size 1 before it, as broadcasting does it.
        """
        if not value.first:
            value = self.seen_as(value, (1,) * (4 - value.rank) + value.sizes)
            if value.array is not None:
                value.first = self.constant(
                    value.array.transpose(FIRST), value.dtype, value.label or "constant"
                )
            else:
                value.first = self.add("Transpose", self.last(value), perm=FIRST)
        return value.first

    def seen_as(self, value: Value, sizes: Sizes) -> Value:
        """The same values with other sizes."""
        if sizes == value.sizes:
            return value
        if value.array is not None:
            return dataclasses.replace(
                value, sizes=sizes, array=value.array.reshape(sizes), last="", first=""
            )
        open_sizes = [size for size in sizes if isinstance(size, Batches)]
        if len(open_sizes) <= 1 and 0 not in sizes:
            shape = self.ints(*(-1 if isinstance(size, Batches) else size for size in sizes))
        else:
            shape = self.shape(sizes)
        return Value(sizes, value.dtype, self.add("Reshape", self.last(value), shape))

    def shape(self, sizes: Sizes) -> str:
        """The name of the sizes, as int64 in a row."""
        if not any(isinstance(size, Batches) for size in sizes):
            return self.ints(*(int(size) for size in sizes))  # type: ignore[arg-type]
        return self.add("Concat", *map(self._size, sizes), axis=0)

    def _size(self, size: Size) -> str:
        if not isinstance(size, Batches):
            return self.ints(size)
        assert self.batch is not None
        if not self._of_batch:
            name, axis = self.batch
            self._of_batch = self.add("Shape", name, start=axis, end=axis + 1)
        if size.times == 1:
            return self._of_batch
        return self.add("Mul", self._of_batch, self.ints(size.times))


def count(sizes: Sizes) -> int:
    """How many values there are, of sizes none of which is open."""
    return math.prod(sizes)  # type: ignore[arg-type]
