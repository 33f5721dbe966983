"""Running sums and products along an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, WGSL_TYPE, Spec
from ..core.tensor import Tensor, as_tensor
from ..device.kernels import typed_kernel
from ..host.lazy import np
from .support.axes import check_words, normalize_axis

__all__ = ["Scan", "cumprod", "cumsum"]

_ITEMS = 8  # neighbours that one invocation joins: the kernel's
_BUSY = 1024  # workgroups that keep a device busy


def launch_scan(
    k: Lowering,
    x: Slot,
    y: Slot,
    rows: int,
    product: bool = False,
    exclusive: bool = False,
    reverse: bool = False,
) -> None:
    """Launches that scan [rows, n]. A long row is cut into chunks where there are too
    few rows to keep the device busy: what each comes to is scanned first.
    """
    n = x.size // rows
    lanes = min(256, max(32, 1 << (-(-n // _ITEMS) - 1).bit_length()))
    tile = lanes * _ITEMS
    chunks = max(1, min(_BUSY // rows, -(-n // (2 * tile))))
    chunk = -(-n // (chunks * tile)) * tile
    chunks = -(-n // chunk)
    joined = "float32" if x.dtype in FLOATS else y.dtype
    params = pack("6I", rows, n, chunks, chunk, int(exclusive), int(reverse))
    constants = {"LANES": lanes, "PRODUCT": int(product)}
    starts = x
    if chunks > 1:
        parts, starts = (k.scratch((rows, chunks), joined) for _ in range(2))
        elements = tuple(WGSL_TYPE[dtype] for dtype in (joined, x.dtype, joined))
        program = typed_kernel("scan", elements, "totals", **constants)
        k.launch_flat(program, [x, x, parts], params, rows * chunks, 1)
        launch_scan(k, parts, starts, rows, product, exclusive=True)
    elements = tuple(WGSL_TYPE[dtype] for dtype in (joined, x.dtype, y.dtype))
    program = typed_kernel("scan", elements, "scan", **constants)
    k.launch_flat(program, [x, starts, y], params, rows * chunks, 1)


@register
@dataclass(frozen=True)
class Scan(Op):
    """y[..., j] = x[..., 0] + ... + x[..., j], or their product; `exclusive` leaves the
    last of these out, `reverse` begins at the end. Bools are counted in int32.
    """

    product: bool = False
    exclusive: bool = False
    reverse: bool = False
    halves = True

    @property
    def name(self) -> str:
        return "cumprod" if self.product else "cumsum"

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if not x.shape:
            raise ValueError(f"{self.name}: x must have at least one axis, got a scalar")
        return Spec(x.shape, "int32" if x.dtype == "bool" else x.dtype)

    def numpy(self, x: Any) -> Any:
        x = np.flip(x, -1) if self.reverse else x
        dtype = np.int32 if x.dtype == bool else x.dtype
        y = (np.cumprod if self.product else np.cumsum)(x, -1, dtype=dtype)
        if self.exclusive:
            first = np.full_like(y[..., :1], int(self.product))
            y = np.concatenate([first, y[..., :-1]], -1)
        return np.flip(y, -1) if self.reverse else y

    def gpu(self, k: Lowering) -> None:
        rows = math.prod(k.ins[0].shape[:-1])
        launch_scan(k, k.ins[0], k.outs[0], rows, self.product, self.exclusive, self.reverse)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, g = ins[0], grads[0]
        back = Scan(False, self.exclusive, not self.reverse)
        if not self.product:
            return (back(g),)
        # y / x, but at the first 0 of a row the product of all others, and behind it 0
        zero = (x == 0.0).astype("float32")
        first = zero * (Scan(False, False, self.reverse)(zero) == 1.0).astype("float32")
        others = self(x + first)
        return (back(g * outs[0]) / (x + zero) * (1.0 - zero) + first * back(g * others),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(5)
        for shape, exclusive, reverse in [
            ((7,), False, False), ((3, 300), True, False), ((2, 3, 5), True, True),
            ((2, 9000), False, True), ((1, 1), True, False),
        ]:  # fmt: skip
            x = rng.normal(size=shape).astype(np.float32)
            yield Case(f"sum {shape}", cls(False, exclusive, reverse), (x,), 1e-3)
            if x.size < 5000:
                y = rng.uniform(0.8, 1.2, shape).astype(np.float32)
                yield Case(f"product {shape}", cls(True, exclusive, reverse), (y,), 1e-4)
        ints = rng.integers(-9, 9, (2, 5000), dtype=np.int32)
        yield Case("int32", cls(), (ints,), 0, 0)
        yield Case("bool", cls(False, True), (ints[:, :70] > 0,), 0, 0)
        yield Case("product of int32", cls(True), (ints[:, :9],), 0, 0)


def _along(x: Any, axis: int, scan: Scan) -> Tensor:
    x = as_tensor(x)
    at = normalize_axis(axis, x.ndim, f"{scan.name}: axis")
    if at == x.ndim - 1:
        return scan(x)  # type: ignore[no-any-return]
    turned = (*range(at), *range(at + 1, x.ndim), at)
    back = (*range(at), x.ndim - 1, *range(at, x.ndim - 1))
    return scan(x.transpose(turned)).transpose(back)  # type: ignore[no-any-return]


def cumsum(x: Any, axis: int = 0, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running sums along `axis`: y[j] = x[0] + ... + x[j]. `exclusive` leaves x[j] out,
    `reverse` sums from the end. Bools are counted in int32; integers wrap at 32 bits.

    Example:
        >>> ops.cumsum([1, 2, 3]).tolist(), ops.cumsum([1, 2, 3], exclusive=True).tolist()
        ([1, 3, 6], [0, 1, 3])
        >>> ops.cumsum([[1, 2], [3, 4]], axis=1, reverse=True).tolist()
        [[3, 2], [7, 4]]
    """
    return _along(x, axis, Scan(False, bool(exclusive), bool(reverse)))


def cumprod(x: Any, axis: int = 0, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running products along `axis`: y[j] = x[0] * ... * x[j]. `exclusive` leaves x[j]
    out, `reverse` begins at the end. The gradient is right with zeros, too.

    Example:
        >>> ops.cumprod([2, 3, 4]).tolist()
        [2, 6, 24]
    """
    return _along(x, axis, Scan(True, bool(exclusive), bool(reverse)))
