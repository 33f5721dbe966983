"""Networks built from code beside Keras's own: names, shapes, numbers of weights, and
what they give for the same weights.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device
from in_keras import keras as kerass
from network_facts import NETWORKS, answers, built, facts

import pywebml as pw
from pywebml import keras
from pywebml.device import set_device


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    set_device(shared_device("cpu"))


@pytest.fixture(scope="module")
def kerass_facts() -> Any:
    script = ROOT / "tests" / "support" / "network_facts.py"
    done = subprocess.run([sys.executable, script], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_beside_keras(kerass_facts: Any, name: str) -> None:
    model = built(keras.applications, name)
    assert type(model) is keras.Model
    want = kerass_facts[name]
    numbers = want.pop("answers", None)
    assert json.loads(json.dumps(facts(model))) == want
    if numbers is not None:
        np.testing.assert_allclose(answers(model), numbers, rtol=1e-4, atol=1e-5)


def test_pw_applications_are_the_same_networks() -> None:
    model = pw.applications.MobileNet((32, 32, 3), 0.25, weights=None, classes=3)
    assert type(model) is pw.Model
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing is downloaded by a name"),
        ({"weights": "no/file.h5"}, "a file that exists, got 'no/file.h5'"),
        ({"weights": None, "input_shape": (16, 16, 3)}, "at least 32 x 32"),
        ({"weights": None, "input_shape": (None, None, 3)}, "is whole"),
        ({"weights": None, "include_top": False, "pooling": "mean"}, "'avg' or 'max'"),
        ({"weights": None, "classes": 0}, "classes must be 1 or more"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(options: Any, message: str) -> None:
    for name in ("MobileNet", "ResNet50", "EfficientNetB0", "VGG16"):
        with pytest.raises(ValueError, match=message):
            getattr(pw.applications, name)(**options)


@pytest.mark.parametrize("room", ["mobilenet", "mobilenet_v2", "mobilenet_v3", "resnet50", "vgg16",
                                  "xception", "efficientnet"])  # fmt: skip
def test_pictures_are_prepared_as_in_keras(room: str) -> None:
    x = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype(np.float32)
    ours = getattr(keras.applications, room).preprocess_input(x.copy())
    theirs = getattr(kerass.applications, room).preprocess_input(x.copy())
    assert isinstance(ours, np.ndarray)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)


def test_predictions_are_read() -> None:
    rows = np.zeros((1, 1000), np.float32)
    rows[0, 281], rows[0, 285] = 0.7, 0.2
    [[first, second]] = keras.applications.mobilenet.decode_predictions(rows, top=2)
    assert first[1:] == ("tabby", pytest.approx(0.7)) and second[1] == "Egyptian cat"
    with pytest.raises(ValueError, match=r"\[n, 1000\]"):
        keras.applications.mobilenet.decode_predictions(rows[:, :10])
