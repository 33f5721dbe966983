"""What the Teach page asks of the browser's storage, and says of it."""

from __future__ import annotations

from typing import Any

import pytest
from browser import hold_python, profile
from teach_page import card, drop, pictures, ready

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

ASKED = """{
  globalThis.asked = 0;
  const manager = globalThis.StorageManager?.prototype ?? {}; // about:blank has none
  manager.persist = async () => {
    globalThis.asked += 1;
    ANSWER
  };
  manager.persisted = async () => false;
}"""


@pytest.mark.parametrize(
    ("answer", "said", "python"),
    [
        ("return true;", "until you delete it", True),
        ("return false;", "which may clear it", False),
        ("throw new TypeError();", "which may clear it", False),
        ("return new Promise(() => {});", "which may clear it", False),
    ],
)
def test_lasting_storage_is_asked_for_with_the_first_picture(
    browser: Any, page_url: str, answer: str, said: str, python: bool
) -> None:
    """Once, and not with a visit, nor when Python is there; what the browser answers is
    said.
    """
    with profile(browser, page_url) as context:
        context.add_init_script(ASKED.replace("ANSWER", answer))
        if not python:
            hold_python(context)
        page = context.new_page()
        page.goto(f"{page_url}teach.html?device=cpu")
        card(page, "up").wait_for()
        if python:
            ready(page)
        assert page.evaluate("asked") == 0
        for n in (1, 2):
            drop(page, card(page, "up"), pictures("rock")[n : n + 1])
            card(page, "up").locator(".count", has_text=str(n)).wait_for()
        until(page, "asked > 0")
        page.wait_for_timeout(300)
        assert page.evaluate("asked") == 1
        page.locator("#keeping", has_text=said).wait_for()
        page.reload()
        card(page, "up").locator(".count", has_text="2").wait_for()
        if python:
            ready(page)
        assert page.evaluate("asked") == 0


def test_where_nothing_is_kept_it_says_so(browser: Any, page_url: str) -> None:
    with profile(browser, page_url) as context:
        hold_python(context)
        context.add_init_script(
            "if (globalThis.IDBFactory) IDBFactory.prototype.open = () => {"
            " throw new DOMException('no', 'SecurityError'); };"
        )
        page = context.new_page()
        page.goto(f"{page_url}teach.html?device=cpu")
        drop(page, card(page, "up"), pictures("rock")[:1])
        page.locator("#keeping", has_text="Not kept").wait_for()
