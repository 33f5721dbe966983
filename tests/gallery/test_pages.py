"""Every page of the gallery keeps one contract: <main data-app>, a control
[data-do=start] that needs no camera, <html data-state>, and `pywebml.outcome`. And each
fetches what its app needs, no more.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from app_pages import APPS, ONLY, PAGES, PART, SETTINGS, SOONER
from browser import accessibility_faults, clipped, known_tab, overflow, pictured, watch
from outcomes import missed
from pressing import keeps_focus, press_all
from shares import share
from shifts import WATCH, Moved, moved

from pywebml.apps import APPS as DECLARED
from pywebml.site.browser import until
from pywebml.site.build import web_folder

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
LOOKS = [((1280, 800), "light"), ((390, 844), "light"), ((390, 844), "dark"), ((1280, 800), "dark")]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SIZES = ((1280, 800), (844, 390), (640, 400), (390, 844), (320, 640))


MOST = 6_000_000
"""Bytes of a first visit of a page without a pretrained network: a bound of issue 14."""
VISITS = {
    "gallery": (100_000, set()),
    "teach": (9_500_000, {"efficientnet_lite0", "pyodide"}),
    "rock_paper_scissors": (9_500_000, {"efficientnet_lite0", "pyodide"}),
    "classify": (10_900_000, {"efficientnet_lite0", "classes", "pyodide"}),
    "bench": (100_000, set()),  # Python comes when it is started
    "digits": (MOST, {"pyodide", "digits"}),
}
"""{page: (bytes, whose files are among them)} of those that need more than Python, or less."""
ALIKE = [name for name in PAGES if name not in VISITS or name == "rock_paper_scissors"]
"""Those that fetch Python and no more, and one that fetches what Teach does."""


def needed(name: str) -> set[str]:
    """Whose files a page's first visit fetches."""
    return VISITS.get(name, (MOST, {"pyodide"}))[1]


FIRST = [*(name for name in VISITS if name not in ALIKE), *share(ALIKE, 6, first=1)]
"""Whose first visit is looked at: of those that fetch the same, a share."""


class Visits(NamedTuple):
    """A page's first visit, on WebGPU, and a later one, on which it stays open. All that
    is asked of it is these two, since the start is what takes long.
    """

    page: Any
    name: str
    fetched: dict[str, int]  # by the first one: {URL: bytes}
    moved: tuple[Moved, ...]


@pytest.fixture(scope="module")
def visits(
    request: pytest.FixtureRequest, browser: Any, known_profile: Any, page_url: str
) -> Iterator[Visits]:
    name: str = request.param
    if name not in FIRST:
        with known_tab(known_profile, page_url) as page:
            page.add_init_script(WATCH)
            yield Visits(page, name, {}, (later_visit(page, page_url, name),))
        return
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WATCH)
    wrong = watch(page, page_url)
    fetched, first = first_visit(page, page_url, name)
    yield Visits(page, name, fetched, (first, later_visit(page, page_url, name)))
    context.close()
    assert not wrong, wrong


def first_visit(page: Any, url: str, name: str) -> tuple[dict[str, int], Moved]:
    fetched: dict[str, int] = {}

    def hear(request: Any) -> None:
        fetched[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", hear)
    page.set_viewport_size(PHONE)
    page.goto(url + (f"{PAGES[name]}?device=gpu" if name in APPS else ""))
    until(page, f"{STATE} === 'ready'")
    page.wait_for_load_state("load")
    first = moved(page)
    if needed(name):  # then what it needs besides comes, too
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.remove_listener("requestfinished", hear)
    return fetched, first


def later_visit(page: Any, url: str, name: str) -> Moved:
    page.set_viewport_size(DESK)
    page.goto(f"{url}{PAGES[name]}?{SETTINGS.get(name, '')}{SOONER.get(name, '')}")
    until(page, f"{STATE} === 'ready'")
    if page.locator(".status[data-state=slow]").count():
        page.get_by_role("button", name="Why?").wait_for()
    return moved(page)


@pytest.fixture(scope="module")
def visited(visits: Visits) -> Any:
    """A page that has started, by its name."""
    return visits.page


@pytest.mark.parametrize("visits", PAGES, indirect=True)
def test_a_start_moves_nothing(visits: Visits) -> None:
    """Whatever comes late: the status line, that there is no graphics card, a list."""
    for visit in visits.moved:
        visit.check()


@pytest.mark.parametrize("visits", FIRST, indirect=True)
def test_a_first_visit_fetches_what_the_app_needs(visits: Visits) -> None:
    """The gallery no Python, and only who looks at pictures the network for it."""
    nbytes = sum(visits.fetched.values())
    parts = ("efficientnet_lite0", "classes", "pyodide", "numpy", "digits")
    print(f"{visits.name}: {nbytes:,} bytes")
    came = {part for part in parts for url in visits.fetched if f"/{part}-" in url}
    assert came == needed(visits.name)
    assert nbytes <= VISITS.get(visits.name, (MOST,))[0], f"{nbytes:,} bytes"


@pytest.mark.parametrize("visits", PAGES, indirect=True)
def test_it_fits_and_anyone_can_use_it(visits: Visits) -> None:
    """axe-core finds nothing serious, nothing is wider than the window; by turns on a
    light desk and a dark phone, in all looks where all is asked for. Screenshots go to
    $PYWEBML_ARTIFACTS.
    """
    page, number = visits.page, [*PAGES].index(visits.name)
    for (width, height), scheme in share(LOOKS, 4, first=2 * (number % 2)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        look = f"{width} x {height}, {scheme}"
        assert overflow(page) <= 0, look
        assert accessibility_faults(page) == [], look
        pictured(page, f"{visits.name}-{width}-{scheme}")


@pytest.mark.parametrize("visits", PAGES, indirect=True)
def test_it_can_be_used_at_twice_the_size(visits: Visits, visited: Any) -> None:
    """1280 x 800 at 200 %: half as many CSS pixels, each of four."""
    zoom = visited.context.new_cdp_session(visited)
    size = {"width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": False}
    zoom.send("Emulation.setDeviceMetricsOverride", size)
    until(visited, "innerWidth === 640 && devicePixelRatio === 2")
    assert overflow(visited) <= 0
    assert not clipped(visited)
    if folder := os.environ.get("PYWEBML_ARTIFACTS"):
        # Playwright's own has the page as wide as its window again
        picture = zoom.send("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
        (Path(folder) / f"{visits.name}-200-percent.png").write_bytes(base64.b64decode(picture))
    zoom.send("Emulation.clearDeviceMetricsOverride")
    zoom.detach()


@pytest.mark.parametrize("visits", PAGES, indirect=True)
def test_nothing_is_too_wide_and_files_stay(visited: Any) -> None:
    for width, height in SIZES:
        visited.set_viewport_size({"width": width, "height": height})
        assert overflow(visited) <= 0, f"{width} x {height}"
    prevented = visited.evaluate("""() => ["dragover", "drop"].map((name) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], "x.txt", { type: "text/plain" }));
        const event = new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector("h1").dispatchEvent(event);
        return event.defaultPrevented;
    })""")
    assert prevented == [True, True], "the browser would leave the page"
    visited.locator(".toast.bad").wait_for()


@pytest.mark.parametrize("visits", APPS, indirect=True)
def test_a_page_starts_without_a_camera_and_comes_to_an_outcome(
    request: pytest.FixtureRequest, visited: Any, page_url: str
) -> None:
    """From the keyboard, with the focus kept. And a whole job reaches what the app
    declares, as its command does: test_apps.py.
    """
    name = request.node.callspec.params["visits"]
    visited.set_viewport_size({"width": 1280, "height": 800})
    visited.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if name in ONLY:
        visited.goto(f"{page_url}{PAGES[name]}?{ONLY[name]}")
        until(visited, f"{STATE} === 'ready'")
    assert visited.locator("main").get_attribute("data-app") == name
    visited.locator("[data-do=start]").press("Enter")
    keeps_focus(visited, "the start")
    until(visited, f"['done', 'failed'].includes({STATE})")
    keeps_focus(visited, "the end")
    assert visited.evaluate(STATE) == "done"
    outcome = visited.evaluate("pywebml.outcome")
    assert outcome
    json.dumps(outcome)
    (app,) = (app for app in DECLARED if app.name == name)
    assert name in PART or not missed(app, outcome)


@pytest.mark.parametrize("visits", [name for name in APPS if name != "teach"], indirect=True)
def test_no_button_loses_the_focus(visited: Any) -> None:
    """Pressed from the keyboard, once there is an outcome (Teach: test_focus.py)."""
    visited.emulate_media(reduced_motion="reduce")
    print(press_all(visited))


def test_the_gallery_leads_to_every_page(tab: Any, page_url: str) -> None:
    """In one click, and keeps the device that its address asks for."""
    tab.goto(f"{page_url}?device=cpu")
    until(tab, f"{STATE} === 'ready'")
    for app in APPS.values():
        link = tab.locator(f"main [data-app={app['name']}] a")
        assert link.inner_text() == app["title"]
        assert link.evaluate("(link) => link.href") == f"{page_url}{PAGES[app['name']]}?device=cpu"
    assert next(iter(APPS)) == "teach"
    assert tab.locator("[data-app=teach]").get_by_text("uses your camera").is_visible()
    tab.get_by_role("link", name=APPS["python"]["title"]).click()
    assert tab.url == f"{page_url}python.html?device=cpu"


def test_the_gallery_is_searched(tab: Any, page_url: str) -> None:
    """By what a card says, and by what else people call it; the keyboard suffices."""
    tab.goto(page_url)
    until(tab, f"{STATE} === 'ready'")
    cards, count = tab.locator(".gallery > .card:visible"), tab.locator("#count")
    assert cards.count() == len(APPS)
    assert count.inner_text() == f"{len(APPS)} pages"
    tab.keyboard.press("/")
    tab.keyboard.type("your cam")
    cameras = {app["name"] for app in APPS.values() if "camera" in app["needs"]}
    assert {card.get_attribute("data-app") for card in cards.all()} == cameras
    tab.get_by_label("Find a page").fill("t-SNE")
    assert [card.get_attribute("data-app") for card in cards.all()] == ["embedding_map"]
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.href").endswith("/embedding_map.html")
    tab.get_by_label("Find a page").fill("zzz")
    assert cards.count() == 0
    assert count.inner_text().startswith("No page")
    assert not accessibility_faults(tab)


def test_cards_move_when_they_are_seen_and_stop(tab: Any, page_url: str) -> None:
    """Within the five seconds that WCAG's 2.2.2 allows without a button; who asks for
    less motion sees none.
    """
    for app in APPS.values():
        picture = web_folder() / "pages" / app["name"] / "picture.svg"
        tab.set_content(picture.read_text(encoding="utf-8").replace("#live:target", "#live"))
        ends = tab.evaluate("""() => document.getAnimations()
            .map((animation) => animation.effect.getComputedTiming().endTime)""")
        assert ends and max(ends) <= 5000, app["name"]
    tab.emulate_media(reduced_motion="no-preference")
    live = "[...document.querySelectorAll('.card img')].filter((i) => i.src.endsWith('#live'))"
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(page_url)
    until(tab, f"{live}.some((picture) => picture.closest('[data-app=teach]'))")
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(page_url)
    until(tab, f"{STATE} === 'ready'")
    tab.locator("[data-app=teach]").hover()
    tab.wait_for_timeout(200)
    assert tab.evaluate(f"{live}.length") == 0
