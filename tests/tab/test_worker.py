"""The page in a real browser: Python, WebGPU, teaching, and what happens when something
is missing or goes away.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from browser import START, known_tab, ready, script_url, value, watch
from hosts import shared_device
from shares import share

from pywebml.apps.bench.browser.boot import SNAPSHOT_IS_KEPT
from pywebml.site import sources, stdlib
from pywebml.site.archive import python_of, write_archives
from pywebml.site.browser import served, until
from pywebml.site.listing import worker_files

pytestmark = pytest.mark.browser

ADD = """async ([key, pictures]) => {
  for (const text of pictures) {
    const image = await createImageBitmap(
      await (await fetch(`data:image/jpeg;base64,${text}`)).blob());
    await pywebml.call("add_sample", { key, image }, [image]);
  }
}"""
PREDICT = """async (text) => {
  const image = await createImageBitmap(
      await (await fetch(`data:image/jpeg;base64,${text}`)).blob());
  return pywebml.call("predict", { image }, [image]);
}"""
WITH_WEBGPU = pytest.mark.parametrize("open_tab", ["gpu"], indirect=True)
WITHOUT = pytest.mark.parametrize("open_tab", share(["cpu", "gpu"], 2), indirect=True)
"""In software WebGPU takes a second for a picture."""


def jpeg(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.fixture(scope="module", params=["gpu", "cpu"])
def open_tab(request: pytest.FixtureRequest, known_profile: Any, page_url: str) -> Iterator[Any]:
    """A tab that is up, once with WebGPU and once without, shared by the tests that
    leave it as they found it.
    """
    with known_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}teach.html?device={request.param}")
        assert ready(page)["webgpu"] is (request.param == "gpu")
        yield page


class FirstVisit(NamedTuple):
    """Of a fresh profile, on the Teach page with WebGPU."""

    page: Any
    info: dict[str, Any]
    sizes: list[tuple[str, int]]  # bytes of each URL


@pytest.fixture(scope="module")
def first_visit(browser: Any, page_url: str) -> Iterator[FirstVisit]:
    """One for all that is asked of a first visit, and of what it leaves for later ones."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    wrong = watch(page, page_url)
    sizes: list[tuple[str, int]] = []
    page.on("requestfinished", lambda r: sizes.append((r.url, r.sizes()["responseBodySize"])))
    page.goto(f"{page_url}teach.html?device=gpu")
    info = ready(page)
    visit = FirstVisit(page, info, [*sizes])
    page.evaluate(SNAPSHOT_IS_KEPT)
    yield visit
    context.close()
    assert not wrong, wrong


def test_a_first_visit(first_visit: FirstVisit) -> None:
    """WebGPU is there, NumPy is not fetched, and the bytes stay below 12 MB."""
    page, info, sizes = first_visit
    assert info["webgpu"] is True
    assert info["reason"] is None
    assert info["device"]["language"] == "wgsl"
    assert info["extractor"]["name"] == "efficientnet_lite0"
    assert info["versions"]["pyodide"] == "0.27.7"
    assert not [url for url, _ in sizes if "numpy" in url or "xnnpack-" in url]
    assert sum(size for _, size in sizes) <= 12_000_000
    # no module of Python's laid the package there; a program that names NumPy has it come so
    assert value(page, "import sys; 'tarfile' in sys.modules") is False
    assert value(page, "import sys; 'numpy' in sys.modules") is False


def test_a_start_spares_python_what_it_can(first_visit: FirstVisit, built_page: Path) -> None:
    """The package's files lie there as they were packed; what is compiled in the library
    is what a start imports.
    """
    page = first_visit.page
    compiled = value(
        page,
        "[name for name, module in sys.modules.items()"
        " if 'python312.zip' in (getattr(module, '__file__', '') or '')"
        " and module.__file__.endswith('.pyc')]",
    )
    assert {*stdlib.COMPILED} == {*compiled} or python_of(sources.PYTHON) is None
    (package,), (job,) = (
        built_page.glob("app-*/*.tar.txt"),
        built_page.glob("app-*/jobs/teach.tar.txt"),
    )
    packed = {}
    for path in (package, job):
        with tarfile.open(path) as tar:
            for member in tar:
                file = tar.extractfile(member)
                assert file is not None
                packed[member.name] = hashlib.sha256(file.read()).hexdigest()
    source = """
import hashlib, pathlib, pywebml
root = pathlib.Path(pywebml.__file__).parents[1]
files = [path for path in root.rglob("pywebml/**/*.*") if path.parent.name != "__pycache__"]
{str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
"""
    assert value(page, source) == packed


@pytest.mark.parametrize("other", [b"no WebAssembly", b"\0asm\1\0\0\0"])
def test_another_python_is_not_begun(new_tab: Any, page_url: str, other: bytes) -> None:
    """One that is none, and one that is whole but another's: both are said."""
    new_tab.route("**/pyodide.asm.wasm", lambda route: route.fulfill(body=other))
    new_tab.goto(f"{page_url}check.html?device=gpu")
    new_tab.get_by_text(re.compile("pyodide.asm.wasm is not the one that belongs")).first.wait_for()


def test_offline_after_the_first_visit(first_visit: FirstVisit, page_url: str) -> None:
    page = first_visit.page
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    until(page, "navigator.serviceWorker.controller")
    page.context.set_offline(True)
    try:
        page.reload()
        assert ready(page)["extractor"]["features"] == 1280
        page.goto(f"{page_url}check.html?device=gpu")
        assert ready(page)["webgpu"] is True
        page.goto(page_url)
        page.get_by_role("link", name="Teach your computer to see").wait_for()
    finally:
        page.context.set_offline(False)


def test_a_second_visit_starts_from_a_snapshot(first_visit: FirstVisit, page_url: str) -> None:
    """Python's memory is kept: it is up in a fraction of the time, draws other random
    numbers, and computes as before.
    """
    page, first, _ = first_visit
    source = "import random, pywebml as pw; [random.random(), (pw.ones((2, 2)) * 3).tolist()]"
    draws = []
    page.goto(f"{page_url}check.html?device=gpu")
    for again in range(2):
        if again:
            page.reload()
        later = ready(page)
        draws.append(value(page, source))
        assert later["snapshot"] is True
        assert later["webgpu"] is True
    assert first["snapshot"] is False
    assert later["seconds"]["python"] < first["seconds"]["python"]
    assert draws[0][0] != draws[1][0]
    assert all(draw[1] == [[3, 3], [3, 3]] for draw in draws)
    # loaded after the snapshot
    assert value(page, "import numpy; float(numpy.arange(4).sum())") == 6


def test_a_snapshot_that_is_broken_is_made_anew(first_visit: FirstVisit, page_url: str) -> None:
    page = first_visit.page
    page.goto(page_url)  # where no Python keeps another one
    page.evaluate("""async () => {
          const cache = await caches.open("snapshots-of-pywebml");
          const [key] = await cache.keys();
          await cache.put(key, new Response(new Uint8Array(1 << 20).fill(7)));
        }""")
    page.goto(f"{page_url}check.html?device=gpu")
    assert ready(page)["snapshot"] is False
    page.evaluate(SNAPSHOT_IS_KEPT)
    page.reload()
    assert ready(page)["snapshot"] is True


@WITHOUT
def test_teaching_from_photos(open_tab: Any, data_folder: Path) -> None:
    """Real hands, nine photos a class: at least 0.9 of those held back, and of others."""
    folders = sorted((data_folder / "rock_paper_scissors").iterdir())
    folders = [f for f in folders if f.is_dir()]
    photos = {f.name: sorted(f.glob("*.*"))[:11] for f in folders}
    open_tab.evaluate("() => pywebml.call('reset')")
    open_tab.evaluate(
        "(classes) => pywebml.call('classes', { classes })", [{"key": n, "name": n} for n in photos]
    )
    for name, paths in photos.items():
        open_tab.evaluate(ADD, [name, [jpeg(p) for p in paths[:9]]])
    taught = open_tab.evaluate("""async () => {
          const heard = [];
          const taught = await pywebml.call("train", {}, [], (progress) => heard.push(progress));
          return { ...taught, heard };
        }""")
    assert taught["val_accuracy"] >= 0.9
    assert [h["epoch"] for h in taught["heard"]] == list(range(1, 21))
    assert taught["heard"][-1]["loss"] < taught["heard"][0]["loss"]
    assert sum(map(sum, taught["confusion"])) == 6
    right = [
        open_tab.evaluate(PREDICT, jpeg(p))["best"] == name
        for name, paths in photos.items()
        for p in paths[9:]
    ]
    assert sum(right) / len(right) >= 0.8

    # a project comes back as it was, in a session that has forgotten everything
    picture = jpeg(photos["rock"][10])
    before = open_tab.evaluate(PREDICT, picture)
    back = open_tab.evaluate("""async () => {
          const bytes = await pywebml.call("export", { extra: { "a/b.txt": new Uint8Array([1,
            2]) } });
          const head = await pywebml.call("head");
          await pywebml.call("reset");
          const back = await pywebml.call("import", { bytes });
          return { samples: back.samples.length, extra: [...back.extra["a/b.txt"]],
                   floats: back.samples[0].features instanceof Float32Array,
                   head: head instanceof Uint8Array };
        }""")
    assert back == {"samples": 27, "extra": [1, 2], "floats": True, "head": True}
    assert open_tab.evaluate(PREDICT, picture)["probabilities"] == pytest.approx(
        before["probabilities"], abs=1e-5
    )


def test_predicting_goes_on_while_training(open_tab: Any) -> None:
    got = open_tab.evaluate("""async () => {
          await pywebml.call("reset");
          await pywebml.call("classes", { classes: [{ key: "a", name: "a" }, { key: "b",
            name: "b" }] });
          const samples = Array.from({ length: 20 }, (_, i) =>
            ({ id: String(i), key: "ab"[i % 2], features: new Float32Array(1280).map((_, j) =>
              Math.sin(j * (1 + i % 2)) + i / 50) }));
          await pywebml.call("add_features", { samples });
          let stopped = false, during = null;
          return pywebml.call("train", { epochs: 500 }, [], async ({ epoch }) => {
            if (epoch !== 2 || stopped) return;
            stopped = true;
            await pywebml.call("stop");
          });
        }""")
    assert got["stopped"] is True
    assert got["epochs"] < 500


def test_errors_are_for_people(open_tab: Any) -> None:
    for call, name, said in [
        ("pywebml.call('predict', {})", "TypeError", "needs the argument 'image'"),
        ("pywebml.call('dance')", "ValueError", "no method 'dance'"),
        (
            "pywebml.call('classes', { classes: [{ key: '', name: 'x' }] })",
            "ValueError",
            "a class needs a key",
        ),
        ("pywebml.run('1 / 0')", "ZeroDivisionError", "division by zero"),
    ]:
        got = open_tab.evaluate(f"() => {call}.then(() => null, (e) => [e.name, e.message])")
        assert got[0] == name
        assert said in got[1]
        assert "Traceback" not in got[1]


BROKEN = """
from array import array
from pywebml.device import get_device
from pywebml.device.seam import Program
device = get_device()
text = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;"
text += "\\n@compute @workgroup_size(1) fn main() { x[0] = nonsense; }"
buffer = device.alloc(16)
pipeline = device.compile([Program("broken", text)])[0]
device.run(array("i", (pipeline, device.bind(pipeline, [buffer]), 1, 1, 1, 0)))
try:
    await device.download(buffer, 4)
    said = ""
except RuntimeError as error:
    said = str(error)
fine = len(await device.download(buffer, 4))
(said, fine)
"""


@WITH_WEBGPU
def test_a_broken_kernel_names_itself_and_its_line(open_tab: Any) -> None:
    said, fine = value(open_tab, BROKEN)
    assert "broken" in said
    assert "line 2" in said
    assert "nonsense" in said
    assert fine == 4  # and the device goes on


STEPS = """
import pywebml as pw
pw.set_seed(3)
generator = pw.ops.Generator(5)
x, y = generator.normal((60, 24)), pw.ops.argmax(generator.normal((60, 4)), axis=-1)
head = pw.Sequential([pw.layers.Dense(16, activation="relu"), pw.layers.Dense(4,
  activation="softmax")])
head.compile(pw.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = await head.fit(x, y, batch_size=15, epochs=5, verbose=0, seed=7)
[list((await w.reshape(-1).data())) for w in head.weights] + [history.history["loss"]]
"""


def test_twenty_steps_end_as_on_the_desktop(open_tab: Any) -> None:
    """The same seeds, weights and batches: weights and losses agree to 1e-4."""
    from pywebml.apps.run import evaluate
    from pywebml.device import run_sync, set_device

    set_device(shared_device("cpu"))
    want = run_sync(evaluate(STEPS, {}))
    got = value(open_tab, STEPS)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("side", [224, 301])
def test_features_are_those_of_the_desktop(open_tab: Any, side: int) -> None:
    """The same picture, as a PNG in the tab and as bytes here: pixels, mirroring and
    network agree.
    """
    from PIL import Image

    from pywebml.apps.session import Picture, TeachSession
    from pywebml.device import run_sync, set_device
    from pywebml.zoo import load_extractor
    from pywebml.zoo.compact import compact_files, load_compact

    rng = np.random.default_rng(2)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8)).resize((side, side + 7))
    file = io.BytesIO()
    coarse.save(file, "PNG")
    got = open_tab.evaluate(
        """async (text) => {
          await pywebml.call("classes", { classes: [{ key: "a", name: "a" }] });
          const image = await createImageBitmap(
            await (await fetch(`data:image/png;base64,${text}`)).blob());
          const { features } = await pywebml.call("add_sample", { key: "a", image,
            mirror: true }, [image]);
          return [...features];
        }""",
        base64.b64encode(file.getvalue()).decode(),
    )
    set_device(shared_device("cpu"))
    session = TeachSession(load_compact(compact_files(load_extractor())))
    session.set_classes([{"key": "a", "name": "a"}])
    picture = Picture(memoryview(coarse.convert("RGBA").tobytes()), side + 7, side)
    want = run_sync(session.add_sample("a", picture, mirror=True))["features"]
    np.testing.assert_allclose(got, want, atol=2e-4)


@WITH_WEBGPU
def test_the_readme_example_runs_unchanged(open_tab: Any) -> None:
    """On the processor: tests/gallery/test_python.py."""
    from hosts import ROOT

    text = (ROOT / "README.md").read_text()
    source = next(
        part for part in text.split("```python\n")[1:] if "import pywebml as pw" in part
    ).split("```")[0]
    got = open_tab.evaluate(
        """async (source) => {
          let text = "";
          await pywebml.call("run", { source }, [], (progress) => (text += progress.text ?? ""));
          return text;
        }""",
        source,
    )
    accuracy = float(got.rsplit("validation accuracy", 1)[1])
    assert accuracy > 0.9


@WITH_WEBGPU
def test_some_kernels_through_tint(open_tab: Any) -> None:
    """`check --hosts page` runs all of them; here a few."""
    for op in ("Softmax", "PixelsToTensor", "Permutation"):
        found = open_tab.evaluate("(op) => pywebml.call('check', { op })", op)
        assert not [r for r in found["rows"] if not r["ok"]]
        assert found["rows"] or op == "Permutation"


def test_the_check_page(tab: Any, page_url: str) -> None:
    """The visitor's own check: a table, a sentence, and the rows as JSON."""
    from playwright.sync_api import expect

    tab.goto(f"{page_url}check.html?op=Softmax&device=gpu")
    tab.get_by_role("button", name="Start").click()
    tab.get_by_text("0 outside their tolerance").wait_for()
    assert tab.locator("#rows th").all_inner_texts()[0] == "Softmax"
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save as JSON").click()
    saved = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert {row["kernel"] for row in saved["rows"]} == {"Softmax"}
    assert all(row["ok"] and row["host"] == "page" for row in saved["rows"])
    for name, page in (
        ("Time this browser", "bench.html"),
        ("Teach", "teach.html"),
        ("Gallery", "index.html"),
    ):
        link = tab.get_by_role("link", name=name)
        # a script puts the device there once the page has loaded
        expect(link).to_have_attribute("href", re.compile(r"\?device=gpu$"))
        link.click()
        assert tab.url == f"{page_url}{page}?device=gpu"


TRAIN = """
import sys, pywebml as pw
generator = pw.ops.Generator(1)
x = generator.normal((90, 8))
y = pw.ops.argmax(x[:, 0:3], axis=-1)
head = pw.Sequential([pw.layers.Dense(32, activation="relu"), pw.layers.Dense(3,
  activation="softmax")])
head.compile(pw.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = await head.fit(x, y, batch_size=30, epochs=40, verbose=0)
[history.history["accuracy"][-1], "numpy" in sys.modules, sys.version.split()[0]]
"""


def test_the_core_works_on_the_newest_pyodide(tab: Any, built_page: Path, tmp_path: Path) -> None:
    """Pyodide 314.0.7 with Python 3.14, which has no NumPy in a registry: the core
    starts and trains a head without it.
    """
    site = tmp_path / "site"
    shutil.copytree(built_page, site, ignore=shutil.ignore_patterns("pyodide-*", "*.br", "*.gz"))
    shutil.copytree(
        sources.pyodide("314.0.7"),
        site / "pyodide-314.0.7",
        ignore=shutil.ignore_patterns("*.map", "*.html"),
    )
    (app,) = site.glob("app-*")
    package = write_archives(app, ["check"], compiled=False)
    assets = json.loads((app / "assets.json").read_text())
    pyodide = "../pyodide-314.0.7/"
    assets |= {"pyodide": pyodide, "stdlib": f"{pyodide}python_stdlib.zip", "package": package.name}
    assets["files"] = worker_files(site, app)
    (app / "assets.json").write_text(json.dumps(assets))
    with served(site) as url:
        page = tab.context.new_page()
        wrong = watch(page, url)
        page.goto(f"{url}check.html?device=gpu")
        info = ready(page)
        accuracy, numpy, python = value(page, TRAIN)
    assert info["versions"]["pyodide"] == "314.0.7"
    assert python.startswith("3.14.")
    assert numpy is False
    assert accuracy > 0.9
    assert not wrong, wrong


def test_a_lost_device_comes_back_with_everything(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}?device=gpu")  # which starts no Python of its own
    got = tab.evaluate(
        """async (script) => {
          const { boot } = await import(script);
          const events = [];
          let back;
          const restored = new Promise((resolve) => (back = resolve));
          const worker = boot({ app: "teach", onEvent: (e) =>
            (events.push(e.event), e.event === "restored" && back(e.info)) });
          await worker.call("ready");
          await worker.call("classes", { classes: [{ key: "a", name: "a" }, { key: "b",
            name: "b" }] });
          const samples = Array.from({ length: 8 }, (_, i) =>
            ({ id: String(i), key: "ab"[i % 2], features: new Float32Array(1280).map((_, j) =>
              Math.sin(j * (1 + i % 2)) + i / 50) }));
          await worker.call("add_features", { samples });
          await worker.call("train", { epochs: 3 });
          const picture = () => createImageBitmap(new ImageData(224, 224));
          const predict = async () => { const image = await picture();
            return worker.call("predict", { image }, [image]); };
          const before = await predict();
          let lost = false;
          const broken = await worker.call("train", { epochs: 500 }, [], ({ epoch }) => {
            if (epoch > 1 && !lost) lost = (worker.call("lose_device"), true);
          }).catch((error) => error.name);
          const info = await restored;
          const after = await predict();
          const taught = await worker.call("train", { epochs: 2 });
          worker.terminate();
          return { events: events.filter((e) =>
            e !== "boot"), broken, before, after, webgpu: info.webgpu, epochs: taught.epochs };
        }""",
        script_url(tab, "runtime/boot.js"),
    )
    assert got["events"] == ["ready", "lost", "restored"]
    assert got["broken"] == "DeviceLost"
    assert got["webgpu"] is True
    assert got["after"]["probabilities"] == pytest.approx(got["before"]["probabilities"], abs=1e-5)
    assert got["epochs"] == 2


def test_a_silent_cache_holds_nothing_up(tab: Any, page_url: str) -> None:
    """CacheStorage that never answers, as in a broken profile."""
    tab.add_init_script("CacheStorage.prototype.open = () => new Promise(() => {})")
    tab.goto(f"{page_url}python.html?device=cpu")
    assert ready(tab)["snapshot"] is False


@pytest.mark.parametrize("locks", [True, False])
def test_one_tab_has_the_turn(context: Any, page_url: str, locks: bool) -> None:
    """With the Web Locks API, and by messages where that is missing: the first has it,
    any may take it, and when it closes the next one gets it.
    """
    if not locks:
        # a tab that is kept busy answers within a second or two
        context.add_init_script("""delete Navigator.prototype.locks;
          const wait = setTimeout;
          globalThis.setTimeout = (done, ms, ...more) => wait(done, 4 * ms, ...more);""")
    tabs = [context.new_page() for _ in range(3)]

    def ask(page: Any) -> bool:
        page.emulate_media(reduced_motion="reduce")  # its pictures would keep three tabs busy
        page.goto(page_url)
        return bool(
            page.evaluate(
                """async (script) => {
                  const { Turn } = await import(script);
                  globalThis.turn = new Turn("test");
                  return globalThis.turn.ask();
                }""",
                script_url(page, "shared/tabs.js"),
            )
        )

    assert [ask(page) for page in tabs] == [True, False, False]
    tabs[1].evaluate("turn.take()")
    until(tabs[0], "!turn.mine")
    assert [page.evaluate("turn.mine") for page in tabs] == [False, True, False]
    tabs[1].close()
    first, third = tabs[0], tabs[2]
    for _ in range(100):
        if first.evaluate("turn.mine") != third.evaluate("turn.mine"):
            break
        first.wait_for_timeout(50)
    holder = first if first.evaluate("turn.mine") else third
    other = third if holder is first else first
    holder.close()
    until(other, "turn.mine")


def test_without_webgpu_the_cpu_computes(
    browser_type: Any, browser_type_launch_args: dict[str, Any], page_url: str
) -> None:
    """One sentence says why; teaching and predicting work on the CPU device."""
    launch = {
        **browser_type_launch_args,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-features=WebGPU,WebGPUService"],
    }
    browser = browser_type.launch(**launch)
    try:
        page = browser.new_page()
        wrong = watch(page, page_url)
        page.goto(f"{page_url}teach.html")
        info = ready(page)
        assert info["webgpu"] is False
        assert info["reason"].endswith(".")
        assert "WebGPU" in info["reason"]
        assert info["device"]["name"].startswith("XNNPACK")
        page.set_default_timeout(START)
        got = page.evaluate("""async () => {
              await pywebml.call("classes", { classes: [{ key: "a", name: "a" }, { key: "b",
                name: "b" }] });
              for (let i = 0; i < 4; i++) {
                const pixels = new ImageData(224, 224);
                pixels.data.fill(i % 2 ? 255 : 0);
                const image = await createImageBitmap(pixels);
                await pywebml.call("add_sample", { key: "ab"[i % 2], image }, [image]);
              }
              const taught = await pywebml.call("train", { epochs: 10, validation: 0 });
              const image = await createImageBitmap(new ImageData(224, 224));
              return { taught, predicted: await pywebml.call("predict", { image }, [image]) };
            }""")
        assert got["taught"]["train_accuracy"] == 1.0
        assert got["predicted"]["best"] == "a"
        assert not wrong, wrong
    finally:
        browser.close()
