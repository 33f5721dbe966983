"""Nothing on a page moves while it starts, whatever comes late: half of the page itself,
the status line, a notice, a list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import hold_python, profile, ready
from shifts import WATCH, moved
from static_host import hosted

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.mark.parametrize("sizes", [(PHONE, DESK), (DESK, PHONE)])
def test_a_start_moves_nothing(
    browser: Any, page_url: str, sizes: tuple[dict[str, int], ...]
) -> None:
    """On the first visit and on a later one; without a graphics card, which is said.
    (test_pages.py looks at the starts of all pages.)
    """
    with profile(browser, page_url) as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        for size in sizes:
            page.set_viewport_size(size)
            page.goto(f"{page_url}teach.html?device=cpu")
            until(page, "document.documentElement.dataset.state !== 'loading'")
            page.get_by_role("button", name="Why?").wait_for()
            moved(page).check()


@pytest.mark.parametrize(
    ("name", "mark"),
    [("embedding_map", b'<h2 id="steer-title"'), ("playground", b'<h2 id="output-title"')],
)
def test_half_a_page_is_not_shown(browser: Any, built_page: Path, name: str, mark: bytes) -> None:
    """On a phone these two show above the rest what comes last in them."""
    context = browser.new_context(viewport=PHONE)
    context.add_init_script(WATCH)
    page = context.new_page()
    hold_python(page)
    with hosted(built_page) as host:
        host.halting = mark
        page.goto(f"{host.url}{name}.html")
        moved(page).check()
    context.close()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_notice_moves_nothing(browser: Any, page_url: str, size: dict[str, int]) -> None:
    """Neither that of a second tab, nor the one that says why it is slow."""
    with profile(browser, page_url, viewport=size) as context:
        context.add_init_script(WATCH)
        first, second = context.new_page(), context.new_page()
        hold_python(first)
        for page in (first, second):
            page.goto(f"{page_url}teach.html?device=cpu")
            until(page, "document.querySelector('li.class')")
        ready(second)
        notice = second.locator(".notices p").first
        notice.wait_for()
        moved(second).check()
        box = notice.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        second.get_by_role("button", name="Why?").click()
        second.locator(".notices p", has_text="only slower").wait_for()
        moved(second).check()
        for _ in range(2):
            second.locator(".notices").get_by_role("button", name="Close").first.click()
        assert second.locator(".notices").is_hidden()
