"""The pages under a finger: what can be tapped is large enough, and nothing waits to be
hovered over.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from app_pages import PAGES
from browser import hold_python, overflow, profile
from shares import share

from pywebml.site.browser import until
from pywebml.site.build import web_folder

pytestmark = pytest.mark.browser

SIDE = 44  # CSS pixels
PHONE = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
}  # fmt: skip
# a box or circle to tick is tapped by its label, too; a link within a sentence, and what
# lies within something that is itself a target, are as large as they are
SMALL = """(side) => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const controls = "a[href], button, input, select, textarea, summary";
  const heightOf = (e) => {
    const label = e.matches("input") && e.closest("label");
    return Math.max(e.getBoundingClientRect().height,
      label ? label.getBoundingClientRect().height : 0);
  };
  const inSentence = (e) => e.matches("p a, li a, dd a, summary a");
  return [...document.querySelectorAll(controls)]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !inSentence(e))
    .filter((e) => e.getBoundingClientRect().width > 1 && heightOf(e) < side - 0.5)
    .map((e) => `${e.tagName}#${e.id}.${e.className} ${Math.round(heightOf(e))} px: ${
      (e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 30)}`);
}"""

COVERED = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) &&
    e.getBoundingClientRect().width > 1)
  .filter((e) => {
    e.scrollIntoView({ block: "center", inline: "center" });
    const { left, top, width, height } = e.getClientRects()[0];
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    return over && !e.contains(over) && !over.contains(e) && !over.closest("label")?.contains(e);
  })
  .map((e) => `${e.tagName}#${e.id}.${e.className} ${e.textContent.trim().slice(0, 30)}`)"""
"""Controls whose middle another one takes."""


@pytest.mark.parametrize("name", share(PAGES, 6, first=1))
def test_what_is_tapped_is_large_enough(browser: Any, page_url: str, name: str) -> None:
    with profile(browser, page_url, **PHONE) as context:
        hold_python(context)
        page = context.new_page()
        page.goto(f"{page_url}{PAGES[name]}?device=cpu")
        until(page, "document.readyState === 'complete'")
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        assert page.evaluate(SMALL, SIDE) == []
        assert page.evaluate(COVERED) == []
        assert overflow(page) <= 0
        meta = "document.querySelector('meta[name=viewport]').content"
        assert "viewport-fit" not in page.evaluate(meta)  # browsers keep to the safe area


def test_nothing_is_shown_by_hovering_alone() -> None:
    """A rule that shows something under a pointer has a fellow for who has none: the
    focus, or a device that does not hover.
    """
    shows = re.compile(r"([^{}]*:hover[^{}]*)\{[^}]*(?:opacity|visibility|display):[^}]*\}")
    for sheet in web_folder().rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        for rule in shows.finditer(text):
            if ":is(:disabled" in rule[1]:
                continue
            assert "(hover: none)" in text, f"{sheet.name}: {rule[1].strip()}"
