"""`face_points`: faces whose points are where they are drawn, a network that finds
them, the same in 8 bits, and pictures of it.
"""

from __future__ import annotations

import itertools
import json
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
from pywebml.apps.face_points.faces import POINTS, RANGES, SIDE, Features, faces
from pywebml.apps.face_points.files import Saved, read_saved, saved_bytes
from pywebml.apps.face_points.learner import WATCHED, FaceOptions, Learner
from pywebml.apps.face_points.network import error_of, how_far, network, places, targets
from pywebml.apps.face_points.session import SHOWN, FaceSession
from pywebml.device import run_sync, set_device
from pywebml.formats.layers_models import load_layers_model
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError
from pywebml.host.stores.folders import Zip, zip_bytes
from pywebml.vis.screens import Recorder

FEW = {"faces": 100, "epochs": 2, "blocks": 2, "filters": 4}
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
        model = network(skips, filters=8)
        before = run_sync(error_of(model, tested))
        model.compile(pw.optimizers.Adam(0.006), loss="mse")
        run_sync(
            model.fit(learnt.pictures, targets(learnt.points), batch_size=20, epochs=6, verbose=0)
        )
        errors[skips] = run_sync(error_of(model, tested))
        assert errors[skips] < before
    assert errors[True] < 0.06 < errors[False]
    off = np.reshape(run_sync(places(model, tested.pictures)), (60, -1, 2))
    off -= tested.points.numpy().reshape(60, -1, 2)
    assert errors[False] == pytest.approx(np.sqrt((off**2).sum(-1)).mean(), rel=1e-4)


def test_how_far_points_are_off() -> None:
    assert how_far([0.0, 0.0, 0.5, 0.5], [0.3, 0.4, 0.5, 0.5]) == pytest.approx(0.25)


def test_a_face_of_one_s_own() -> None:
    drawn = run_sync(Features.drawn(5))
    assert list(drawn) == list(RANGES) and all(0 <= value <= 1 for value in drawn.values())
    upright = {"turn": 0.5, "x": 0.5, "y": 0.5}
    glad, sad = (drawn.changed({**upright, "smile": value}).face(5) for value in (1.0, 0.0))
    below = 2 * POINTS.index("mouth, below") + 1
    moved = glad.points.numpy()[0] - sad.points.numpy()[0]
    assert moved[below] > 0.08 and np.abs(np.delete(moved, below)).max() < 1e-6
    assert np.abs(glad.pictures.numpy() - sad.pictures.numpy()).max() > 0.2
    np.testing.assert_array_equal(drawn.face(5).pictures.numpy(), drawn.face(5).pictures.numpy())
    with pytest.raises(ValueError, match="no 'ears'; it has x, y"):
        drawn.changed({"ears": 0.5})
    for wrong in (2, -0.1, float("nan"), True, "0"):
        with pytest.raises(ValueError, match="turn must be a number from 0 to 1"):
            drawn.changed({"turn": wrong})


def test_a_model_in_8_bits() -> None:
    pw.set_seed(1)
    saved, tested = Saved.new(3, 12, True, 0), faces(20)
    model, file = saved.model, run_sync(saved_bytes(saved, bits=8))
    small = read_saved(file).model
    for ours, theirs in zip(model.weights, small.weights, strict=True):
        values = ours.numpy()
        step = np.ptp(values) / 255
        np.testing.assert_allclose(theirs.numpy(), values, atol=0.501 * step + 1e-7)
    for ours, theirs in zip(small.weights, load_layers_model(file).weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert run_sync(error_of(small, tested)) == pytest.approx(
        run_sync(error_of(model, tested)), abs=0.01
    )
    assert len(run_sync(saved_bytes(saved))) > 3 * len(file) - 30_000, "a json of its own each"


def test_its_file_brings_it_back_and_others_are_refused() -> None:
    pw.set_seed(2)
    saved = Saved.new(2, 4, False, 3)._replace(steps=7)
    data = run_sync(saved_bytes(saved))
    back = read_saved(data)
    assert back[1:] == (2, 4, False, 7, 3)
    for ours, theirs in zip(saved.model.weights, back.model.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    files = {name: Zip(data).read(name, 1 << 20) for name in Zip(data).names()}
    about = json.loads(files["metadata.json"])

    def changed(**values: Any) -> bytes:
        return zip_bytes({**files, "metadata.json": json.dumps({**about, **values}).encode()})

    for broken, why in (
        (b"", "is no model that finds points"),
        (b"PK\x03\x04 broken", "zip"),
        (zip_bytes({"a": b"b"}), "is no model that finds points"),
        (changed(format="other"), "does not say 'pywebml-face-points'"),
        (changed(blocks=9), "blocks must be a whole number from 1 to 4, got 9"),
        (changed(filters=True), "filters must be a whole number"),
        (changed(skips=1), "skips must be true or false, got 1"),
        (changed(filters=8), "the weights in old.zip: weight .* has shape"),
        (changed(blocks=3), "the weights in old.zip"),
        (zip_bytes({"metadata.json": files["metadata.json"]}), "old.zip"),
    ):
        with pytest.raises(FormatError, match=why):
            read_saved(broken, "old.zip")


@pytest.mark.parametrize("schedule", ["steps", "cosine", "constant"])
def test_the_learning_rate_falls_as_it_is_told(schedule: str) -> None:
    options = FaceOptions(schedule=schedule, faces=100, batch=10, epochs=10, learning_rate=0.016)
    rates = [round(float(options.rate(step)), 6) for step in (0, 59, 61, 86, 99)]
    expected = {
        "steps": [0.016, 0.016, 0.004, 0.001, 0.001],
        "constant": [0.016] * 5,
        "cosine": [round(0.008 * (1 + np.cos(np.pi * s / 100)), 6) for s in (0, 59, 61, 86, 99)],
    }
    assert rates == pytest.approx(expected[schedule], abs=2e-6)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_few_steps_have_a_schedule_too(steps: int) -> None:
    rate = FaceOptions(faces=100, batch=100, epochs=steps).rate
    assert float(rate(0)) == pytest.approx(0.004)


def test_it_learns_stops_and_goes_on() -> None:
    options = FaceOptions(**FEW)
    learner, points, asked = Learner.new(options), [], itertools.count(1)
    first = run_sync(learner.learn(options, points.append, lambda: next(asked) == 3))
    assert first.stopped and learner.steps == points[-1].done == 3
    second = run_sync(learner.learn(options, points.append, lambda: False))
    assert not second.stopped and learner.steps == points[-1].done == options.steps == 8
    assert [points[i].rate for i in (0, -1)] == pytest.approx([0.004, 0.00025])
    assert len(points[0].seen) == WATCHED * 2 * len(POINTS)
    run_sync(learner.learn(options, points.append, lambda: True))
    assert (learner.steps, points[-1].done) == (9, 1), "more lessons"
    learner.lessons(options)._sum.assign(float("nan"))
    with pytest.raises(ValueError, match="smaller learning rate"):
        run_sync(learner.learn(options, points.append, lambda: False))


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
    outcome, screen = command(skips="both", out=str(out), save=str(model), **FEW)
    data = outcome.data
    assert data["error"] < 0.3 and data["error_without_skips"] < 0.3
    assert data["bytes"] == 4 * data["bytes_in_8_bits"]
    assert "learning rate: 0.004 up to step 5, 0.00025 up to step 8" in screen.text
    assert len(load_layers_model(model).weights) == len(network(blocks=2).weights)
    assert read_saved(model.read_bytes()).steps == data["steps"] == 8
    assert out.read_text(encoding="utf-8").count("<image") == 16
    assert [kind for kind, _ in screen.shown].count("picture") == 1
    asked = itertools.count(1)
    outcome, screen = command(stop=lambda: next(asked) == 1, skips="both", **FEW)
    assert outcome.code == 130 and "is tested" in screen.text
    for wrong in ({"out": "faces.png"}, {"save": "model.h5"}):
        with pytest.raises(ValueError, match="ends in"):
            command(**wrong)


def test_the_session_stops_goes_on_and_comes_back_on_a_new_device() -> None:
    session = FaceSession()
    samples = run_sync(session.samples())
    assert len(samples["pixels"]) == SHOWN * SIDE**2
    assert len(samples["points"]) == SHOWN * 2 * len(POINTS)
    assert session.state() == {"network": None, "training": False}
    assert run_sync(session.face(3))["seen"] is None
    for early in (session.find, session.save):
        with pytest.raises(RuntimeError, match="train it first"):
            run_sync(early())
    said: list[Any] = []

    def hear(message: Any) -> None:
        said.append(message)
        session.stop()

    first = run_sync(session.train(FEW, hear))
    assert first["stopped"] and first["steps"] == 6 and len(said[0]["seen"]) == SHOWN * 22
    last = run_sync(session.train(FEW, said.append))
    assert last["steps"] == 8 and not last["stopped"]
    assert session.state()["network"] == {
        "blocks": 2, "filters": 4, "skips": True, "steps": 8, "seed": 0,
    }  # fmt: skip
    before = run_sync(session.find())
    np.testing.assert_allclose(before["seen"], said[-1]["seen"], atol=1e-5)
    assert 0 < np.abs(np.subtract(before["seen"], before["seen_in_8_bits"])).max() < 0.05
    session.revive()
    after = run_sync(session.find())
    np.testing.assert_allclose(after["seen"], before["seen"], atol=1e-5)
    own = run_sync(session.face(3, {"smile": 1.0}))
    assert own["features"]["smile"] == 1.0 and len(own["seen"]) == len(own["points"]) == 22
    other = FaceSession()
    with pytest.raises(ValueError, match="bits must be 32 or 8, got 16"):
        run_sync(session.save(16))
    loaded = run_sync(other.load(run_sync(session.save())))
    assert loaded["network"]["steps"] == 8 and loaded["error"] == pytest.approx(last["error"])
    with pytest.raises(FormatError):
        run_sync(other.load(b"nothing"))
    assert other.state()["network"]["steps"] == 8
    plain = {**FEW, "epochs": 1, "skips": "off"}
    assert run_sync(other.train(plain, said.append))["steps"] == 4, "another network"
    assert run_sync(other.train(plain, said.append, again=True))["steps"] == 4
