"""The tab's benchmarks: the works that are timed do what they say, and bench.html makes
rows of the agreed form.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import accessibility_faults, overflow
from hosts import ROOT, shared_device
from shares import share

from pywebml import layers
from pywebml.apps.bench import tab
from pywebml.apps.bench.browser import page as bench_page
from pywebml.apps.bench.networks import NETWORKS
from pywebml.cli import main
from pywebml.device import run_sync, set_device
from pywebml.formats.layers_models import layers_model_files, save_layers_model
from pywebml.models import Sequential
from pywebml.site.browser import served, until
from pywebml.zoo import load_extractor

FORM = {"bench", "work", "host", "adapter", "ours_ms", "peer", "peer_ms", "ratio", "note"}


@pytest.fixture
def works() -> tab.Tab:
    set_device(shared_device("cpu"))
    return tab.Tab(None)  # type: ignore[arg-type]  # no work here takes the page's own network


def picture() -> memoryview:
    """RGBA bytes, as `upload_image` takes them."""
    return memoryview(np.random.default_rng(0).integers(0, 256, (224, 224, 4), np.uint8))


def test_a_product_is_the_product(works: tab.Tab) -> None:
    run_sync(works.make("matmul", {"n": 16, "chain": 2}))
    got = run_sync(works.run("matmul", 3, {}))
    generator = np.random.default_rng(0)
    a, b = generator.random((16, 16), np.float32), generator.random((16, 16), np.float32) * (2 / 16)
    assert got["value"] == pytest.approx((a @ b @ b)[0, 0], rel=1e-4)
    assert got["ms"] > 0


def test_training_trains(works: tab.Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab, "FEATURES", 64)
    monkeypatch.setattr(tab, "RATE", 1e-2)
    run_sync(works.make("fit", {"name": "short", "epochs": 1}))
    run_sync(works.make("fit", {"name": "long", "epochs": 10}))
    assert (
        run_sync(works.run("long", 2, {}))["value"] < run_sync(works.run("short", 1, {}))["value"]
    )
    run_sync(works.make("convnet", {"batch": 2}))
    first = run_sync(works.run("convnet", 1, {}))["value"]
    assert run_sync(works.run("convnet", 20, {}))["value"] < first
    run_sync(works.make("lstm", {"batch": 2}))
    first = run_sync(works.run("lstm", 1, {}))["value"]
    assert run_sync(works.run("lstm", 20, {}))["value"] < first
    run_sync(works.make("transformer", {"batch": 1}))
    first = run_sync(works.run("transformer", 1, {}))["value"]
    assert run_sync(works.run("transformer", 5, {}))["value"] < first


def test_launches_are_as_many_as_asked_for(works: tab.Tab) -> None:
    assert run_sync(works.make("dispatch", {"launches": 7})) == {"launches": 7}
    assert run_sync(works.run("dispatch", 1, {}))["ms"] > 0


def test_ops_are_told_to_the_page_as_data(works: tab.Tab) -> None:
    names = run_sync(works.make("ops", {}))["names"]
    assert "softmax" in names
    about = run_sync(works.make("ops", {"op": "softmax"}))
    assert about["inputs"] == [{"shape": (128, 1000), "below": 0, "share": False}]
    assert list(about["call"]) == ["softmax", "$0"]
    x = np.random.default_rng(0).standard_normal((128, 1000), np.float32)[0]
    value = run_sync(works.run("ops", 2, {}))["value"]
    assert value == pytest.approx(np.exp(x[0]) / np.exp(x).sum(), rel=1e-4)
    json.dumps(about)


def test_a_frame_without_files(works: tab.Tab) -> None:
    about = run_sync(works.make("frame", {"name": "random", "image": picture()}))
    assert sum(about["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert about["first_ms"] > 0
    assert run_sync(works.run("random", 2, {}))["value"] == pytest.approx(
        about["probabilities"], abs=1e-5
    )


def test_a_frame_of_a_models_files(works: tab.Tab, tmp_path: Path) -> None:
    """The probabilities are those of the same network and head, step by step."""
    network = Sequential(
        [
            layers.Input((224, 224, 3)),
            layers.Conv2D(8, 3, strides=4, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    files = layers_model_files(network)
    about = run_sync(works.make("frame", {"files": files, "image": picture()}))
    extractor = load_extractor(save_layers_model(network, tmp_path / "network"))
    features = extractor.model(extractor.pixels(picture())).numpy().reshape(-1)
    kernel, bias, kernel2, bias2 = (np.array(w, np.float32) for w in about["head"])
    hidden = np.maximum(features @ kernel.reshape(8, 100) + bias, 0)
    scores = np.exp(hidden @ kernel2.reshape(100, 4) + bias2)
    assert about["probabilities"] == pytest.approx(list(scores / scores.sum()), abs=1e-4)
    assert about["size"] == [224, 224]


def test_half_floats_say_the_same(works: tab.Tab) -> None:
    products, frames = [], []
    for dtype in ("float32", "float16"):
        run_sync(works.make("matmul", {"n": 16, "chain": 2, "dtype": dtype}))
        products.append(run_sync(works.run("matmul", 1, {}))["value"])
        frames.append(
            run_sync(works.make("frame", {"image": picture(), "dtype": dtype}))["probabilities"]
        )
    assert products[1] == pytest.approx(products[0], rel=2e-3) and products[0] != products[1]
    assert frames[1] == pytest.approx(frames[0], abs=1e-2)


def test_what_is_not_there_is_named(works: tab.Tab) -> None:
    with pytest.raises(ValueError, match="no work 'dance' to time"):
        run_sync(works.make("dance", {}))
    with pytest.raises(ValueError, match="'frame' is not made ready"):
        run_sync(works.run("frame", 1, {}))
    with pytest.raises(ValueError, match="no tab benchmark called 'dance'"):
        bench_page.rows(only=["dance"])


def test_peers_belong_to_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "matmul", "--peers"]) == 2
    assert "--peers and --only are for pages" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (
            ["scale", "--page"],
            (
                "`bench scale` does not run in a page; `bench --page --only NAME` has dispatch,"
                " first, frame"
            ),
        ),
        (
            ["head", "--page", "--only", "frame"],
            "`bench head --page` times head only; leave out --only, or the head",
        ),
    ],
)
def test_what_a_page_cannot_time_is_named(
    words: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    assert what in capsys.readouterr().err


def test_names_agree_with_the_pages_script() -> None:
    script = (ROOT / "web" / "pages" / "bench" / "bench.js").read_text(encoding="utf-8")

    def constant(name: str) -> Any:
        text = script.split(f"export const {name} = ", 1)[1].split(";", 1)[0]
        return json.loads(re.sub(r",(?=\s*[\]}])", "", text))

    assert tuple(constant("BENCHES")) == bench_page.BENCHES
    assert constant("NETWORKS") == {network.title: network.side for network in NETWORKS}


@pytest.mark.browser
def test_the_visitors_own_browser(tab: Any, page_url: str) -> None:
    """A card for each work, and the rows as a file."""
    tab.goto(page_url)
    tab.locator(".foot").get_by_role("link", name="Time this browser").click()
    until(tab, "window.pywebmlBench")
    tab.goto(f"{page_url}bench.html?device=gpu&only=dispatch,matmul")
    tab.get_by_role("button", name="Start").click()
    tab.get_by_text("Done, on").wait_for(timeout=180_000)
    assert not accessibility_faults(tab)
    assert overflow(tab) <= 0
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save as JSON").click()
    rows = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert [row["bench"] for row in rows] == ["dispatch", "matmul"]
    assert tab.locator("#works h2").all_text_contents() == [row["work"] for row in rows]
    for row in rows:
        assert set(row) == FORM
        assert row["host"] == "page"
        assert row["adapter"]
        assert row["ours_ms"] > 0
        assert row["peer_ms"] is row["ratio"] is None
    assert "us in a replayed plan of 200" in rows[0]["note"]


@pytest.mark.browser
def test_beside_the_peers(
    context: Any,
    built_page: Path,
    tmp_path: Path,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their probabilities are ours, or their rows would say so and have no time."""
    monkeypatch.setenv("PYWEBML_MODELS", str(data_folder))
    monkeypatch.setattr(bench_page, "build", lambda out: shutil.copytree(built_page, out))
    try:
        script = bench_page.build_bench(tmp_path / "page")
    except ConnectionError as trouble:
        pytest.skip(str(trouble))
    assert script.is_file()
    tensorflow, onnx = (
        f"TensorFlow.js {bench_page.TENSORFLOW}",
        f"ONNX Runtime Web {bench_page.ONNX}",
    )
    works = share(["first", "matmul"], 2)
    with served(tmp_path / "page", bench_page.PeersHandler) as url:
        page = context.new_page()
        page.goto(f"{url}bench.html?device=gpu")
        rows = bench_page.measured(
            page,
            {
                "peers": "peers/",
                "only": works,
                "backends": ["wasm", "webgpu"],
                "seconds": 0,
            },
        )
        page.close()
    peers = [f"{tensorflow} wasm", f"{tensorflow} webgpu", f"{onnx} wasm", f"{onnx} webgpu"]
    assert [(row["bench"], row["peer"]) for row in rows] == [
        (bench, peer) for bench in works for peer in peers
    ]
    for row in rows:
        assert set(row) == FORM
        assert "failed" not in row["note"]
        assert row["peer_ms"] is not None
        assert row["ratio"] == pytest.approx(row["peer_ms"] / row["ours_ms"])


@pytest.mark.browser
def test_boot_times_a_first_and_later_visits(built_page: Path) -> None:
    """In a process of its own: Playwright's event loop and the suite's would meet. The
    page is the suite's.
    """
    code = f"""
import json, shutil
from pywebml.apps.bench.browser import boot
from pywebml.site.build import summary
boot.VISITS, boot.PAUSE = 1, 1000
boot.build = lambda out: summary(shutil.copytree({str(built_page)!r}, out))
print(json.dumps(boot.rows()))
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=400, check=True
    )
    first, *others = json.loads(said.stdout.splitlines()[-1])
    assert [row["work"].split()[0] for row in (first, *others)] == ["first", "second", "later"]
    for row in others:
        assert row["note"] == "Python from its snapshot"
        assert 0 < row["ours_ms"] < first["ours_ms"]


@pytest.mark.browser
def test_the_command_times_one_work_in_a_page(built_page: Path, tmp_path: Path) -> None:
    words = ["bench", "matmul", "--page", "--device", "gpu", "--json", str(tmp_path / "rows.json")]
    code = f"""
import shutil, sys
from pywebml.cli import main
from pywebml.apps.bench.browser import page
page.build = lambda out: shutil.copytree({str(built_page)!r}, out)
sys.exit(main({words!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert {(row["bench"], row["host"]) for row in rows} == {("matmul", "page")}
    assert all(set(row) == FORM and row["ours_ms"] > 0 for row in rows)
    assert f"device: {rows[0]['adapter']}, in a headless Chromium" in done.stdout
