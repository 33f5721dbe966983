"""The two ops that tensors themselves need: a view in another shape, and overwriting a
variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..device.seam import Program
from .lazy import np
from .op import ITEMSIZE, WGSL_TYPE, Case, Lowering, Op, Spec, pack, register

_COPY = """
@group(0) @binding(0) var<storage, read> source: array<T>;
@group(0) @binding(1) var<storage, read_write> target_: array<T>;
struct Params { n: u32 }
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lid: vec3u) {
  let i = (wid.y * groups.x + wid.x) * 64u + lid.x;
  if (i < p.n) { target_[i] = source[i]; }
}
"""


def copy_program(dtype: str) -> Program:
    """A kernel that copies p.n 32-bit words; smaller values several at a time."""
    return Program(
        "copy", _COPY.replace("T>", f"{WGSL_TYPE[dtype] if ITEMSIZE[dtype] == 4 else 'u32'}>")
    )


@register
@dataclass(frozen=True)
class Reshape(Op):
    """The same values in another shape. Runs no kernel, except on a variable, whose
    value is copied.
    """

    shape: tuple[int, ...]
    halves = True

    def infer(self, x: Spec) -> Spec:
        return Spec(self.shape, x.dtype)

    def numpy(self, x: Any) -> Any:
        return x.reshape(self.shape)

    def gpu(self, k: Lowering) -> None:
        words = Spec(self.shape, k.ins[0].dtype).nbytes // 4
        k.launch_flat(copy_program(k.ins[0].dtype), [k.ins[0], k.outs[0]], pack("I", words), words)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (grads[0].reshape(ins[0].shape),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("2x3 to 6", cls((6,)), (np.arange(6, dtype="float32").reshape(2, 3),))


@register
@dataclass(frozen=True)
class Assign(Op):
    """Overwrites the first input with the second. Shapes and dtypes are equal."""

    writes = (0,)
    halves = True

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
        words = Spec(k.ins[0].shape, k.ins[0].dtype).nbytes // 4
        k.launch_flat(copy_program(k.ins[0].dtype), [k.ins[1], k.ins[0]], pack("I", words), words)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case(
            "130 values",
            cls(),
            (np.zeros(130, "float32"), np.linspace(-1, 1, 130, dtype="float32")),
        )
