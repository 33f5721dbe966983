"""The Python page: the README's example runs there unchanged, examples run, errors are
shown, the editor is CodeMirror.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import READY, START, accessibility_faults, desk_tab, overflow
from hosts import ROOT
from python_page import run
from shares import ALL, share

from pywebml.site import build as building
from pywebml.site.browser import until
from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages

pytestmark = pytest.mark.browser

DEVICE = "gpu" if ALL else "cpu"
"""In software each kernel takes its time to be compiled; the README's example runs on
WebGPU in tests/tab/test_worker.py, Keras's in test_keras.py.
"""


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}python.html?device={DEVICE}")
        page.locator(READY).wait_for(timeout=START)
        yield page


def test_the_readme_s_example_is_the_first_and_runs(page: Any) -> None:
    example = re.search(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S
    )
    assert example is not None
    shown = [line.rstrip() for line in page.locator(".cm-line").all_inner_texts()]
    assert [line for line in shown if line] == [line for line in example[1].split("\n") if line]
    said = run(page)
    accuracy = re.search(r"validation accuracy ([\d.]+)", said)
    assert accuracy is not None, said
    assert float(accuracy[1]) > 0.9


def test_a_program_may_await_one_value_and_read_the_next_at_once(page: Any) -> None:
    """Where the browser lets Python wait (JSPI), also in what goes on after an await."""
    can = "import pyodide.ffi\nprint(pyodide.ffi.can_run_sync())\n"
    if "True" not in run(page, can):
        pytest.skip("this browser cannot wait inside Python")
    lines = [
        "import pywebml as pw",
        "t = pw.tensor([1.0, 2.0]) + 1",
        "await t.data()",
        "print((t + 1).tolist())",
    ]
    lines += ["await (t * 2).data()", "print((t * 3).tolist(), 'done')"]
    said = run(page, "\n".join(lines))
    assert "[3.0, 4.0]" in said, said
    assert "[6.0, 9.0] done" in said, said


def test_every_example_runs(page: Any) -> None:
    group = "#examples optgroup[label='{}'] option"
    names = page.locator(group.format("Examples")).all_inner_texts()
    theirs = page.locator(group.format("Keras, by one import line")).all_inner_texts()
    assert len(names) >= 4 and len(theirs) >= 10  # all of which tests/tab runs in a worker
    # those of other pages train for minutes here; tests/test_examples.py runs them all,
    # and tests/tab/test_keras.py Keras's
    files = {one["name"]: one["file"] for one in building._examples()}
    pages = {app["name"] for app in apps_with_pages(web_folder())}
    quick = [name for name in names if files[name] not in {*pages, "write_text"}]
    assert len(quick) >= 4
    for name in [*quick, *share(theirs, len(theirs)), *(names if ALL else ())]:
        page.locator("#examples").select_option(label=name)
        said = run(page)
        assert page.locator("#output .failure").count() == 0, f"{name}: {said}"
        assert said.strip(), f"{name} prints nothing"
        assert "0x" not in said, f"{name} prints an address: {said}"


def test_an_address_may_name_an_example(page: Any, page_url: str) -> None:
    """As the folds of other pages do; once, and whatever else it says is no error."""
    shown = "document.querySelector('#examples').selectedOptions[0]?.textContent"
    for name in ("stripes", "%E0%A4%A", "100%", "nothing"):
        page.goto("about:blank")
        page.goto(f"{page_url}python.html?device={DEVICE}#{name}")
        until(page, f"{shown} === 'A small convolutional network'")
    page.evaluate("location.hash = 'fit_a_curve'")
    until(page, f"{shown} === 'Fit a curve'")
    assert page.url == f"{page_url}python.html?device={DEVICE}"
    page.goto(f"{page_url}teach.html?device={DEVICE}")
    page.locator(".how summary").click()
    with page.context.expect_page() as opened_page:
        page.get_by_role("link", name="Open in the Python page").click()
    other = opened_page.value
    until(other, f"{shown} === 'Train a head'")
    assert f"device={DEVICE}" in other.url
    other.close()
    page.goto(f"{page_url}python.html?device={DEVICE}")
    page.locator(READY).wait_for(timeout=START)


def test_values_prints_and_errors(page: Any) -> None:
    assert run(page, "print('a')\nprint('b')\n6 * 7").split() == ["a", "b", "42"]
    # indentation that the editor adds must not break it
    said = run(page, "def f():\n    return 1 / 0")
    assert page.locator("#output .failure").count() == 0, said
    said = run(page, "a = 0\n1 / a")
    assert "line 2" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "host.py" not in said, "frames of ours say nothing to whoever wrote the program"
    assert run(page, "import asyncio\nawait asyncio.sleep(0)\n'done'").strip() == "'done'"


def test_the_console_s_run(page: Any) -> None:
    assert page.evaluate(
        "pywebml.run('import pywebml as pw\\n(pw.tensor([1.0, 2.0]) * 2).numpy().tolist()')"
    ) == [2.0, 4.0]
    assert page.evaluate("pywebml.run('1 / 0').catch((error) => error.name)") == "ZeroDivisionError"


def test_a_program_is_kept(page: Any) -> None:
    run(page, "kept = 'over a reload'")
    page.reload()
    assert "over a reload" in page.locator(".cm-content").inner_text()
    assert page.locator("#examples").input_value() == ""
    page.locator(READY).wait_for(timeout=START)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_fits_and_anyone_can_use_it(page: Any, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    assert overflow(page) <= 0
    assert not accessibility_faults(page)


def test_ctrl_enter_runs_and_escape_tab_leaves_the_editor(page: Any) -> None:
    from playwright.sync_api import expect

    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("print(json)\n".replace("json", json.dumps("by key")))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#output")).to_contain_text("by key")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id !== 'editor'")


def test_plots_appear_under_the_program(page: Any) -> None:
    run(page, 'import pywebml as pw\npw.plot({"loss": [3, 2, 1]}, title="Falling")')
    picture = page.locator("#output img")
    assert picture.get_attribute("alt") == "Falling"
    until(page, "document.querySelector('#output img').naturalWidth > 100")
