"""The pages that speak other languages do so whole: no English word is left on them,
but names. (tests/site/test_words.py holds the tables against what scripts can say.)
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser import watch

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

NAMES = {
    "Teachable",
    "Machine",
    "pywebml",
    "Python",
    "WebGPU",
    "English",
    "Feb",
    "Ctrl",
    "Esc",
    "CSV",
    "https",
    "float",
}
CLASSES = {"up", "left", "down", "right"}  # the drawn samples' names, which are the visitor's own
SHOWN = """() => {
    const texts = [document.title, document.body.innerText];
    for (const name of ["aria-label", "title", "placeholder", "alt"])
        for (const each of document.querySelectorAll(`[${name}]`))
            if (each.checkVisibility() && !each.closest("pre")) texts.push(each.getAttribute(name));
    return texts;
}"""


def english(page: Any) -> set[str]:
    """The Latin words on a page, but for names."""
    texts = page.evaluate(SHOWN)
    return (
        {
            w
            for text in texts
            for w in re.findall(
                r"[A-Za-z]{3,}",
                re.sub(r"XNNPACK and NumPy .* in WebAssembly, \w+ threads?", "", text),
            )
        }
        - NAMES
        - CLASSES
    )


def test_gallery_and_lesson_in_chinese(browser: Any, page_url: str) -> None:
    """As the browser asks for it, until the visitor chooses otherwise."""
    from playwright.sync_api import expect

    context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    wrong = watch(page, page_url)
    page.goto(page_url)
    until(page, "document.documentElement.dataset.state === 'ready'")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    left = english(page)
    assert not left, sorted(left)
    page.goto(f"{page_url}teach.html?device=cpu")
    until(page, "document.documentElement.dataset.state === 'ready'")
    for details in page.locator("main details").all():
        details.evaluate("(each) => (each.open = !each.querySelector('pre'))")
    page.locator("#hands-free").check()
    page.locator("#add-class").click()
    left = english(page)
    assert not left, sorted(left)
    page.locator(".foot select").select_option("en")
    expect(page.locator("h1")).to_have_text("Teach your computer to see")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()
    assert not wrong, wrong
