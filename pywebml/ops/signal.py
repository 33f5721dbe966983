"""Signals cut into frames, windows, and the short-time Fourier transform
(TensorFlow.js's tf.signal).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.calling import ints
from ..core.composite import Sample, composite
from ..core.lowering import Lowering
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..core.tensor import Tensor, as_tensor, tensor
from ..host.lazy import np
from .shape.functions import pad
from .spectral.functions import rfft
from .support.axes import check_words, copy, ramp

__all__ = ["frame", "hamming_window", "hann_window", "stft"]


@register
@dataclass(frozen=True)
class Frames(Op):
    """y[..., f, i] = x[..., f * step + i], i below `length`: all frames that fit."""

    length: int
    step: int
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if not x.shape:
            raise ValueError("frame: a signal [..., n] expected, got a single number")
        if self.length < 1 or self.step < 1:
            raise ValueError(
                f"frame: frame_length and frame_step must be at least 1, got {self.length} and"
                f" {self.step}"
            )
        return Spec((*x.shape[:-1], self._count(x), self.length), x.dtype)

    def _count(self, x: Any) -> int:
        return max((x.shape[-1] - self.length) // self.step + 1, 0)

    def numpy(self, x: Any) -> Any:
        count = self._count(x)
        return x[..., np.arange(count)[:, None] * self.step + np.arange(self.length)]

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        count, length = y.shape[-2:]
        rows = math.prod(x.shape[:-1])
        walk = [(rows, x.shape[-1], count * length), (count, self.step, length), (length, 1, 1)]
        copy(k, x, y, walk)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        """What frames share is added up: in blocks of a step, one of each frame at a
        time.
        """
        n, g = ins[0].shape[-1], grads[0]
        *lead, count, length = g.shape
        parts = -(-length // self.step)
        none = [(0, 0)] * len(lead)
        g = pad(g, [*none, (0, 0), (0, parts * self.step - length)])
        g = g.reshape(*lead, count, parts, self.step)
        blocks = [
            pad(g[..., part, :], [*none, (part, parts - 1 - part), (0, 0)]) for part in range(parts)
        ]
        total = blocks[0]
        for block in blocks[1:]:
            total = total + block
        total = total.reshape(*lead, (count + parts - 1) * self.step)[..., :n]
        return (pad(total, [*none, (0, n - total.shape[-1])]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, length, step in [((9,), 4, 1), ((2, 16), 8, 4), ((5,), 5, 2), ((3, 2, 7), 2, 3)]:
            yield Case(f"{shape} {length} {step}", cls(length, step), (ramp(shape),), 0, 0)


def frame(
    signal: Any, frame_length: int, frame_step: int, pad_end: bool = False, pad_value: float = 0.0
) -> Tensor:
    """Frames [..., count, frame_length] of a signal [..., n], `frame_step` values
    apart: those that fit, or with `pad_end` all that begin in it, filled with
    `pad_value`. (tf.signal.frame)

    Example:
        >>> ops.signal.frame([1, 2, 3, 4, 5], 3, 2).tolist()
        [[1, 2, 3], [3, 4, 5]]
        >>> ops.signal.frame([1, 2, 3, 4], 3, 2, pad_end=True).tolist()
        [[1, 2, 3], [3, 4, 0]]
    """
    x = as_tensor(signal)
    length, step = ints((frame_length, frame_step), "frame: frame_length and frame_step")
    if pad_end and x.ndim and step > 0:
        more = (-(-x.shape[-1] // step) - 1) * step + length - x.shape[-1]
        border = [(0, 0)] * (x.ndim - 1) + [(0, max(more, 0))]
        x = pad(x, border, constant_value=pad_value)
    return Frames(length, step)(x)  # type: ignore[no-any-return]


def _cosine_window(n: int, high: float, what: str) -> Any:
    """Values of a period of an even number, or of a symmetric window of an odd one."""
    (n,) = ints(n, f"{what}: window_length")
    if n < 1:
        raise ValueError(f"{what}: window_length must be at least 1, got {n}")
    period = max(n - n % 2, 1)
    wave = [high - (1 - high) * math.cos(2 * math.pi * i / period) for i in range(n)]
    return tensor(wave if n > 1 else [1.0])


def _window(high: float) -> Callable[[int], Any]:
    return lambda window_length: np.array(
        [
            high - (1 - high) * np.cos(2 * np.pi * i / (window_length - window_length % 2))
            for i in range(window_length)
        ]
    )


@composite(
    meaning=_window(0.5),
    cases=lambda: [Sample(f"{n}", (), {"window_length": n}, 1e-6) for n in (2, 5, 8)],
)
def hann_window(window_length: int) -> Tensor:
    """float32 [window_length]: 0.5 - 0.5 cos(2 pi i / p), p the length where that is
    even, else one less. (tf.signal.hannWindow)

    Example:
        >>> ops.signal.hann_window(4).numpy().round(4)
        array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    return _cosine_window(window_length, 0.5, "hann_window")  # type: ignore[no-any-return]


@composite(
    meaning=_window(0.54),
    cases=lambda: [Sample(f"{n}", (), {"window_length": n}, 1e-6) for n in (2, 5, 8)],
)
def hamming_window(window_length: int) -> Tensor:
    """float32 [window_length]: 0.54 - 0.46 cos(2 pi i / p), p as in `hann_window`.
    (tf.signal.hammingWindow)

    Example:
        >>> ops.signal.hamming_window(4).numpy().round(4)
        array([0.08, 0.54, 1.  , 0.54], dtype=float32)
    """
    return _cosine_window(window_length, 0.54, "hamming_window")  # type: ignore[no-any-return]


def _stft(x: Any, frame_length: int, frame_step: int, fft_length: int | None = None) -> Any:
    count = (x.shape[-1] - frame_length) // frame_step + 1
    at = np.arange(count)[:, None] * frame_step + np.arange(frame_length)
    return np.fft.rfft(x[..., at] * _window(0.5)(frame_length), fft_length)


@composite(
    finite=True,
    meaning=_stft,
    cases=lambda: [
        Sample("8 of 40", (ramp((40,)),), {"frame_length": 8, "frame_step": 4, "fft_length": 8}),
        Sample("6 of 30", (ramp((30,)),), {"frame_length": 6, "frame_step": 5, "fft_length": 16}),
    ],
)
def stft(
    signal: Any,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Callable[[int], Any] | None = None,
) -> Tensor:
    """The short-time Fourier transform of a signal [..., n]: `rfft` of its frames times
    a window, complex64 [..., frames, fft_length // 2 + 1]. (tf.signal.stft)

    `fft_length`: to which frames are filled with zeros; by default the next power of
    two. `window_fn`: of the frame's length, `hann_window` unless another is given.

    Example:
        >>> ops.signal.stft([1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 4, 2).numpy().round(4)
        array([[ 2.+0.j, -1.+0.j,  0.+0.j],
               [ 2.+0.j, -1.+0.j,  0.+0.j]], dtype=complex64)
    """
    frames = frame(as_tensor(signal).astype("float32"), frame_length, frame_step)
    frames = frames * as_tensor((window_fn or hann_window)(frame_length))
    return rfft(frames, 1 << (frame_length - 1).bit_length() if fft_length is None else fft_length)
