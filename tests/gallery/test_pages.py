"""Every page of the gallery keeps one contract: <main data-app>, a control
[data-do=start] that needs no camera, <html data-state>, and `pywebml.outcome`. And each
fetches what its app needs, no more.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.site.browser import until
from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

pytestmark = pytest.mark.browser

APPS = {app["name"]: app for app in apps_with_pages(web_folder())}
PART = {
    "check": "?op=Softmax",
    "bench": "?only=dispatch",
    "digits": "?network=dense&epochs=1",
}  # of a job that takes minutes
STATE = "document.documentElement.dataset.state"


@pytest.mark.parametrize("name", APPS)
def test_a_page_starts_without_a_camera_and_comes_to_an_outcome(
    tab: Any, page_url: str, name: str
) -> None:
    tab.goto(page_url + file_of(APPS[name]) + PART.get(name, ""))
    assert tab.locator("main").get_attribute("data-app") == name
    until(tab, f"{STATE} === 'ready'")
    tab.locator("[data-do=start]").click()
    until(tab, f"['done', 'failed'].includes({STATE})")
    assert tab.evaluate(STATE) == "done"
    outcome = tab.evaluate("pywebml.outcome")
    assert outcome
    json.dumps(outcome)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["gallery", *APPS])
def test_it_fits_and_anyone_can_use_it(
    tab: Any, page_url: str, name: str, width: int, scheme: str, tmp_path: Path
) -> None:
    """axe-core finds nothing serious, nothing is wider than the window; screenshots go
    to $PYWEBML_ARTIFACTS.
    """
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.set_viewport_size({"width": width, "height": 844 if width == 390 else 800})
    tab.goto(page_url + (file_of(APPS[name]) if name in APPS else ""))
    until(tab, f"{STATE} === 'ready'")
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)
    folder = Path(os.environ.get("PYWEBML_ARTIFACTS", tmp_path))
    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def test_the_gallery_leads_to_every_page(tab: Any, page_url: str) -> None:
    """In one click, and keeps the device that its address asks for."""
    tab.goto(f"{page_url}?device=cpu")
    until(tab, f"{STATE} === 'ready'")
    for app in APPS.values():
        link = tab.locator(f"main [data-app={app['name']}] a")
        assert link.inner_text() == app["title"]
        assert link.evaluate("(link) => link.href") == f"{page_url}{file_of(app)}?device=cpu"
    assert next(iter(APPS)) == "teach"
    assert tab.locator("[data-app=teach]").get_by_text("uses your camera").is_visible()
    tab.get_by_role("link", name=APPS["python"]["title"]).click()
    assert tab.url == f"{page_url}python.html?device=cpu"


# bytes of a first visit, and whose files are among them, some 4% above what they were measured as
VISITS = {
    "gallery": (42_000, set()),
    "teach": (11_200_000, {"efficientnet_lite0", "pyodide"}),
    "python": (8_100_000, {"pyodide"}),
    "digits": (9_700_000, {"pyodide", "digits"}),
    "check": (7_800_000, {"pyodide"}),
}


@pytest.mark.parametrize("name", VISITS)
def test_a_first_visit_fetches_what_the_app_needs(tab: Any, page_url: str, name: str) -> None:
    """The gallery no Python, and only who looks at pictures the network for it."""
    fetched: dict[str, int] = {}

    def hear(request: Any) -> None:
        fetched[request.url] = request.sizes()["responseBodySize"]

    tab.on("requestfinished", hear)
    tab.goto(page_url + (f"{name}.html?device=gpu" if name in APPS else ""))
    until(tab, f"{STATE} === 'ready'")
    tab.wait_for_load_state("load")
    nbytes, parts = sum(fetched.values()), ("efficientnet_lite0", "pyodide", "numpy", "digits")
    bound, needed = VISITS[name]
    print(f"{name}: {nbytes:,} bytes")
    assert {part for part in parts for url in fetched if f"/{part}-" in url} == needed
    assert nbytes <= bound, f"{nbytes:,} bytes"
