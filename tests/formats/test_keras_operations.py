"""Functions of keras.ops on symbols: a model with them goes to Keras and back."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from in_keras import keras

import pywebml.keras as ours
from pywebml.formats.keras3.operations import SETTINGS, TENSORS, class_of, read

X = np.linspace(-1, 1, 8).reshape(2, 4).astype(np.float32)
CALLS = {
    "operators": lambda k, x: (2.0 - x) * x / 4.0 + (-x) ** 2,
    "places": lambda k, x: x[:, 1:3] + x[:, None, 0] + x[..., :2],
    "compared": lambda k, x: k.ops.where(x > 0.0, x, k.ops.cast(x < -0.5, "float32")),
    "settings": lambda k, x: k.ops.mean(k.ops.softmax(x, axis=-1), axis=(1,), keepdims=True),
    "lists": lambda k, x: k.ops.concatenate([x, k.ops.relu(x)], axis=-1),
    "shapes": lambda k, x: k.ops.transpose(k.ops.reshape(x, (-1, 2, 2)), (0, 2, 1)),
    "constants": lambda k, x: k.ops.matmul(x, np.arange(8, dtype="float32").reshape(4, 2)),
    "any number": lambda k, x: k.ops.einsum("bi,bj->bij", x, x),
    "several outputs": lambda k, x: k.ops.split(x, 2, axis=1)[1] - k.ops.split(x, [2], 1)[0],
    "padded": lambda k, x: k.ops.pad(x, ((0, 0), (1, 1)), constant_values=3.0),
    "indices": lambda k, x: k.ops.take(x, [0, 2], axis=1),
    "with layers": lambda k, x: k.layers.Dense(2, kernel_initializer="ones")(x * 2.0) + 1.0,
    "pictures": lambda k, x: k.ops.image.rgb_to_grayscale(
        k.ops.repeat(k.ops.reshape(x, (-1, 2, 2, 1)), 3, axis=-1)
    ),
    "clipped": lambda k, x: k.ops.clip(k.ops.tile(x, (1, 2)), -0.5, 0.5),
}

TAKING = {"fun", "f", "pred", "branches", "loop_vars", "elems", "elements", "init_val"}
"""Arguments of what takes functions, too."""


@pytest.mark.parametrize("name", CALLS)
def test_to_keras_and_back(name: str, tmp_path: Path) -> None:
    for here, there in ((ours, keras), (keras, ours)):
        x = here.Input((4,))
        model = here.Model(x, CALLS[name](here, x))
        path = tmp_path / f"{here is keras}.keras"
        model.save(path)
        again = there.saving.load_model(path)
        want = np.asarray(model(X))
        np.testing.assert_allclose(np.asarray(again(X)), want, rtol=1e-5, atol=1e-6)
        if here is ours:
            same = here.saving.load_model(path)
            np.testing.assert_allclose(np.asarray(same(X)), want, rtol=1e-6)


def test_all_classes_are_known() -> None:
    """By their names, and which of their arguments belong to a call."""
    from keras.src.ops.operation import Operation

    seen = 0
    for room in ("numpy", "nn", "core", "math", "image", "linalg"):
        module = importlib.import_module(f"keras.src.ops.{room}")
        for kind in vars(module).values():
            if not (inspect.isclass(kind) and issubclass(kind, Operation)):
                continue
            if kind.__module__ != module.__name__:
                continue
            entry = {"class_name": kind.__name__, "config": {}, "module": module.__name__}
            function = read(entry)["config"]["function"].removeprefix("keras.")
            surface = ours.ops.image if function.startswith("image.") else ours.ops
            if not hasattr(surface, function.removeprefix("image.")):
                continue
            call = [p for p in inspect.signature(kind.call).parameters if p != "self"]
            made = [p for p in inspect.signature(kind).parameters if p != "name"]
            if set(call) & TAKING:
                continue  # they take functions, which no file holds
            assert class_of(function) == kind.__name__
            settings = SETTINGS.get(function, set())
            kept = [p for p in call if p in TENSORS and p not in settings]
            assert kept == [p for p in call if p not in ("kwargs", "args")], function
            assert not [p for p in made if p in TENSORS and p not in settings], function
            seen += 1
    assert seen > 200
