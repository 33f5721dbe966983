"""Wav files: samples from -1 to 1 of what is in them, and the file of samples."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, NamedTuple

from ..host.files import FormatError
from ..host.lazy import np

MAX_BYTES = 64 << 20
"""Of a file that is read: some six minutes of a CD's sound."""
RATES = (1000, 384_000)
MAX_CHANNELS = 64
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
COMPRESSED = {2: "ADPCM", 6: "A-law", 7: "mu-law", 17: "ADPCM", 49: "GSM", 85: "MP3"}
ZEROS = 16
"""Zero crossings of the sinc on either side, where sound is brought to another rate."""


class Sound(NamedTuple):
    """float32 samples from -1 to 1 of one channel, and how many are a second."""

    samples: Any
    rate: int


class _Form(NamedTuple):
    tag: int
    channels: int
    rate: int
    bits: int


def read_wav(source: Any) -> Sound:
    """The sound of a wav file, its channels averaged: whole numbers of 8, 16, 24 or 32
    bits, or floats of 32 or 64. `source` is a path, bytes or a file. A file that was
    cut off has what is there.

    FormatError that says what is wrong with a file: no wav, compressed, of impossible
    sizes, without samples; or with samples that are no numbers.

    Example:
        >>> from pywebml.data.wav import read_wav, wav_bytes
        >>> read_wav(wav_bytes(np.array([0, 16384, -32768], "<i2"), 8000))
        Sound(samples=array([ 0. ,  0.5, -1. ], dtype=float32), rate=8000)
    """
    data, name = _bytes_of(source)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise FormatError(f"{name} is no wav file: it does not begin with RIFF ... WAVE")
    form, sound = _chunks(data, name)
    samples = _decoded(form, sound, name)
    if not np.isfinite(samples).all():
        raise FormatError(f"{name} has samples that are no numbers; record or export it anew")
    return Sound(samples, form.rate)


def _bytes_of(source: Any) -> tuple[bytes, str]:
    """(what is in it, what it is called)."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _bounded(bytes(source), len(source), "the file"), "the file"
    if hasattr(source, "read"):
        source.seek(0)
        data = source.read(MAX_BYTES + 1)
        return _bounded(data, len(data), "the file"), "the file"
    path = Path(source)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected a wav file")
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; expected a wav file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return _bounded(data, path.stat().st_size, str(path)), str(path)


def _bounded(data: bytes, size: int, name: str) -> bytes:
    if size > MAX_BYTES:
        raise FormatError(
            f"{name} has {size:,} bytes or more, and at most {MAX_BYTES:,} are read; cut it into"
            " parts"
        )
    return data


def _chunks(data: bytes, name: str) -> tuple[_Form, bytes]:
    """What the file says of its samples, and their bytes."""
    form, at = None, 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + size]
        if kind == b"fmt ":
            form = _form(body, name)
        elif kind == b"data":
            if form is None:
                raise FormatError(f"{name} is no wav file: its samples come before their format")
            return form, body
        at += 8 + size + size % 2
    raise FormatError(f"{name} is no wav file that can be read: it has no samples")


def _form(body: bytes, name: str) -> _Form:
    if len(body) < 16:
        raise FormatError(f"{name} is no wav file: its format is cut off")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if (tag, bits) not in {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)}:
        what = f"samples of {bits} bits" if tag in (PCM, FLOAT) else COMPRESSED.get(tag, "others")
        raise FormatError(
            f"{name} has {what} (format {tag}); expected whole numbers of 8, 16, 24 or 32 bits or"
            " floats of 32 or 64; save it as WAV, PCM 16 bits"
        )
    low, high = RATES
    if not (1 <= channels <= MAX_CHANNELS and low <= rate <= high):
        raise FormatError(
            f"{name} has {channels} channels of {rate} samples a second; expected 1 to"
            f" {MAX_CHANNELS} of {low} to {high}"
        )
    return _Form(tag, channels, rate, bits)


def _decoded(form: _Form, sound: bytes, name: str) -> Any:
    """float32 [samples]."""
    wide = form.bits // 8
    sound = sound[: len(sound) - len(sound) % (wide * form.channels)]
    if not sound:
        raise FormatError(f"{name} has no samples: it is empty")
    if form.tag == FLOAT:
        values = np.frombuffer(sound, f"<f{wide}")
    elif wide == 1:
        values = (np.frombuffer(sound, np.uint8) - np.float32(128)) / np.float32(128)
    else:  # the upper bytes of 32 bits
        whole = np.zeros((len(sound) // wide, 4), np.uint8)
        whole[:, 4 - wide :] = np.frombuffer(sound, np.uint8).reshape(-1, wide)
        values = whole.view("<i4")[:, 0] / 2.0**31
    with np.errstate(over="ignore"):
        return values.reshape(-1, form.channels).mean(axis=1).astype(np.float32)


def resampled(samples: Any, rate: int, wanted: int) -> Any:
    """float32 samples at another rate: each is a sum of those around it, weighted by a
    sinc under a Hann window, which takes out what is above half of the lower rate
    (Smith, "Digital Audio Resampling").

    Example:
        >>> from pywebml.data.wav import resampled
        >>> resampled(np.ones(44100), 44100, 16000).shape
        (16000,)
    """
    samples = np.asarray(samples, np.float32)
    if rate == wanted:
        return samples
    cut = min(1.0, wanted / rate)
    reach = math.ceil(ZEROS / cut)
    padded = np.pad(samples, (reach, reach + 1))
    count = max(1, len(samples) * wanted // rate)
    around = np.arange(-reach, reach + 1)
    out = np.empty(count, np.float32)
    for start in range(0, count, 4096):  # bounds the memory
        place = np.arange(start, min(start + 4096, count)) * (rate / wanted)
        first = np.floor(place).astype(int)
        far = (around - (place - first)[:, None]) * cut
        weights = cut * np.sinc(far) * (0.5 + 0.5 * np.cos(np.pi * np.clip(far / ZEROS, -1, 1)))
        out[start : start + 4096] = (padded[first[:, None] + around + reach] * weights).sum(axis=1)
    return out


def wav_bytes(samples: Any, rate: int) -> bytes:
    """The wav file of int16 samples of one channel: anything with their bytes.

    Example:
        >>> from pywebml.data.wav import wav_bytes
        >>> len(wav_bytes(bytes(2 * 16000), 16000))
        32044
    """
    data = memoryview(samples).cast("B").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, 1, rate, 2 * rate, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body
