"""What an op becomes on the CPU device of a tab: calls of XNNPACK's kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .lowering import Slot


class Call(NamedTuple):
    """A call of a kernel of XNNPACK's library: integers, slots (their tensors' numbers)
    and tuples (addresses of lists of integers).
    """

    kernel: str
    args: tuple[Any, ...]


@dataclass
class Calls:
    """Collects what one op is as calls of XNNPACK's library, see device/xnnpack.py.
    `scratch` and `constant` make more slots.
    """

    ins: list[Slot]
    outs: list[Slot]
    calls: list[Call] = field(default_factory=list)
    scratch_bytes: list[int] = field(default_factory=list)
    constants: list[tuple[float, ...]] = field(default_factory=list)

    def scratch(self, shape: tuple[int, ...]) -> Slot:
        """Memory for float32 elements that lives only during this op."""
        self.scratch_bytes.append(4 * math.prod(shape))
        return Slot(len(self.ins) + len(self.outs) + len(self.scratch_bytes) - 1, shape, "float32")

    def constant(self, values: Sequence[float], shape: tuple[int, ...]) -> Slot:
        """A tensor that never changes."""
        self.constants.append(tuple(map(float, values)))
        return Slot(-len(self.constants), shape, "float32")

    def call(self, kernel: str, *args: Any, writes: Slot, packs: Sequence[Slot] = ()) -> None:
        """One call. `writes`: the tensor that it makes; `packs`: those of which the
        library keeps what it packed.
        """
        self.calls.append(Call("change", (writes,)))
        self.calls.extend(Call("pack", (slot,)) for slot in packs)
        self.calls.append(Call(kernel, args))
