"""Wav files of every kind: read as they sound, or refused in words."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.data import wav
from pywebml.data.wav import read_wav, resampled, wav_bytes
from pywebml.host.files import FormatError

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)


def written(
    samples: np.ndarray, bits: int, tag: int = wav.PCM, rate: int = 8000, extensible: bool = False
) -> bytes:
    """A wav file, by the format's own words."""
    samples = samples[:, None] if samples.ndim == 1 else samples
    if tag == wav.FLOAT:
        data = samples.astype(f"<f{bits // 8}").tobytes()
    elif bits == 8:
        data = np.round(samples * 127 + 128).astype(np.uint8).tobytes()
    else:
        whole = np.round(samples * (2 ** (bits - 1) - 1)).astype("<i4")
        data = whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    channels, wide = samples.shape[1], bits // 8
    first = wav.EXTENSIBLE if extensible else tag
    form = struct.pack(
        "<HHIIHH", first, channels, rate, rate * channels * wide, channels * wide, bits
    )
    if extensible:
        form += struct.pack("<HHIH14x", 22, bits, 0, tag)
    chunks = [(b"fmt ", form), (b"LIST", b"odd"), (b"data", data)]
    body = b"WAVE" + b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for kind, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


KINDS = [(8, wav.PCM), (16, wav.PCM), (24, wav.PCM), (32, wav.PCM), (32, wav.FLOAT)]


@pytest.mark.parametrize(("bits", "tag"), [*KINDS, (64, wav.FLOAT)])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("extensible", [False, True])
def test_every_kind_sounds_the_same(bits: int, tag: int, channels: int, extensible: bool) -> None:
    """Within a step of eight bits; of stereo the channels' average."""
    both = np.stack([2 * TONE, 0 * TONE], 1).clip(-1, 1) if channels == 2 else TONE
    expected = both.mean(axis=1) if channels == 2 else TONE
    sound = read_wav(written(both, bits, tag, extensible=extensible))
    assert sound.rate == 8000 and sound.samples.dtype == np.float32
    np.testing.assert_allclose(sound.samples, expected, atol=1 / 127 if bits == 8 else 1e-4)


def test_a_file_is_read_back_by_pythons_own_reader(tmp_path: Path) -> None:
    samples = np.round(TONE * 32767).astype("<i2")
    path = tmp_path / "tone.wav"
    path.write_bytes(wav_bytes(samples, 16000))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
        assert file.readframes(len(samples)) == samples.tobytes()
    np.testing.assert_allclose(read_wav(path).samples, samples / 32768, atol=1e-7)
    np.testing.assert_array_equal(
        read_wav(io.BytesIO(path.read_bytes())).samples, read_wav(path).samples
    )


GOOD = written(TONE, 16)


def test_a_file_that_was_cut_off_has_what_is_there() -> None:
    sound = read_wav(GOOD[:-101])
    np.testing.assert_allclose(sound.samples, TONE[: 800 - 51], atol=1e-4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no wav"),
        (b"ID3\x04" + bytes(100), "no wav"),
        (GOOD[:12], "no samples"),
        (GOOD[:30], "cut off"),
        (written(TONE[:0], 16), "empty"),
        (GOOD.replace(b"fmt ", b"fmt?"), "before their format"),
        (GOOD[:20] + struct.pack("<H", 2) + GOOD[22:], "ADPCM .*PCM 16 bits"),
        (GOOD[:20] + struct.pack("<H", 85) + GOOD[22:], "MP3"),
        (GOOD[:34] + struct.pack("<H", 12) + GOOD[36:], "12 bits"),
        (GOOD[:22] + struct.pack("<H", 0) + GOOD[24:], "0 channels"),
        (GOOD[:24] + struct.pack("<I", 0) + GOOD[28:], "of 0 samples"),
        (GOOD[:24] + struct.pack("<I", 2**32 - 1) + GOOD[28:], "of 4294967295 samples"),
        (written(TONE * np.nan, 32, wav.FLOAT), "no numbers"),
        (written(np.full(9, 1e300), 64, wav.FLOAT), "no numbers"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_wav(data)


def test_places_without_a_file_are_refused(tmp_path: Path, monkeypatch: Any) -> None:
    with pytest.raises(FileNotFoundError, match="not there"):
        read_wav(tmp_path / "no.wav")
    with pytest.raises(IsADirectoryError, match="folder"):
        read_wav(tmp_path)
    monkeypatch.setattr(wav, "MAX_BYTES", 100)
    (tmp_path / "long.wav").write_bytes(GOOD)
    for source in (tmp_path / "long.wav", GOOD, io.BytesIO(GOOD)):
        with pytest.raises(FormatError, match="cut it into parts"):
            read_wav(source)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 16001])
def test_another_rate_is_the_same_sound(rate: int) -> None:
    """Tones below both halves stay, to a thousandth away from the ends; as SciPy's
    polyphase filter has them, to a hundredth (its filter is another).
    """
    signal = pytest.importorskip("scipy.signal")

    def tones(rate: int) -> np.ndarray:
        t = np.arange(rate) / rate
        return 0.4 * np.sin(2 * np.pi * 440 * t) + 0.3 * np.sin(2 * np.pi * 2500 * t)

    ours = resampled(tones(rate), rate, 16000)
    assert ours.shape == (16000,) and ours.dtype == np.float32
    np.testing.assert_allclose(ours[400:-400], tones(16000)[400:-400], atol=2e-3)
    if rate != 16001:  # whose filter would have 16,000 phases
        theirs = signal.resample_poly(tones(rate), 16000, rate)
        np.testing.assert_allclose(ours[400:-400], theirs[400:-400], atol=1e-2)


def test_what_the_lower_rate_cannot_have_is_taken_out() -> None:
    """A tone of 11 kHz would be heard as one of 5 kHz."""
    high = np.sin(2 * np.pi * 11000 * np.arange(48000) / 48000)
    assert np.abs(resampled(high, 48000, 16000)[400:-400]).max() < 2e-3
