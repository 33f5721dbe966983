"""The WGSL of an elementwise chain. The text depends on the instructions and on which
inputs are broadcast, never on sizes, so that one pipeline serves all shapes of a kind.
float16 is widened when it is read and rounded when it is stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...core.lowering import Lowering, Slot, pack
from ...core.spec import FLOATS, WGSL_TYPE
from ...device.seam import Program
from .instructions import NUMBER, kind_of, result_dtype

if TYPE_CHECKING:
    from .op import Elementwise

_HELPERS = {
    # WGSL's pow is undefined for negative bases
    "power": (
        """fn power(a: F, b: F) -> F {
  let size = pow(abs(a), b);
  let odd = abs(b - F(2.0) * floor(b * F(0.5))) == F(1.0);
  let negative = select(select(F(p.nan), size, b == floor(b)), -size, odd);
  let signed = select(size, negative, a < F(0.0));
  return select(signed, F(1.0), b == F(0.0));
}"""
    ),
    # series near zero, where exp(a) - 1 and log(1 + a) lose all digits; the second is 2
    # atanh(a / (2 + a))
    "exponential_minus_one": (
        """fn exponential_minus_one(a: F) -> F {
  let small = a * (F(1.0) + a * (F(0.5) + a * (F(0.16666667) + a * (
    F(0.041666668) + a * F(0.008333334)))));
  return select(exp(a) - F(1.0), small, abs(a) < F(0.3));
}"""
    ),
    "log_of_one_plus": (
        """fn log_of_one_plus(a: F) -> F {
  let s = a / (F(2.0) + a);
  let q = s * s;
  let small = F(2.0) * s * (F(1.0) + q * (F(0.33333334) + q * (F(0.2) + q * (
    F(0.14285715) + q * F(0.11111111)))));
  return select(log(F(1.0) + a), small, abs(a) < F(0.3));
}"""
    ),
    # Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7
    "error_function": (
        """fn error_function(a: F) -> F {
  let t = F(1.0) / (F(1.0) + F(0.3275911) * abs(a));
  let poly = t * (F(0.254829592) + t * (F(-0.284496736) + t * (F(1.421413741) + t * (
    F(-1.453152027) + t * F(1.061405429)))));
  return sign(a) * (F(1.0) - poly * exp(-a * a));
}"""
    ),
}


def merge_axes(
    shape: tuple[int, ...], inputs: Sequence[tuple[int, ...]]
) -> tuple[list[int], list[list[int]]]:
    """(sizes, strides of each input) with neighbouring axes joined where every input
    allows it. A broadcast axis has stride 0.
    """
    rank = len(shape)
    strides = []
    for given in inputs:
        padded = (1,) * (rank - len(given)) + tuple(given)
        step, found = 1, [0] * rank
        for axis in reversed(range(rank)):
            found[axis] = 0 if padded[axis] == 1 else step
            step *= padded[axis]
        strides.append(found)
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


def generate(op: Elementwise, k: Lowering) -> None:
    shape = k.outs[0].shape
    size = k.outs[0].size
    sizes, strides = merge_axes(shape, [s.shape for s in k.ins])
    ways = []
    for s in strides:
        full = s == [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
        ways.append("scalar" if not any(s) else "full" if full else "strided")
    wide = size % 4 == 0 and "strided" not in ways
    constants = _constants(op, [s.dtype for s in k.ins])
    rank = len(sizes) if "strided" in ways else 0
    program = _program(
        op, tuple(s.dtype for s in k.ins), tuple(s.dtype for s in k.outs), tuple(ways), rank, wide
    )
    threads = size // 4 if wide else size
    params: list[Any] = [threads, math.nan]
    form = "If"
    for dtype, value in constants:
        form += {"float32": "f", "float16": "f", "int32": "i"}.get(dtype, "I")
        params.append(value)
    if rank:
        params += sizes
        form += "I" * rank
        for s, way in zip(strides, ways, strict=True):
            if way == "strided":
                params += s
                form += "I" * rank
    slots: list[Slot] = [*k.ins, *k.outs]
    k.launch_flat(program, slots, pack(form, *params), threads)


def _constants(op: Elementwise, ins: Sequence[str]) -> list[tuple[str, Any]]:
    """(dtype, value) of every constant operand in order: the type that its instruction
    computes in.
    """
    from .op import TABLE

    results: list[str] = []
    found = []
    for name, operands in op.body:
        meet, out = result_dtype(TABLE[name], [kind_of(o, ins, results) for o in operands])
        results.append(out)
        found += [
            (meet, float(value) if meet in FLOATS else int(value))
            for tag, value in operands
            if tag in NUMBER
        ]
    return found


@lru_cache(maxsize=4096)
def _program(
    op: Elementwise,
    ins: tuple[str, ...],
    outs: tuple[str, ...],
    ways: tuple[str, ...],
    rank: int,
    wide: bool,
) -> Program:
    from .op import TABLE

    def stored(dtype: str) -> str:
        return f"vec4<{WGSL_TYPE[dtype]}>" if wide else WGSL_TYPE[dtype]

    def of(dtype: str) -> str:  # what is computed in
        return stored("float32" if dtype == "float16" else dtype)

    fields = ["n: u32", "nan: f32"]
    lines: list[str] = []
    if rank:  # the element's coordinates, last axis first
        lines.append("var rest = i;")
        for axis in reversed(range(rank)):
            lines.append(
                f"let i{axis} = rest % p.d{axis}; rest = rest / p.d{axis};"
                if axis
                else f"let i{axis} = rest;"
            )
    for number, (dtype, way) in enumerate(zip(ins, ways, strict=True)):
        if way == "strided":
            index = " + ".join(f"i{axis} * p.s{number}_{axis}" for axis in range(rank))
        else:
            index = "0u" if way == "scalar" else "i"
        value = f"x{number}_[{index}]"
        if dtype == "float16":
            value = f"f32({value})" if way == "scalar" else f"{of(dtype)}({value})"
        lines.append(
            f"let x{number} = {of(dtype)}({value});"
            if way == "scalar"
            else f"let x{number} = {value};"
        )
    results: list[str] = []
    count = 0
    helpers: set[str] = set()
    for number, (name, operands) in enumerate(op.body):
        row = TABLE[name]
        kinds = [kind_of(o, ins, results) for o in operands]
        meet, out = result_dtype(row, kinds)
        names = {}
        for letter, (tag, value), kind in zip("abc", operands, kinds, strict=False):
            if tag in NUMBER:
                fields.append(f"c{count}: {'f32' if meet == 'float16' else WGSL_TYPE[meet]}")
                text = f"{of(meet)}(p.c{count})"
                count += 1
            else:
                text = f"{tag}{value}"
            condition = row.kind == "where" and letter == "a"
            names[letter] = (
                text
                if condition or (tag not in NUMBER and of(kind) == of(meet))
                else f"{of(meet)}({text})"
            )
            if condition:
                names["CONDITION"] = of(kind if kind != "weak int" else "int32")
        text = re.sub(r"CONDITION\(a\)", f"(a != {names.get('CONDITION', '')}(0))", row.wgsl)
        text = re.sub(r"\bZERO\b", f"{of(meet)}(0)", text)
        helpers |= {h for h in _HELPERS if h in text}
        text = re.sub(r"\b([abc])\b", lambda m: names[m[1]], text)  # noqa: B023  (called at once)
        if row.kind == "bool":
            text = f"select({of('bool')}(0u), {of('bool')}(1u), {text})"
        elif row.kind in WGSL_TYPE:
            text = f"{of(out)}({text})"
        lines.append(f"let t{number} = {text};")
        results.append(out)
    for number, result in enumerate(op.results):
        lines.append(
            f"y{number}_[i] = {stored('float16')}(t{result});"
            if outs[number] == "float16"
            else f"y{number}_[i] = t{result};"
        )
    fields += [f"d{axis}: u32" for axis in range(rank)]
    fields += [
        f"s{number}_{axis}: u32"
        for number, way in enumerate(ways)
        if way == "strided"
        for axis in range(rank)
    ]
    bindings = []
    for number, (dtype, way) in enumerate(zip(ins, ways, strict=True)):
        element = WGSL_TYPE[dtype] if way == "scalar" else stored(dtype)
        bindings.append(
            f"@group(0) @binding({number}) var<storage, read> x{number}_: array<{element}>;"
        )
    for number, dtype in enumerate(outs):
        bindings.append(
            f"@group(0) @binding({len(ins) + number}) var<storage, read_write> y{number}_:"
            f" array<{stored(dtype)}>;"
        )
    bindings.append(f"@group(0) @binding({len(ins) + len(outs)}) var<uniform> p: Params;")
    float_type = of("float32")
    half = "float16" in (*ins, *outs, *results)
    head = f"enable f16;\nalias H = {stored('float16')};\n" if half else ""
    body = "\n  ".join(lines)
    source = f"""{head}alias F = {float_type};
struct Params {{ {", ".join(fields)} }}
{chr(10).join(bindings)}
{chr(10).join(_HELPERS[h] for h in sorted(helpers))}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lid: vec3u) {{
  let i = (wid.y * groups.x + wid.x) * 64u + lid.x;
  if (i >= p.n) {{ return; }}
  {body}
}}
"""
    return Program(op.name[:60], source)
