"""`face_points`: faces whose points are where they are drawn, a network that finds
them, the same in 8 bits, and pictures of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.apps.face_points.drawing import GREEN, RED, TIMES, overlaid, side_by_side
from pywebml.apps.face_points.faces import POINTS, SIDE, faces
from pywebml.apps.face_points.network import error_of, network, places, shrunk, targets
from pywebml.device import run_sync, set_device
from pywebml.formats.layers_models import load_layers_model
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Weight
from pywebml.vis.screens import Recorder

(APP,) = [app for app in APPS if app.name == "face_points"]


@pytest.fixture(autouse=True, params=["cpu", "gpu"])
def device(request: Any) -> Iterator[Any]:
    yield set_device(shared_device(request.param))
    set_device(shared_device("cpu"))


def command(stop: Any = lambda: False, **options: Any) -> tuple[Any, Recorder]:
    screen = Recorder()
    given = Given({}, APP.options(**options), screen, stop, "cpu")
    assert APP.run is not None
    return run_sync(APP.run(given)), screen  # type: ignore[arg-type]


def test_points_lie_where_they_are_drawn() -> None:
    pictures, points = (each.numpy() for each in faces(300, seed=2))
    again, other = faces(300, seed=2), faces(300, seed=3)
    np.testing.assert_array_equal(again.pictures.numpy(), pictures)
    assert np.abs(other.points.numpy() - points).mean() > 0.01
    assert pictures.shape == (300, SIDE, SIDE, 1) and 0 <= pictures.min() < pictures.max() <= 1
    at = points.reshape(300, len(POINTS), 2)
    assert (at[:, :7] > 0).all() and (at[:, :7] < 1).all()
    rows, columns = ((at[..., i] * SIDE).astype(int).clip(0, SIDE - 1) for i in (1, 0))
    values = pictures[np.arange(300)[:, None], rows, columns, 0]
    for dark in ("left eye", "right eye", "mouth, below"):
        assert values[:, POINTS.index(dark)].mean() < 0.8 * pictures.mean(), dark
    assert (at[:, 0, 0] < at[:, 1, 0]).all() and (at[:, 7, 0] < at[:, 8, 0]).all()


@pytest.mark.parametrize("device", ["cpu"], indirect=True)
def test_the_network_learns_and_needs_its_skips() -> None:
    learnt, tested = faces(300), faces(60, seed=1)
    errors = {}
    for skips in (True, False):
        pw.set_seed(0)
        model = network(skips)
        before = run_sync(error_of(model, tested))
        model.compile(pw.optimizers.Adam(0.004), loss="mse")
        run_sync(
            model.fit(learnt.pictures, targets(learnt.points), batch_size=20, epochs=10, verbose=0)
        )
        errors[skips] = run_sync(error_of(model, tested))
        assert errors[skips] < before
    assert errors[True] < 0.06 < errors[False]
    off = places(model, tested.pictures).numpy() - tested.points.numpy().reshape(60, -1, 2)
    assert errors[False] == pytest.approx(np.sqrt((off**2).sum(-1)).mean(), rel=1e-4)


def test_a_model_in_8_bits() -> None:
    pw.set_seed(1)
    model, tested = network(), faces(20)
    file, small = run_sync(shrunk(model))
    for ours, theirs in zip(model.weights, small.weights, strict=True):
        values = ours.numpy()
        step = np.ptp(values) / 255
        np.testing.assert_allclose(theirs.numpy(), values, atol=0.501 * step + 1e-7)
    for ours, theirs in zip(small.weights, load_layers_model(file).weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert run_sync(error_of(small, tested)) == pytest.approx(
        run_sync(error_of(model, tested)), abs=0.01
    )


@pytest.mark.parametrize("values", [[], [3.0], [2.0, 2.0], [-1.0, 0.0, 7.5]])
def test_weights_of_any_range_in_8_bits(values: list[float]) -> None:
    small = quantised(Weight.of(np.array(values, "float32")), "uint8")
    assert len(small.data) == len(values)
    np.testing.assert_allclose(small.array(), values, atol=8.5 / 255 / 2)


def test_points_on_a_face() -> None:
    tile = overlaid([0.5] * SIDE**2, [0.25, 0.5], [0.75, 0.5])
    pixels = np.frombuffer(tile.pixels, np.uint8).reshape(TIMES * SIDE, TIMES * SIDE, 3)
    half = TIMES * SIDE // 2
    assert tuple(pixels[half, half // 2]) == GREEN and tuple(pixels[half, 3 * half // 2]) == RED
    assert (pixels == 128).all(axis=2).mean() > 0.99
    outside = overlaid([0.5] * SIDE**2, [-3.0, 0.5], [0.5, 9.0])
    assert set(outside.pixels) == {128}
    rgba, height, width = side_by_side([tile, outside])
    both = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)
    np.testing.assert_array_equal(both[:, : width // 2, :3], pixels)
    assert (both[..., 3] == 255).all() and (both[:, width // 2 :, :3] == 128).all()


def test_the_command_draws_saves_and_stops(tmp_path: Path) -> None:
    out, model = tmp_path / "faces.svg", tmp_path / "m.zip"
    few = {"faces": 100, "epochs": 2}
    outcome, screen = command(skips="both", out=str(out), save=str(model), **few)
    data = outcome.data
    assert data["error"] < 0.2 and data["error_without_skips"] < 0.2
    assert data["bytes"] == 4 * data["bytes_in_8_bits"]
    assert len(load_layers_model(model).weights) == len(network().weights)
    assert out.read_text(encoding="utf-8").count("<image") == 16
    assert [kind for kind, _ in screen.shown].count("picture") == 1
    asked = itertools.count(1)
    outcome, screen = command(stop=lambda: next(asked) == 1, skips="both", **few)
    assert outcome.code == 130 and "is tested" in screen.text
    for wrong in ({"out": "faces.png"}, {"save": "model.h5"}):
        with pytest.raises(ValueError, match="ends in"):
            command(**wrong)
