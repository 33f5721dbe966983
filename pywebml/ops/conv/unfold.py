"""Windows along one axis laid out beside each other, and its transpose: with a window's
positions among the channels, a convolution of volumes is one of pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.axes import check_words
from ..support.typed import moved_as
from ..support.window import Pair, outputs_along

__all__ = ["Fold", "Unfold"]


@dataclass(frozen=True)
class _Windows(Op):
    """Windows of `size` positions along axis 1, `stride` apart, their positions
    `dilation` apart, on an input with `padding` zeros before and after.
    """

    size: int
    stride: int = 1
    padding: Pair = (0, 0)
    dilation: int = 1

    def outputs_of(self, depth: int) -> int:
        return outputs_along(
            self.name, "depth", depth, self.size, self.stride, self.padding, self.dilation
        )

    def launch(self, k: Lowering, entry: str, depth: int, element: str, lanes: int) -> None:
        x, y = k.ins[0], k.outs[0]
        whole, windows = (x, y) if entry == "unfold" else (y, x)
        params = pack(
            "9I", y.size // lanes, whole.shape[2], whole.shape[3] // lanes, depth,
            windows.shape[1], self.size, self.stride, self.dilation, self.padding[0],
        )  # fmt: skip
        program = typed_kernel("conv/unfold", element, entry)
        k.launch_flat(program, (x, y), params, y.size // lanes)

    def positions(self, outputs: int) -> Iterable[slice]:
        """NumPy: what all windows see of the padded axis, position by position."""
        for k in range(self.size):
            first = k * self.dilation
            yield slice(first, first + (outputs - 1) * self.stride + 1, self.stride)


@register
@dataclass(frozen=True)
class Unfold(_Windows):
    """x [n, d, m, c] -> [n, od, m, size * c], window by window."""

    halves = True
    halves_back = False

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        n, depth, inner, c = x.shape
        return Spec((n, self.outputs_of(depth), inner, self.size * c), x.dtype)

    def numpy(self, x: Any) -> Any:
        outputs = self.outputs_of(x.shape[1])
        x = np.pad(x, ((0, 0), self.padding, (0, 0), (0, 0)))
        return np.concatenate([x[:, seen] for seen in self.positions(outputs)], axis=3)

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        self.launch(k, "unfold", x.shape[1], *moved_as(x.dtype, x.shape[3]))

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        depth = ins[0].shape[1]
        return (Fold(self.size, self.stride, self.padding, self.dilation, depth)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, windows, x in _samples():
            yield Case(name, cls(*windows), (x,), 0, 0)


@register
@dataclass(frozen=True)
class Fold(_Windows):
    """g [n, od, m, size * c] -> [n, depth, m, c]: every value is added to the place
    that Unfold took it from.
    """

    depth: int = 1

    def infer(self, g: Spec) -> Spec:
        check_words(self, g)
        n, outputs, inner, channels = g.shape
        if g.dtype != "float32":
            raise TypeError(f"Fold: g must be float32, got {g.dtype}; cast it first")
        if outputs != self.outputs_of(self.depth) or channels % self.size:
            raise ValueError(
                f"Fold: depth {self.depth} has {self.outputs_of(self.depth)} windows of {self.size}"
                f" positions, got shape {g.shape}"
            )
        return Spec((n, self.depth, inner, channels // self.size))

    def numpy(self, g: Any) -> Any:
        (before, after), c = self.padding, g.shape[3] // self.size
        x = np.zeros((g.shape[0], before + self.depth + after, g.shape[2], c), g.dtype)
        for k, seen in enumerate(self.positions(g.shape[1])):
            x[:, seen] += g[..., k * c : (k + 1) * c]
        return np.ascontiguousarray(x[:, before : before + self.depth])

    def gpu(self, k: Lowering) -> None:
        vectors = k.outs[0].shape[3] % 4 == 0
        element, lanes = ("vec4f", 4) if vectors else ("f32", 1)
        self.launch(k, "fold", self.depth, element, lanes)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (Unfold(self.size, self.stride, self.padding, self.dilation)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, windows, x in _samples():
            g = np.cos(Unfold(*windows).numpy(x))
            yield Case(name, cls(*windows, x.shape[1]), (g,))  # type: ignore[call-arg]


def _samples() -> Iterable[tuple[str, Any, Any]]:
    random = np.random.default_rng(6)
    for name, windows, shape in [
        ("three, same", (3, 1, (1, 1), 1), (2, 5, 6, 8)),
        ("stride 2, odd channels", (3, 2, (0, 2), 1), (1, 6, 3, 5)),
        ("dilation", (2, 1, (2, 0), 3), (2, 7, 1, 4)),
    ]:
        yield name, windows, random.standard_normal(shape, np.float32)
