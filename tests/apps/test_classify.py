"""What is in a picture: the command, and the session that the page talks to, with the
page's own network and with ones that a visitor brings.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device
from PIL import Image
from real_data import real_data

import pywebml as pw
from pywebml.apps.app import Given, Outcome
from pywebml.apps.classify import APP
from pywebml.apps.classify.command import drawn_things, score
from pywebml.apps.classify.drawing import place_of
from pywebml.apps.classify.looking import Look, Looker, heat, inner_layers
from pywebml.apps.classify.session import ClassifySession
from pywebml.apps.frame import Picture
from pywebml.data.draw_things import THINGS, draw
from pywebml.data.pictures import load_picture
from pywebml.device import run_sync, set_device
from pywebml.formats.layers_models import save_layers_model
from pywebml.host.stores import zip_bytes
from pywebml.vis.screens import Recorder
from pywebml.zoo import Extractor, load_extractor
from pywebml.zoo.compact import class_files, compact_files, load_compact, with_classes

SCENE = "jack-o'-lantern and analog clock"


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


def done(*pictures: Any, **options: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    assert APP.run is not None
    given = Given(
        {"pictures": list(map(str, pictures))}, APP.options(**options), screen, device="cpu"
    )
    outcome: Any = APP.run(given)
    return run_sync(outcome), screen


# --- the command


def test_drawn_things_are_seen_as_what_they_are() -> None:
    outcome, screen = done()
    assert outcome.data["right"] == outcome.data["tested"] == len(THINGS)
    assert outcome.data["confidence"] > 0.4
    assert outcome.hints
    kinds = [kind for kind, _ in screen.shown]
    assert kinds.count("chart") == kinds.count("picture") == len(THINGS)


def test_the_drawn_things_are_those_that_the_program_draws() -> None:
    """Up to what JPEG makes of thin lines."""
    for name, path in drawn_things().items():
        fresh = np.asarray(draw(name), np.int16)
        assert np.abs(fresh - np.asarray(Image.open(path), np.int16)).mean() < 8


def test_each_class_has_its_own_place() -> None:
    """The clock hangs in the corner, the lantern stands below it."""
    places = {}
    for number in (1, 2):
        outcome, screen = done(drawn_things()[SCENE], where=number)
        (picture,) = outcome.data["pictures"]
        places[picture["where"]] = place_of(picture["map"])
        words = next(what.words for kind, what in screen.shown if kind == "picture")
        assert words.endswith(places[picture["where"]])
    lantern, clock = places
    assert (lantern, "clock" in clock) == ("jack-o'-lantern", True)
    assert places[clock] == "most at the top left"
    assert places[lantern] != places[clock]


def test_what_it_draws_is_written(tmp_path: Path) -> None:
    picture = drawn_things()["umbrella"]
    outcome, _ = done(picture, out=str(tmp_path / "seen.png"))
    drawing = np.asarray(Image.open(outcome.data["out"]).convert("RGB"), np.float64)
    plain = np.asarray(Image.open(picture).convert("RGB").resize(drawing.shape[:2]), np.float64)
    changed = np.abs(drawing - plain).mean(axis=2)
    assert changed[:160].mean() > changed[160:].mean()  # the canopy is what counts
    outcome, screen = done(picture, out=str(tmp_path / "seen.svg"), layer="block2b_add")
    text = Path(outcome.data["out"]).read_text(encoding="utf-8")
    assert text.count("<image") == 3
    assert "where it sees umbrella" in text
    assert "24 of 24 channels" in text
    assert [what.words for kind, what in screen.shown if kind == "picture"][-1] == (
        "block2b_add: 24 of 24 channels"
    )


def test_a_picture_at_an_address(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(drawn_things()["beacon"].read_bytes())
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        outcome, _ = done(f"{address}/a.jpg", f"{address}/none.jpg")
        server.shutdown()
    assert outcome.data["pictures"][0]["top"][0]["label"] == "beacon"
    assert len(outcome.skipped) == 1 and "none.jpg" in outcome.skipped[0]
    assert "accuracy" not in outcome.data


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"where": 6}, "--where 6 is none of the 5 classes that are named; give --top 6"),
        ({"out": "a.gif"}, r"--out is an .svg or a .png, got a.gif"),
        ({"layer": "block9"}, "has no layer 'block9' that makes pictures; there are stem_act"),
    ],
)
def test_what_cannot_be_drawn(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        done(drawn_things()["umbrella"], **options)


def test_a_network_of_two_classes(tmp_path: Path) -> None:
    """Fewer than are named, and no names for them."""
    pictures = pw.Input((32, 32, 3))
    seen = pw.layers.GlobalAveragePooling2D()(pw.layers.Conv2D(4, 3)(pictures))
    model = pw.Model(pictures, pw.layers.Dense(2, activation="softmax")(seen))
    folder = str(save_layers_model(model, tmp_path / "two"))
    outcome, _ = done(drawn_things()["beacon"], extractor=folder, where=2)
    (picture,) = outcome.data["pictures"]
    assert sorted(guess["label"] for guess in picture["top"]) == ["class 0", "class 1"]
    assert np.shape(picture["map"]) == (30, 30)
    with pytest.raises(ValueError, match="--where 3: two knows 2 classes"):
        done(drawn_things()["beacon"], extractor=folder, where=3)


def test_a_drawing_is_of_one_picture(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--out draws one picture, got none; name one"):
        done(out=str(tmp_path / "a.svg"))


def test_the_score() -> None:
    def look(label: str, share: float) -> Look:
        return Look([{"class": 1, "label": label, "probability": share}], [], 7, 7)

    told = score({"a": look("a", 0.9), "a and b": look("b", 0.6), "c": look("d", 0.8)})
    assert told == {"accuracy": 2 / 3, "right": 2, "tested": 3, "confidence": 0.0}


def test_heat_is_above_zero_only() -> None:
    assert heat([[-1.0, 0.0]]) == heat([[0.0, 0.0]])
    colours = np.frombuffer(heat([[-3.0, 0.0, 2.0, 4.0]]), np.uint8).reshape(4, 4)
    assert (colours[0] == colours[1]).all()
    assert (np.diff(colours[1:, 3].astype(int)) > 0).all()
    assert colours[3, :3].tolist() == [252, 255, 164]


# --- the page's session


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    set_device(shared_device("cpu"))
    whole = load_extractor()
    return with_classes(load_compact(compact_files(whole)), class_files(whole))


def thing(name: str) -> Picture:
    pixels = load_picture(drawn_things()[name], 224, fit="crop")
    return Picture(memoryview(pixels.tobytes()), *pixels.shape[:2])


def look(session: ClassifySession, name: str, **how: Any) -> Any:
    return run_sync(session.look(thing(name), **how))


def test_a_session_sees_where_things_are(extractor: Extractor) -> None:
    session = ClassifySession(extractor)
    run_sync(session.warm_up())
    network = session.network()
    assert network["own"] and network["classes"] == 1000
    assert network["method"] == "class activation map"
    assert network["layers"][0] == {
        "name": "stem_activation", "height": 112, "width": 112, "channels": 32,
    }  # fmt: skip
    seen = look(session, "umbrella")
    assert seen["top"][0]["label"] == "umbrella"
    assert len(seen["heat"]) == len(seen["top"]) == 5
    assert all(len(each) == 4 * seen["height"] * seen["width"] for each in seen["heat"])
    # with left and right swapped it is still an umbrella, seen on the other side
    swapped = look(session, "umbrella", mirror=True)
    assert swapped["top"][0]["label"] == "umbrella"


def test_inner_layers_are_those_of_the_network(extractor: Extractor) -> None:
    """Against NumPy: the channels that vary most, each from 0 to 255."""
    session = ClassifySession(extractor)
    with pytest.raises(RuntimeError, match="no picture has been looked at yet"):
        run_sync(session.activations("stem_activation"))
    look(session, "traffic light")
    told = run_sync(session.activations("block2b_add", 5))
    classifier = extractor.classifier
    inner = pw.Model(classifier.input, classifier.get_layer("block2b_add").output)
    pixels = extractor.pixels(thing("traffic light").on_device(), fit="crop")
    values = inner(pixels).numpy()[0].astype(np.float64)
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    best = np.argsort(-(high - low), kind="stable")[:5]
    expected = ((values - low) / (high - low))[..., best].transpose(2, 0, 1) * 255
    tiles = np.frombuffer(told["pixels"], np.uint8).reshape(5, 56, 56)
    assert np.abs(tiles - expected).max() < 1  # rounded to whole numbers
    assert (told["shown"], told["channels"]) == (5, 24)
    few = run_sync(session.activations("block2b_add"))
    assert few["shown"] == 24, "no more than there are"
    with pytest.raises(ValueError, match="has no layer 'predictions'"):
        run_sync(session.activations("predictions"))


def test_layers_that_only_hand_on_are_left_out(extractor: Extractor) -> None:
    names = list(inner_layers(extractor.classifier))
    assert "block2b_expand_conv" not in names and "block2b_expand_bn" not in names
    assert "block2b_add" in names and "top_activation" in names


def test_a_visitors_network(extractor: Extractor) -> None:
    folder = real_data("mobilenet_v1_0.25_224")
    if folder is None:
        pytest.skip("no MobileNet v1 at hand")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    session = ClassifySession(extractor)
    look(session, "beacon")
    network = session.load(files)
    assert not network["own"] and network["method"] == "Grad-CAM"
    assert network["layers"][0]["name"] == "conv1_relu"
    with pytest.raises(RuntimeError, match="no picture"):
        run_sync(session.activations("conv1_relu"))
    seen = look(session, "beacon")
    assert seen["top"][0]["label"] == "beacon"
    whole = load_extractor(folder)
    pixels = whole.pixels(thing("beacon").on_device(), fit="crop")
    # its batch norms are not folded here
    want = whole.classify(pixels).numpy()[0][seen["top"][0]["class"]]
    assert seen["top"][0]["probability"] == pytest.approx(want, abs=1e-4)
    session.revive(extractor)
    assert not session.network()["own"], "a lost device brings the page's own network back"
    assert session.own()["own"]
    assert look(session, "beacon")["top"][0]["label"] == "beacon"


def test_teachable_machines_export(extractor: Extractor) -> None:
    """Networks within a network, and names of its own classes."""
    export = real_data("teachable_machine/image-model.zip")
    if export is None:
        pytest.skip("no export at hand")
    session = ClassifySession(extractor)
    network = session.load({"image-model.zip": export.read_bytes()})
    assert (network["name"], network["classes"]) == ("image-model", 2)
    assert len(network["layers"]) > 20
    seen = look(session, "beacon")
    assert len(seen["top"]) == 2
    assert sum(guess["probability"] for guess in seen["top"]) == pytest.approx(1, abs=1e-5)
    assert not any(guess["label"].startswith("class ") for guess in seen["top"])


WITHOUT_NUMPY = """
import sys

class NoNumPy:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("a tab with a graphics card has no NumPy")

sys.meta_path.insert(0, NoNumPy())
from pywebml.apps.classify.session import ClassifySession
from pywebml.apps.frame import Picture
from pywebml.device import run_sync, set_device
from pywebml.host.stores.folders import Folder
from pywebml.zoo.compact import load_compact, with_classes
set_device("gpu")
extractor, classes, picture, export = sys.argv[1:]
session = ClassifySession(with_classes(load_compact(Folder(extractor)), Folder(classes)))
image = Picture(memoryview(open(picture, "rb").read()), 256, 256)
assert run_sync(session.look(image))["top"][0]["label"] == "umbrella"
assert run_sync(session.activations("block3b_add"))["shown"] == 36
if export:
    session.load({"tm.zip": open(export, "rb").read()})
    assert len(run_sync(session.look(image))["heat"]) == 2
    session.own()
"""


def test_it_needs_no_numpy_on_a_graphics_card(tmp_path: Path) -> None:
    """As a tab with one has none."""
    whole = load_extractor()
    for name, files in (("body", compact_files(whole)), ("classes", class_files(whole))):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
    (tmp_path / "pixels").write_bytes(bytes(thing("umbrella").pixels))
    export = real_data("teachable_machine/image-model.zip") or ""
    words = [tmp_path / "body", tmp_path / "classes", tmp_path / "pixels", export]
    run = [sys.executable, "-c", WITHOUT_NUMPY, *map(str, words)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.zip": b"no zip"}, "not a zip file"),
        ({"notes.txt": b"hello"}, "model.json|layers model"),
        ({"model.json": b"{}"}, "model"),
        ({"m.tflite": b"\x1c\0\0\0TFL3"}, "m.tflite is a TensorFlow Lite .* or Keras instead"),
        (
            {"converted.zip": zip_bytes({"model.savedmodel/saved_model.pb": b"\x08\x01"})},
            "converted.zip is a SavedModel of TensorFlow",
        ),
    ],
)
def test_what_is_no_network(extractor: Extractor, files: dict[str, bytes], says: str) -> None:
    session = ClassifySession(extractor)
    with pytest.raises(ValueError, match=says):
        session.load(files)
    assert session.network()["own"]
    assert look(session, "beacon")["top"][0]["label"] == "beacon"


def test_a_network_without_classes() -> None:
    whole = load_extractor()
    bare = load_compact(compact_files(whole))
    with pytest.raises(ValueError, match="has features but no classes of its own"):
        Looker(bare)


def test_a_file_of_keras(extractor: Extractor, tmp_path: Path) -> None:
    """The same network as a file of Keras, and one that says what its classes are."""
    path, folder = real_data("keras_h5/mobilenet_v1_0.25_224.h5"), real_data("teachable_machine")
    if path is None or folder is None:
        pytest.skip("no MobileNet v1 of Keras at hand")
    session = ClassifySession(extractor)
    network = session.load_keras({path.name: path.read_bytes()})
    assert (network["name"], network["classes"]) == ("mobilenet_v1_0.25_224", 1000)
    assert look(session, "beacon")["top"][0]["label"] == "beacon"
    session.revive(extractor)
    assert not session.network()["own"]
    pw.load_model(folder / "image-model.zip").save(tmp_path / "model.h5")
    files = {"keras_model.h5": (tmp_path / "model.h5").read_bytes(), "labels.txt": b"0 a\n1 b b\n"}
    assert session.load_keras(files)["classes"] == 2
    assert {guess["label"] for guess in look(session, "beacon")["top"]} == {"a", "b b"}
    session.own()
    packed = zip_bytes({**files, "__MACOSX/._keras_model.h5": b"\0\5\x16\7"})
    assert session.load_keras({"converted_keras.zip": packed})["name"] == "converted_keras"
    assert {guess["label"] for guess in look(session, "beacon")["top"]} == {"a", "b b"}
    for bad in ({"a.txt": b""}, {"a.h5": b"no"}, {"b.h5": b"", "a.keras": b""}):
        with pytest.raises(ValueError, match=r"one file of Keras|a\.h5"):
            session.load_keras(bad)
    assert session.network()["classes"] == 2, "all is as it was"
