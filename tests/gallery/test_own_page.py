"""A page of one's own: a taught model in a folder of static files, on a plain host, under
a path, without Python.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import READY, START, accessibility_faults, clipped, desk_tab, opened, overflow
from hosts import ROOT, shared_device
from PIL import Image
from real_data import drawn_weights
from shares import share
from static_host import hosted
from teach_page import card, drop

from pywebml import Input, Model, layers
from pywebml.cli import main
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.formats.heads import read_archive
from pywebml.site import own_page
from pywebml.site.browser import chromium, flags, until
from pywebml.site.own_page import build_own_page
from pywebml.zoo import Extractor, Preprocess, load_extractor
from pywebml.zoo.compact import compact_files, load_compact
from pywebml.zoo.heads import new_head
from pywebml.zoo.own_page import UNTITLED, plan_files

pytestmark = pytest.mark.browser

TITLE = 'Up & "down"'
WHERE = "deep/in a folder/"
DONE = "document.documentElement.dataset.state !== 'loading'"


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head that the command has taught on the drawn hands."""
    set_device(shared_device("cpu"))
    out = tmp_path_factory.mktemp("own") / "hands.zip"
    assert main(["teach", str(sample_folder()), "--epochs", "10", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four drawn hands as PNG, which browsers and Pillow decode alike; one of them large."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for i, kind in enumerate(("up", "down", "left", "right")):
        with Image.open(sorted((sample_folder() / kind).glob("*.jpg"))[3]) as image:
            larger = image.convert("RGB").resize((900, 700) if i == 0 else (320, 240))
        paths.append(folder / f"{kind}.png")
        larger.save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def host(taught: Path) -> Iterator[Any]:
    folder = taught.parent / "host"
    words = ["page", "build", "--model", str(taught), "--out", str(folder / WHERE)]
    assert main([*words, "--title", TITLE]) == 0
    with hosted(folder) as host:
        yield host


def expected(taught: Path, pictures: list[Path]) -> list[dict[str, float]]:
    """What Python says, with the weights in 8 bits that the page has."""
    set_device(shared_device("cpu"))
    extractor = load_compact(compact_files(load_extractor()))
    head = read_archive(taught)
    answers = []
    for path in pictures:
        pixels = load_picture(path, extractor.input_size, "crop")
        features = extractor(extractor.pixels(pixels, fit="crop")).reshape(1, -1)
        row = head.model(features).numpy()[0].tolist()
        answers.append(dict(zip(head.metadata["labels"], row, strict=True)))
    return answers


def shown(page: Any, picture: Path) -> dict[str, float]:
    """The shares that the page shows of a picture, in percent."""
    page.evaluate("document.getElementById('seen').textContent = '…'")
    page.locator("#file").set_input_files(str(picture))
    until(page, "document.getElementById('seen').textContent !== '…'")
    rows = page.locator("#bars li").all()
    return {
        row.locator("span").first.inner_text(): float(row.locator(".share").inner_text()[:-2])
        for row in rows
    }


def test_it_says_what_python_says(
    browser_type: Any, host: Any, taught: Path, pictures: list[Path]
) -> None:
    """To 1e-4, by the module that the page uses; what it shows is rounded to percents."""
    want = expected(taught, pictures)
    with opened(browser_type, host.url) as context:
        page = context.new_page()
        page.goto(f"{host.url}{WHERE}?device=cpu")
        until(page, DONE)
        assert page.locator("#status").inner_text() == "Ready: it computes on XNNPACK."
        assert page.title() == page.locator("h1").inner_text() == TITLE
        for path, row in zip(pictures, want, strict=True):
            seen = shown(page, path)
            assert seen == {label: pytest.approx(100 * p, abs=0.51) for label, p in row.items()}
            assert page.locator("#seen").inner_text() == max(row, key=lambda label: row[label])
        assert_close(*predicted(page, "model/", "cpu", pictures[0]), want[0])


def test_real_photos_are_what_they_are_to_python(
    browser_type: Any, data_folder: Path, tmp_path: Path
) -> None:
    """Rock, paper and scissors of a real hand: the classes and shares of the whole model
    on this machine, whose weights have 32 bits, and to the third digit those of the
    same 8 bits.
    """
    set_device(shared_device("cpu"))
    photos, model = data_folder / "rock_paper_scissors", tmp_path / "hands.zip"
    assert main(["teach", str(photos), "--out", str(model)]) == 0
    paths = share(sorted(photos.glob("*/*.png")), 5)
    said = tmp_path / "said.json"
    assert main(["predict", str(model), *map(str, paths), "--json", str(said)]) == 0
    natively = [row["probabilities"] for row in json.loads(said.read_text("utf-8"))]
    assert main(["page", "build", "--model", str(model), "--out", str(tmp_path / "page")]) == 0
    with hosted(tmp_path / "page") as host, opened(browser_type, host.url) as context:
        page = context.new_page()
        page.goto(f"{host.url}?device=cpu")
        until(page, DONE)
        seen = predicted(page, "model/", "cpu", *paths)
    same = expected(model, paths)
    assert off(seen, same).max() < 1e-3
    assert [max(row, key=row.__getitem__) for row in seen] == [
        max(row, key=row.__getitem__) for row in natively
    ]
    assert off(seen, natively).max() < 0.15 and off(seen, natively).mean() < 0.01


def off(these: list[dict[str, float]], those: list[dict[str, float]]) -> np.ndarray:
    """How far the shares of the same labels are apart, for each picture."""
    rows = zip(these, those, strict=True)
    return np.array([[abs(one[label] - other[label]) for label in other] for one, other in rows])


def small(preprocess: Preprocess) -> Extractor:
    picture = Input((16, 16, 3))
    x = layers.Conv2D(8, 3, 2, padding="same", activation="relu6")(picture)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Activation("softplus")(x)  # no kernel of kernels/
    x = layers.GlobalAveragePooling2D(name="mean")(layers.Conv2D(12, 1)(x))
    network = drawn_weights(Model(picture, x))
    return Extractor("small", network, "mean", preprocess, 1e-3, "0" * 64)


def test_a_graphics_card_says_what_python_says(
    browser_type: Any, host: Any, pictures: list[Path]
) -> None:
    """Of a small network, as SwiftShader is slow. One that goes away is opened again."""
    set_device(shared_device("cpu"))
    extractor, head = small(Preprocess.centred(127.5, 127.5)), drawn_weights(new_head(12, 7, 3), 1)
    labels = ["cat", "dog", "bird"]
    place = host.folder / "small"
    build_own_page(place, run_sync(plan_files(extractor, head, labels)))
    pixels = extractor.pixels(load_picture(pictures[0], 16, "crop"), fit="crop")
    row = head(extractor(pixels).reshape(1, -1)).numpy()[0].tolist()
    with opened(browser_type, host.url) as context:
        page = context.new_page()
        page.add_init_script(DEVICES)
        page.goto(f"{host.url}small/?device=gpu")
        until(page, DONE)
        assert page.title() == UNTITLED
        want = dict(zip(labels, row, strict=True))
        assert_close(*predicted(page, "model/", "gpu", pictures[0]), want, 5e-3)  # 8 bits
        percent = {label: pytest.approx(100 * p, abs=1.5) for label, p in want.items()}
        assert shown(page, pictures[0]) == percent
        page.evaluate("devices[0].destroy()")
        assert shown(page, pictures[0]) == percent
        assert page.evaluate("devices.length") == 3  # the page's, the module's, a new one


def assert_close(got: dict[str, float], want: dict[str, float], atol: float = 1e-4) -> None:
    assert got == {label: pytest.approx(p, abs=atol) for label, p in want.items()}


def predicted(page: Any, model: str, device: str, *pictures: Path) -> list[dict[str, float]]:
    """What the module says of each."""
    asked = {"model": model, "device": device, "pictures": list(map(data_of, pictures))}
    answers = page.evaluate(PREDICT, asked)
    return [{p["label"]: p["probability"] for p in answer} for answer in answers]


def data_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


DEVICES = """{
  const { requestDevice } = GPUAdapter.prototype;
  globalThis.devices = [];
  GPUAdapter.prototype.requestDevice = async function (...asked) {
    const device = await requestDevice.apply(this, asked);
    devices.push(device);
    return device;
  };
}"""

PREDICT = """async ({ model: place, device, pictures }) => {
  const { load } = await import(new URL("pywebml/pywebml.js", document.baseURI));
  const model = await load(place, { device });
  const predictions = [];
  for (const picture of pictures) {
    const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
    predictions.push(await model.predict(await createImageBitmap(new Blob([bytes]))));
  }
  model.dispose();
  return predictions;
}"""


def test_the_teach_page_exports_one(
    browser_type: Any, known_profile: Any, page_url: str, pictures: list[Path], tmp_path: Path
) -> None:
    """Two classes, taught in the tab; the page in the zip sees what the tab does."""
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}teach.html?device=cpu")
        page.locator("#title").fill(TITLE)
        page.locator("#title").press("Enter")
        for kind in ("up", "down"):
            drawn = sorted((sample_folder() / kind).glob("*.jpg"))[:6]
            drop(page, card(page, kind), drawn)
        page.get_by_role("button", name="Remove class left").click()
        page.get_by_role("button", name="Remove class right").click()
        page.locator(READY).wait_for(timeout=START)
        page.locator("#train-button").click()
        page.locator("#result").wait_for(timeout=START)
        with page.expect_download() as download:
            page.locator("#save-page").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            archive.extractall(tmp_path)
    with hosted(tmp_path) as host, opened(browser_type, host.url) as context:
        page = context.new_page()
        page.goto(f"{host.url}?device=cpu")
        until(page, DONE)
        assert page.title() == TITLE
        for path in pictures[:2]:
            seen = shown(page, path)
            assert max(seen, key=lambda label: seen[label]) == path.stem


def test_it_works_offline_and_for_everybody(
    browser_type: Any, host: Any, pictures: list[Path]
) -> None:
    """A later visit without a connection; at 390 pixels, in the dark; by keys; by ear."""
    small = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with opened(browser_type, host.url, **small) as context:
        page = context.new_page()
        page.goto(f"{host.url}{WHERE}?device=cpu")
        until(page, DONE)
        shown(page, pictures[1])
        assert page.locator("#spoken").inner_text().startswith("down, ")
        assert not accessibility_faults(page)
        assert overflow(page) == 0
        assert clipped(page) == []
        with page.expect_file_chooser():
            # the questions also see to it that the chooser is waited for before the key comes
            for reached in ("camera", "choose"):
                page.keyboard.press("Tab")
                until(page, f"document.activeElement.id === '{reached}'")
            page.keyboard.press("Enter")
        until(page, "navigator.serviceWorker.ready")
        context.set_offline(True)
        page.reload()
        until(page, DONE)
        assert page.locator("#status").inner_text().startswith("Ready")
        shown(page, pictures[1])
        assert page.locator("#seen").inner_text() == "down"
        folder = os.environ.get("PYWEBML_ARTIFACTS")
        if folder:
            page.screenshot(path=f"{folder}/own-page-390.png")


def test_a_script_of_the_module_that_was_changed_is_not_run(
    browser_type: Any, host: Any, tmp_path: Path
) -> None:
    """One byte more: the page says so. Its own script may be changed by whoever owns it."""
    shutil.copytree(host.folder / WHERE, tmp_path / "page")
    (tmp_path / "page" / "sw.js").unlink()
    with hosted(tmp_path / "page", max_age=0) as changed:
        states = {}
        for name in ("page.js", "pywebml/pywebml.js", "pywebml/plan_cpu.js"):
            file = tmp_path / "page" / name
            whole = file.read_bytes()
            file.write_bytes(whole + b"\n")
            page = browser_type.launch(executable_path=chromium(), args=list(flags())).new_page()
            page.goto(f"{changed.url}?device=cpu")
            until(page, DONE)
            states[name] = page.locator("#status").inner_text()
            page.context.browser.close()
            file.write_bytes(whole)
    said = "A script of this page has not come as it was made. Reload the page."
    assert states.pop("page.js").startswith("Ready")
    assert {*states.values()} == {said}


def test_a_device_without_room_for_the_model_is_told_so(
    browser_type: Any, taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a browser gives XNNPACK 24 MB and not 2 GB."""
    whole, library = own_page.shell_files, "pywebml/xnnpack_library.js"

    def lesser() -> dict[str, bytes]:
        files = whole()
        assert files[library].count(b"2 ** 31") == 1
        return {**files, library: files[library].replace(b"2 ** 31", b"24 * 2 ** 20")}

    monkeypatch.setattr(own_page, "shell_files", lesser)
    assert main(["page", "build", "--model", str(taught), "--out", str(tmp_path / "page")]) == 0
    with hosted(tmp_path / "page") as host, opened(browser_type, host.url) as context:
        page = context.new_page()
        page.goto(f"{host.url}?device=cpu")
        until(page, DONE)
        assert "not enough memory for the model" in page.locator("#status").inner_text()


def test_the_example_of_a_page_that_one_writes(
    browser_type: Any, host: Any, taught: Path, pictures: list[Path]
) -> None:
    """examples/web, beside the folders that an export has."""
    place = host.folder / "mine"
    shutil.copytree(host.folder / WHERE, place)
    (place / "sw.js").unlink()
    shutil.copytree(ROOT / "examples" / "web", place, dirs_exist_ok=True)
    with opened(browser_type, host.url) as context:
        page = context.new_page()
        page.add_init_script("delete Navigator.prototype.gpu")
        page.goto(f"{host.url}mine/")
        answer = page.locator("#answer")
        until(page, "document.getElementById('answer').textContent.startsWith('It knows')")
        assert answer.inner_text() == "It knows down, left, right, up. Choose a picture."
        page.locator("#file").set_input_files(str(pictures[0]))
        until(page, "document.getElementById('answer').textContent.endsWith('%')")
        best = max(expected(taught, pictures[:1])[0].items(), key=lambda item: item[1])
        assert answer.inner_text() == f"{best[0]}: {round(100 * best[1])} %"


def test_a_camera_is_told_apart_frame_by_frame(browser_type: Any, host: Any) -> None:
    """And given back when it is stopped."""
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with opened(browser_type, host.url, fake, permissions=["camera"]) as context:
        page = context.new_page()
        page.goto(f"{host.url}{WHERE}?device=cpu")
        until(page, DONE)
        page.locator("#camera").click()
        until(page, "document.getElementById('seen').textContent !== '–'")
        assert page.locator("#video").evaluate("video => video.classList.contains('mirrored')")
        track = page.evaluate_handle("document.getElementById('video').srcObject.getTracks()[0]")
        page.get_by_role("button", name="Stop the camera").click()
        assert track.evaluate("track => track.readyState") == "ended"
