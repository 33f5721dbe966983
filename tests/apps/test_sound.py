"""The Sound app's job: seconds of sound become pictures of their pitches, a network
learns them, files bring it back; and what cannot be heard says why.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.apps.sound.files import find_sounds, model_bytes, read_model, sound_files
from pywebml.apps.sound.network import SoundOptions, network, train
from pywebml.apps.sound.samples import NAMES, sample_sounds
from pywebml.apps.sound.session import SoundSession
from pywebml.apps.sound.spectrogram import BANDS, FRAMES, RATE, cut, spectrograms
from pywebml.core.tensor import tensor
from pywebml.data.wav import wav_bytes
from pywebml.device import run_sync, set_device
from pywebml.host.files import FormatError
from pywebml.ops import concat
from pywebml.vis.screens import Recorder

(SOUND,) = [app for app in APPS if app.name == "sound"]
T = np.arange(RATE) / RATE


@pytest.fixture(autouse=True, params=["cpu", "gpu"])
def device(request: Any) -> Iterator[Any]:
    yield set_device(shared_device(request.param))
    set_device(shared_device("cpu"))


def command(folder: Path | None = None, **options: Any) -> tuple[Any, Recorder]:
    stop, screen = options.pop("stop", lambda: False), Recorder()
    given = Given({"folder": folder and str(folder)}, SOUND.options(**options), screen, stop, "cpu")
    assert SOUND.run is not None
    return run_sync(SOUND.run(given)), screen  # type: ignore[arg-type]


def wav(samples: Any, rate: int = RATE) -> bytes:
    return wav_bytes(np.round(np.asarray(samples) * 32767).astype("<i2"), rate)


def in_float64(clips: np.ndarray) -> np.ndarray:
    """What a spectrogram is, by NumPy."""
    at = np.arange(61)[:, None] * 256 + np.arange(512)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    loud = (np.abs(np.fft.rfft(clips[:, at] * window)) * 4 / 512) ** 2
    mel = 2595 * np.log10(1 + np.arange(257) * 31.25 / 700)
    edges = np.linspace(*(2595 * np.log10(1 + np.array([60, 7600]) / 700)), 66)
    bands = [np.interp(mel, edges[i : i + 3], [0, 1, 0]) for i in range(64)]
    decibels = 10 * np.log10(np.maximum(loud @ np.array(bands).T, 1e-8))
    return np.clip(1 + decibels / 80, 0, 1)


def test_a_spectrogram_is_what_numpy_says() -> None:
    """Within a tenth of a decibel: float32 against float64."""
    random = np.random.default_rng(0)
    clips = np.stack([0.5 * np.sin(2 * np.pi * 1000 * T), 0.1 * random.normal(size=RATE), 0 * T])
    ours = spectrograms(tensor(clips.astype("float32"))).numpy()
    assert ours.shape == (3, FRAMES, BANDS)
    np.testing.assert_allclose(ours, in_float64(clips), atol=0.1 / 80)
    assert ours[2].max() == 0


def test_a_tone_is_one_line_and_full_loudness_is_one() -> None:
    """At the band that has its pitch."""
    tones = np.stack([np.sin(2 * np.pi * f * T) for f in (300, 1000, 4000)]).astype("float32")
    seen = spectrograms(tensor(tones)).numpy()
    bands = seen.mean(axis=1).argmax(axis=1)
    assert list(bands) == sorted(bands) and len(set(bands)) == 3
    assert (seen.max(axis=(1, 2)) > 0.95).all()


def test_many_clips_are_as_few() -> None:
    clips = np.random.default_rng(1).normal(size=(70, RATE)).astype("float32") * 0.1
    seen = spectrograms(tensor(clips)).numpy()
    # a product of fewer rows may add up in another order: 1 unit of float32's last place
    few = spectrograms(tensor(clips[66:])).numpy()
    np.testing.assert_allclose(seen[66:], few, rtol=0, atol=1.2e-7)


def test_a_short_sound_gets_silence_around_it() -> None:
    (clip,) = cut(np.ones(1000, np.float32))
    assert len(clip) == RATE and sum(clip) == 1000
    assert list(clip[7500:8500]) == [1] * 1000
    (silence,) = cut(b"")
    assert not any(silence)


def test_a_long_sound_is_cut_where_it_is_loud() -> None:
    """Two beeps in six seconds are two clips, each with its beep whole."""
    sound = np.zeros(6 * RATE, np.float32)
    for start in (0.7, 4.1):
        at = int(start * RATE)
        sound[at : at + 8000] = np.sin(2 * np.pi * 900 * T[:8000])
    clips = cut(sound)
    assert len(clips) == 2
    for clip in clips:
        assert np.square(clip).sum() == pytest.approx(4000, rel=0.01)
    hiss = np.random.default_rng(0).normal(size=5 * RATE + 100).astype("float32") * 0.01
    assert len(cut(np.zeros(3 * RATE, np.float32))) == 3
    assert len(cut(hiss)) == 5  # all of it is as loud


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_seconds_that_differ_and_come_back(name: str) -> None:
    clips = sample_sounds(name, 3, seed=4).numpy()
    assert clips.shape == (3, RATE) and np.isfinite(clips).all() and np.abs(clips).max() <= 1
    assert np.abs(clips).max() > 0.001
    np.testing.assert_allclose(sample_sounds(name, 3, seed=4).numpy(), clips, atol=1e-5)
    assert np.abs(clips[0] - clips[1]).max() > 0.001
    assert np.abs(clips - sample_sounds(name, 3, seed=5).numpy()).max() > 0.001


def some(count: int = 8) -> tuple[Any, list[int]]:
    clips = concat([sample_sounds(name, count) for name in NAMES], 0)
    return clips, [label for label in range(len(NAMES)) for _ in range(count)]


def test_it_stops_when_asked_and_says_what_it_was_tested_on() -> None:
    asked = iter([False] * 3)
    options = SoundOptions(epochs=50)
    trained = run_sync(train(*some(), NAMES, options, stop=lambda: next(asked, True)))
    assert trained.data["stopped"] and trained.data["epochs"] < 5
    assert trained.data["tested"] == 8 == len(trained.said)
    assert trained.data["clips"] == [8] * 4


@pytest.mark.parametrize(
    ("labels", "names", "words"),
    [
        ([0], ["one"], "1 classes"),
        ([0, 0], ["one", "two"], "'two' has no sound"),
        ([0], [str(i) for i in range(21)], "21 classes"),
    ],
)
def test_what_cannot_be_learnt_says_why(labels: Any, names: Any, words: str) -> None:
    clips = tensor(np.zeros((len(labels), RATE), np.float32))
    with pytest.raises(ValueError, match=words):
        run_sync(train(clips, labels, names, SoundOptions()))


def test_a_model_comes_back_from_its_file() -> None:
    model = network(4)
    file = run_sync(model_bytes(model, NAMES, {"accuracy": 1.0}))
    heard = read_model(file)
    assert heard.names == NAMES
    x = tensor(np.random.default_rng(0).random((2, FRAMES, BANDS, 1), np.float32))
    np.testing.assert_allclose(heard.model.predict(x).numpy(), model.predict(x).numpy(), atol=1e-6)
    project = zipped({"model.zip": file, **sound_files(NAMES, [[bytes(2 * RATE)]] * 4)})
    assert read_model(project).names == NAMES


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def edited(old: bytes, new: bytes) -> bytes:
    files = zipfile.ZipFile(io.BytesIO(run_sync(model_bytes(network(4), NAMES, {}))))
    contents = {name: files.read(name) for name in files.namelist()}
    assert old in contents["metadata.json"]
    contents["metadata.json"] = contents["metadata.json"].replace(old, new)
    return zipped(contents)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: b"RIFF", "no model"),
        (lambda: zipped({"a.txt": b"x"}), "train one first"),
        (lambda: zipped({"metadata.json": b"{}"}), "no model of sounds"),
        (lambda: edited(b'"rate": 16000', b'"rate": 8000'), "other clips"),
        (lambda: edited(b'"clap"', b'"drum"'), "each once"),
        (lambda: edited(b'"clap",', b""), "to 3 shares"),
    ],
)
def test_another_file_is_refused_in_words(data: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_model(data())


def test_the_command_learns_writes_and_hears(tmp_path: Path) -> None:
    """The sounds that it makes are a folder it reads, and its model hears them."""
    model, sounds = tmp_path / "m.zip", tmp_path / "sounds"
    outcome, screen = command(epochs=1, out=str(model), samples=str(sounds))
    assert outcome.data["clips"] == [25] * 4 and outcome.data["model"] == str(model)
    pictures = [what for kind, what in screen.shown if kind == "picture"]
    assert len(pictures) == 2 and "whistle" in pictures[0].words
    assert len(pictures[0].pixels) == 4 * pictures[0].height * pictures[0].width
    folder = find_sounds(sounds)
    assert folder.names == NAMES and len(folder.files) == 100

    outcome, screen = command(load=str(model), predict=str(folder.files[0].path))
    (said,) = outcome.data["predictions"]
    assert said["class"] in NAMES and sum(said["probabilities"].values()) == pytest.approx(1)


def test_the_command_takes_folders_zips_and_any_rate(tmp_path: Path) -> None:
    files = {}
    for rate in (8000, 44100):
        t = np.arange(3 * rate) / rate
        files[f"low/{rate}.wav"] = wav(0.5 * np.sin(2 * np.pi * 200 * t), rate)
        files[f"high/{rate}.WAV"] = wav(0.5 * np.sin(2 * np.pi * 3000 * t), rate)
    files |= {"low/notes.txt": b"x", "high/broken.wav": b"RIFF"}
    (tmp_path / "s.zip").write_bytes(zipped(files))
    long = tmp_path / "long.wav"
    long.write_bytes(wav(0.5 * np.sin(2 * np.pi * 3000 * np.arange(2 * 16000) / 16000)))
    outcome, screen = command(tmp_path / "s.zip", epochs=30, batch_size=4, predict=str(long))
    assert outcome.data["classes"] == ["high", "low"] and outcome.data["clips"] == [6, 6]
    assert len(outcome.skipped) == 1 and "broken.wav" in outcome.skipped[0]
    assert "1 .txt" in screen.text
    assert outcome.data["accuracy"] == 1
    heard = outcome.data["predictions"]
    assert [p["second"] for p in heard] == [0, 0.5, 1]
    assert {p["class"] for p in heard} == {"high"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "0 class folders"),
        ({"one/1.wav": b"RIFF"}, "0 class folders"),
        ({"one/1.wav": b"RIFF", "two/1.mp3": b"x"}, "no wav files, but .mp3"),
        ({"one/1.wav": b"RIFF", "two/1.wav": b"RIFF"}, "'one' has no wav file that can be read"),
    ],
)
def test_a_folder_without_sounds_says_so(files: Any, words: str, tmp_path: Path) -> None:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=words):
        command(tmp_path)


def test_words_that_cannot_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--predict FILE"):
        command(load="m.zip")
    with pytest.raises(ValueError, match="--samples"):
        command(tmp_path, samples="x")
    with pytest.raises(FileNotFoundError, match="no folder"):
        command(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="not there"):
        command(predict=str(tmp_path / "none.wav"))


def test_the_page_teaches_hears_and_keeps(device: Any) -> None:
    session = SoundSession()
    made = run_sync(session.samples(count=6))
    assert made["names"] == list(NAMES)
    each = [sound["clips"] for sound in made["sounds"]]
    assert all(len(clips) == 6 * 4 * RATE for clips in each)
    assert all(len(sound["pixels"]) == 6 * FRAMES * BANDS for sound in made["sounds"])
    second = each[1][: 4 * RATE]
    silent = run_sync(session.hear(second))
    assert silent["shares"] is None and silent["pixels"] == made["sounds"][1]["pixels"][: 61 * 64]

    labels = [label for label in range(4) for _ in range(6)]
    options = {"epochs": 2, "batch_size": 8}
    steps: list[Any] = []
    result = run_sync(session.train(options, b"".join(each), labels, NAMES, steps.append))
    assert result["clips"] == [6] * 4 and len(result["history"]["loss"]) == 2
    assert [step.done for step in steps if step.stage == "training"] == [1, 2]
    heard = run_sync(session.hear(second))
    assert sum(heard["shares"]) == pytest.approx(1, abs=1e-5) and heard["names"] == list(NAMES)

    session.revive()
    again = run_sync(session.hear(second))
    np.testing.assert_allclose(again["shares"], heard["shares"], atol=1e-5)
    other = SoundSession()
    assert other.load(result["model"]) == {"names": list(NAMES)}
    np.testing.assert_allclose(run_sync(other.hear(second))["shares"], heard["shares"], atol=1e-5)
    session.forget()
    assert run_sync(session.hear(second))["shares"] is None


def test_the_page_cuts_what_it_is_given() -> None:
    hiss = (0.1 * np.random.default_rng(0).normal(size=3 * RATE)).astype("float32")
    cut_up = run_sync(SoundSession().clips(hiss))
    assert len(cut_up["clips"]) == 3 * 4 * RATE and len(cut_up["pixels"]) == 3 * FRAMES * BANDS
    for samples in (hiss, hiss[:5], b""):
        with pytest.raises(ValueError, match="expected 16000 for each"):
            run_sync(SoundSession().hear(samples))


def test_an_export_is_read_again_by_page_and_command(tmp_path: Path) -> None:
    session, clip = SoundSession(), (1000 * np.sin(T)).astype("<i2")
    model = run_sync(model_bytes(network(2), ["a/b", "two"], {}))
    file = session.export(["a/b", "empty", "two"], [[clip, clip], [], [clip]], model)
    back = session.read(file)
    assert [(each["name"], len(each["files"])) for each in back["classes"]] == [
        ("a/b", 2),
        ("two", 1),
    ]
    assert back["classes"][0]["files"][0] == wav_bytes(clip, RATE) and back["model"] == model
    assert session.load(file) == {"names": ["a/b", "two"]}
    (tmp_path / "sounds.zip").write_bytes(file)
    outcome, _ = command(tmp_path / "sounds.zip", epochs=1)
    assert outcome.data["classes"] == ["a/b", "two"] and outcome.data["clips"] == [2, 1]
    one = session.export(["only"], [[clip]])
    assert session.read(one)["classes"][0]["name"] == "only"
    with pytest.raises(FormatError, match="zip"):
        session.read(b"no zip")
    session._training = True
    with pytest.raises(RuntimeError, match="running already"):
        run_sync(session.train({}, clip, [0], ["a"]))
