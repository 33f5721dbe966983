"""Nothing on a page moves while it starts, whatever comes late: the status line, a
notice, a list. Chromium counts how much does; 0.1 is what people begin to mind.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import opened, ready

from pywebml.site.browser import until
from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

pytestmark = pytest.mark.browser

PAGES = {"gallery": "", **{app["name"]: file_of(app) for app in apps_with_pages(web_folder())}}
WATCH = """
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) shifts.push([value, sources.map(({ node, previousRect, currentRect }) =>
        `${node?.className || node?.nodeName} from ${previousRect.y} to ${currentRect.y}`)]);
  }).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("DOMContentLoaded", () =>
    (globalThis.before = document.querySelector("h1").getBoundingClientRect().top));
"""
HEADLINE = "document.querySelector('h1').getBoundingClientRect().top"


def steady(page: Any) -> None:
    page.wait_for_timeout(300)
    shifts = page.evaluate("shifts")
    assert sum(value for value, _ in shifts) < 0.1, shifts
    assert abs(page.evaluate(f"{HEADLINE} - before")) < 2


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_a_start_moves_nothing(
    browser_type: Any, page_url: str, name: str, size: tuple[int, int]
) -> None:
    """On the first visit and on later ones; without a graphics card, which is said."""
    width, height = size
    viewport = {"width": width, "height": height}
    with opened(browser_type, page_url, viewport=viewport) as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        for _ in range(2):
            page.goto(f"{page_url}{PAGES[name]}?device=cpu")
            until(page, "document.documentElement.dataset.state !== 'loading'")
            if page.locator(".status").count():
                page.get_by_role("button", name="Why?").wait_for()
            steady(page)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_a_notice_moves_nothing(browser_type: Any, page_url: str, size: tuple[int, int]) -> None:
    """Neither that of a second tab, nor the one that says why it is slow."""
    width, height = size
    viewport = {"width": width, "height": height}
    with opened(browser_type, page_url, viewport=viewport) as context:
        context.add_init_script(WATCH)
        first, second = context.new_page(), context.new_page()
        for page in (first, second):
            page.goto(f"{page_url}teach.html?device=cpu")
            ready(page)
        notice = second.locator(".notices p").first
        notice.wait_for()
        steady(second)
        box = notice.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        second.get_by_role("button", name="Why?").click()
        second.locator(".notices p", has_text="only slower").wait_for()
        steady(second)
        for _ in range(2):
            second.locator(".notices").get_by_role("button", name="Close").first.click()
        assert second.locator(".notices").is_hidden()
