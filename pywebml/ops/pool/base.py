"""What the pooling ops share: attributes, windows, the launch, sample cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, Slot, pack
from ...core.op import Op
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.typed import floats
from ..support.window import (
    NO_PADDING,
    Padding,
    Pair,
    check_pictures,
    output_size,
    pair,
    resolve_padding,
    window_slices,
)


@dataclass(frozen=True)
class Pool(Op):
    """The attributes the pooling ops share. `padding` must be smaller than the window,
    so that none is all padding.
    """

    pool_size: Pair = (2, 2)
    strides: Pair = (2, 2)
    padding: Padding = NO_PADDING

    def outputs_of(self, size: Sequence[int]) -> Pair:
        for (before, after), window in zip(self.padding, self.pool_size, strict=True):
            if max(before, after) >= window:
                raise ValueError(
                    f"{self.name}: padding {self.padding} must be smaller than the window"
                    f" {self.pool_size}; use pad() for more"
                )
        return output_size(self.name, size, self.pool_size, self.strides, self.padding)

    def check_gradient(self, dy: Spec, size: Sequence[int]) -> None:
        check_pictures(self.name, dy, "gradient")
        if dy.shape[1:3] != (fits := self.outputs_of(size)):
            raise ValueError(
                f"{self.name}: size {size} is pooled to {fits}, but the gradient has shape"
                f" {dy.shape}"
            )

    def check_places(self, values: Spec, argmax: Spec) -> None:
        if argmax.dtype != "int32" or argmax.shape != values.shape:
            raise ValueError(
                f"{self.name}: argmax must be int32 {values.shape}, as MaxPool returns it, got"
                f" {argmax.dtype} {argmax.shape}"
            )

    def windows(self, size: Pair) -> Iterator[tuple[int, tuple[slice, ...]]]:
        """NumPy: (place in the window, slices of the padded pictures that all outputs
        see there).
        """
        for ky, kx, seen in window_slices(self.pool_size, size, self.strides):
            yield ky * self.pool_size[1] + kx, seen

    def zeros(self, like: Any, size: Pair) -> Any:
        """NumPy: padded pictures of height and width `size`, in the type of `like`."""
        (top, bottom), (left, right) = self.padding
        return np.zeros(
            (like.shape[0], size[0] + top + bottom, size[1] + left + right, like.shape[3]),
            like.dtype,
        )

    def counts(self, size: Pair, outputs: Pair) -> Any:
        """NumPy: how many values inside the picture each window has, [oh, ow, 1]."""
        both = []
        for n, m, window, stride, (before, _) in zip(
            size, outputs, self.pool_size, self.strides, self.padding, strict=True
        ):
            start = np.arange(m) * stride - before
            both.append(np.minimum(start + window, n) - np.maximum(start, 0))
        return (both[0][:, None] * both[1])[:, :, None]

    def launch(
        self,
        k: Lowering,
        name: str,
        entry: str,
        slots: Sequence[Slot],
        threads: int,
        pictures: Slot,
        pooled: Slot,
        elements: tuple[str, ...] | None = None,
        **constants: float,
    ) -> None:
        (top, _), (left, _) = self.padding
        params = pack(
            "2I10i",
            threads, pictures.shape[3], *pictures.shape[1:3], *pooled.shape[1:3],
            *self.pool_size, *self.strides, top, left,
        )  # fmt: skip
        elements = floats(k.ins[0], k.outs[0]) if elements is None else elements
        program = typed_kernel(name, elements, entry, **constants)
        k.launch_flat(program, slots, params, threads)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return min(ins[0].size, outs[0].size) * self.pool_size[0] * self.pool_size[1]


def sample_pools() -> Iterator[tuple[str, tuple[Pair, Pair, Padding], Any]]:
    """(name, (pool_size, strides, padding), x): what the pooling ops' sample cases are
    made from.
    """
    draw = np.random.default_rng(8)

    def sample(
        name: str, shape: tuple[int, ...], size: Any, strides: Any, padding: Any, ties: bool = False
    ) -> Any:
        x = draw.integers(-2, 3, shape) if ties else draw.standard_normal(shape)
        window = pair(size, "pool_size")
        steps = pair(strides or window, "strides")
        return (
            name,
            (window, steps, resolve_padding(padding, shape[1:3], window, steps)),
            x.astype("float32"),
        )

    yield sample("2x2", (2, 8, 6, 5), 2, None, "valid")
    yield sample("odd size, valid", (1, 7, 9, 4), 2, None, "valid")
    yield sample("odd size, same", (1, 7, 9, 4), 2, None, "same")
    yield sample("overlapping, same", (2, 8, 7, 3), 3, 2, "same")
    yield sample("ties", (1, 6, 6, 2), 3, 1, "same", ties=True)
    yield sample("stride over the edge", (1, 8, 8, 2), 2, 3, "valid")
    yield sample("explicit padding, pairs", (2, 6, 5, 3), (3, 2), (2, 1), ((2, 1), (0, 1)))
    yield sample("one pixel", (3, 1, 1, 7), 1, None, "valid")
    yield sample("whole picture", (2, 7, 7, 12), 7, None, "valid")
