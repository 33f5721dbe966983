"""Many pictures of any sizes to a network's input, in one upload and one kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, register
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...device.threads import spread
from ...host.lazy import np
from ..support.typed import floats
from .pixels import Resizing, resized

__all__: list[str] = []


@register
@dataclass(frozen=True)
class PackedPixels(Resizing):
    """uint8 [pixels, 4] (RGBA, row by row, picture after picture), int32 [n, 3] (first
    pixel, height and width of each) -> floats [n, *size, 3]: what PixelsToTensor makes
    of each picture as a whole.
    """

    def infer(self, pixels: Spec, places: Spec) -> Spec:
        if pixels.dtype != "uint8" or len(pixels.shape) != 2 or pixels.shape[1] != 4:
            raise ValueError(
                f"packed pixels must be uint8 [pixels, 4], got {pixels.dtype} {pixels.shape}"
            )
        if places.dtype != "int32" or len(places.shape) != 2 or places.shape[1] != 3:
            raise ValueError(
                f"places of pictures must be int32 [n, 3], got {places.dtype} {places.shape}"
            )
        return Spec((places.shape[0], *self.size, 3), self.dtype)

    def numpy(self, pixels: Any, places: Any) -> Any:
        out = np.empty((len(places), *self.size, 3), self.dtype)

        def some(start: int, stop: int) -> None:
            for i in range(start, stop):
                first, height, width = (int(number) for number in places[i])
                picture = pixels[first : first + height * width].reshape(height, width, 4)
                out[i] = resized(picture, self)

        spread(some, len(places))
        return out

    def gpu(self, k: Lowering) -> None:
        count = k.outs[0].size // 3
        numbers = (count, *self.size, int(self.flip), int(self.order == "bgr"), 0, 0, 0)
        params = pack("8I8f", *numbers, *self.scale, 0.0, *self.offset, 0.0)
        program = typed_kernel("packed_pixels", floats(k.outs[0]))
        k.launch_flat(program, k.ins + k.outs, params, count)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None, None)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(7)
        signed = ((1 / 127.5,) * 3, (-1.0,) * 3)
        for sizes, form in (
            (((6, 5), (9, 4), (1, 1)), cls((4, 7), *signed)),
            (((33, 20),), cls((5, 3), (0.01, 0.02, 0.03), (-1.0, 0.0, 2.0), True, "bgr")),
        ):
            at, places = 3, []  # pictures need not begin at the first pixel
            for height, width in sizes:
                places.append((at, height, width))
                at += height * width
            pixels = rng.integers(0, 256, (at + 2, 4), dtype=np.uint8)
            yield Case(f"{len(sizes)} pictures", form, (pixels, np.array(places, np.int32)), 1e-4)
