"""A second of sound as a picture: how loud each pitch is, over time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cache
from operator import mul
from typing import Any

from ... import ops
from ...core.tensor import Tensor, tensor
from ...vis.screens import Picture

RATE = 16_000
"""Samples of a clip, and of a second."""
FRAME, STEP = 512, 256
FRAMES = (RATE - FRAME) // STEP + 1
BANDS = 64
LOW, HIGH = 60.0, 7600.0  # hertz
QUIET = -80.0
"""Decibels below a sine of full loudness: what is quieter is black."""
AT_ONCE = 64  # clips, so that their Fourier transforms take little memory
HOP = 160  # samples between two places that a clip may begin at
PER = RATE // HOP
FAINT = 0.03
"""Clips with less than this share of the loudest one's energy are left out."""
SILENT = 1e-6  # so that seconds of silence are clips, too
MOST_SECONDS = 120
INKS = ((12, 8, 38), (86, 28, 122), (199, 62, 92), (249, 155, 60), (253, 245, 190))
"""From silence to loud."""


def spectrograms(clips: Tensor) -> Tensor:
    """float32 [n, 16000] from -1 to 1 -> [n, 61, 64] from 0 (80 decibels below a sine
    of full loudness) to 1: short-time Fourier transforms of 32 ms, every 16 ms, their
    power summed up in bands as the ear hears them (mel).
    """
    parts = [_few(clips[i : i + AT_ONCE]) for i in range(0, clips.shape[0], AT_ONCE)]
    return parts[0] if len(parts) == 1 else ops.concat(parts, 0)


def _few(clips: Tensor) -> Tensor:
    spectrum = ops.signal.stft(clips, FRAME, STEP)
    loud = (ops.real(spectrum) ** 2 + ops.imag(spectrum) ** 2) * (4 / FRAME) ** 2
    bands = ops.matmul(loud, tensor(_bands()))
    decibels = 10 / math.log(10) * ops.log(ops.maximum(bands, 10 ** (QUIET / 10)))
    return ops.clip_by_value(1 - decibels / QUIET, 0, 1)


@cache
def _bands() -> list[list[float]]:
    """[frequencies, bands]: triangles that overlap by half, straight on the scale of
    mel (O'Shaughnessy: 2595 log10(1 + f / 700)).
    """

    def mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    step = (mel(HIGH) - mel(LOW)) / (BANDS + 1)
    middles = [mel(LOW) + step * (i + 1) for i in range(BANDS)]
    bins = [mel(i * RATE / FRAME) for i in range(FRAME // 2 + 1)]
    return [[max(0.0, 1 - abs(at - middle) / step) for middle in middles] for at in bins]


def cut(samples: Any) -> list[array[float]]:
    """Clips of a second, in their order: those beside each other that have most of the
    sound's energy, as whole as they can be, but for what is faint beside the loudest;
    what is shorter than a second has silence around it. `samples`: anything with the
    bytes of float32. Of a long sound the first two minutes.
    """
    sound = array("f")
    sound.frombytes(memoryview(samples).cast("B")[: 4 * RATE * MOST_SECONDS])
    if len(sound) <= RATE:
        before = (RATE - len(sound)) // 2
        silence = array("f", bytes(4 * RATE))
        silence[before : before + len(sound)] = sound
        return [silence]
    sums = [0.0]
    for i in range(0, len(sound) - HOP + 1, HOP):
        hop = sound[i : i + HOP]
        sums.append(sums[-1] + sum(map(mul, hop, hop)))
    energies = [sums[i + PER] - sums[i] + SILENT for i in range(len(sums) - PER)]
    least = FAINT * max(energies)
    return [sound[i * HOP : i * HOP + RATE] for i in _apart(energies) if energies[i] >= least]


def _apart(energies: Sequence[float]) -> list[int]:
    """Places at least a clip apart whose energies' squares have the largest sum, by
    dynamic programming. Squares, so that a sound is rather in one clip than in halves.
    """
    best = [0.0] * (PER + len(energies))  # of what ends there or before
    for i, energy in enumerate(energies):
        best[i + PER] = max(best[i + PER - 1], best[i] + energy * energy)
    starts, end = [], len(best) - 1
    while end >= PER:
        if best[end] == best[end - 1]:
            end -= 1
        else:
            end -= PER
            starts.append(end)
    return starts[::-1]


def pixels_of(values: Any) -> bytes:
    """Of a spectrogram's values from 0 to 1, a byte each."""
    return bytes(int(255 * value + 0.5) for value in values)


def picture(spectrograms: Sequence[bytes], words: str) -> Picture:
    """Spectrograms' bytes [61, 64] in colours, side by side at half their size: time to
    the right, high pitches at the top.
    """
    colours = [_ink(level / 255) for level in range(256)]
    ground = bytes(4)
    wide, high = FRAMES // 2, BANDS // 2
    rows = []
    for band in range(2 * high - 2, -2, -2):
        for each in spectrograms:
            for frame in range(0, 2 * wide, 2):
                at = frame * BANDS + band
                rows.append(colours[max(*each[at : at + 2], *each[at + BANDS : at + BANDS + 2])])
            rows.append(ground)
    return Picture(b"".join(rows), high, len(spectrograms) * (wide + 1), words)


def _ink(level: float) -> bytes:
    place = level * (len(INKS) - 1)
    i = min(int(place), len(INKS) - 2)
    share = place - i
    mixed = [round(a + (b - a) * share) for a, b in zip(INKS[i], INKS[i + 1], strict=True)]
    return bytes([*mixed, 255])
