"""The WGSL of an elementwise chain. The text depends on the instructions and on which
inputs are broadcast, never on sizes, so that one pipeline serves all shapes of a kind.
float16 is widened when it is read and rounded when it is stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...core.fusion import Chain
from ...core.lowering import Lowering, pack
from ...core.spec import FLOATS, WGSL_TYPE
from ...device.kernels import all_texts
from ...device.seam import Program
from .instructions import NUMBER, broadcast_shapes, kind_of, result_dtype
from .table import TABLE

_BITS = {"NAN": ">", "INFINITE": "==", "FINITE": "<"}


def merge_axes(
    shape: tuple[int, ...], inputs: Sequence[tuple[int, ...]]
) -> tuple[list[int], list[list[int]]]:
    """(sizes, strides of each input) with neighbouring axes joined where every input
    allows it. A broadcast axis has stride 0.
    """
    rank = len(shape)
    strides = []
    for dims in inputs:
        padded = (1,) * (rank - len(dims)) + tuple(dims)
        step, steps = 1, [0] * rank
        for axis in reversed(range(rank)):
            steps[axis] = 0 if padded[axis] == 1 else step
            step *= padded[axis]
        strides.append(steps)
    sizes: list[int] = []
    merged: list[list[int]] = [[] for _ in inputs]
    for axis in range(rank):
        if shape[axis] == 1:
            continue
        if sizes and all(
            m[-1] == s[axis] * shape[axis] for m, s in zip(merged, strides, strict=True)
        ):
            sizes[-1] *= shape[axis]
            for m, s in zip(merged, strides, strict=True):
                m[-1] = s[axis]
        else:
            sizes.append(shape[axis])
            for m, s in zip(merged, strides, strict=True):
                m.append(s[axis])
    return sizes, merged


def launch(op: Chain, k: Lowering) -> None:
    """The launch of a chain: one invocation per element, or per four neighbours where
    rows come in fours.
    """
    shape = broadcast_shapes(*(s.shape for s in k.ins))
    size = math.prod(shape)
    sizes, strides = merge_axes(shape, [s.shape for s in k.ins])
    ways = [_way(s, sizes) for s in strides]
    rank = len(sizes) if "strided" in ways else 0
    wide = size % 4 == 0 and (not rank or sizes[-1] % 4 == 0)
    if wide and rank:
        for number, steps in enumerate(strides):
            if ways[number] == "strided" and steps[-1] == 0:
                ways[number] = "repeated"
            elif ways[number] == "strided":
                strides[number] = [*(n // 4 for n in steps[:-1]), 1]
        sizes[-1] //= 4
    ins, outs = tuple(s.dtype for s in k.ins), tuple(s.dtype for s in k.outs)
    program = _program(op, ins, outs, tuple(ways), rank, wide)
    threads = size // 4 if wide else size
    params: list[Any] = [threads, math.nan]
    form = "If"
    for dtype, value in _constants(op, ins):
        form += {"float32": "f", "float16": "f", "int32": "i"}.get(dtype, "I")
        params.append(value)
    if rank:
        params += sizes
        stepping = [steps for steps, way in zip(strides, ways, strict=True) if way in _STEPPING]
        params += [step for steps in stepping for step in steps]
        form += "I" * rank * (1 + len(stepping))
    k.launch_flat(program, [*k.ins, *k.outs], pack(form, *params), threads)


_STEPPING = ("strided", "repeated")


def _way(strides: list[int], sizes: list[int]) -> str:
    """How an input is read: 'scalar' (one value), 'full' (as the result is written) or
    'strided' (repeated along some axes); among fours 'repeated', too, where that is so
    along the last axis, and all four read one value.
    """
    if not any(strides):
        return "scalar"
    full = [math.prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    return "full" if strides == full else "strided"


def _constants(op: Chain, ins: Sequence[str]) -> list[tuple[str, Any]]:
    """(dtype, value) of every constant operand in order: the type that its instruction
    computes in.
    """
    dtypes: list[str] = []
    constants = []
    for name, operands in op.body:
        meet, out = result_dtype(TABLE[name], [kind_of(o, ins, dtypes) for o in operands])
        dtypes.append(out)
        constants += [
            (meet, float(value) if meet in FLOATS else int(value))
            for tag, value in operands
            if tag in NUMBER
        ]
    return constants


@lru_cache(maxsize=4096)
def _program(
    op: Chain,
    ins: tuple[str, ...],
    outs: tuple[str, ...],
    ways: tuple[str, ...],
    rank: int,
    wide: bool,
) -> Program:
    return Program(op.name[:60], _Text(op, ins, outs, ways, rank, wide).source())


@dataclass
class _Text:
    """Writes the text for one kind of inputs: their and the results' dtypes, the ways
    in which inputs are read, the axes that are told apart, and whether an invocation
    computes four elements.
    """

    op: Chain
    ins: tuple[str, ...]
    outs: tuple[str, ...]
    ways: tuple[str, ...]
    rank: int
    wide: bool
    fields: list[str] = field(default_factory=lambda: ["n: u32", "nan: f32"])
    needs: set[str] = field(default_factory=set)
    """The texts of kernels/ that the instructions written so far call."""
    dtypes: list[str] = field(default_factory=list)
    """What each instruction written so far gives."""
    constants: int = 0

    def stored(self, dtype: str) -> str:
        """The type in memory."""
        return f"vec4<{WGSL_TYPE[dtype]}>" if self.wide else WGSL_TYPE[dtype]

    def computed(self, dtype: str) -> str:
        """The type that is computed in."""
        return self.stored("float32" if dtype == "float16" else dtype)

    def source(self) -> str:
        lines = [
            *self.coordinates(),
            *map(self.load, range(len(self.ins))),
            *map(self.instruction, range(len(self.op.body))),
            *self.stores(),
        ]
        half = "float16" in (*self.ins, *self.outs, *self.dtypes)
        enable = f"enable f16;\nalias H = {self.stored('float16')};\n" if half else ""
        newline = "\n"
        return f"""{enable}alias F = {self.computed("float32")};
alias U = {self.computed("uint32")};
struct Params {{ {", ".join((*self.fields, *self.steps()))} }}
{newline.join(self.bindings())}
{newline.join(all_texts("parts/index", *sorted(self.needs)).values())}
@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {{
  let i = flat_index(group, local);
  if (i >= p.n) {{ return; }}
  {(newline + "  ").join(lines)}
}}
"""

    def coordinates(self) -> Iterator[str]:
        """The element's coordinates, last axis first."""
        if self.rank:
            yield "var rest = i;"
        for axis in reversed(range(1, self.rank)):
            yield f"let i{axis} = rest % p.d{axis}; rest = rest / p.d{axis};"
        if self.rank:
            yield "let i0 = rest;"

    def load(self, number: int) -> str:
        """Input `number` as x0, x1, ..."""
        dtype, way = self.ins[number], self.ways[number]
        index = {"scalar": "0u", "full": "i"}.get(way)
        if index is None:
            index = " + ".join(f"i{axis} * p.s{number}_{axis}" for axis in range(self.rank))
        value = f"x{number}_[{index}]"
        single = way in ("scalar", "repeated")
        if dtype == "float16" and single:
            value = f"f32({value})"
        if dtype == "float16" or single:
            value = f"{self.computed(dtype)}({value})"
        return f"let x{number} = {value};"

    def instruction(self, number: int) -> str:
        """Instruction `number` as t0, t1, ..."""
        name, operands = self.op.body[number]
        row = TABLE[name]
        kinds = [kind_of(o, self.ins, self.dtypes) for o in operands]
        meet, out = result_dtype(row, kinds)
        texts: dict[str, str] = {}
        for letter, (tag, value), kind in zip("abc", operands, kinds, strict=False):
            condition = row.kind == "where" and letter == "a"  # it keeps its type
            if tag in NUMBER:
                texts[letter] = self.constant(meet)
            elif condition or self.computed(kind) == self.computed(meet):
                texts[letter] = f"{tag}{value}"
            else:
                texts[letter] = f"{self.computed(meet)}({tag}{value})"
        text = row.wgsl if meet in FLOATS else row.integers or row.wgsl
        if row.kind == "where":  # not !=, which some compilers find false for NaN
            text = text.replace("CONDITION(a)", f"!(a == {self.computed(kinds[0])}(0))")
        text = re.sub(r"\bT\(", f"{self.computed(meet)}(", text)
        for word, compared in _BITS.items():
            text = re.sub(rf"\b{word}\(([abc])\)", self.by_bits(r"\1", compared), text)
        needs = row.needs if meet in FLOATS else row.integers_need
        self.needs |= {f"elementwise/{needs}"} if needs else set()
        text = re.sub(r"\b[abc]\b", lambda match: texts[match[0]], text)
        if row.kind == "bool":
            text = f"select({self.computed('bool')}(0u), {self.computed('bool')}(1u), {text})"
        elif row.kind in WGSL_TYPE:
            text = f"{self.computed(out)}({text})"
        self.dtypes.append(out)
        return f"let t{number} = {text};"

    def by_bits(self, value: str, compared: str) -> str:
        """How a float's bits stand to infinity's: compilers may take `a != a` for
        false.
        """
        bits = self.stored("uint32")
        return f"((bitcast<{bits}>({value}) & {bits}(0x7fffffffu)) {compared} {bits}(0x7f800000u))"

    def constant(self, dtype: str) -> str:
        """The next constant: a parameter, so that its value is not part of the text."""
        name, self.constants = f"c{self.constants}", self.constants + 1
        self.fields.append(f"{name}: {'f32' if dtype == 'float16' else WGSL_TYPE[dtype]}")
        return f"{self.computed(dtype)}(p.{name})"

    def stores(self) -> Iterator[str]:
        """What is written in place, after all is read, and the results."""
        places = [(f"x{number}_", self.ins[number], t) for number, t in self.op.targets]
        results = zip(self.outs, self.op.results, strict=True)
        places += [(f"y{number}_", dtype, t) for number, (dtype, t) in enumerate(results)]
        for name, dtype, t in places:
            half = f"{self.stored('float16')}(t{t})"
            yield f"{name}[i] = {half if dtype == 'float16' else f't{t}'};"

    def steps(self) -> Iterator[str]:
        """The parameters behind the constants: sizes of axes and strides of inputs."""
        yield from (f"d{axis}: u32" for axis in range(self.rank))
        for number, way in enumerate(self.ways):
            if way in _STEPPING:
                yield from (f"s{number}_{axis}: u32" for axis in range(self.rank))

    def bindings(self) -> Iterator[str]:
        for number, (dtype, way) in enumerate(zip(self.ins, self.ways, strict=True)):
            single = way in ("scalar", "repeated")
            element = WGSL_TYPE[dtype] if single else self.stored(dtype)
            access = "read_write" if number in self.op.writes else "read"
            yield self.binding(number, access, f"x{number}_", element)
        for number, dtype in enumerate(self.outs):
            place = len(self.ins) + number
            yield self.binding(place, "read_write", f"y{number}_", self.stored(dtype))
        place = len(self.ins) + len(self.outs)
        yield f"@group(0) @binding({place}) var<uniform> p: Params;"

    def binding(self, place: int, access: str, name: str, element: str) -> str:
        return f"@group(0) @binding({place}) var<storage, {access}> {name}: array<{element}>;"
