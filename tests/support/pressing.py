"""Presses all buttons of a page from the keyboard: whatever one does to itself, the
focus is somewhere afterwards.
"""

from __future__ import annotations

from typing import Any

from pywebml.site.browser import until

MOST = 130  # buttons of a page
# the next button of a kind (numbers aside); in an open dialog only its own are in
# reach, and a question is answered with yes
NEXT = """(pressed) => {
  const dialog = document.querySelector("dialog[open]");
  const named = (b) =>
    (b.getAttribute("aria-label") ?? b.textContent).trim().replace(/[0-9]+/g, "#");
  const all = [...(dialog ?? document).querySelectorAll("button")];
  const button = dialog?.matches(".question")
    ? dialog.querySelector("[value=yes]")
    : all.find((b) => b.checkVisibility() && !b.disabled && !pressed.includes(named(b)));
  button?.focus();
  return button ? named(button) : null;
}"""
LOST = "() => document.activeElement === null || document.activeElement === document.body"


def keeps_focus(page: Any, after: str) -> None:
    for _ in range(5):
        page.wait_for_timeout(40)
        assert not page.evaluate(LOST), f"after {after}"


def press_all(page: Any, but: list[str] | None = None) -> list[str]:
    """Presses one button after the other, those too that come up meanwhile, `but` some;
    the names of all.
    """
    page.on("filechooser", lambda chooser: None)  # it would wait for an answer
    pressed = list(but or ())
    while len(pressed) < MOST:
        name = page.evaluate(NEXT, pressed)
        if name is None and page.locator("dialog[open]").count() == 0:
            break
        pressed.append(name or "Escape")
        page.keyboard.press("Enter" if name else "Escape")
        keeps_focus(page, str(pressed[-4:]))
    until(page, "document.documentElement.dataset.state !== 'working'")
    keeps_focus(page, "the work")
    assert len(pressed) < MOST, "some were not pressed"
    return pressed
