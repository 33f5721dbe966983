"""Keras's `keras.datasets.mnist`: 70,000 handwritten digits of 28 x 28."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...host.lazy import np


def load_data(path: str = "mnist.npz") -> Any:
    """((x_train, y_train), (x_test, y_test)), from mnist.npz at this path or in
    ~/.keras/datasets, where Keras itself keeps it.

    FileNotFoundError where it is in neither place.
    """
    places = [Path(path), Path.home() / ".keras" / "datasets" / path]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise FileNotFoundError(
            f"mnist.load_data: there is no {places[0]} and no {places[1]}; nothing is downloaded"
            " by a name: fetch mnist.npz with utils.get_file(origin=..., file_hash=...)"
        )
    with np.load(file, allow_pickle=False) as arrays:
        x_train, y_train = arrays["x_train"], arrays["y_train"]
        return (x_train, y_train), (arrays["x_test"], arrays["y_test"])
