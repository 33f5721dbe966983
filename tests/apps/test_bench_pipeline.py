"""`bench pipeline` in small: its rows, its pictures, and the loader beside it."""

from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pytest
from PIL import Image

from pywebml import Model
from pywebml.apps.bench import networks, pipeline
from pywebml.apps.bench.peers.loader import Loader, Photos
from pywebml.data.pictures import load_picture
from pywebml.device import set_device
from pywebml.layers import Conv2D, Input
from pywebml.zoo import Preprocess

CENTRED = Preprocess.centred(127.5, 127.5)


def body():
    pictures = Input((24, 24, 3), name="pictures")
    return Model(pictures, Conv2D(4, 3, strides=8)(pictures), name="small")


def test_rows(monkeypatch):
    set_device("cpu")
    small = networks.Network("small", 24, CENTRED, body)
    monkeypatch.setattr(pipeline, "NETWORKS", (small, small))
    monkeypatch.setattr(pipeline, "DIFFERENT", 4)
    rows = list(pipeline.rows(0.02))
    assert rows[0]["work"].split(", ", 1)[1] == "decoded, one thread"
    assert all(row["ours_ms"] > 0 and "pictures a second" in row["note"] for row in rows)
    assert rows[0]["peer"] == "Pillow, one thread" and rows[0]["ratio"] > 0
    peers = [row["peer"] for row in rows]
    assert ("ONNX Runtime (CPU), our decoder" in peers) == bool(
        importlib.util.find_spec("onnxruntime")
    )
    if not importlib.util.find_spec("torchvision"):
        assert "torchvision are not installed" in rows[1]["note"]


def test_pictures_are_different_jpegs_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "DIFFERENT", 3)
    paths = pipeline.photos(tmp_path, 7)
    assert len(set(paths)) == 7
    images = [np.asarray(Image.open(path)) for path in paths]
    assert images[0].shape == (480, 640, 3) and 30 < images[0].std() < 90
    assert 30_000 < paths[0].stat().st_size < 200_000  # as photos of this size
    assert (images[0] == images[3]).all() and (images[0] != images[1]).any()


def test_the_loader_sees_what_we_see(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "DIFFERENT", 1)
    paths = pipeline.photos(tmp_path, 1)
    photos = pickle.loads(pickle.dumps(Photos(paths, 24, CENTRED)))
    assert len(photos) == 1
    # (x / 255 - mean) / deviation is x / 127.5 - 1
    assert photos.mean == pytest.approx([0.5] * 3) and photos.deviation == pytest.approx([0.5] * 3)
    torchvision = pytest.importorskip("torchvision", reason="a peer that few have")
    assert torchvision and photos[0].shape == (3, 24, 24)
    ours = load_picture(paths[0], 24, "crop")[..., :3].mean((0, 1)) / 127.5 - 1
    assert np.abs(photos[0].mean((1, 2)).numpy() - ours).max() < 0.05


def test_without_torchvision_it_says_so(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torchvision", None)
    loader = Loader([tmp_path / "1.jpg"], 24, CENTRED)
    assert loader.name == "" and "not installed" in loader.lacks
    assert loader.timed(lambda *_: 1.0) is None and list(loader.features(None, None)) == []
