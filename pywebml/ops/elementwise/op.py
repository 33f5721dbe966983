"""The op that runs rows of the table, one by one or in chains.

It holds a little program: instructions on inputs, earlier results and constants, all of
one output shape with NumPy broadcasting. A single call is a program of one instruction;
`core.chains` joins programs.
"""

from __future__ import annotations

import math
import operator
import reprlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core import tape
from ...core.calling import is_int
from ...core.fusion import Chain, Instruction, Operand, constant
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import BOUNDS, FLOATS, Spec
from ...core.tensor import Tensor, apply, as_numbers, as_tensor
from ...host.lazy import np
from ..complex_numbers import ARITHMETIC, is_complex
from . import cases, wgsl
from .instructions import NUMBER, broadcast_shapes, kind_of, result_dtype
from .table import TABLE

__all__ = ["Elementwise"]

_LARGEST_INT = int(sys.float_info.max)


@register
@dataclass(frozen=True)
class Elementwise(Chain):
    """A chain of elementwise instructions over broadcast inputs; `results` are the
    instructions whose values come out, `targets` pairs of an input and the instruction
    whose value replaces it. ValueError for one of another shape or type than that.
    """

    body: tuple[Instruction, ...]
    results: tuple[int, ...]
    targets: tuple[tuple[int, int], ...] = ()
    halves = True

    @property
    def writes(self) -> tuple[int, ...]:  # type: ignore[override]  # it depends on the attributes
        return tuple(number for number, _ in self.targets)

    @property
    def name(self) -> str:
        return "+".join(i.name for i in self.body)

    def dtypes(self, ins: Sequence[str]) -> list[str]:
        """The dtype of each instruction's result."""
        dtypes: list[str] = []
        for name, operands in self.body:
            try:
                meet, out = result_dtype(TABLE[name], [kind_of(o, ins, dtypes) for o in operands])
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
            low, high = BOUNDS.get(meet, (-_LARGEST_INT, _LARGEST_INT))
            if bad := [value for tag, value in operands if tag == "i" and not low <= value <= high]:
                raise ValueError(
                    f"{name}: {reprlib.repr(bad[0])} does not fit {meet} ({low:.0f} to {high:.0f});"
                    " turn the tensor into float32 first"
                    if meet in BOUNDS
                    else f"{name}: {reprlib.repr(bad[0])} does not fit any float"
                )
            dtypes.append(out)
        return dtypes

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        if bad := [s for s in ins if s.dtype == "uint8"]:
            raise TypeError(
                f"{self.name} got pixels of uint8 {bad[0].shape}; turn them into float32 first, as"
                " pixels_to_tensor does"
            )
        shape = broadcast_shapes(*(s.shape for s in ins))
        dtypes = self.dtypes([s.dtype for s in ins])
        for number, result in self.targets:
            if ins[number] != Spec(shape, dtypes[result]):
                raise ValueError(
                    f"{self.name} makes {dtypes[result]} {shape} and cannot write it into"
                    f" {ins[number].dtype} {ins[number].shape}"
                )
        return tuple(Spec(shape, dtypes[r]) for r in self.results)

    def numpy(self, *arrays: Any) -> Any:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        values = self._values(arrays)
        results = tuple(
            v if v.shape == shape else np.broadcast_to(v, shape)
            for v in (np.asarray(values[r]) for r in self._stored)
        )
        return results if len(results) > 1 else results[0]

    @property
    def _stored(self) -> tuple[int, ...]:
        """The instructions whose values are stored: in place, then those of results."""
        return (*(result for _, result in self.targets), *self.results)

    def _values(self, arrays: Sequence[Any]) -> list[Any]:
        """What each instruction gives, in NumPy; floats as wide as the inputs."""
        values: list[Any] = []
        wide = any(a.dtype == np.float64 for a in arrays)
        # float16 comes as float32
        names = {"f": "float32", "i": "int32", "u": "uint32", "b": "bool"}
        ins = [names[a.dtype.kind] for a in arrays]
        dtypes: list[str] = []
        for name, operands in self.body:
            row = TABLE[name]
            meet, out = result_dtype(row, [kind_of(o, ins, dtypes) for o in operands])
            dtypes.append(out)
            code = {"bool": "uint32"}.get(meet, meet)
            if meet in FLOATS:
                code = "float64" if wide else "float32"
            tables = {"x": arrays, "t": values}
            taken = [tables[tag][value] if tag in tables else value for tag, value in operands]
            first = 1 if row.kind == "where" else 0  # a condition keeps its type
            if row.kind not in ("int32", "uint32"):
                taken[first:] = [np.asarray(v, code) for v in taken[first:]]
            values.append(row.numpy(*taken))
        return values

    def gpu(self, k: Lowering) -> None:
        wgsl.launch(self, k)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        # only single instructions are called on tensors; fusion comes after gradients
        ((name, operands),) = self.body
        gradient = TABLE[name].gradient
        to_ins: list[Any] = [None] * len(ins)
        if gradient is None:
            return to_ins
        taken = [value if tag in NUMBER else ins[value] for tag, value in operands]
        for (tag, value), g in zip(operands, gradient(grads[0], outs[0], *taken), strict=True):
            if tag == "x" and g is not None and _is_wanted(ins[value]):
                dtype = ins[value].dtype if ins[value].dtype in FLOATS else "float32"
                g = unbroadcast(g.astype(dtype), ins[value].shape)
                to_ins[value] = g if to_ins[value] is None else to_ins[value] + g
        return to_ins

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return len(self.body) * math.prod(broadcast_shapes(*(s.shape for s in ins)))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        return cases.cases(cls)


def _is_wanted(x: Tensor) -> bool:
    """Whether somebody may ask for the gradient at x; seldom at whole numbers."""
    return x.dtype in FLOATS or tape.origin(x) is not None


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sums a gradient over the axes along which its operand was broadcast."""
    if g.shape == shape:
        return g
    lead = g.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, d in enumerate(shape) if d == 1 and g.shape[lead + i] != 1
    )
    return g.sum(axes).reshape(shape) if axes else g.reshape(shape)


def call(name: str, *operands: Any) -> Tensor:
    """Runs one row of the table on tensors, arrays and Python numbers."""
    if name in ARITHMETIC and any(map(is_complex, operands)):
        return ARITHMETIC[name](*operands)  # type: ignore[no-any-return]
    tensors: list[Tensor] = []
    places: list[Operand] = []
    read = as_numbers if any(map(_is_float, operands)) else as_tensor
    if all(isinstance(o, (int, float)) for o in operands):
        operands = (read(operands[0]), *operands[1:])
    for operand in operands:
        if isinstance(operand, float):
            places.append(("c", constant(operand)))
            continue
        if is_int(operand):
            places.append(("i", operator.index(operand)))
            continue
        value = read(operand)
        seen = next((i for i, t in enumerate(tensors) if t is value), len(tensors))
        if seen == len(tensors):
            tensors.append(value)
        places.append(("x", seen))
    return apply(Elementwise((Instruction(name, tuple(places)),), (0,)), tensors)  # type: ignore[no-any-return]


def _is_float(operand: Any) -> bool:
    """Whether it makes floats of what it meets, however large."""
    dtype = getattr(operand, "dtype", None)
    return isinstance(operand, float) or dtype in FLOATS or getattr(dtype, "kind", "") == "f"
