"""JupyterLite with our notebooks: what the folder holds, and that it runs in a tab that
asks nobody else for anything.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError
from shares import ALL

from pywebml.cli import main
from pywebml.site import notebooks


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("jupyterlite_pyodide_kernel")
    folder = tmp_path_factory.mktemp("lite") / "site"
    assert main(["notebooks", "--out", str(folder)]) == 0
    return folder


@pytest.mark.browser
def test_what_its_python_loads_lies_beside_it(site: Path) -> None:
    """With the sums that its lock file says; so nothing is looked for elsewhere."""
    python = site / notebooks.PYTHON
    packages = json.loads((python / "pyodide-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        data = (python / entry["file_name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], name
        assert set(entry["depends"]) <= set(packages)
    assert {name.replace("_", "-") for name in notebooks.START} <= set(packages)
    listed = json.loads((site / "api" / "contents" / "all.json").read_text())["content"]
    assert [entry["name"] for entry in listed] == sorted(p.name for p in (site / "files").iterdir())
    settings = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    assert settings["settingsOverrides"] == notebooks.SETTINGS
    assert len(listed) == len(list(notebooks.own_notebooks().glob("*.ipynb")))


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def run_all(browser: Any, address: str, name: str, cells: int, seconds: int = 90) -> Any:
    """A notebook that is opened by its address, and whose cells have all run, or not in
    time: then what they say is told by who looks at them.
    """
    page = browser.new_page()
    page.goto(f"{address}notebooks/index.html?path={name}.ipynb")
    page.locator(".jp-CodeCell").first.wait_for()
    page.locator(".jp-KernelName", has_text="Pyodide").wait_for()  # before, it asks for one
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"]').click()
    with suppress(TimeoutError):
        last = page.locator(".jp-InputPrompt", has_text=f"[{cells}]:")
        last.wait_for(timeout=1000 * seconds)
    return page


def said(page: Any) -> list[str]:
    return page.locator(".jp-OutputArea-output").all_inner_texts()


@pytest.mark.browser
def test_a_notebook_runs_to_its_result(browser: Any, address: str) -> None:
    """All its cells run: charts, a training, a curve that fits. Then a further one takes
    the graphics card, here a software one: JupyterLite's kernel is a worker, which has
    WebGPU as a page has.
    """
    page = run_all(browser, address, "5_a_curve", 5)
    result = next((text for text in said(page) if "'network'" in text), None)
    assert result, [page.locator(".jp-InputPrompt").all_inner_texts(), said(page)]
    off = json.loads(result.replace("'", '"'))
    assert off["network"] < 0.8 * off["points"], "nearer to the truth than the points are"
    assert page.locator(".jp-OutputArea-output img").count() >= 3, "charts"
    page.locator(".jp-CodeCell").last.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")  # a cell below
    page.keyboard.press("Enter")
    page.keyboard.insert_text(ON_WEBGPU)
    page.keyboard.press("Shift+Enter")
    with suppress(TimeoutError):
        page.locator(".jp-InputPrompt", has_text="[6]:").wait_for(timeout=90_000)
    assert any("('WebGPU', [3.0, 3.0])" in text for text in said(page)), said(page)
    page.close()


ON_WEBGPU = """await pw.ready("gpu")
(pw.get_device().adapter.backend, (await (pw.ops.ones((2,)) * 3).data()).tolist())"""
OTHERS = [path for path in sorted(notebooks.own_notebooks().glob("*.ipynb")) if path.stem[0] != "5"]


@pytest.mark.browser
@pytest.mark.skipif(not ALL, reason="each starts a Python; one of them runs above")
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_each_notebook_runs_in_a_tab(browser: Any, address: str, path: Path) -> None:
    """To its end, without an error, and shows what it draws. tests/test_notebooks.py says
    what each comes to.
    """
    cells = json.loads(path.read_text("utf-8"))["cells"]
    count = sum(cell["cell_type"] == "code" for cell in cells)
    page = run_all(browser, address, path.stem, count, seconds=600)
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    assert prompts == [f"[{number}]:" for number in range(1, count + 1)], said(page)
    assert not [text for text in said(page) if "Traceback" in text]
    assert page.locator(".jp-OutputArea-output :is(img, svg)").count() >= 2
    page.close()


def test_a_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    files = {"thing/__init__.py": b"x = 1\n"}
    path = notebooks.write_wheel(tmp_path, "thing", "1.0", files)
    first = path.read_bytes()
    assert notebooks.write_wheel(tmp_path, "thing", "1.0", files).read_bytes() == first
    with zipfile.ZipFile(path) as wheel:
        assert wheel.read("thing/__init__.py") == b"x = 1\n"
        assert "thing/__init__.py,sha256=" in wheel.read("thing-1.0.dist-info/RECORD").decode()


def test_what_is_something_else_is_left_alone(tmp_path: Path) -> None:
    pytest.importorskip("jupyterlite_pyodide_kernel")
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="holds something else"):
        notebooks.build(tmp_path)
    with pytest.raises(ValueError, match="has no notebooks"):
        notebooks.build(tmp_path / "out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
