"""What an op is, and how it becomes kernel launches.

An op is a frozen dataclass: its fields are its attributes, its methods its meaning
(NumPy), its kernels (WGSL), its gradient and its sample cases. Equal attributes make
equal ops, so lowering is cached by (op, input specs).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from ..device.seam import Adapter, Program
from .lazy import np

ITEMSIZE = {"float32": 4, "float16": 2, "int32": 4, "uint32": 4, "bool": 4, "uint8": 1}
WGSL_TYPE = {"float32": "f32", "float16": "f16", "int32": "i32", "uint32": "u32", "bool": "u32"}
FLOATS = ("float32", "float16")
"""What is stored as a float. Kernels compute in float32 in any case but that of
core/precision.py: float16 halves memory and what is moved, not accuracy within.
"""


class Spec(NamedTuple):
    """Shape and dtype of a tensor. A bool takes 32 bits on every device; bytes and half
    floats are padded to whole words.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return -(-self.size * ITEMSIZE[self.dtype] // 4) * 4


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


class Case(NamedTuple):
    """A sample case: an op instance, NumPy inputs, and the tolerance |got - float64
    reference| <= atol + rtol * |reference|.

    The default suits sums of up to a few thousand float32 products; say why where
    another is given. `forms`: pairs of a choice and the candidate that it must take
    (see `core.choices`).
    """

    name: str
    op: Op
    inputs: tuple[Any, ...]
    atol: float = 1e-5
    rtol: float = 1e-4
    forms: tuple[tuple[str, str], ...] = ()

    def in_float16(self) -> Case:
        """The case with its float32 inputs in float16."""
        inputs = (
            np.asarray(a).astype(np.float16) if np.asarray(a).dtype == np.float32 else a
            for a in self.inputs
        )
        return self._replace(inputs=tuple(inputs))


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

    def scratch(self, shape: tuple[int, ...], dtype: str = "float32") -> Slot:
        """A buffer that lives only during this op."""
        slot = Slot(len(self.ins) + len(self.outs) + len(self.scratch_bytes), shape, dtype)
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
        """A dispatch of `threads` invocations in one dimension, folded to two where
        there are many.

        The kernel finds its index as `(wid.y * GROUPS_X + wid.x) * group_size + lid.x`
        with GROUPS_X = num_workgroups.x, and returns when it is past the end.
        """
        groups = -(-threads // group_size)
        x = min(groups, self.adapter.max_groups)
        self.launch(program, slots, params, (x, -(-groups // x)) if groups else 0)


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


def pack(form: str, *values: Any) -> bytes:
    """A uniform block of 32-bit scalars: 'I' u32, 'i' i32, 'f' f32 (struct's letters),
    padded to 16 bytes.
    """
    raw = struct.pack("<" + form, *values)
    return raw + bytes(-len(raw) % 16)


class Op:
    """Base of all ops. Subclasses are frozen dataclasses; see the module's text.

    `numpy` gets arrays of the inputs' shapes and dtypes, bools as NumPy bools and
    float16 as float32; what it returns is cast to the outputs' dtypes.
    """

    writes: ClassVar[tuple[int, ...]] = ()
    # whether its floats may be float16, too; `check` then runs its cases in both
    halves: ClassVar[bool] = False
    # what `fuse` may put into this op's `activation` field
    activations: ClassVar[tuple[str, ...]] = ()

    def joins(self, ins: Sequence[Spec]) -> bool:
        """Whether `fuse` may set the `join` field and add an input: see
        `ops.activation.JOINS`.
        """
        return False

    def absorb(
        self, first: Op, first_ins: Sequence[Spec], ins: Sequence[Spec], adapter: Adapter
    ) -> Op | None:
        """One op that does `first` and then this op, which alone reads the result of
        `first` as its first input; its inputs are those of `first`, then `ins`, this
        op's others. None where there is none, or two launches are faster on this
        adapter.
        """
        return None

    @property
    def name(self) -> str:
        return type(self).__name__

    def infer(self, *ins: Spec) -> Spec | tuple[Spec, ...]:
        raise NotImplementedError

    def numpy(self, *arrays: Any) -> Any:
        raise NotImplementedError

    def gpu(self, k: Lowering) -> None:
        raise NotImplementedError

    def xnnpack(self, k: Calls) -> None:
        """Adds calls of XNNPACK's kernels, for the CPU device of a tab; where it adds
        none, `numpy` computes there, too.
        """

    def calls(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> Calls | None:
        """What `xnnpack` adds, or None; only for float32 and the bytes of pictures.

        Slots are numbered inputs, outputs, scratch; constants -1, -2 and so on.
        """
        slots = [Slot(i, s.shape, s.dtype) for i, s in enumerate((*ins, *outs))]
        k = Calls(slots[: len(ins)], slots[len(ins) :])
        if {s.dtype for s in (*ins, *outs)} <= {"float32", "uint8"}:
            self.xnnpack(k)
        return k if k.calls else None

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        raise TypeError(f"{self.name} has no gradient")

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        """Floating-point operations of one run, for `plan.summary()`; one per output
        element unless overridden.
        """
        return sum(o.size for o in outs)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        return ()

    def outputs(self, *ins: Spec) -> tuple[Spec, ...]:
        """`infer` as a tuple, remembered. ValueError for results without elements."""
        return _outputs(self, ins)

    def __call__(self, *tensors: Any) -> Any:
        from .tensor import apply

        return apply(self, tensors)


@lru_cache(maxsize=8192)
def _outputs(op: Op, ins: tuple[Spec, ...]) -> tuple[Spec, ...]:
    out = op.infer(*ins)
    outs = (out,) if isinstance(out, Spec) else tuple(out)
    if empty := [s.shape for s in outs if 0 in s.shape]:
        raise ValueError(
            f"{op.name} of shapes {[s.shape for s in ins]} would be empty ({empty[0]})"
        )
    return outs


class Lowered(NamedTuple):
    launches: tuple[Launch, ...]
    scratch_bytes: tuple[int, ...]


@lru_cache(maxsize=8192)
def lower(op: Op, ins: tuple[Spec, ...], outs: tuple[Spec, ...], adapter: Adapter) -> Lowered:
    """The launches of `op` on `adapter`; slots are numbered inputs, outputs, scratch."""
    if adapter.language == "numpy":
        program = Program(op.name, numpy=(op, ins, outs))
        return Lowered((Launch(program, tuple(range(len(ins) + len(outs))), b"", (1, 1, 1)),), ())
    if "f16" not in adapter.features and any(s.dtype == "float16" for s in (*ins, *outs)):
        raise RuntimeError(
            f"{op.name}: {adapter.name} has no 16-bit floats (shader-f16); use float32, or"
            " device='cpu'"
        )
    slots = [Slot(i, s.shape, s.dtype) for i, s in enumerate((*ins, *outs))]
    k = Lowering(slots[: len(ins)], slots[len(ins) :], adapter)
    op.gpu(k)
    return Lowered(tuple(k.launches), tuple(k.scratch_bytes))


REGISTRY: dict[str, type[Op]] = {}


def register(cls: type[Op]) -> type[Op]:
    """Class decorator: makes the op known to `check` and to the tests that walk every
    op.
    """
    REGISTRY[cls.__name__] = cls
    return cls
