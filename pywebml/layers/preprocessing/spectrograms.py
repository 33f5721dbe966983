"""Sound as pictures of its pitches over time."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..base import Layer
from ..initializers.stft import STFT, window_of
from ..support.registry import layer
from ..support.symbols import Shape

_TINY = 1e-7


@layer("MelSpectrogram")
class MelSpectrogram(Layer):
    """How loud each pitch of sound is, over time: short-time Fourier transforms, summed
    up in bands as the ear hears them (mel), in decibels.

    Shapes: [time] or [batch, time] -> the same with [num_mel_bins, frames] for time.

    Args:
        fft_length: of each transform.
        sequence_stride: samples from one frame to the next.
        sequence_length: of the window; `fft_length` where None.
        window: "hann", "hamming", "boxcar" or None.
        sampling_rate: samples per second.
        num_mel_bins, min_freq, max_freq: the bands; up to half of the rate where None.
        power_to_db: decibels, at most `top_db` below the loudest.
        mag_exp: the power that magnitudes are taken to.
        min_power, ref_power: the least power, and that of 0 decibels.

    Raises:
        ValueError: a window longer than the transform, words that nobody knows.

    Example:
        >>> layers.MelSpectrogram(num_mel_bins=16)(np.zeros((2, 4000))).shape
        (2, 16, 8)
    """

    in_halves = False

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **options: Any,
    ):
        super().__init__(**options)
        self.fft_length, self.sequence_stride = fft_length, sequence_stride
        self.sequence_length = sequence_length or fft_length
        if not 0 < self.sequence_length <= fft_length or sequence_stride < 1:
            raise ValueError(
                "MelSpectrogram: sequence_length must be at most fft_length, and the stride at"
                f" least 1, got {self.sequence_length}, {fft_length} and {sequence_stride}"
            )
        window_of("MelSpectrogram", window, self.sequence_length)
        self.window, self.sampling_rate = window, sampling_rate
        self.num_mel_bins, self.min_freq = num_mel_bins, min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db, self.top_db, self.mag_exp = power_to_db, top_db, mag_exp
        self.min_power, self.ref_power = min_power, ref_power

    def call(self, inputs: Tensor) -> Tensor:
        sound = ops.cast(inputs, "float32")
        room = self.fft_length // 2
        n = sound.shape[-1]
        places = np.arange(-room, n + room) % max(2 * (n - 1), 1)  # reflected at both ends
        sound = ops.gather(sound, np.minimum(places, 2 * (n - 1) - places), axis=sound.ndim - 1)
        spectrum = ops.signal.stft(
            sound, self.fft_length, self.sequence_stride, self.fft_length, self._window
        )
        loud = ops.pow(ops.abs(spectrum), self.mag_exp)
        bands = ops.matmul(loud, as_tensor(self._bands(), "float32"))
        if self.power_to_db:
            scale = 10 / math.log(10)
            bands = scale * ops.log(ops.maximum(bands, self.min_power))
            bands = bands - scale * math.log(max(abs(self.ref_power), self.min_power))
            bands = ops.maximum(bands, bands.max() - self.top_db)
        order = (1, 0) if bands.ndim == 2 else (0, 2, 1)
        return ops.cast(ops.transpose(bands, order), self.dtype)

    def _window(self, length: int) -> Any:
        own = window_of("MelSpectrogram", self.window, self.sequence_length)
        left = (length - self.sequence_length) // 2
        return np.pad(own, (left, length - self.sequence_length - left)).astype(np.float32)

    def _bands(self) -> Any:
        """[fft_length // 2 + 1, num_mel_bins]: triangles, straight on the scale of mel."""

        def mel(hertz: Any) -> Any:
            return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)

        bins = mel(np.linspace(0, self.sampling_rate / 2, self.fft_length // 2 + 1)[1:])[:, None]
        edges = np.linspace(mel(self.min_freq), mel(self.max_freq), self.num_mel_bins + 2)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
        rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
        return np.pad(np.maximum(0, np.minimum(rising, falling)), ((1, 0), (0, 0)))


_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@layer("STFTSpectrogram")
class STFTSpectrogram(Layer):
    """The short-time Fourier transform of sequences, by convolutions whose kernels
    train where they may.

    Shapes: [batch, time, channels] -> [batch, frames, channels * bins], or [batch,
    frames, bins, channels] with `expand_dims`; bins are fft_length // 2 + 1, twice as
    many for "stft". With "channels_first" channels, and bins, come before the time.

    Args:
        mode: "log" (of the magnitude), "magnitude", "psd" (power), "real", "imag",
            "angle", or "stft" for real and imaginary parts.
        frame_length, frame_step: of a frame, and from one to the next (half a frame
            where None).
        fft_length: at least `frame_length`; the next power of two where None.
        window: "hann", "hamming", "boxcar", None or values.
        periodic: whether a window by name is that of one more value.
        scaling: "density", "spectrum" or None.
        padding: "valid" or "same".
        expand_dims: gives bins an axis of their own.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: words that nobody knows, frames that do not fit.

    Example:
        >>> layers.STFTSpectrogram(frame_length=16)(np.ones((1, 64, 1))).shape
        (1, 7, 9)
    """

    in_halves = False

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        who = "STFTSpectrogram"
        for name, word, words in (
            ("mode", mode, _MODES),
            ("scaling", scaling, ("density", "spectrum", None)),
            ("padding", padding, ("valid", "same")),
            ("data_format", data_format, (None, "channels_last", "channels_first")),
        ):
            if word not in words:
                raise ValueError(
                    f"{who}: {name} must be {', '.join(map(str, words))}, got {word!r}"
                )
        if frame_step is not None and not 0 < frame_step <= frame_length:
            raise ValueError(f"{who}: frame_step must be in [1, {frame_length}], got {frame_step}")
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(f"{who}: fft_length must be at least {frame_length}, got {fft_length}")
        window_of(who, window, frame_length, periodic)
        self.mode, self.frame_length, self.frame_step = mode, frame_length, frame_step
        self.fft_length, self.window, self.periodic = fft_length, window, periodic
        self.scaling, self.padding, self.expand_dims = scaling, padding, expand_dims
        self.data_format = data_format or "channels_last"

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) != 3:
            raise ValueError(f"{self.name}: inputs have three axes, got shape {input_shape}")
        length = self.fft_length or 1 << (self.frame_length - 1).bit_length()
        shape = (self.frame_length, 1, length // 2 + 1)
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                start = STFT(side, self.window, self.scaling, self.periodic)
                weight = self.add_weight(shape, start, name=f"{side}_kernel")
                setattr(self, f"{side}_kernel", weight)

    def call(self, inputs: Tensor) -> Tensor:
        first = self.data_format == "channels_first"
        x = inputs if first else ops.transpose(inputs, (0, 2, 1))  # [batch, channels, time]
        parts = [self._part(x, side) for side in ("real", "imag") if self._has(side)]
        return self._laid_out(self._of_mode(*parts), first)

    def _has(self, side: str) -> bool:
        return self.mode not in ("real", "imag") or self.mode == side

    def _part(self, x: Tensor, side: str) -> Tensor:
        """[batch, channels, frames, bins]."""
        n, channels, time = x.shape
        kernel = getattr(self, f"{side}_kernel")
        step = self.frame_step or self.frame_length // 2
        out = ops.conv1d(x.reshape(n * channels, time, 1), kernel, step, self.padding)
        return out.reshape(n, channels, *out.shape[1:])

    def _of_mode(self, real: Tensor, imag: Tensor | None = None) -> Tensor:
        if imag is None:
            return real
        if self.mode == "stft":
            return ops.concat([real, imag], -1)
        if self.mode == "angle":
            return ops.atan2(imag, real)
        power = real * real + imag * imag
        if self.mode == "psd":  # the bins in between stand for two each
            bins = power.shape[-1]
            twice = np.ones(bins, np.float32) + (np.arange(bins) % (bins - 1) > 0)
            return power * as_tensor(twice, power.dtype)
        size = ops.sqrt(ops.maximum(power, _TINY))
        return size if self.mode == "magnitude" else ops.log(ops.maximum(size, _TINY))

    def _laid_out(self, x: Tensor, first: bool) -> Tensor:
        n, channels, frames, bins = x.shape
        if self.expand_dims:
            return x if first else ops.transpose(x, (0, 2, 3, 1))
        if first:
            return ops.transpose(x, (0, 1, 3, 2)).reshape(n, channels * bins, frames)
        return ops.transpose(x, (0, 2, 1, 3)).reshape(n, frames, channels * bins)
