"""What an op becomes on a GPU: launches of kernels on slots, with their parameters."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..device.seam import Adapter, Program
from .spec import Spec

_MANY = 1 << 20  # invocations: of 64 each, their workgroups take some 10 us to start


class Slot(NamedTuple):
    """One buffer a launch may bind: an input, an output or scratch of the op being
    lowered.
    """

    index: int  # type: ignore[assignment]  # a tuple's method of that name is not needed
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Launch(NamedTuple):
    program: Program
    slots: tuple[int, ...]
    params: bytes
    groups: tuple[int, int, int]


@dataclass
class Lowering:
    """Collects the launches of one op. `ins` and `outs` are slots; `scratch` makes
    more.
    """

    ins: list[Slot]
    outs: list[Slot]
    adapter: Adapter
    launches: list[Launch] = field(default_factory=list)
    scratch_bytes: list[int] = field(default_factory=list)
    first_scratch: int = -1

    def __post_init__(self) -> None:
        if self.first_scratch < 0:
            self.first_scratch = len(self.ins) + len(self.outs)

    def part(self, ins: Sequence[Slot], outs: Sequence[Slot]) -> Lowering:
        """For the launches of another op within this one, on some of its slots. They
        are the part's own, to be added once or many times; scratch is shared.
        """
        return Lowering(
            list(ins), list(outs), self.adapter, [], self.scratch_bytes, self.first_scratch
        )

    def scratch(self, shape: tuple[int, ...], dtype: str = "float32") -> Slot:
        """A buffer that lives only during this op."""
        slot = Slot(self.first_scratch + len(self.scratch_bytes), shape, dtype)
        self.scratch_bytes.append(Spec(shape, dtype).nbytes)
        return slot

    def launch(
        self,
        program: Program,
        slots: Sequence[Slot],
        params: bytes = b"",
        groups: int | Sequence[int] = 1,
    ) -> None:
        """One dispatch. `slots` in binding order (the uniform block, if any, is the
        last binding and not among them).
        """
        xyz = (groups,) if isinstance(groups, int) else tuple(groups)
        xyz = xyz + (1,) * (3 - len(xyz))
        if max(xyz) > self.adapter.max_groups:
            raise ValueError(
                f"{program.name}: {xyz} workgroups, but {self.adapter.name} allows"
                f" {self.adapter.max_groups} a dimension"
            )
        if min(xyz) > 0:
            self.launches.append(Launch(program, tuple(s.index for s in slots), params, xyz))  # type: ignore[arg-type]

    def launch_flat(
        self,
        program: Program,
        slots: Sequence[Slot],
        params: bytes,
        threads: int,
        group_size: int = 64,
    ) -> None:
        """A dispatch of `threads` invocations as a grid of one dimension, folded to two
        where there are many: the kernel finds its index by kernels/parts/index.wgsl,
        and returns when it is past the end. Many come in larger workgroups, where the
        kernel leaves their size to us.
        """
        many = threads > _MANY and not self.adapter.software
        if many and f"@workgroup_size(FLAT)\nfn {program.entry}(" in program.source:
            group_size = 256
            constants = sorted({**dict(program.constants), "FLAT": group_size}.items())
            program = replace(program, constants=tuple(constants))
        groups = -(-threads // group_size)
        x = min(groups, self.adapter.max_groups)
        self.launch(program, slots, params, (x, -(-groups // x)) if groups else 0)


def pack(form: str, *values: Any) -> bytes:
    """A uniform block of 32-bit scalars: 'I' u32, 'i' i32, 'f' f32 (struct's letters),
    padded to 16 bytes.
    """
    try:
        raw = struct.pack("<" + form, *values)
    except OverflowError:  # float32's nearest to what is beyond all of them is infinity
        raw = struct.pack("<" + form, *map(_infinite, values))
    return raw + bytes(-len(raw) % 16)


def _infinite(value: Any) -> Any:
    """Infinity for a float that is beyond float32's."""
    try:
        if isinstance(value, float):
            struct.pack("<f", value)
    except OverflowError:
        return math.copysign(math.inf, value)
    return value
