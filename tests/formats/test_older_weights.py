"""Weights of Keras's older HDF5 files, by layer and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw


def stack(k: Any, *sizes: tuple[str, int]) -> Any:
    return k.Sequential([k.Input((3,)), *(k.layers.Dense(n, name=name) for name, n in sizes)])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    theirs = stack(keras, ("d", 4), ("e", 2))
    path = tmp_path_factory.mktemp("older") / "m.h5"
    theirs.save(path)
    return theirs, path


def ours(*sizes: tuple[str, int]) -> Any:
    dense = [pw.layers.Dense(n, name=name) for name, n in sizes]
    return pw.Sequential([pw.layers.Input((3,)), *dense])


def equal(mine: Any, theirs: Any) -> bool:
    return all(
        a.shape == b.shape and bool(np.array_equal(a, b))
        for a, b in zip(mine.get_weights(), theirs.get_weights(), strict=True)
    )


def test_layer_by_layer(stored: tuple[Any, Path]) -> None:
    theirs, path = stored
    model = ours(("x", 4), ("y", 2))
    model.load_weights(path)
    assert equal(model, theirs)
    with pytest.raises(ValueError, match="2 layers with weights, the model 3; by_name=True"):
        ours(("d", 4), ("between", 4), ("e", 2)).load_weights(path)


def test_by_name(stored: tuple[Any, Path]) -> None:
    theirs, path = stored
    model = ours(("d", 4), ("between", 4), ("e", 2))
    between = model.layers[1].get_weights()
    model.load_weights(path, by_name=True)
    assert equal(model.layers[0], theirs.layers[0]) and equal(model.layers[2], theirs.layers[1])
    assert np.array_equal(model.layers[1].get_weights()[0], between[0])


def test_of_another_shape(stored: tuple[Any, Path]) -> None:
    theirs, path = stored
    model = ours(("d", 4), ("e", 5))
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"e has weights of shapes \(4, 5\), \(5,\), the file"):
        model.load_weights(path, by_name=True)
    assert all(map(np.array_equal, model.get_weights(), before))  # all or none
    with pytest.warns(UserWarning, match="left a layer as it is: e has"):
        model.load_weights(path, by_name=True, skip_mismatch=True)
    assert equal(model.layers[0], theirs.layers[0])
    assert np.array_equal(model.get_weights()[2], before[2])


def test_newer_files_have_no_names(tmp_path: Path) -> None:
    model = ours(("d", 4))
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match=r"by_name is for Keras's older files, NAME\.h5"):
        model.load_weights(tmp_path / "m.weights.h5", by_name=True)
