"""zoo/own_page: the files of a page of one's own say, without Python, what the model
says here: on XNNPACK through web/runtime/pywebml.js in Node, and by their list of
launches on a graphics card.
"""

from __future__ import annotations

import gzip
import io
import json
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from in_node import run_node
from PIL import Image
from real_data import drawn_weights
from shares import share

from pywebml import Input, Model, Sequential, layers
from pywebml.data.folders import find_pictures
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.device.seam import COMMAND, COPY, Program
from pywebml.host.stores.folders import write_files
from pywebml.site.sources import XNNPACK_FILES, xnnpack
from pywebml.zoo import Extractor, Preprocess, load_extractor
from pywebml.zoo.compact import compact_files, load_compact
from pywebml.zoo.heads import new_head
from pywebml.zoo.own_page import plan_files

LABELS = ["cat", "dog", "bird"]
FLOAT32 = 1e-5  # sums in another order, of numbers around 1
SIDE = 13


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def seer(preprocess: Preprocess) -> Extractor:
    """A network with all that the known ones have, small."""
    x = picture = Input((SIDE, SIDE, 3), name="pictures")
    x = layers.Conv2D(8, 3, 2, padding="same", activation="relu6", name="conv")(x)
    x = layers.DepthwiseConv2D(3, padding="same", activation="sigmoid", name="deep")(x)
    before = layers.Conv2D(8, 1, name="narrow")(x)
    x = layers.Conv2D(8, 1, name="wide")(before)
    x = layers.ReLU(name="joined")(layers.Add(name="both")([x, before]))
    x = layers.MaxPooling2D(2, name="largest")(x)
    x = layers.Conv2D(12, 1, activation="tanh", name="last")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    network = drawn_weights(Model(picture, x, name="network"))
    return Extractor("network", network, "mean", preprocess, 1e-3, "0" * 64)


def rounded(extractor: Extractor) -> None:
    """Its kernels, as 8 bits have them."""
    for layer in extractor.model.layers:
        if layer.weights and "kernel" in layer.weights[0].name:
            kernel = layer.weights[0].numpy()
            apart = 2 if isinstance(layer, layers.DepthwiseConv2D) else 1
            rows = kernel.reshape(-1, np.prod(kernel.shape[-apart:]))
            scales = np.abs(rows).max(axis=0) / 127
            layer.weights[0].assign((np.rint(rows / scales) * scales).reshape(kernel.shape))


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    sizes = ((SIDE, SIDE), (31, 20), (16, 47), (60, 83))
    return [rng.integers(0, 256, (*size, 4), dtype=np.uint8) for size in sizes]


def here(extractor: Extractor, head: Any, picture: Any, fit: str, mirror: bool = False) -> Any:
    file = io.BytesIO()
    Image.fromarray(picture).convert("RGB").save(file, "PNG")
    loaded = load_picture(io.BytesIO(file.getvalue()), extractor.input_size, fit)
    pixels = extractor.pixels(loaded, mirror, fit)
    return head(extractor(pixels).reshape(1, -1)).numpy()[0]


def in_javascript(files: dict[str, bytes], asked: Any, folder: Path, **more: Any) -> Any:
    write_files(folder, files)
    library = xnnpack() / XNNPACK_FILES["xnnpack"]
    pictures = [{**a, "data": a["data"].reshape(-1).tolist()} for a in asked or ()]
    given = {"folder": str(folder), "xnnpack": str(library), "pictures": pictures, **more}
    return run_node("own_page.mjs", given)


def question(picture: np.ndarray, mirror: bool = False) -> dict[str, Any]:
    height, width = picture.shape[:2]
    return {"width": width, "height": height, "data": picture, "mirror": mirror}


@pytest.mark.parametrize(("fit", "order"), [("crop", "rgb"), ("squash", "bgr")])
def test_javascript_says_the_same(fit: str, order: str, tmp_path: Path) -> None:
    """Pictures of any size, mirrored or not."""
    extractor = seer(Preprocess((0.01, 0.02, 0.008), (-1.0, -0.5, 0.1), order))
    rounded(extractor)
    head = drawn_weights(new_head(12, 7, 3), 1)
    files = run_sync(plan_files(extractor, head, LABELS, fit, "Pets"))
    asked = [question(p, mirror) for p in pictures() for mirror in (False, True)]
    answer = in_javascript(files, asked, tmp_path)
    assert (answer["labels"], answer["title"]) == (LABELS, "Pets")
    assert answer["device"] == "XNNPACK"
    want = [here(extractor, head, a["data"], fit, a["mirror"]) for a in asked]
    assert np.ptp(want, axis=0).max() > 100 * FLOAT32  # pictures are told apart
    got = [[row[label] for label in LABELS] for row in answer["seen"]]
    np.testing.assert_allclose(got, want, atol=FLOAT32)


@pytest.mark.gpu
def test_a_graphics_card_says_the_same(tmp_path: Path) -> None:
    """The plan is written on the CPU; its kernels are put together by JavaScript."""
    extractor = seer(Preprocess.centred(127.5, 127.5))
    rounded(extractor)
    head = drawn_weights(new_head(12, 7, 3), 1)
    files = run_sync(plan_files(extractor, head, LABELS))
    picture = pictures()[0]
    answer = in_javascript(files, [question(picture)], tmp_path)
    scores = played(files, answer["wgsl"], extractor.pixels(picture).numpy())
    shares = np.exp(scores - scores.max())
    want = here(extractor, head, picture, "crop")
    np.testing.assert_allclose(shares / shares.sum(), want, atol=FLOAT32)


def played(files: dict[str, bytes], texts: list[str], pixels: np.ndarray) -> np.ndarray:
    """The scores, by the plan's commands."""
    plan = json.loads(files["plan.json"])
    part, raw, device = plan["gpu"], gzip.decompress(files["weights.bin"]), shared_device("gpu")
    buffers = [device.alloc(nbytes) for nbytes in part["buffers"]]
    for i in part["weights"]:
        about = plan["weights"]["tensors"][i]
        if "scales" in about:
            steps = np.frombuffer(raw, np.uint8, about["size"], about["at"]).astype(np.float32)
            scales = np.frombuffer(raw, np.float32, about["channels"], about["scales"])
            value = (steps.reshape(-1, len(scales)) - 127) * scales
        else:
            value = np.frombuffer(raw, np.float32, about["size"], about["at"])
        buffers.append(device.alloc(value.nbytes))
        device.upload(buffers[-1], value.astype(np.float32).tobytes())
    programs = [
        Program(p["name"], text, p["entry"], tuple(p["constants"].items()))
        for p, text in zip(part["programs"], texts, strict=True)
    ]
    pipelines = device.compile(programs)
    groups = [
        device.bind(
            pipelines[g["program"]],
            [buffers[i] for i in g["buffers"]],
            array("I", g["params"]).tobytes(),
        )
        for g in part["groups"]
    ]
    commands = array("i")
    for at in range(0, len(part["commands"]), COMMAND):
        program, group, *rest = part["commands"][at : at + COMMAND]
        assert program != COPY
        commands.extend((pipelines[program], groups[group], *rest))
    device.upload(buffers[part["input"]], pixels.tobytes())
    device.run(commands)
    return np.frombuffer(device.download_sync(buffers[part["output"]], 12), np.float32)


def test_the_default_extractor_on_drawn_hands(tmp_path: Path) -> None:
    """8 bits as the Teach page has them; 3.9 MB with all that predicts."""
    extractor = load_compact(compact_files(load_extractor()))
    head = new_head(extractor.features, 100, 4)
    files = run_sync(plan_files(extractor, head, [*LABELS, "fish"]))
    assert sum(map(len, files.values())) < 3_900_000
    drawn = find_pictures(sample_folder()).pictures[::40]
    loaded = [np.asarray(Image.open(p.path).convert("RGBA")) for p in drawn]
    answer = in_javascript(files, [question(p) for p in loaded], tmp_path)
    want = [here(extractor, head, picture, "crop") for picture in loaded]
    got = [[row[label] for label in answer["labels"]] for row in answer["seen"]]
    np.testing.assert_allclose(got, want, atol=1e-4)


def test_a_network_that_needs_a_graphics_card(tmp_path: Path) -> None:
    """Kernels that an op writes for it come along; without WebGPU it says so."""
    x = picture = Input((8, 8, 3))
    x = layers.Activation("softplus")(layers.Conv2D(4, 3)(x))
    network = Model(picture, layers.GlobalAveragePooling2D(name="mean")(x))
    extractor = Extractor("odd", network, "mean", Preprocess.centred(127, 127), 1e-3, "")
    files = run_sync(plan_files(extractor, new_head(4, 3, 3), LABELS))
    assert json.loads(files["plan.json"])["cpu"] is None
    assert any(name.startswith("written/") for name in json.loads(files["kernels.json"]))
    assert "nothing that the device" in in_javascript(files, [], tmp_path)["error"]


SPOILT: list[tuple[str, Any, str]] = [
    ("version", 2, "its version is 2"),
    ("labels", [], "it has no labels"),
    ("picture.size", [100_000, 100_000], "the size of its pictures is none"),
    ("picture.size", [64, 64], "its input is smaller than a picture"),
    ("weights.file", "../secrets", "its weights are elsewhere"),
    ("weights.bytes", 1 << 40, "larger than a tab can hold"),
    ("weights.bytes", 100, "a weight lies outside its weights"),
    ("weights.tensors.0.at", -4, "a weight lies outside its weights"),
    ("cpu.buffers.0", 1 << 40, "its buffers are none"),
    ("cpu.input", 9999, "its input or output is no buffer"),
    ("cpu.calls.0.0", "abort", "it calls what is not there"),
    ("cpu.calls.0.1.size", 1 << 29, "it calls what is not there"),
    ("gpu.groups.0.buffers.0", 9999, "a launch of it uses what is not there"),
    ("gpu.commands.2", 1 << 20, "a launch of it is too large"),
    ("gpu.commands", [0, 0, 65535, 65535, 1, 0], "computes for longer than anybody waits"),
    ("gpu.programs.0.parts.0", "../../secrets.txt?", "a program of it is none"),
    ("weights.sha256", "0" * 64, "is another one than its plan.json says"),
]


def test_a_hostile_plan_is_refused_in_a_sentence(tmp_path: Path) -> None:
    extractor = seer(Preprocess.centred(127.5, 127.5))
    files = run_sync(plan_files(extractor, new_head(12, 7, 3), LABELS))
    spoilt = [[path, value] for path, value, _ in SPOILT]
    errors = in_javascript(files, None, tmp_path, spoilt=spoilt)["errors"]
    for error, (path, _, told) in zip(errors, SPOILT, strict=True):
        assert error.startswith("PlanError: The model"), path
        assert told in error, path
        assert "\n" not in error, path


def test_calls_that_do_not_fit_together_hurt_nobody(tmp_path: Path) -> None:
    """Each number of each call of XNNPACK's, changed: none is called with tensors of
    another size than the numbers come to.
    """
    extractor = seer(Preprocess.centred(127.5, 127.5))
    files = run_sync(plan_files(extractor, new_head(12, 7, 3), LABELS))
    spoilt = [
        [f"cpu.calls.{i}.{j}", value]
        for i, call in enumerate(json.loads(files["plan.json"])["cpu"]["calls"])
        for j, arg in enumerate(call)
        if isinstance(arg, int)
        for value in (0, arg + 1, 1000)
        if value != arg
    ]
    assert len(spoilt) > 300
    errors = in_javascript(files, None, tmp_path, spoilt=share(spoilt, 4))["errors"]
    refused = [error for error in errors if error]
    assert all("it calls what is not there" in error for error in refused)
    assert len(refused) > 0.9 * len(errors)  # left: an activation instead of another


def test_weights_that_are_not_whole(tmp_path: Path) -> None:
    extractor = seer(Preprocess.centred(127.5, 127.5))
    files = run_sync(plan_files(extractor, new_head(12, 7, 3), LABELS))
    half = {**files, "weights.bin": files["weights.bin"][:-100]}
    assert "another one than" in in_javascript(half, [], tmp_path)["error"]


def test_the_same_files_each_time() -> None:
    extractor, head = seer(Preprocess.centred(127.5, 127.5)), new_head(12, 7, 3)
    first, second = (run_sync(plan_files(extractor, head, LABELS)) for _ in range(2))
    assert first == second


def test_large_heads_are_kept_in_8_bits() -> None:
    """MobileNet v1's last maps are 12,544 numbers: their head alone would be 5 MB."""
    picture = Input((64, 64, 3))
    network = Model(picture, layers.Conv2D(256, 5, 5, name="maps")(picture))
    extractor = Extractor("wide", network, "maps", Preprocess.centred(127, 127), 1e-3, "")
    head = Sequential(
        [
            layers.Dense(20, activation="relu", input_shape=(36864,)),
            layers.Dense(3, activation="softmax"),
        ]
    )
    files = run_sync(plan_files(extractor, head, LABELS))
    assert len(files["weights.bin"]) < 800_000
