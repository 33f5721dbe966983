"""The pages in browsers that can less than Chromium on a desktop: on a graphics card that
keeps to the least that WebGPU promises (phones), where reads take long (Firefox), and
where Python cannot wait inside a call (Safari). docs/phones.md.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from app_pages import APPS, PAGES, PART, SHORT, SOONER_STILL
from browser import READY, START, known_tab, ready, value
from lesser import LEAST, LIMITS, NO_JSPI, SLOW_READS
from outcomes import missed
from shares import ALL, share
from teach_page import card, counts, fill, look_at, pictures, start_over, train

from pywebml.apps import APPS as DECLARED
from pywebml.formats.heads import read_archive
from pywebml.host.stores.folders import zip_bytes
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
ADAPTER = """import pywebml as pw
a = pw.get_device().adapter
[a.backend, a.max_binding, a.max_groups, a.max_workgroup_bytes, sorted(a.features)]"""
READ = """import time
import pywebml as pw
x = pw.tensor([3.0]) * 2
start = time.perf_counter()
[(await x.data())[0], time.perf_counter() - start]"""


@contextmanager
def lesser(known_profile: Any, url: str, script: str) -> Iterator[Any]:
    """A tab of the profile that has been here, whose browser can less."""
    with known_tab(known_profile, url) as page:
        page.add_init_script(script)
        page.set_viewport_size({"width": 390, "height": 844})
        yield page


def test_on_the_least_adapter_check_passes(known_profile: Any, page_url: str) -> None:
    """A share of it; all of it where all is asked for."""
    with lesser(known_profile, page_url, LEAST) as page:
        page.goto(f"{page_url}check.html?device=gpu")
        assert ready(page)["webgpu"]
        assert value(page, ADAPTER) == [
            "WebGPU",
            LIMITS["maxStorageBufferBindingSize"],
            LIMITS["maxComputeWorkgroupsPerDimension"],
            LIMITS["maxComputeWorkgroupStorageSize"],
            [],
        ]
        for op in ["all"] if ALL else ["Softmax", "ArgSort", "unstack"]:
            args = {} if op == "all" else {"op": op}
            rows = page.evaluate("(args) => pywebml.call('check', args)", args)["rows"]
            assert rows, op
            assert not [row for row in rows if not row["ok"]]


QUICK = PART | SHORT
NAMES = [name for name in APPS if name != "teach"]  # test_a_lesson


@pytest.mark.parametrize("name", share(NAMES, 8, first=3))
def test_on_the_least_adapter_a_page_comes_to_its_outcome(
    known_profile: Any, page_url: str, name: str
) -> None:
    settings = "&".join(filter(None, ("device=gpu", QUICK.get(name, ""))))
    with lesser(known_profile, page_url, LEAST) as page:
        page.goto(f"{page_url}{PAGES[name]}?{settings}{SOONER_STILL.get(name, '')}")
        until(page, f"{STATE} === 'ready'")
        page.locator("[data-do=start]").press("Enter")
        until(page, f"['done', 'failed'].includes({STATE})")
        assert ready(page)["webgpu"]  # one page starts Python with its job
        assert page.evaluate(STATE) == "done", page.locator(".toast").all_inner_texts()
        (app,) = (app for app in DECLARED if app.name == name)
        assert name in QUICK or not missed(app, page.evaluate("pywebml.outcome"))


LESSER = {"least": (LEAST, "gpu"), "slow reads": (SLOW_READS, "gpu"), "no JSPI": (NO_JSPI, "cpu")}


@pytest.mark.parametrize("what", share(LESSER, 2))
def test_a_lesson(known_profile: Any, page_url: str, what: str) -> None:
    """Pictures in, a head out, an answer; kept over a reload."""
    script, device = LESSER[what]
    with lesser(known_profile, page_url, script) as page:
        page.goto(f"{page_url}teach.html?device={device}")
        card(page, "up").wait_for()
        fill(page, {"up": 3, "down": 3})
        assert ready(page)["webgpu"] is (device == "gpu")
        train(page)
        assert look_at(page, pictures("paper")[22]) == "down"
        if device == "cpu":  # a second start on a software adapter takes long
            page.reload()
            page.locator(READY).wait_for(timeout=START)
            assert counts(page) == {"up": 3, "down": 3}
            assert look_at(page, pictures("rock")[22]) == "up"
        elif script == LEAST:
            in_the_background(page)


def test_a_lesson_leaves_and_comes_back_where_python_cannot_wait(
    known_profile: Any, page_url: str, tmp_path: Path
) -> None:
    """As a project, as a head, as a web page and for Teachable Machine; and its projects
    come in.
    """
    theirs = {f"hand-!-{i}.jpg": path.read_bytes() for i, path in enumerate(pictures("rock")[:2])}
    (tmp_path / "hands.tm").write_bytes(zip_bytes({"manifest.json": b"{}", **theirs}))
    with lesser(known_profile, page_url, NO_JSPI) as page:
        page.goto(f"{page_url}teach.html?device=cpu")
        card(page, "up").wait_for()
        fill(page, {"up": 3, "down": 3})
        train(page)
        names = {
            kind: names_in(page, button, tmp_path / f"{kind}.zip")
            for kind, button in {
                "project": "#export", "head": "#save-head", "page": "#save-page",
                "whole": "#save-whole",
            }.items()
        }  # fmt: skip
        assert sum(name.endswith(".jpg") for name in names["project"]) == 6
        assert read_archive(tmp_path / "head.zip").metadata["labels"] == ["up", "down"]
        assert {"index.html", "plan.json"} <= {Path(name).name for name in names["page"]}
        assert {"model.json", "metadata.json"} <= {Path(name).name for name in names["whole"]}
        start_over(page)
        page.locator("#import-file").set_input_files(tmp_path / "project.zip")
        page.locator(".toast", has_text="Imported").last.wait_for()
        assert counts(page) == {"up": 3, "down": 3}
        assert look_at(page, pictures("paper")[22]) == "down"
        start_over(page)
        page.locator("#import-file").set_input_files(tmp_path / "hands.tm")
        page.locator(".toast", has_text="2 pictures added").wait_for()


def names_in(page: Any, button: str, path: Path) -> list[str]:
    """What is in the zip that a button saves."""
    with page.expect_download(timeout=START) as download:
        page.locator(button).click()
    download.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def in_the_background(page: Any) -> None:
    """A phone takes the graphics card of a hidden page away: it is opened anew when the
    page is seen, and pictures and head are there.
    """
    page.evaluate(HIDE, True)
    page.evaluate("pywebml.call('lose_device')")
    page.locator(".status[data-state=booting]").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".status").get_attribute("data-state") == "booting"
    page.evaluate(HIDE, False)
    page.locator(".toast", has_text="is back").wait_for(timeout=START)
    page.locator(READY).wait_for(timeout=START)
    assert look_at(page, pictures("rock")[22]) == "up"
    assert counts(page) == {"up": 3, "down": 3}


def test_where_python_cannot_wait_it_says_how_to(known_profile: Any, page_url: str) -> None:
    with lesser(known_profile, page_url, NO_JSPI) as page:
        page.goto(f"{page_url}python.html?device=gpu")
        assert ready(page)["webgpu"]
        assert value(page, "import pywebml as pw\n(await (pw.tensor([1.0]) + 1).data())[0]") == 2
        wait = "import pywebml as pw\n(pw.tensor([1.0]) + 1).numpy()"
        with pytest.raises(Exception, match=re.escape("use the async form: `await")):
            value(page, wait)


def test_a_slow_read_is_slow_and_right(known_profile: Any, page_url: str) -> None:
    with lesser(known_profile, page_url, SLOW_READS) as page:
        page.goto(f"{page_url}python.html?device=gpu")
        ready(page)
        read = "import pywebml as pw\nx = pw.tensor([3.0]) * 2\n"
        timed = (
            "import time\nt = time.perf_counter()\n[(await x.data())[0], time.perf_counter() - t]"
        )
        result, seconds = value(page, read + timed)
        assert result == 6
        assert seconds >= 0.1
