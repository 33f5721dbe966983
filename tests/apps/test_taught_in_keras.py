"""What was taught opens in Keras 3 and says the same there: a head of the command, a
lesson of the Teach page, and the whole network from pixels to classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from in_keras import keras, uncompiled
from real_data import drawn_weights

from pywebml import Input, Model, layers, ops
from pywebml.apps import teach as command
from pywebml.apps.app import Given
from pywebml.apps.convert import APP, Taught
from pywebml.apps.predict import predict
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.formats.heads import read_archive
from pywebml.host.stores.folders import Zip
from pywebml.host.waiting import run_sync
from pywebml.vis.screens import Recorder

PROJECT = Path(__file__).parents[1] / "formats" / "written_before" / "project_trained.zip"
TOLERANCE = {"rtol": 0, "atol": 1e-5}
"""Of probabilities; sums of float32 in another order."""


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def in_keras(source: Path, target: Path) -> Any:
    inputs = {"source": str(source), "target": str(target)}
    APP.run(Given(inputs, APP.options(), Recorder(), device="cpu"))  # type: ignore[misc]
    return keras.models.load_model(target)


def predicted(model: Any, x: Any) -> Any:
    with uncompiled():
        return np.asarray(model(x))


def test_a_lesson_of_the_teach_page(tmp_path: Path) -> None:
    """On the samples that it was taught on."""
    archive = Zip(PROJECT)
    lesson = Taught(archive, {"head_keys": [], "samples": []})
    head = read_archive(lesson.head).model
    features = np.frombuffer(archive.read("features.bin"), "<f4").reshape(-1, *head.input.shape[1:])
    ours = head.predict(features, verbose=0).numpy()
    theirs = predicted(in_keras(PROJECT, tmp_path / "lesson.keras"), features)
    assert np.ptp(ours) > 0.1
    np.testing.assert_allclose(theirs, ours, **TOLERANCE)


def test_what_the_command_taught(tmp_path: Path) -> None:
    """The head on features, and what goes to Teachable Machine on pictures. On a small
    extractor: Keras takes seconds to make a large one.
    """
    picture = Input((32, 32, 3))
    x = layers.Conv2D(8, 3, 2, "same", activation="relu6")(picture)
    x = layers.DepthwiseConv2D(3, padding="same")(layers.BatchNormalization()(x))
    drawn_weights(Model(picture, layers.GlobalAveragePooling2D()(x))).save(tmp_path / "net.zip")
    photos, hands = tmp_path / "photos", {}
    for name in ("left", "up"):
        (photos / name).mkdir(parents=True)
        hands[name] = sorted((sample_folder() / name).glob("*.jpg"))[:3]
        for path in hands[name]:
            (photos / name / path.name).write_bytes(path.read_bytes())
    options = command.TeachCommand(
        extractor=str(tmp_path / "net.zip"),
        epochs=30,
        out=str(tmp_path / "m.zip"),
        export="teachable-machine",
    )
    run_sync(command.run(Given({"folder": str(photos)}, options, Recorder(), device="cpu")))

    keras_head = in_keras(tmp_path / "m.zip", tmp_path / "m.keras")
    head = read_archive(tmp_path / "m.zip").model
    x = np.random.default_rng(0).uniform(0, 2, (6, *head.input.shape[1:])).astype(np.float32)
    theirs = predicted(keras_head, x)
    np.testing.assert_allclose(theirs, head.predict(x, verbose=0).numpy(), **TOLERANCE)

    paths = [several[0] for several in hands.values()]
    predictions, _ = predict(tmp_path / "m.zip", paths)
    ours = [[p["probabilities"][name] for name in hands] for p in predictions]
    whole = in_keras(tmp_path / "m-teachable-machine.zip", tmp_path / "whole.keras")
    size = whole.input_shape[1:3]
    pictures = [
        ops.pixels_to_tensor(load_picture(path, size, fit="crop"), size, 1 / 127, -1.0, fit="crop")
        for path in paths
    ]
    theirs = predicted(whole, np.concatenate([picture.numpy() for picture in pictures]))
    assert np.ptp(theirs) > 0.01
    np.testing.assert_allclose(theirs, ours, **TOLERANCE)
