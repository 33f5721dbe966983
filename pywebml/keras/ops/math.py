"""Fourier transforms, segments and the like, as Keras has them: complex numbers are
pairs (real, imaginary) here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .support import to_float, to_tensor

__all__ = [
    "extract_sequences", "fft", "fft2", "ifft2", "in_top_k", "irfft", "istft", "rfft",
    "segment_max", "segment_min", "segment_prod", "segment_sum", "stft",
]  # fmt: skip

Pair = tuple[Tensor, Tensor]


def _complex(x: Any, what: str) -> Tensor:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(f"{what} takes a pair (real, imaginary) of tensors")
    return ops.complex(to_float(x[0]), to_float(x[1]))


def _pair(x: Tensor) -> Pair:
    return ops.real(x), ops.imag(x)


def fft(x: Any) -> Pair:
    """The Fourier transform of the last axis: fft((real, imaginary))."""
    return _pair(ops.fft(_complex(x, "fft")))


def fft2(x: Any) -> Pair:
    """The Fourier transform of the last two axes."""
    return _pair(ops.fft2(_complex(x, "fft2")))


def ifft2(x: Any) -> Pair:
    """What `fft2` turns back."""
    return _pair(ops.ifft2(_complex(x, "ifft2")))


def rfft(x: Any, fft_length: int | None = None) -> Pair:
    """The Fourier transform of real numbers, the last axis cut or filled to a length."""
    return _pair(ops.rfft(to_float(x), fft_length))


def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """Real numbers from what `rfft` gives."""
    real, imaginary = to_float(x[0]), to_float(x[1])
    count = 2 * (real.shape[-1] - 1) if fft_length is None else fft_length
    need = count // 2 + 1
    real, imaginary = (_sized(part, need) for part in (real, imaginary))
    if count % 2 == 0:
        return ops.irfft(ops.complex(real, imaginary))
    # of an odd length: all of its transform, whose second half is the first, mirrored
    back = ops.flip(real[..., 1:], -1), ops.flip(imaginary[..., 1:], -1) * -1.0
    first = ops.zeros_like(imaginary[..., :1])  # a real signal's mean has no other part
    whole = ops.complex(
        ops.concat([real, back[0]], -1),
        ops.concat([first, imaginary[..., 1:], back[1]], -1),
    )
    return ops.real(ops.ifft(whole))


def _sized(x: Tensor, count: int) -> Tensor:
    """The last axis cut or filled with zeros."""
    if x.shape[-1] >= count:
        return x[..., :count]
    return ops.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, count - x.shape[-1])])


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Tensor:
    """The pieces of the last axis: [..., n] to [..., pieces, sequence_length]."""
    x = to_tensor(x)
    pieces = 1 + (x.shape[-1] - sequence_length) // sequence_stride
    starts = ops.arange(pieces).reshape(-1, 1) * sequence_stride
    return ops.gather(x, starts + ops.arange(sequence_length), x.ndim - 1)


def _window(window: Any, length: int, total: int) -> Tensor:
    """Of Keras's words (periodic), or as given, in the middle of `total` numbers."""
    if window is None:
        values = ops.ones((length,))
    elif isinstance(window, str):
        angle = ops.arange(length).astype("float32") * (2 * math.pi / length)
        if window not in ("hann", "hamming"):
            raise ValueError(f"window must be 'hann', 'hamming' or a tensor, got {window!r}")
        share = 0.5 if window == "hann" else 0.54
        values = share - (1 - share) * ops.cos(angle)
    else:
        values = to_float(window)
    left = (total - length) // 2
    return ops.pad(values, [(left, total - length - left)])


def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann",
    center: bool = True,
) -> Pair:  # fmt: skip
    """The Fourier transforms of a signal's pieces."""
    x = to_float(x)
    if center:
        around = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
        x = ops.mirror_pad(x, around, "reflect")
    # pieces of the transform's length, in whose middle the window stands
    pieces = extract_sequences(x, fft_length, sequence_stride)
    return rfft(pieces * _window(window, sequence_length, fft_length), fft_length)


def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int,
    length: int | None = None, window: Any = "hann", center: bool = True,
) -> Tensor:  # fmt: skip
    """A signal from what `stft` gives, weighted by the window's squares."""
    pieces = irfft(x, fft_length)
    weights = _window(window, sequence_length, fft_length)
    total = _overlapped(pieces * weights, sequence_stride)
    squares = ops.broadcast_to(weights * weights, pieces.shape)
    norm = _overlapped(squares, sequence_stride)
    signal = total / ops.where(ops.greater(norm, 1e-12), norm, 1.0)
    start = fft_length // 2 if center else 0
    stop = signal.shape[-1] - start if length is None else start + length
    return _sized(signal[..., start:], stop - start)


def _overlapped(pieces: Tensor, stride: int) -> Tensor:
    *batch, count, size = pieces.shape
    total = (count - 1) * stride + size
    places = [i * stride + j for i in range(count) for j in range(size)]
    rows = ops.transpose(pieces.reshape(-1, count * size))
    summed = ops.unsorted_segment_sum(rows, to_tensor(places), total)
    return ops.transpose(summed).reshape(*batch, total)


def in_top_k(targets: Any, predictions: Any, k: int) -> Tensor:
    """Whether each class number is among the k largest predictions."""
    return ops.in_top_k(predictions, to_tensor(targets).astype("int32"), k)


# --- segments


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The sums of rows that share a number."""
    ids, count = _segments(segment_ids, num_segments)
    return ops.unsorted_segment_sum(to_tensor(data), ids, count)


def _segments(ids: Any, count: int | None) -> tuple[Tensor, int]:
    """How many there are is read from the numbers where it is not said."""
    ids = to_tensor(ids, "int32")
    return ids, int(ids.max().item()) + 1 if count is None else count


def _of_segments(reduce: Callable[..., Any], nothing: float) -> Callable[..., Any]:
    def call(
        data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
    ) -> Tensor:
        data = to_tensor(data)
        ids, count = _segments(segment_ids, num_segments)
        inside = ops.equal(ops.arange(count).reshape(-1, 1), ids)
        inside = inside.reshape(*inside.shape, *[1] * (data.ndim - 1))
        empty = nothing if "float" in data.dtype else _whole(nothing)
        return reduce(ops.where(inside, data, empty), 1)  # type: ignore[no-any-return]

    return call


def _whole(nothing: float) -> int:
    if math.isinf(nothing):
        return 2**31 - 1 if nothing > 0 else -(2**31)
    return int(nothing)


segment_max = _of_segments(ops.max, -math.inf)
segment_min = _of_segments(ops.min, math.inf)
segment_prod = _of_segments(ops.prod, 1.0)
