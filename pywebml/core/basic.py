"""The ops that tensors and gradients themselves need: views in another shape or as
pairs of floats, overwriting a variable, and one value everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..device.kernels import kernel, typed_kernel
from ..host.lazy import np
from .fusion import Constant
from .lowering import Lowering, Slot, pack
from .op import Case, Op, register
from .spec import BOUNDS, FLOATS, WGSL_TYPE, Spec


def _copy(k: Lowering, source: Slot, target: Slot) -> None:
    """As 32-bit words, whatever they hold."""
    words = Spec(source.shape, source.dtype).nbytes // 4
    k.launch_flat(kernel("copy"), [source, target], pack("I", words), words)


@register
@dataclass(frozen=True)
class Reshape(Op):
    """The same values in another shape. Runs no kernel, except on a variable, whose
    value is copied.
    """

    shape: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        return Spec(self.shape, x.dtype)

    def numpy(self, x: Any) -> Any:
        return x.reshape(self.shape)

    def gpu(self, k: Lowering) -> None:
        _copy(k, k.ins[0], k.outs[0])

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (grads[0].reshape(ins[0].shape),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("2x3 to 6", cls((6,)), (np.arange(6, dtype="float32").reshape(2, 3),))


@register
@dataclass(frozen=True)
class AsPairs(Reshape):
    """complex64 in `shape` as float32 [..., 2], real and imaginary part: how they lie
    in memory, so that no kernel runs (but on a variable). Gradients take them for two
    numbers, too: that of a complex number is d/d real + i d/d imaginary.
    """

    halves = False

    def infer(self, x: Spec) -> Spec:
        return Spec((*self.shape, 2))

    def numpy(self, x: Any) -> Any:
        return np.stack([x.real, x.imag], -1).reshape(*self.shape, 2)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (AsComplex(ins[0].shape)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case(
            "2x3", cls((2, 3)), ((np.arange(6).reshape(2, 3) * (1 - 2j)).astype("complex64"),), 0, 0
        )


@register
@dataclass(frozen=True)
class AsComplex(Reshape):
    """float32 [..., 2] as complex64 in `shape`: what AsPairs turns back."""

    halves = False

    def infer(self, x: Spec) -> Spec:
        return Spec(self.shape, "complex64")

    def numpy(self, x: Any) -> Any:
        y = np.empty(self.shape, np.result_type(x.dtype, np.complex64))
        y.real, y.imag = x[..., 0].reshape(self.shape), x[..., 1].reshape(self.shape)
        return y  # 1j times infinity would be NaN

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (AsPairs(ins[0].shape[:-1])(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("3", cls((3,)), (np.arange(6, dtype="float32").reshape(3, 2),), 0, 0)


@register
@dataclass(frozen=True)
class Assign(Op):
    """Overwrites the first input with the second. Shapes and dtypes are equal."""

    writes = (0,)
    halves = True
    complexes = True

    def infer(self, target: Spec, value: Spec) -> tuple[Spec, ...]:
        if target != value:
            raise ValueError(
                f"cannot assign {value.dtype} {value.shape} to a variable of {target.dtype}"
                f" {target.shape}"
            )
        return ()

    def numpy(self, target: Any, value: Any) -> tuple[Any]:
        return (value,)

    def gpu(self, k: Lowering) -> None:
        _copy(k, k.ins[1], k.ins[0])

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case(
            "130 values",
            cls(),
            (np.zeros(130, "float32"), np.linspace(-1, 1, 130, dtype="float32")),
        )


@register
@dataclass(frozen=True)
class Fill(Constant):
    """start + step * index; step 0 gives a constant."""

    shape: tuple[int, ...]
    start: float
    step: float = 0.0
    dtype: str = "float32"

    @property
    def constant(self) -> float | None:
        return self.start if self.step == 0 and self.dtype == "float32" else None

    def infer(self) -> Spec:
        last = self.start + self.step * (math.prod(self.shape) - 1)
        if self.dtype == "complex64" and (self.start or self.step):
            raise TypeError("Fill makes zeros of complex64 alone; write complex(real, imag)")
        low, high = BOUNDS.get(self.dtype, (-math.inf, math.inf))
        if self.dtype in BOUNDS and not (low <= self.start <= high and low <= last <= high):
            raise ValueError(
                f"values from {self.start} to {last} do not fit {self.dtype} ({low} to {high})"
            )
        return Spec(self.shape, self.dtype)

    def numpy(self) -> Any:
        dtype = WIDE.get(self.dtype, self.dtype)
        if not self.step:
            return np.full(self.shape, self.start).astype(dtype)  # -0.0, too
        numbers = self.start + self.step * np.arange(math.prod(self.shape))
        return numbers.reshape(self.shape).astype(dtype)

    def gpu(self, k: Lowering) -> None:
        fill(k, k.outs[0], self.start, self.step)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return ()

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("constant", cls((3, 5), 2.5), ())
        yield Case("range", cls((70,), 1.0, 2.0), ())
        yield Case("int32 constant", cls((4,), -3.0, 0.0, "int32"), ())
        yield Case("complex64 zeros", cls((3,), 0.0, 0.0, "complex64"), ())
        yield Case("float16 range", cls((7,), -3.0, 0.5, "float16"), ())


def fill(k: Lowering, target: Slot, start: float, step: float = 0.0) -> None:
    """A launch that writes start + step * index everywhere."""
    pairs = target.dtype == "complex64"
    number = "f32"
    # floats know integers only up to 2**24
    if target.dtype not in (*FLOATS, "complex64") and start == int(start) and step == int(step):
        number = "u32"  # whose sums wrap around as those of i32 do
        start, step = int(start) % 2**32, int(step) % 2**32
    size = target.size * (2 if pairs else 1)
    params = pack("Iff" if number == "f32" else "III", size, start, step)
    program = typed_kernel("fill", ("f32" if pairs else WGSL_TYPE[target.dtype], number))
    k.launch_flat(program, [target], params, size)


WIDE = {"bool": "uint32"}
