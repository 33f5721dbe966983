"""Pictures from files and back, and folders of them, beside Keras."""

from __future__ import annotations

import gc
import io
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras
from keras.src.utils import dataset_utils
from PIL import Image

import pywebml as pw
from pywebml import utils
from pywebml.ops.support.resampling import fitted, resized

RNG = np.random.default_rng(5)


def picture(height: int = 20, width: int = 30, mode: str = "RGB") -> Image.Image:
    channels = {"RGB": (3,), "L": (), "RGBA": (4,)}[mode]
    return Image.fromarray(RNG.integers(0, 256, (height, width, *channels), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of pictures of different sizes, some deeper; and a file of no kind."""
    root = tmp_path / "pictures"
    for name, count in (("cats", 7), ("dogs", 5)):
        (root / name / "more").mkdir(parents=True)
        for i in range(count):
            inside = root / name / ("more" if i % 3 == 2 else "") / f"{i}.png"
            picture(16 + i, 24 - i).save(inside)
    (root / "cats" / "notes.md").write_text("none")
    return root


# --- one picture


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "rgba"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"target_size": (11, 17)},
        {"target_size": (11, 17), "interpolation": "bicubic", "keep_aspect_ratio": True},
        {"target_size": (40, 20), "interpolation": "lanczos"},
    ],
)
def test_load_img(tmp_path: Path, mode: str, color_mode: str, options: dict[str, Any]) -> None:
    path = tmp_path / "a.png"
    picture(mode=mode).save(path)
    got, want = (u.load_img(path, color_mode, **options) for u in (utils, keras.utils))
    assert (got.mode, got.size) == (want.mode, want.size)
    for data_format in (None, "channels_first"):
        x, y = (u.img_to_array(p, data_format) for u, p in ((utils, got), (keras.utils, want)))
        assert x.dtype == y.dtype == np.float32
        np.testing.assert_array_equal(x, y)
    for source in (str(path), io.BytesIO(path.read_bytes()), str(path).encode()):
        assert utils.load_img(source).size == (30, 20)


def test_load_img_stands_upright_and_refuses(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert utils.load_img(tmp_path / "a.jpg").size == (20, 30)
    (tmp_path / "b.png").write_bytes(b"no picture")
    for call, words in (
        (lambda: utils.load_img(tmp_path / "b.png"), "b.png is not a picture"),
        (lambda: utils.load_img(tmp_path / "c.png"), "c.png is not there"),
        (lambda: utils.load_img(tmp_path / "a.jpg", "hsv"), "'hsv'"),
        (lambda: utils.load_img(tmp_path / "a.jpg", target_size=(2, 2), interpolation="x"), "'x'"),
        (lambda: utils.img_to_array(np.zeros(3)), r"\(3,\)"),
        (lambda: utils.img_to_array(np.zeros((2, 2)), "first"), "'first'"),
        (lambda: utils.array_to_img(np.zeros((2, 2))), "three axes"),
        (lambda: utils.array_to_img(np.zeros((2, 2, 5))), "channels"),
        (lambda: utils.save_img(io.BytesIO(), np.zeros((2, 2, 3))), "file_format"),
        (lambda: utils.save_img(tmp_path / "a.xyz", np.zeros((2, 2, 3))), "'xyz'"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("data_format", [None, "channels_first"])
@pytest.mark.parametrize("most", [255, 1000, 0])
def test_array_to_img(channels: int, scale: bool, data_format: Any, most: int) -> None:
    if most > 255 and channels > 1 and not scale:
        pytest.skip("wraps in NumPy")
    x = RNG.uniform(0, 1, (6, 7, channels)) * most
    x = x.transpose(2, 0, 1) if data_format else x
    got, want = (u.array_to_img(x, data_format, scale) for u in (utils, keras.utils))
    assert got.mode == want.mode
    np.testing.assert_array_equal(np.asarray(got), np.asarray(want))
    if not data_format:
        np.testing.assert_array_equal(
            np.asarray(utils.array_to_img(pw.tensor(x.astype(np.float32)), None, scale)),
            np.asarray(want),
        )


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.JPEG"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_save_img(tmp_path: Path, name: str, channels: int) -> None:
    x = RNG.uniform(0, 255, (6, 7, channels))
    utils.save_img(tmp_path / f"0{name}", x)
    keras.utils.save_img(tmp_path / f"1{name}", x)
    got, want = (np.asarray(Image.open(tmp_path / f"{i}{name}")) for i in (0, 1))
    np.testing.assert_array_equal(got, want)


# --- sizes


@pytest.mark.parametrize("size", [(10, 15), (40, 31), (1, 1)])
@pytest.mark.parametrize(
    "interpolation", ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"]
)
def test_sizes_are_those_of_keras(size: tuple[int, int], interpolation: str) -> None:
    x = RNG.uniform(0, 255, (20, 30, 3)).astype(np.float32)
    want = keras.ops.image.resize(x, size, interpolation=interpolation)
    np.testing.assert_allclose(resized(x, size, interpolation), want, rtol=1e-4, atol=1e-2)
    want = keras.ops.image.resize(x, size, interpolation=interpolation, crop_to_aspect_ratio=True)
    got = fitted(x, size, interpolation, crop=True, pad=False)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("interpolation", ["area", "gaussian", "mitchellcubic"])
def test_other_sizes(interpolation: str) -> None:
    x = RNG.uniform(0, 255, (20, 30, 3)).astype(np.float32)
    np.testing.assert_allclose(
        resized(np.ones_like(x), (7, 41), interpolation), np.ones((7, 41, 3)), rtol=1e-5
    )
    if interpolation == "area":  # whole blocks are averaged
        np.testing.assert_allclose(
            resized(x, (10, 10), "area"), x.reshape(10, 2, 10, 3, 3).mean((1, 3)), rtol=1e-5
        )


def test_room_around() -> None:
    x = np.full((10, 20, 3), 5, np.float32)
    got = fitted(x, (8, 8), "bilinear", crop=False, pad=True)
    assert got.shape == (8, 8, 3)
    assert (got[2:6] == 5).all()
    assert (got[:2] == 0).all()
    assert (got[6:] == 0).all()


# --- folders


@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("subset", [None, "training", "validation", "both"])
@pytest.mark.parametrize("labels", ["inferred", None, "list"])
def test_files_and_labels_are_those_of_keras(
    folder: Path, seed: int, shuffle: bool, subset: str | None, labels: Any
) -> None:
    labels = list(range(100, 112)) if labels == "list" else labels
    split = None if subset is None else 0.3
    got = utils.image_dataset_from_directory(
        folder, labels, image_size=(8, 8), batch_size=None, seed=seed, shuffle=shuffle,
        subset=subset, validation_split=split, verbose=False,
    )  # fmt: skip
    paths, numbers, names = dataset_utils.index_directory(
        str(folder), labels, (".png",), shuffle=shuffle, seed=seed, verbose=False
    )
    subsets = ["training", "validation"] if subset == "both" else [subset]
    for data, part in zip(got if subset == "both" else [got], subsets, strict=True):
        want, classes = dataset_utils.get_training_or_validation_split(paths, numbers, split, part)
        assert data.file_paths == want
        assert data.class_names == names
        assert len(data) == len(want)
        if not shuffle and labels is not None:
            assert [int(y) for _, y in data] == list(classes)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "rgba"])
def test_batches(folder: Path, shuffle: bool, color_mode: str) -> None:
    data = utils.image_dataset_from_directory(
        folder, color_mode=color_mode, image_size=(12, 10), batch_size=5, seed=3, shuffle=shuffle,
        verbose=False,
    )  # fmt: skip
    channels = {"rgb": 3, "grayscale": 1, "rgba": 4}[color_mode]
    assert data.element_spec[0] == ((None, 12, 10, channels), "float32")
    assert data.element_spec[1] == ((None,), "int32")
    epochs = [list(data) for _ in range(2)]
    assert [x.shape for x, _ in epochs[0]] == [(n, 12, 10, channels) for n in (5, 5, 2)]
    wholes = [np.concatenate([x for x, _ in epoch]) for epoch in epochs]
    assert np.array_equal(*wholes) is not shuffle
    labels = np.concatenate([y for _, y in epochs[0]])
    assert sorted(labels) == [0] * 7 + [1] * 5
    # each picture is with its own label
    singles = {}
    for path in data.file_paths or []:
        pixels = utils.img_to_array(utils.load_img(path, color_mode))
        singles[resized(pixels, (12, 10)).tobytes()] = int("dogs" in path)
    assert [singles[x.tobytes()] for x in wholes[0]] == list(labels)


@pytest.mark.parametrize("mode", ["int", "binary", "categorical", None])
def test_label_modes(folder: Path, mode: str | None) -> None:
    data = utils.image_dataset_from_directory(
        folder, label_mode=mode, class_names=["dogs", "cats"], shuffle=False, image_size=8,
        verbose=False,
    )  # fmt: skip
    if mode is None:
        assert next(iter(data)).shape == (12, 8, 8, 3)
        return
    _, labels = next(iter(data))
    numbers = np.array([0] * 5 + [1] * 7)
    want = {
        "int": numbers.astype(np.int32),
        "binary": numbers.astype(np.float32)[:, None],
        "categorical": np.eye(2, dtype=np.float32)[numbers],
    }[mode]
    assert labels.dtype == want.dtype
    np.testing.assert_array_equal(labels, want)
    assert data.class_names == ["dogs", "cats"]


def test_channels_first_and_what_it_says(folder: Path, capsys: Any) -> None:
    first, second = utils.image_dataset_from_directory(
        folder, image_size=(8, 9), data_format="channels_first", validation_split=0.25, seed=1,
        subset="both", crop_to_aspect_ratio=True,
    )  # fmt: skip
    assert next(iter(first))[0].shape == (9, 3, 8, 9)
    assert next(iter(second))[0].shape == (3, 3, 8, 9)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Found 12 files belonging to 2 classes. Left out: 1 .md.",
        "Using 9 files for training.",
        "Using 3 files for validation.",
    ]


def test_a_file_that_is_no_picture_is_named(folder: Path) -> None:
    (folder / "cats" / "0.png").write_bytes(b"broken")
    data = utils.image_dataset_from_directory(folder, verbose=False, image_size=8)
    with pytest.raises(ValueError, match=r"0\.png is not a picture"):
        list(data)


def test_pictures_are_decoded_when_asked_for(folder: Path, monkeypatch: Any) -> None:
    from pywebml.data import image_directory

    read = []
    real = image_directory.whole_picture

    def counted(path: str) -> Any:
        read.append(path)
        return real(path)

    monkeypatch.setattr(image_directory, "whole_picture", counted)
    data = utils.image_dataset_from_directory(folder, batch_size=1, image_size=8, verbose=False)
    assert not read
    iterator = iter(data)
    next(iterator)
    assert len(read) <= 4
    before = threading.active_count()
    iterator.close()
    gc.collect()
    time.sleep(0.05)
    assert threading.active_count() < before or before == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": "guessed"}, "'guessed'"),
        ({"labels": [1, 2]}, "2 entries for 12 files"),
        ({"labels": [0.5] * 12}, "whole numbers"),
        ({"labels": [0] * 12, "class_names": ["a"]}, "class_names are for"),
        ({"class_names": ["cats", "birds"]}, "'birds', but .* has the folders cats, dogs"),
        ({"label_mode": "one_hot"}, "'one_hot'"),
        ({"label_mode": "binary", "class_names": ["cats"]}, "2 classes"),
        ({"color_mode": "hsv"}, "'hsv'"),
        ({"image_size": (1, 2, 3)}, r"\(height, width\)"),
        ({"image_size": (0, 2)}, r"\(height, width\)"),
        ({"interpolation": "sinc"}, "'sinc'"),
        ({"validation_split": 0.2}, "go together"),
        ({"subset": "training"}, "go together"),
        ({"validation_split": 1.5, "subset": "training"}, "between 0 and 1"),
        ({"validation_split": 0.5, "subset": "test"}, "'test'"),
        ({"validation_split": 0.5, "subset": "training"}, "give a seed"),
        ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "no files for validation"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "not both"),
        ({"format": "torch"}, "'torch'"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_refusals(folder: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        utils.image_dataset_from_directory(folder, **options)


def test_folders_that_are_none(tmp_path: Path) -> None:
    for function in (utils.image_dataset_from_directory, utils.text_dataset_from_directory):
        with pytest.raises(FileNotFoundError, match="is not there"):
            function(tmp_path / "nowhere")
        (tmp_path / "file").write_text("")
        with pytest.raises(FileNotFoundError, match="is a file"):
            function(tmp_path / "file")
        with pytest.raises(ValueError, match="no files that end in"):
            function(tmp_path, verbose=False)


def test_links(folder: Path) -> None:
    (folder / "cats" / "loop").symlink_to(folder)
    (folder / "cats" / "others").symlink_to(folder / "dogs")
    plain = utils.image_dataset_from_directory(folder, verbose=False)
    followed = utils.image_dataset_from_directory(folder, verbose=False, follow_links=True)
    assert len(plain.file_paths or ()) == 12
    assert len(followed.file_paths or ()) > 12


# --- texts


def test_texts(tmp_path: Path) -> None:
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        for i in range(4):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} \u00e9 {i}", encoding="utf-8")
    (tmp_path / "good" / "broken.txt").write_bytes(b"\xff\xfe good")
    data = utils.text_dataset_from_directory(tmp_path, batch_size=4, seed=2)
    epochs = [list(data) for _ in range(2)]
    assert len(data) == 3
    for batches in epochs:
        texts = [t for x, _ in batches for t in x]
        labels = [int(y) for _, ys in batches for y in ys]
        assert all(("good" in t) == bool(y) for t, y in zip(texts, labels, strict=True))
        assert sum(labels) == 5
    assert [x.tolist() for x, _ in epochs[0]] != [x.tolist() for x, _ in epochs[1]]
    assert data.element_spec == (((None,), "string"), ((None,), "int32"))
    short = utils.text_dataset_from_directory(
        tmp_path, None, batch_size=None, max_length=5, shuffle=False
    )
    assert [str(x) for x in short][:2] == ["bad \u00e9", "bad \u00e9"]
    train, test = utils.text_dataset_from_directory(
        tmp_path, validation_split=0.25, subset="both", seed=1
    )
    assert not set(train.file_paths) & set(test.file_paths)
    assert len(test.file_paths) == 2


def test_a_network_learns_from_a_folder(tmp_path: Path) -> None:
    """Batch by batch, as Keras's guide goes through pictures."""
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / name).mkdir()
        for i in range(12):
            pixels = np.clip(RNG.normal(level, 30, (20, 20, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    data = utils.image_dataset_from_directory(
        tmp_path, batch_size=6, image_size=(8, 8), label_mode="binary", seed=1, verbose=False
    ).map(lambda x, y: (x / 255, y))
    pw.set_seed(1)
    model = pw.Sequential([pw.layers.Flatten(), pw.layers.Dense(1, activation="sigmoid")])
    model.compile(pw.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit_sync(data, epochs=8, validation_data=data, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["val_accuracy"][-1] == 1
    assert model.evaluate_sync(data)[1] == 1
    assert model.predict(data.map(lambda x, y: x)).shape == (24, 1)
