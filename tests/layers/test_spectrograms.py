"""Sound as pictures, beside Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers

RNG = np.random.default_rng(4)
OTHER_LAYERS = [
    lambda: layers.MelSpectrogram(),
    lambda: layers.STFTSpectrogram(),
]
SOUND = np.sin(np.arange(900) * 0.3) + RNG.normal(size=900) * 0.1


def close(got: Any, want: Any) -> None:
    want = np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got.numpy(), want, rtol=2e-3, atol=2e-3 * np.abs(want).max())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sequence_length": 100, "window": "hamming", "power_to_db": False},
        {"top_db": 20.0, "ref_power": 3.0, "mag_exp": 1.0, "max_freq": 3000, "min_freq": 100.0},
    ],
)
def test_mel(host: str, options: dict[str, Any]) -> None:
    ours, kerass = (
        m.layers.MelSpectrogram(128, 40, num_mel_bins=10, sampling_rate=8000, **options)
        for m in (pw, keras)
    )
    for x in (SOUND, SOUND.reshape(2, 450)):
        x = x.astype(np.float32)
        close(ours(x), kerass(x))
    again = layers.MelSpectrogram.from_config(ours.get_config())
    np.testing.assert_array_equal(again(x).numpy(), ours(x).numpy())
    assert ours(layers.Input((450,))).shape[:2] == (None, 10)


@pytest.mark.parametrize("mode", ["log", "magnitude", "psd", "real", "imag", "angle", "stft"])
@pytest.mark.parametrize("options", [{}, {"expand_dims": True}, {"padding": "same"},
                                     {"window": None, "scaling": None, "fft_length": 32},
                                     {"scaling": "spectrum", "periodic": True, "frame_step": 4},
                                     {"data_format": "channels_first", "expand_dims": True}],
                         ids=str)  # fmt: skip
def test_stft(mode: str, options: dict[str, Any]) -> None:
    x = RNG.normal(size=(2, 60, 3)).astype(np.float32)
    if "data_format" in options:
        x = x.transpose(0, 2, 1)
    ours, kerass = (m.layers.STFTSpectrogram(mode, frame_length=12, **options) for m in (pw, keras))
    got, want = ours(x), np.asarray(kerass(x))
    assert got.shape == want.shape
    if mode == "angle":  # of tiny numbers it may be any
        apart = np.exp(1j * got.numpy()) - np.exp(1j * want)
        assert np.median(np.abs(apart)) < 1e-3
    else:
        np.testing.assert_allclose(got.numpy(), want, rtol=2e-3, atol=2e-3 * np.abs(want).max())
    for a, b in zip(ours.get_weights(), kerass.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_it_trains(host: str) -> None:
    model = pw.Sequential([layers.STFTSpectrogram(frame_length=16), layers.Flatten(),
                           layers.Dense(1)])  # fmt: skip
    model.compile("sgd", "mse")
    x = RNG.normal(size=(4, 64, 1)).astype(np.float32)
    losses = model.fit_sync(x, np.ones((4, 1)), epochs=3, verbose=0).history["loss"]
    assert np.all(np.isfinite(losses))


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: layers.MelSpectrogram(64, sequence_length=65), "at most fft_length"),
    (lambda: layers.MelSpectrogram(window="kaiser"), "'kaiser'"),
    (lambda: layers.STFTSpectrogram("power"), "'power'"),
    (lambda: layers.STFTSpectrogram(frame_length=8, frame_step=9), "frame_step"),
    (lambda: layers.STFTSpectrogram(frame_length=8, fft_length=4), "fft_length"),
    (lambda: layers.STFTSpectrogram(scaling="half"), "'half'"),
    (lambda: layers.STFTSpectrogram(frame_length=8)(np.ones((3, 4))), "three axes"),
    (lambda: layers.STFTSpectrogram(frame_length=8, window=[1.0]), "8 values"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
