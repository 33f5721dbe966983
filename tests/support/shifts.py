"""What moves on a page while it starts. Chromium counts it; 0.1 is what people begin to
mind.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
"""For `add_init_script`."""
HEADLINE = "document.querySelector('h1').getBoundingClientRect().top"


class Moved(NamedTuple):
    """What a page did since it was opened: how much moved and what, and by how many
    pixels its headline.
    """

    shifts: list[tuple[float, list[str]]]
    headline: float

    def check(self) -> None:
        assert sum(value for value, _ in self.shifts) < 0.1, self.shifts
        assert abs(self.headline) < 2


def moved(page: Any) -> Moved:
    """Of a page that was opened with WATCH, and whatever comes late is there."""
    page.wait_for_timeout(300)
    return Moved(page.evaluate("shifts"), page.evaluate(f"{HEADLINE} - before"))
