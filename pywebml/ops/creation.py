"""Tensors from nothing: zeros, ones, a constant, a range, the identity matrix."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.lazy import np
from ..core.op import FLOATS, WGSL_TYPE, Case, Lowering, Op, Spec, pack, register
from ..core.tensor import Tensor, apply, as_tensor, tensor
from ..device.seam import Program

_TEXT = """
@group(0) @binding(0) var<storage, read_write> y: array<TYPE>;
struct Params { n: u32, start: NUMBER, step: NUMBER }
@group(0) @binding(1) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lid: vec3u) {
  let i = (wid.y * groups.x + wid.x) * 64u + lid.x;
  if (i < p.n) { y[i] = TYPE(p.start + p.step * NUMBER(i)); }
}
"""


@register
@dataclass(frozen=True)
class Fill(Op):
    """start + step * index; step 0 gives a constant."""

    shape: tuple[int, ...]
    start: float
    step: float = 0.0
    dtype: str = "float32"

    @property
    def constant(self) -> float | None:
        """The float32 that stands everywhere, for `core.constants`."""
        return self.start if self.step == 0 and self.dtype == "float32" else None

    def infer(self) -> Spec:
        last = self.start + self.step * (math.prod(self.shape) - 1)
        low, high = _BOUNDS.get(self.dtype, (-math.inf, math.inf))
        if self.dtype in _BOUNDS and not (low <= self.start <= high and low <= last <= high):
            raise ValueError(
                f"values from {self.start} to {last} do not fit {self.dtype} ({low} to {high})"
            )
        return Spec(self.shape, self.dtype)

    def numpy(self) -> Any:
        return (
            (self.start + self.step * np.arange(math.prod(self.shape)))
            .reshape(self.shape)
            .astype(WIDE.get(self.dtype, self.dtype))
        )

    def gpu(self, k: Lowering) -> None:
        start, step = self.start, self.step
        number = "f32"
        # floats know integers only up to 2**24
        if self.dtype not in FLOATS and start == int(start) and step == int(step):
            number = "u32"  # whose sums wrap around as those of i32 do
            start, step = int(start) % 2**32, int(step) % 2**32
        text = _TEXT.replace("TYPE", WGSL_TYPE[self.dtype]).replace("NUMBER", number)
        program = Program("fill", f"enable f16;{text}" if self.dtype == "float16" else text)
        k.launch_flat(
            program,
            k.outs,
            pack("Iff" if number == "f32" else "III", k.outs[0].size, start, step),
            k.outs[0].size,
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return ()

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("constant", cls((3, 5), 2.5), ())
        yield Case("range", cls((70,), 1.0, 2.0), ())
        yield Case("int32 constant", cls((4,), -3.0, 0.0, "int32"), ())
        yield Case("float16 range", cls((7,), -3.0, 0.5, "float16"), ())


WIDE = {"bool": "uint32"}
_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "bool": (0, 1)}


def _shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(int(d) for d in shape)


def fill(shape: int | Sequence[int], value: float, dtype: str = "float32") -> Tensor:
    """A tensor of one value. Not-finite values come from `tensor`, since WGSL has no
    text for them.
    """
    if not math.isfinite(value):
        return as_tensor(tensor(value, dtype=dtype) + zeros(shape, dtype))
    return apply(Fill(_shape(shape), float(value), 0.0, dtype), ())  # type: ignore[no-any-return]


def zeros(shape: int | Sequence[int], dtype: str = "float32") -> Tensor:
    """Zeros of this shape."""
    return fill(shape, 0.0, dtype)


def ones(shape: int | Sequence[int], dtype: str = "float32") -> Tensor:
    """Ones of this shape."""
    return fill(shape, 1.0, dtype)


def zeros_like(x: Any) -> Tensor:
    """Zeros of the shape and dtype of x."""
    x = as_tensor(x)
    return fill(x.shape, 0.0, x.dtype)


def ones_like(x: Any) -> Tensor:
    """Ones of the shape and dtype of x."""
    x = as_tensor(x)
    return fill(x.shape, 1.0, x.dtype)


def arange(
    start: float, stop: float | None = None, step: float = 1, dtype: str | None = None
) -> Tensor:
    """start, start + step ... below stop; `arange(n)` counts from 0. int32 for whole
    numbers.
    """
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = "int32" if all(isinstance(v, int) for v in (start, stop, step)) else "float32"
    count = math.ceil((stop - start) / step) if step else 0
    if count <= 0:
        raise ValueError(f"arange({start}, {stop}, {step}) is empty")
    return apply(Fill((count,), float(start), float(step), dtype), ())  # type: ignore[no-any-return]


def linspace(start: float, stop: float, num: int) -> Tensor:
    """`num` float32 values from start to stop, both among them."""
    if num < 2:
        raise ValueError(f"linspace needs num of at least 2, got {num}")
    return apply(Fill((num,), float(start), (stop - start) / (num - 1)), ())  # type: ignore[no-any-return]


__all__ = ["Fill", "arange", "fill", "linspace", "ones", "ones_like", "zeros", "zeros_like"]
