"""Kernels of a Fourier transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from .base import Initializer, initializer


def window_of(who: str, window: Any, length: int, periodic: bool = True) -> Any:
    """float64 [length]: "hann", "hamming" or "boxcar", or values; None for ones.
    ValueError for others.
    """
    if window is None or window == "boxcar":
        return np.ones(length)
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                f"{who}: window must be 'hann', 'hamming', 'boxcar', None or {length} values, got"
                f" {window!r}"
            )
        high = 0.5 if window == "hann" else 0.54
        steps = length if periodic else max(length - 1, 1)
        return high - (1 - high) * np.cos(2 * np.pi * np.arange(length) / steps)
    values = np.asarray(window, np.float64)
    if values.shape != (length,):
        raise ValueError(f"{who}: window must be {length} values, got shape {values.shape}")
    return values


@initializer("STFT", "STFTInitializer")
class STFT(Initializer):
    """Cosines ("real") or sines ("imag") of a Fourier transform, times a window:
    kernels [frame_length, 1, fft_length // 2 + 1] of a convolution that takes the
    short-time Fourier transform of a sequence.

    Args:
        side: "real" or "imag".
        window: "hann", "hamming", "boxcar", None or values.
        scaling: "density" (by the root of the window's squares), "spectrum" (by its
            sum) or None.
        periodic: whether a window by name is that of one more value.

    Raises:
        ValueError: other words, or a shape of other than three axes.

    Example:
        >>> layers.initializers.STFT("real", None, None)((4, 1, 3)).numpy()[:, 0].round(3)
        array([[ 1.,  1.,  1.],
               [ 1.,  0., -1.],
               [ 1., -1.,  1.],
               [ 1., -0., -1.]], dtype=float32)
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ):
        for name, word, words in (
            ("side", side, ("real", "imag")),
            ("scaling", scaling, ("density", "spectrum", None)),
        ):
            if word not in words:
                raise ValueError(f"STFT: {name} must be {', '.join(map(str, words))}, got {word!r}")
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        if len(shape) != 3:
            raise ValueError(f"STFT: kernels have three axes, got shape {tuple(shape)}")
        length, _, bins = shape
        angle = -2 * np.pi * np.arange(length)[:, None] * np.arange(bins) / (2 * (bins - 1) or 1)
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = window_of("STFT", self.window, length, self.periodic)
            by = {"density": np.sqrt((window**2).sum()), "spectrum": np.abs(window).sum()}
            kernel = kernel * window[:, None] / by.get(self.scaling or "", 1.0)
        full = np.broadcast_to(kernel[:, None], tuple(shape))
        return as_tensor(full.astype(np.float32)).astype(dtype or "float32")
